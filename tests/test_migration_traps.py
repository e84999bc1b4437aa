"""What the rules of migration must be silent about, each with the reason."""

from __future__ import annotations

import json

import pytest
from conftest import Command, Write

OLD = "from keras.utils import np_utils\nnp_utils.to_categorical([1])\n"


def found(
    check: Command, write: Write, code: str, files: dict[str, str] | None = None
) -> list[str]:
    write({"train.py": code, **(files or {})})
    return [each["name"] for each in check("--select", "TFC9", "train.py").findings]


def test_what_is_tried_is_silent(check: Command, write: Write) -> None:
    code = """
        try:
            from keras.utils import np_utils
        except ImportError:
            import keras.utils as np_utils
        np_utils.to_categorical([1])
        """
    assert found(check, write, code) == []


def test_what_is_reached_through_a_name_that_is_tried_is_silent(
    check: Command, write: Write
) -> None:
    code = """
        try:
            from keras import backend as K
        except ImportError:
            from tensorflow.keras import backend as K
        K.mean([1.0])
        """
    assert found(check, write, code) == []


@pytest.mark.parametrize(
    "test",
    [
        "tf.__version__.startswith('1.')",
        "int(tf.__version__.split('.')[0]) < 2",
        "hasattr(tf, 'set_random_seed')",
        "LEGACY",
    ],
)
def test_a_branch_for_an_old_version_is_silent(check: Command, write: Write, test: str) -> None:
    code = f"""
        import tensorflow as tf
        LEGACY = tf.__version__ < "2"
        if {test}:
            tf.set_random_seed(1)
        else:
            tf.random.set_seed(1)
        """
    assert found(check, write, code) == []


def test_a_name_that_is_asked_for_is_silent(check: Command, write: Write) -> None:
    code = """
        import tensorflow as tf
        if hasattr(tf, "contrib") and hasattr(tf.contrib, "eager"):
            tfe = tf.contrib.eager
        tf.contrib
        """
    assert found(check, write, code) == []


def test_a_branch_alone_is_no_excuse(check: Command, write: Write) -> None:
    code = """
        import sys
        import tensorflow as tf
        if len(sys.argv) > 1:
            tf.set_random_seed(1)
        """
    assert found(check, write, code) == ["removed-name"]


def test_code_that_is_never_reached_is_silent(check: Command, write: Write) -> None:
    assert found(check, write, "import tensorflow as tf\nif False:\n    tf.Session()\n") == []


@pytest.mark.parametrize(
    "files",
    [
        {"requirements.txt": "keras==2.3.1\n"},
        {"requirements.txt": "tensorflow-gpu<2.10\n"},
        {"tfcheck.toml": 'target-keras = "2.3"\n'},
        {"tfcheck.toml": 'target-tensorflow = "2.3"\n'},
        {"keras/__init__.py": ""},
    ],
)
def test_a_project_of_an_older_keras_is_silent(
    check: Command, write: Write, files: dict[str, str]
) -> None:
    assert found(check, write, OLD) == ["removed-name"]
    assert found(check, write, OLD, files) == []


def test_a_notebook_that_installs_an_older_keras_is_silent(check: Command, write: Write) -> None:
    def notebook(first: str) -> str:
        cells = [{"cell_type": "code", "source": each} for each in (first, OLD)]
        return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})

    write(
        {
            "new.ipynb": notebook("!pip install keras"),
            "old.ipynb": notebook("!pip install keras==2.3"),
        }
    )
    assert check("--select", "TFC9", "new.ipynb", "old.ipynb").files == ["new.ipynb"]


def test_a_target_between_the_versions_has_what_it_has(check: Command, write: Write) -> None:
    code = """
        import keras
        import tensorflow as tf
        tf.set_random_seed(1)
        keras.optimizers.SGD(lr=0.1)
        """
    assert found(check, write, code) == ["removed-name", "removed-argument"]
    files = {"requirements.txt": "tensorflow==2.10\n"}
    assert found(check, write, code, files) == ["removed-name"]


