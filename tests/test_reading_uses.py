"""What is recorded of a script's calls and of the names that it mentions."""

from __future__ import annotations

import pytest
from reading import model_of, script_of

from tfcheck.script.data import Data


def test_calls_come_in_the_order_in_which_they_are_made() -> None:
    script = script_of(
        """
        from sklearn.preprocessing import StandardScaler
        from sklearn.datasets import load_iris
        x, y = load_iris(return_X_y=True)
        scaler = StandardScaler()
        x = scaler.fit_transform(x)
        """
    )
    assert [use.path for use in script.uses] == [
        "sklearn.datasets.load_iris",
        "sklearn.preprocessing.StandardScaler",
        "sklearn.preprocessing.StandardScaler.fit_transform",
    ]
    assert isinstance(script.uses[-1].args[0], Data)


def test_a_method_is_named_by_the_kind_of_its_object() -> None:
    script = script_of(
        """
        import keras, tensorflow as tf, numpy as np
        model = keras.Sequential([keras.layers.Dense(1)])
        model.save("m.h5")
        names = []
        names.append(1)
        tf.data.Dataset.from_tensor_slices([1, 2]).shuffle(3)
        np.zeros(3).mean()
        unknown().evaluate(1)
        """
    )
    paths = [use.path for use in script.uses]
    for path in ("model.save", "list.append", "dataset.shuffle", "array.mean", "?.evaluate"):
        assert path in paths


def test_a_model_is_the_same_for_a_run_and_for_a_call() -> None:
    script = script_of(
        """
        import keras, numpy as np
        model = keras.Sequential([keras.layers.Dense(1)])
        model.compile("adam", "mse")
        model.fit(np.ones((2, 2)), np.ones(2))
        model.evaluate(np.ones((2, 2)), np.ones(2))
        """
    )
    (run,) = script.runs
    (evaluated,) = [use for use in script.uses if use.path == "model.evaluate"]
    assert model_of(run).reference == evaluated.receiver


def test_two_ways_of_a_fork_exclude_one_another() -> None:
    script = script_of(
        """
        import keras, sys
        keras.utils.set_random_seed(1)
        if len(sys.argv) > 1:
            keras.backend.clear_session()
        else:
            keras.backend.floatx()
        """
    )
    seed, clear, floatx = (use for use in script.uses if use.path.startswith("keras."))
    assert clear.excludes(floatx)
    assert floatx.excludes(clear)
    assert not seed.excludes(clear)
    assert seed.surely_with(clear)
    assert not clear.surely_with(seed)


def test_loops_and_functions_around_a_call_are_known() -> None:
    script = script_of(
        """
        import keras
        def seed(n):
            keras.utils.set_random_seed(n)
        for n in range(100):
            seed(n)
        """
    )
    (use,) = [use for use in script.uses if use.path == "keras.utils.set_random_seed"]
    assert [function.code.name for function in use.functions] == ["seed"]
    assert len(use.loops) == 1


def test_a_call_in_another_file_stands_where_it_is_led_to() -> None:
    helper = "import keras\ndef seed():\n    keras.utils.set_random_seed(1)\n"
    script = script_of("import keras, helper\nhelper.seed()\n", {"helper.py": helper})
    (use,) = [use for use in script.uses if use.path == "keras.utils.set_random_seed"]
    assert use.site.unit in script.units
    assert use.call.unit not in script.units


def test_what_is_tried_is_guarded() -> None:
    script = script_of(
        """
        import keras
        try:
            keras.backend.set_session(None)
        except AttributeError:
            keras.backend.clear_session()
        keras.utils.set_random_seed(1)
        """
    )
    guarded = {use.name: use.guarded for use in script.uses}
    assert guarded == {"set_session": True, "clear_session": True, "set_random_seed": False}


