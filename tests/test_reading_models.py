"""Models, however they are built, spelled, passed around and compiled."""

from __future__ import annotations

import pytest
from reading import (
    compiled_of,
    head_of,
    layers_of,
    loss_of,
    model_of,
    optimizer_of,
    run_of,
    script_of,
)

from tfcheck.script.training import Head, Optimizer
from tfcheck.script.values import Answer, Unknown, constant

SEQUENTIAL = """
model = keras.Sequential([keras.layers.Dense(8, activation="relu"), keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x, y)
"""


@pytest.mark.parametrize(
    "imports",
    [
        "import keras",
        "from tensorflow import keras",
        "import tensorflow.keras as keras",
        "import tf_keras as keras",
        "from tensorflow.python import keras",
        "import tensorflow.python.keras as keras",
        "import tensorflow.compat.v1 as tf; keras = tf.keras",
        "import tensorflow as tf\nflow = tf\nkeras = flow.keras",
        "try:\n    import keras\nexcept ImportError:\n    from tensorflow import keras",
        "try:\n    from tensorflow import keras\nexcept ImportError:\n    import keras",
        "if True:\n    import keras",
    ],
)
def test_every_spelling_of_the_import(imports: str) -> None:
    run = run_of(f"{imports}\n{SEQUENTIAL}")
    assert layers_of(run) == ["Dense", "Dense"]
    assert optimizer_of(run).name == "adam"


@pytest.mark.parametrize(
    "imports",
    [
        "from keras.models import *\nfrom keras.layers import *",
        "from tensorflow.keras.models import Sequential\nfrom tensorflow.keras.layers import Dense",
        "from keras.models import Sequential\nfrom keras.layers.core import Dense",
        "from keras.engine.sequential import Sequential\nfrom keras.layers import Dense as Dense",
        "from tensorflow.python.keras.layers import Dense\nfrom tensorflow.keras import Sequential",
    ],
)
def test_names_that_are_imported(imports: str) -> None:
    run = run_of(f"{imports}\nmodel = Sequential([Dense(3)])\nmodel.compile()\nmodel.fit(x, y)")
    assert layers_of(run) == ["Dense"]
    assert head_of(run).units == 3


def test_import_inside_a_function() -> None:
    run = run_of(
        """
        def train(x, y):
            from keras import Sequential, layers
            model = Sequential([layers.Dense(4)])
            model.compile("sgd", "mse")
            model.fit(x, y)
        train(x, y)
        """
    )
    assert layers_of(run) == ["Dense"]


def test_add_and_pop_in_a_loop() -> None:
    run = run_of(
        """
        import keras
        from keras.layers import Dense, Dropout
        model = keras.Sequential()
        for units in (32, 16):
            model.add(Dense(units))
            model.add(Dropout(0.5))
        model.pop()
        model.compile()
        model.fit(x, y)
        """
    )
    assert layers_of(run) == ["Dense", "Dropout", "Dense"]
    assert head_of(run).units == 16


def test_a_loop_of_unknown_length_leaves_a_gap_between_what_is_known() -> None:
    run = run_of(
        """
        import keras
        from keras.layers import Dense
        model = keras.Sequential([Dense(64)])
        for _ in range(int(input())):
            model.add(Dense(32))
        model.add(Dense(1, activation="sigmoid"))
        model.compile(loss="bce")
        model.fit(x, y)
        """
    )
    assert layers_of(run)[0] == "Dense"
    assert "?" in layers_of(run)
    assert head_of(run).activation == "sigmoid"


def test_functional_graph_with_two_inputs_and_two_outputs() -> None:
    run = run_of(
        """
        import keras
        from keras import layers
        a, b = keras.Input((4,)), keras.Input(shape=(3,))
        both = layers.concatenate([layers.Dense(5)(a), layers.Dense(6)(b)])
        one = layers.Dense(1, activation="sigmoid")(both)
        two = layers.Dense(7)(both)
        model = keras.Model(inputs=[a, b], outputs=[one, two])
        model.compile(loss=["binary_crossentropy", "mse"], optimizer="adam")
        model.fit([xa, xb], [y1, y2])
        """
    )
    heads = model_of(run).heads
    assert [each.units for each in heads if isinstance(each, Head)] == [1, 7]
    assert [each.loss.name for each in run.outputs()] == [
        "binary_crossentropy",
        "mean_squared_error",
    ]
    assert sorted(layers_of(run)) == ["Concatenate", "Dense", "Dense", "Dense", "Dense"]
    assert len(model_of(run).entries) == len(run.features) == 2