@pytest.mark.parametrize(
    "code",
    [
        "import tf_keras\ntf_keras.optimizers.SGD(lr=0.1)\ntf_keras.utils.np_utils\n",
        "import tf_keras as keras\nm = keras.Sequential()\nm.fit_generator(1)\n",
        """
        import os
        os.environ["TF_USE_LEGACY_KERAS"] = "1"
        import tensorflow as tf
        tf.keras.optimizers.SGD(lr=0.1)
        tf.keras.optimizers.legacy.Adam()
        tf.keras.Sequential().fit_generator(1)
        """,
        """
        import tensorflow.compat.v1 as tf
        tf.disable_v2_behavior()
        tf.Session()
        """,
    ],
)
def test_keras_2_and_tensorflow_1_by_another_name_are_silent(
    check: Command, write: Write, code: str
) -> None:
    assert found(check, write, code) == []


def test_tf_keras_has_kept_what_keras_lost(check: Command, write: Write) -> None:
    code = """
        import keras
        import tensorflow as tf
        {}.preprocessing.image.ImageDataGenerator()
        {}.backend.mean([1.0])
        {}.losses.MSE
        """
    assert found(check, write, code.replace("{}", "tf.keras")) == []
    assert len(found(check, write, code.replace("{}", "keras"))) == 3


def test_a_class_of_the_project_has_what_it_has(check: Command, write: Write) -> None:
    code = """
        import keras
        class Mine(keras.Model):
            def predict_classes(self, x):
                return self.predict(x).argmax(-1)
        Mine().predict_classes([[1.0]])
        something().predict_classes([[1.0]])
        """
    assert found(check, write, code) == []


def test_conv2d_may_mean_its_strides(check: Command, write: Write) -> None:
    code = """
        from keras.layers import Conv2D, Convolution2D
        Conv2D(64, 4, 4)
        Convolution2D(64, 4, 1)
        Convolution2D(64, 4, strides=4)
        """
    assert found(check, write, code) == []


def test_metrics_and_paths_that_are_not_known_are_silent(check: Command, write: Write) -> None:
    code = """
        import sys
        import keras
        model = keras.Sequential()
        model.compile("adam", "mse", metrics=sys.argv[1])
        model.save(sys.argv[1])
        keras.callbacks.ModelCheckpoint("a.h5", save_weights_only=sys.argv[1])
        """
    assert found(check, write, code) == []


ENDINGS = """
import keras
def keep(name):
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("adam", "mse")
    model.fit([[1.0]], [1.0])
    {saved}
"""


@pytest.mark.parametrize(
    ("saved", "names"),
    [
        ('model.save_weights("weights" + name + "_model.h5")', ["file-ending"]),
        ('model.save(f"runs/{name}/final")', ["file-ending"]),
        # The name may end in .weights, and the path in what name ends in.
        ('model.save_weights(f"{name}.h5")', []),
        ('model.save(f"runs/{name}")', []),
        ('model.save_weights("runs/" + name)', []),
    ],
)
def test_a_path_of_which_only_the_end_is_known(
    check: Command, write: Write, saved: str, names: list[str]
) -> None:
    assert found(check, write, ENDINGS.replace("{saved}", saved)) == names


@pytest.mark.parametrize(
    ("metrics", "names"),
    [("keras.metrics.AUC()", ["former-value"]), ("[keras.metrics.AUC()]", []), ("made()", [])],
)
def test_a_metric_that_is_passed_bare(
    check: Command, write: Write, metrics: str, names: list[str]
) -> None:
    code = f"""
        import keras
        model = keras.Sequential([keras.layers.Dense(1)])
        model.compile("adam", "mse", metrics={metrics})
        """
    assert found(check, write, code) == names


SYMBOLIC = """
import keras, tensorflow as tf, numpy as np
inputs = keras.Input((4, 1))
class Squeeze(keras.layers.Layer):
    def call(self, x):
        return tf.squeeze(x, axis=-1)
def squeeze(x):
    return tf.squeeze(x, axis=-1)
outputs = {made}
model = keras.Model(inputs, outputs)
"""