def test_names_are_mentioned_as_they_are_spelled() -> None:
    script = script_of(
        """
        from tensorflow.keras.layers import Dense
        import tensorflow as tf
        from keras.layers import *
        try:
            from keras.utils import np_utils
        except ImportError:
            np_utils = None
        Dense(1)
        tf.keras.backend.mean(1)
        """
    )
    mentioned = {(each.kind, each.spelled, each.guarded) for each in script.mentions}
    assert ("import", "tensorflow.keras.layers.Dense", False) in mentioned
    assert ("name", "tensorflow.keras.layers.Dense", False) in mentioned
    assert ("attribute", "tensorflow.keras.backend.mean", False) in mentioned
    assert ("star", "keras.layers", False) in mentioned
    assert ("import", "keras.utils.np_utils", True) in mentioned


def test_the_passes_over_a_loop_count_once() -> None:
    script = script_of(
        """
        import keras
        model = None
        while True:
            model = keras.Sequential()
            rate = keras.backend.epsilon()
        """
    )
    assert [use.name for use in script.uses] == ["Sequential", "epsilon"]


BUILDER = """
import keras

def build():
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    model.compile("adam", "binary_crossentropy")
    return model
"""


def test_a_model_that_is_compiled_for_others_is_read() -> None:
    (compiled,) = script_of(BUILDER).untrained
    assert [layer.name for layer in model_of(compiled).layers] == ["Dense"]
    assert compiled.method == "compile"


def test_a_compilation_beside_a_run_is_a_formality() -> None:
    # Generators of GANs are compiled with any loss, and never trained by it.
    script = script_of(BUILDER + "model = build()\nmodel.fit([[1.0, 2, 3, 4]], [1])\nbuild()\n")
    assert script.untrained == ()


@pytest.mark.parametrize("use", ['load_weights("w.weights.h5")', "predict([[1.0, 2, 3, 4]])"])
def test_a_model_that_got_its_weights_elsewhere_is_not_to_be_trained(use: str) -> None:
    assert script_of(f"{BUILDER}build().{use}\n").untrained == ()


def test_what_is_set_and_never_mentioned_again_is_unread() -> None:
    script = script_of(
        """
        import keras
        stop = keras.callbacks.EarlyStopping()
        callbacks = [stop]
        logger = keras.callbacks.CSVLogger("log")
        again = keras.callbacks.CSVLogger("log")
        print(again)
        number = 1
        """
    )
    assert [(each.name, len(each.values)) for each in script.unread] == [
        ("callbacks", 1),
        ("logger", 1),
    ]


def test_a_comment_or_another_use_of_the_name_is_a_mention() -> None:
    script = script_of(
        """
        import keras
        stop = keras.callbacks.EarlyStopping()
        # model.fit(x, y, callbacks=[stop])
        def callbacks(logger):
            logger = keras.callbacks.CSVLogger("log")
            return logger
        """
    )
    assert script.unread == ()


def test_a_schedule_is_no_optimizer() -> None:
    script = script_of(
        """
        import keras, tensorflow as tf
        keras.optimizers.schedules.ExponentialDecay(0.1, 100, 0.9)
        tf.keras.optimizers.schedules.CosineDecay(0.1, 100)
        keras.optimizers.legacy.Adam(0.1)
        """
    )
    assert [use.path for use in script.uses] == [
        "keras.optimizers.schedules.ExponentialDecay",
        "keras.optimizers.schedules.CosineDecay",
        "keras.optimizers.Adam",
    ]


def test_attributes_of_keras_objects_are_mentioned_by_their_kind() -> None:
    script = script_of(
        """
        import keras
        class Mine(keras.Model):
            def predict_classes(self, x): ...
        model = keras.Sequential([keras.layers.Dense(1)])
        model.fit_generator
        keras.optimizers.Adam().lr
        keras.layers.Dense(1, input_shape=(2,)).input_shape
        Mine().predict_classes
        [].append
        """
    )
    members = [each.path for each in script.mentions if each.kind == "member"]
    assert members == [
        "model.fit_generator",
        "keras.optimizers.Adam.lr",
        "keras.layers.Dense.input_shape",
    ]


def test_a_call_knows_where_what_it_calls_is_named() -> None:
    script = script_of("import keras\nmodel = keras.Sequential()\nmodel.summary()\n")
    (member,) = [each for each in script.mentions if each.kind == "member"]
    assert [use.named for use in script.uses if use.path == "model.summary"] == [member.site]