@pytest.mark.parametrize(
    "ending",
    [
        "layers.Dense(10, activation='softmax')(h)",
        "layers.Dense(10, activation=tf.nn.softmax)(h)",
        "layers.Dense(10, 'softmax')(h)",
        "layers.Activation('softmax')(layers.Dense(10)(h))",
        "layers.Softmax()(layers.Dense(10)(h))",
        "tf.nn.softmax(layers.Dense(10)(h))",
        "tf.keras.activations.softmax(layers.Dense(10)(h), axis=-1)",
    ],
)
def test_the_activation_of_the_output_however_it_is_applied(ending: str) -> None:
    run = run_of(
        f"""
        import tensorflow as tf
        from tensorflow.keras import layers
        i = tf.keras.Input((4,))
        h = layers.Dense(8, activation="relu")(i)
        model = tf.keras.Model(i, {ending})
        model.compile("adam", "categorical_crossentropy")
        model.fit(x, y)
        """
    )
    assert head_of(run).activation == "softmax"
    assert head_of(run).units == 10


def test_softmax_along_another_axis_is_not_taken_for_the_classes() -> None:
    run = run_of(
        """
        import keras
        from keras import layers
        i = keras.Input((40, 8))
        scores = layers.Flatten()(layers.Dense(1, use_bias=False)(i))
        model = keras.Model(i, layers.Activation("softmax")(scores))
        model.compile("adam", "sparse_categorical_crossentropy")
        model.fit(x, y)
        """
    )
    assert head_of(run).units is None


def test_a_gate_inside_the_model_is_not_its_output() -> None:
    run = run_of(
        """
        import keras
        from keras import layers
        i = keras.Input((32, 8))
        h = layers.Conv1D(8, 3, padding="same")(i)
        gate = layers.Dense(8, activation="sigmoid")(layers.GlobalAveragePooling1D()(h))
        h = layers.multiply([h, gate])
        model = keras.Model(i, layers.Dense(4, activation="softmax")(layers.Flatten()(h)))
        model.compile("adam", "categorical_crossentropy")
        model.fit(x, y)
        """
    )
    assert head_of(run).activation == "softmax"


def test_subclass_of_model_is_read_through_call() -> None:
    run = run_of(
        """
        import tensorflow as tf
        class Net(tf.keras.Model):
            def __init__(self, units=5):
                super().__init__()
                self.hidden = tf.keras.layers.Dense(units, activation="relu")
                self.out = tf.keras.layers.Dense(1)
            def call(self, x, training=False):
                return tf.sigmoid(self.out(self.hidden(x)))
        net = Net(units=9)
        net.compile("adam", tf.keras.losses.BinaryCrossentropy())
        net.fit(x, y)
        """
    )
    assert head_of(run).activation == "sigmoid"
    assert [constant(each.config["units"]) for each in model_of(run).layers[:1]] == [9]  # type: ignore[union-attr]


def test_subclass_of_layer_stays_a_layer_of_the_project() -> None:
    run = run_of(
        """
        import keras
        class Block(keras.layers.Layer):
            def call(self, x):
                return x
        model = keras.Sequential([Block(), keras.layers.Dense(1)])
        model.compile()
        model.fit(x, y)
        """
    )
    assert layers_of(run) == ["Block", "Dense"]
    assert model_of(run).entries[0].scales is Answer.UNKNOWN


def test_application_with_a_new_head() -> None:
    run = run_of(
        """
        from tensorflow.keras.applications import VGG16
        from tensorflow.keras import layers, Model
        base = VGG16(include_top=False, input_shape=(64, 64, 3))
        base.trainable = False
        h = layers.GlobalAveragePooling2D()(base.output)
        model = Model(base.input, layers.Dense(2, activation="softmax")(h))
        model.compile("adam", "categorical_crossentropy")
        model.fit(x, y)
        """
    )
    assert layers_of(run) == ["VGG16", "GlobalAveragePooling2D", "Dense"]
    assert head_of(run).units == 2


def test_application_with_its_own_top() -> None:
    run = run_of(
        """
        import keras
        model = keras.applications.MobileNetV2(weights=None, classes=7)
        model.compile("adam", "sparse_categorical_crossentropy")
        model.fit(x, y)
        """
    )
    assert (head_of(run).units, head_of(run).activation) == (7, "softmax")


def test_nested_models_and_a_model_of_predictions_beside_the_trained_one() -> None:
    code = """
        import keras
        from keras import layers
        augment = keras.Sequential([layers.RandomFlip(), layers.Rescaling(1 / 255)])
        model = keras.Sequential([augment, layers.Conv2D(8, 3), layers.Flatten(), layers.Dense(10)])
        model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        model.fit(x, y)
        predictor = keras.Sequential([model, layers.Softmax()])
        """
    run = run_of(code)
    assert head_of(run).activation == "linear"
    assert loss_of(run).from_logits is Answer.YES
    assert model_of(run).entries[0].scales is Answer.YES