@pytest.mark.parametrize(
    ("made", "names"),
    [
        ("squeeze(inputs)", ["tensorflow-on-symbolic"]),
        # Layers are given real tensors when the model runs.
        ("keras.layers.Lambda(squeeze)(inputs)", []),
        ("keras.layers.Lambda(lambda x: tf.squeeze(x, axis=-1))(inputs)", []),
        ("Squeeze()(inputs)", []),
        ("inputs[..., 0] + tf.constant(1.0)", []),
        # A model that is called on data gives a real tensor.
        ("inputs; tf.squeeze(keras.Sequential([keras.layers.Dense(1)])(np.ones((2, 1))))", []),
    ],
)
def test_functions_of_tensorflow_in_layers(
    check: Command, write: Write, made: str, names: list[str]
) -> None:
    assert found(check, write, SYMBOLIC.replace("{made}", made)) == names


@pytest.mark.parametrize(("decay", "severity"), [("0.0", "note"), ("0.1", "warning")])
def test_a_decay_of_nothing_is_no_loss(
    check: Command, write: Write, decay: str, severity: str
) -> None:
    write({"train.py": f"import keras\nkeras.optimizers.SGD(0.1, decay={decay})\n"})
    (finding,) = check("--select", "ignored-argument", "train.py").findings
    assert finding["severity"] == severity


@pytest.mark.parametrize(
    ("callback", "fixed"), [("keras.callbacks.ReduceLROnPlateau()", False), ("None", True)]
)
def test_no_schedule_where_a_callback_sets_the_rate(
    check: Command, write: Write, callback: str, fixed: bool
) -> None:
    """Keras lets no callback set the rate of an optimizer that has a schedule."""
    code = f"import keras\nkeras.optimizers.SGD(0.1, decay=0.1)\nplateau = {callback}\n"
    write({"train.py": code})
    (finding,) = check("--select", "ignored-argument", "train.py").findings
    assert (finding["fix"] is not None) == fixed


def test_legacy_keras_that_stands_in_for_tf_keras(check: Command, write: Write) -> None:
    code = """
        import os
        os.environ["TF_USE_LEGACY_KERAS"] = "1"
        import tf_keras
        import tensorflow as tf
        inputs = tf.keras.Input((4, 1))
        outputs = tf.squeeze(inputs, axis=-1)
        model = tf.keras.Model(inputs, outputs)
        tf.keras.callbacks.ModelCheckpoint("model")
        model.save("folder")
        """
    assert found(check, write, code) == []


DECAYS = """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
slow = keras.optimizers.SGD(decay=0.1)
"""


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("model.compile(slow, 'mse')", ["ignored-argument"]),
        ("model.compile(slow if chance else 'adam', 'mse')", ["ignored-argument"]),
        ("model.compile(unknown, 'mse')", ["ignored-argument"]),
        ("slow.apply_gradients(pairs)\nmodel.compile('adam', 'mse')", ["ignored-argument"]),
        ("model.compile('adam', 'mse')", []),
        ("model.compile(keras.optimizers.Adam(), 'mse')", []),
    ],
)
def test_an_optimizer_that_is_made_for_nothing(
    check: Command, write: Write, code: str, names: list[str]
) -> None:
    """Whatever it ignores changes nothing: the model is compiled with another."""
    assert found(check, write, f"{DECAYS}{code}\n") == names


@pytest.mark.parametrize(
    ("code", "lines"),
    [
        ("y = tf.sqrt(\n    tf.square(x))", [5]),
        ("y = tf.square(x)\nz = tf.sqrt(y)", [4]),
        ("y = tf.square(x)\nz = tf.sqrt(x)", [4, 5]),
    ],
)
def test_the_first_function_of_tensorflow_raises(
    check: Command, write: Write, code: str, lines: list[int]
) -> None:
    """What is called with what it would have given is never reached."""
    write({"main.py": f"import keras\nimport tensorflow as tf\nx = keras.Input((2,))\n{code}\n"})
    reported = check("main.py", "--select", "tensorflow-on-symbolic").findings
    assert [each["location"]["row"] for each in reported] == lines