def test_models_from_helpers_in_dicts_and_attributes() -> None:
    run = run_of(
        """
        import keras
        def dense(units, **options):
            return keras.layers.Dense(units, **options)
        def build(units, *, last="sigmoid"):
            return keras.Sequential([dense(units, activation="relu"), dense(1, activation=last)])
        class Trainer:
            def __init__(self, models):
                self.models = models
            def run(self, x, y):
                self.models["small"].compile(optimizer="adam", loss="bce")
                self.models["small"].fit(x, y)
        Trainer({"small": build(4), "large": build(400)}).run(x, y)
        """
    )
    assert head_of(run).activation == "sigmoid"
    assert constant(model_of(run).layers[0].config["units"]) == 4  # type: ignore[union-attr]


def test_clone_and_another_name_for_the_same_model() -> None:
    run = run_of(
        """
        import keras
        first = keras.Sequential([keras.layers.Dense(3)])
        second = first
        second.add(keras.layers.Dense(2))
        copy = keras.models.clone_model(first)
        copy.compile("sgd", "mse")
        copy.fit(x, y)
        """
    )
    assert layers_of(run) == ["Dense", "Dense"]
    assert optimizer_of(run).string == "sgd"


def test_a_loaded_model_is_not_known_and_says_so() -> None:
    run = run_of("import keras\nm = keras.models.load_model('m.keras')\nm.fit(x, y, epochs=3)")
    assert not run.resolved
    assert "load_model" in model_of(run).lost.reason  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("optimizer", "name", "rate"),
    [
        ("'SGD'", "sgd", 0.01),
        ("keras.optimizers.SGD(0.1)", "sgd", 0.1),
        ("keras.optimizers.SGD(lr=0.1)", "sgd", 0.1),
        ("keras.optimizers.legacy.Adam(learning_rate=1e-4)", "adam", 1e-4),
        ("tf.optimizers.RMSprop(0.01)", "rmsprop", 0.01),
        ("{'a': keras.optimizers.Adam(0.5)}['a']", "adam", 0.5),
        ("make('Nadam')", "nadam", 0.001),
        ("keras.optimizers.Adam(**dict(learning_rate=2 * rate))", "adam", 0.02),
    ],
)
def test_optimizers(optimizer: str, name: str, rate: float) -> None:
    run = run_of(
        f"""
        import tensorflow as tf
        from tensorflow import keras
        rate = 1 / 100
        def make(name):
            return name
        model = keras.Sequential([keras.layers.Dense(1)])
        model.compile(optimizer={optimizer}, loss="mse")
        model.fit(x, y)
        """
    )
    found = optimizer_of(run)
    assert found.name == name
    assert constant(found.learning_rate) == rate


def test_defaults_of_compile_have_their_real_values() -> None:
    run = run_of(
        "import keras\nm = keras.Sequential([keras.layers.Dense(1)])\nm.compile()\nm.fit(x)"
    )
    assert optimizer_of(run).name == "rmsprop"


@pytest.mark.parametrize(
    ("loss", "name", "logits"),
    [
        ("'MSE'", "mean_squared_error", Answer.NO),
        ("keras.losses.mse", "mean_squared_error", Answer.NO),
        ("keras.losses.BinaryCrossentropy(True)", "binary_crossentropy", Answer.YES),
        ("keras.losses.Huber()", "huber", Answer.NO),
        (
            "keras.losses.SparseCategoricalCrossentropy(from_logits=flag)",
            "sparse_categorical_crossentropy",
            Answer.UNKNOWN,
        ),
    ],
)
def test_losses(loss: str, name: str, logits: Answer) -> None:
    run = run_of(
        f"""
        import keras
        model = keras.Sequential([keras.layers.Dense(1)])
        model.compile("adam", loss={loss})
        model.fit(x, y)
        """
    )
    assert (loss_of(run).name, loss_of(run).from_logits) == (name, logits)


def test_a_schedule_is_the_learning_rate() -> None:
    run = run_of(
        """
        import keras
        decay = keras.optimizers.schedules.ExponentialDecay(0.1, 100, 0.9)
        model = keras.Sequential([keras.layers.Dense(1)])
        model.compile(keras.optimizers.SGD(decay, momentum=0.9), "mse")
        model.fit(x, y)
        """
    )
    assert constant(optimizer_of(run).config["learning_rate"]) is ...


def test_an_optimizer_that_depends_on_a_branch_is_not_known() -> None:
    run = run_of(
        """
        import keras, sys
        optimizer = "sgd" if len(sys.argv) > 1 else "adam"
        model = keras.Sequential([keras.layers.Dense(1)])
        model.compile(optimizer, "mse")
        model.fit(x, y)
        """
    )
    assert isinstance(compiled_of(run).optimizer, Unknown)


def test_each_way_to_compile_is_a_run() -> None:
    code = """
        import keras, sys
        model = keras.Sequential([keras.layers.Dense(1)])
        if sys.argv:
            model.compile("sgd", "mse")
        else:
            model.compile("adam", "mse")
        model.fit(x, y)
        """
    found = [compiled_of(run).optimizer for run in script_of(code).runs]
    assert sorted(each.name for each in found if isinstance(each, Optimizer)) == ["adam", "sgd"]
