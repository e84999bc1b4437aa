"""Architectures that look like a defect and are none, each beside its sibling that is one."""

from __future__ import annotations

import pytest
from conftest import Command, Write
from test_traps import Found, found

__all__ = ["found"]

RULES = ("--select", "TFC4")

IMPORTS = """
import keras, numpy as np
from keras import layers
chance = np.random.default_rng(0)
"""

DENSE = """
model = keras.Sequential([keras.Input((20,)), {layers}])
model.compile("adam", "mse")
model.fit(chance.random((50, 20)), chance.random((50, 3)))
"""


def dense(stack: str) -> str:
    return IMPORTS + DENSE.format(layers=stack)


@pytest.mark.parametrize(
    ("stack", "names"),
    [
        ("layers.Dense(32), layers.Dense(3)", ["linear-hidden-layers"]),
        ("layers.Dense(32), layers.Dropout(0.2), layers.Dense(3)", ["linear-hidden-layers"]),
        ("layers.Dense(32, None), layers.Dense(3)", ["linear-hidden-layers"]),
        ("layers.Dense(2), layers.Dense(3)", []),
        ("layers.Dense(2), layers.Dense(20, 'relu'), layers.Dense(3)", []),
        ("layers.Dense(32), layers.ReLU(), layers.Dense(3)", []),
        ("layers.Dense(32), layers.LeakyReLU(), layers.Dense(3)", []),
        ("layers.Dense(32), layers.LayerNormalization(), layers.Dense(3)", []),
        ("layers.Dense(32), layers.Lambda(abs), layers.Dense(3)", []),
        ("layers.Dense(32, activation=given), layers.Dense(3)", []),
        ("layers.Dense(32, **given), layers.Dense(3)", []),
        ("layers.Dense(units), layers.Dense(3)", []),
        ("layers.Dense(32, activation='linear'), layers.Dense(3)", []),
        ("layers.Dense(32, keras.activations.linear), layers.Dense(3)", []),
    ],
)
def test_a_bottleneck_and_other_linear_layers(found: Found, stack: str, names: list[str]) -> None:
    """With fewer units than on both sides, two linear layers make a map of low rank.

    A linear activation that is written out was meant, be it to show what it cannot do.
    """
    assert found(dense(stack)) == names


BUILDER = """
class {name}:
    def __init__(self):
        self.model = keras.Sequential([keras.Input((20,)), layers.Dense(32), layers.Dense(3)])
        self.model.compile("adam", "mse")

    def train(self):
        self.model.fit(chance.random((50, 20)), chance.random((50, 3)))

{name}().train()
"""


@pytest.mark.parametrize(
    ("name", "names"), [("LinearClassifier", []), ("Classifier", ["linear-hidden-layers"])]
)
def test_a_class_that_is_called_linear(found: Found, name: str, names: list[str]) -> None:
    """It says that it is a network without anything that bends."""
    assert found(IMPORTS + BUILDER.format(name=name)) == names


PROBE = """
inputs = keras.Input((20,))
code = layers.Dense(32)(layers.Dense(32, "relu")(inputs))
encoder = keras.Model(inputs, code)
{train}
model = keras.Sequential([encoder, layers.Dense(3)])
model.compile("adam", "mse")
model.fit(chance.random((50, 20)), chance.random((50, 3)))
"""


def test_a_linear_probe_on_a_model_of_its_own(found: Found) -> None:
    """What a model ends on was learned for its own sake, and only then is built upon."""
    train = "encoder.compile('adam', 'mse')\nencoder.fit(chance.random((9, 20)), y)"
    assert found(IMPORTS + PROBE.format(train=train)) == []
    flat = "layers.Dense(32, 'relu'), layers.Dense(32), layers.Dense(3)"
    assert found(dense(flat)) == ["linear-hidden-layers"]


SHARED = """
inputs = keras.Input((20,))
h = layers.Dense(32)(inputs)
outputs = layers.Dense(3)(h)
model = keras.Model(inputs, {outputs})
model.compile("adam", "mse")
model.fit(chance.random((50, 20)), y)
"""


def test_a_linear_layer_that_others_use_too(found: Found) -> None:
    """An output of its own is a use of its own."""
    assert found(IMPORTS + SHARED.format(outputs="[outputs, h]")) == []
    assert found(IMPORTS + SHARED.format(outputs="outputs")) == ["linear-hidden-layers"]


@pytest.mark.parametrize(
    ("stack", "names"),
    [
        ("layers.Dense(8, 'tanh'), layers.Activation('tanh')", ["redundant-activation"]),
        ("layers.Dense(8, 'relu'), layers.ReLU()", ["redundant-activation"]),
        ("layers.Dense(8, 'relu'), layers.ReLU(max_value=6)", []),
        ("layers.Dense(8, 'tanh'), layers.Activation('relu')", []),
        ("layers.Dense(8, 'relu'), layers.BatchNormalization(), layers.ReLU()", []),
        ("layers.Dense(8), layers.Activation('tanh')", []),
    ],
)
def test_activations_in_a_row(found: Found, stack: str, names: list[str]) -> None:
    assert found(dense(f"{stack}, layers.Dense(3)")) == names


ROUNDS = """
h = layers.Activation("relu")(layers.Dense(20)(inputs := keras.Input((20,))))
for _ in range({rounds}):
    h = layers.Dense(20)(layers.Activation("relu")(h))
model = keras.Model(inputs, layers.Dense(3)(layers.Activation("relu")(h)))
model.compile("adam", "mse")
model.fit(chance.random((50, 20)), chance.random((50, 3)))
"""


def test_an_activation_that_is_needed_in_later_rounds_of_a_loop(found: Found) -> None:
    """The first round begins with what the lines before it end with."""
    assert found(IMPORTS + ROUNDS.format(rounds=3)) == []
    assert found(IMPORTS + ROUNDS.format(rounds=1)) == ["redundant-activation"]


SERIES = """
model = keras.Sequential([keras.Input((12, 4)), {layers}])
model.compile("adam", "{loss}")
model.fit(chance.random((50, 12, 4)), {labels})
"""
STEPS = "layers.LSTM(8, return_sequences=True), layers.Dense({})"


@pytest.mark.parametrize(
    ("units", "loss", "labels", "names"),
    [
        (1, "mse", "chance.random((50, 1))", ["missing-flatten"]),
        (1, "mse", "chance.random(50)", ["missing-flatten"]),
        (1, "mse", "chance.random((50, 12))", []),
        (1, "mse", "chance.random((50, 12, 1))", []),
        (3, "mse", "chance.random((50, 12, 3))", []),
        (1, "mse", "y", []),
        ("3, 'softmax'", "sparse_categorical_crossentropy", "chance.integers(0, 3, (50, 12))", []),
    ],
)
def test_labels_for_each_step(
    found: Found, units: object, loss: str, labels: str, names: list[str]
) -> None:
    """A sequence of labels wants a sequence of outputs."""
    code = IMPORTS + SERIES.format(layers=STEPS.format(units), loss=loss, labels=labels)
    assert found(code) == names


FLAT = "Flatten or a global pooling before the first Dense"


@pytest.mark.parametrize(
    ("steps", "stack", "instead"),
    [
        (12, "layers.LSTM(8, return_sequences=True)", "return_sequences=False"),
        (
            12,
            "layers.LSTM(8, return_sequences=True), layers.Dropout(0.1)",
            "return_sequences=False",
        ),
        # Without its sequence the convolution could not be built.
        (12, "layers.LSTM(8, return_sequences=True), layers.Conv1D(8, 2)", FLAT),
        (12, "layers.Dense(8)", FLAT),
        ("None", "layers.Conv1D(8, 2)", "a global pooling before the first Dense"),
        ("None", "layers.Dense(8)", "an input shape without the axis of unknown size"),
    ],
)
def test_what_would_make_it_one_value(
    tfcheck: Command, write: Write, steps: object, stack: str, instead: str
) -> None:
    code = SERIES.replace("keras.Input((12, 4))", f"keras.Input(({steps}, 4))")
    code = code.format(
        layers=f"{stack}, layers.Dense(2)", loss="mse", labels="chance.random((50, 2))"
    )
    write({"train.py": IMPORTS + code})
    said = tfcheck("--select", "missing-flatten", "train.py").out
    assert f"instead: {instead}" in said


@pytest.mark.parametrize(
    ("stack", "names"),
    [
        ("layers.LSTM(8), layers.LSTM(8)", ["rank-mismatch-layer"]),
        ("layers.LSTM(8), layers.Dropout(0.1), layers.GRU(8)", ["rank-mismatch-layer"]),
        ("layers.Bidirectional(layers.LSTM(8)), layers.LSTM(8)", ["rank-mismatch-layer"]),
        ("layers.LSTM(8, return_sequences=True), layers.LSTM(8)", []),
        ("layers.LSTM(8), layers.RepeatVector(3), layers.LSTM(8)", []),
        ("layers.LSTM(8), layers.TimeDistributed(layers.Dense(4))", ["rank-mismatch-layer"]),
        ("layers.LSTM(8), layers.RepeatVector(3), layers.TimeDistributed(layers.Dense(4))", []),
        ("layers.LSTM(8, return_sequences=given), layers.TimeDistributed(layers.Dense(4))", []),
        ("layers.LSTM(8, **given), layers.LSTM(8)", []),
        ("layers.LSTM(8, return_sequences=given), layers.LSTM(8)", []),
    ],
)
def test_recurrent_layers_in_a_row(found: Found, stack: str, names: list[str]) -> None:
    code = SERIES.format(layers=f"{stack}, layers.Dense(1)", loss="mse", labels="y")
    assert found(IMPORTS + code) == names


FOLDER = """
import keras
from keras import layers
from tensorflow.keras.preprocessing.image import ImageDataGenerator
images = ImageDataGenerator(rescale=1 / 255)
model = keras.Sequential([{layers}])
model.compile("adam", "binary_crossentropy")
model.fit(images.flow_from_directory("images", {arguments}), epochs=5)
"""
CONVOLUTION = "layers.Conv2D(8, 3, activation='relu'), layers.Dense(1, 'sigmoid')"
FLATTENED = "layers.Flatten(), layers.Dense(1, 'sigmoid')"


@pytest.mark.parametrize(
    ("stack", "arguments", "names"),
    [
        (CONVOLUTION, "class_mode='binary'", ["missing-flatten"]),
        (CONVOLUTION, "(64, 64), 'grayscale', None, 'binary'", ["missing-flatten"]),
        (FLATTENED, "class_mode='binary'", []),
        (CONVOLUTION, "class_mode='input'", []),
        (CONVOLUTION, "class_mode=None", []),
        (CONVOLUTION, "**given", []),
    ],
)
def test_images_of_a_folder(found: Found, stack: str, arguments: str, names: list[str]) -> None:
    """They come as batches of height, width and channels, with a label for each."""
    assert found(FOLDER.format(layers=stack, arguments=arguments)) == names


PADDED = """
x = keras.utils.pad_sequences({sequences}, maxlen=10)
model = keras.Sequential([layers.LSTM(8), layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x, y)
"""


def test_padded_sequences_of_vectors(found: Found) -> None:
    """A sequence may hold a vector for each step, which only one of ids surely does not."""
    before = "import pandas as pd\nframe = pd.read_json('sounds.json')\n"
    assert found(before + IMPORTS + PADDED.format(sequences="frame.audio")) == []
    before = "(words, _), _ = keras.datasets.imdb.load_data()"
    code = PADDED.format(sequences="words")
    assert found(f"{IMPORTS}{before}{code}") == ["rank-mismatch-layer"]


IN_A_LIST = """
models = [0] * count
for number in range(count):
    models[number] = keras.Sequential()
    models[number].add(layers.Conv2D(8, 3, activation="relu", input_shape=(28, 28, 1)))
    models[number].add(layers.Flatten())
    models[number].add(layers.Dense(10))
    models[number].compile("adam", "mse")
models[0].fit(x, y)
"""


def test_models_in_a_list(found: Found) -> None:
    """Each gets its layers once, though the places of the list are not told apart."""
    code = IMPORTS + IN_A_LIST
    assert found(code) == []
    one = code.replace("models = [0] * count", "models = {}").replace("range(count)", "[0]")
    assert found(one) == []
    stack = "models[number].add(layers.Conv2D(8, 3))\n    models[number].compile"
    assert found(one.replace("models[number].compile", stack)) == ["rank-mismatch-layer"]


IMAGES = """
{before}
model = keras.Sequential([keras.Input({shape}), {layers}, layers.Flatten(), layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x, y)
"""


@pytest.mark.parametrize(
    ("shape", "layer", "before", "names"),
    [
        ("(4, 4, 3)", "layers.Conv2D(8, 5)", "", ["feature-map-too-small"]),
        ("(4, 4, 3)", "layers.Conv2D(8, 5, padding='same')", "", []),
        ("(1, 28, 28)", "layers.Conv2D(8, 3)", "", []),
        ("(3, 28, 28)", "layers.Conv2D(8, 5, data_format='channels_first')", "", []),
        (
            "(4, 28, 27)",
            "layers.Conv2D(8, 5)",
            "keras.backend.set_image_data_format('channels_first')",
            [],
        ),
        ("(4, 28, 28)", "layers.Conv2D(8, 5)", "", []),
        ("(4, 28, 27)", "layers.Conv2D(8, 5)", "", ["feature-map-too-small"]),
        (
            "(16, 16, 3)",
            "layers.Conv2D(8, 3, 3, 'relu'), layers.Conv2D(8, 3), layers.Conv2D(8, 6)",
            "",
            [],
        ),
        ("(size, size, 3)", "layers.Conv2D(8, 5)", "", []),
    ],
)
def test_images_with_their_channels_in_front(
    found: Found, shape: str, layer: str, before: str, names: list[str]
) -> None:
    """They are written for another setting of Keras; and Keras 1 spelled kernels out."""
    code = IMAGES.format(shape=shape, layers=layer, before=before)
    assert found(IMPORTS + code) == names


@pytest.mark.parametrize(
    ("stack", "names"),
    [
        ("layers.Dense(8, 'relu', kernel_initializer='zeros')", ["constant-kernel-init"]),
        (
            "layers.Dense(8, 'relu', kernel_initializer=keras.initializers.Zeros())",
            ["constant-kernel-init"],
        ),
        ("layers.Dense(8, 'tanh', kernel_initializer='zeros')", []),
        (
            "layers.Dense(8, 'relu', kernel_initializer='zeros', bias_initializer='ones')",
            [],
        ),
        ("layers.Dense(8, 'relu', kernel_initializer='ones')", []),
        ("layers.Dense(8, 'relu'), layers.Dense(4, 'relu', bias_initializer='zeros')", []),
    ],
)
def test_constant_kernels_that_are_told_apart(found: Found, stack: str, names: list[str]) -> None:
    """Random kernels behind a constant one give its units different gradients."""
    assert found(dense(f"{stack}, layers.Dense(3)")) == names


def test_a_kernel_of_zeros_at_the_end(found: Found) -> None:
    """A model that begins at zero is meant to."""
    last = "layers.Dense(8, 'relu'), layers.Dense(3, kernel_initializer='zeros')"
    assert found(dense(last)) == []


RESIDUAL = """
inputs = keras.Input((20,))
h = layers.Dense(20, "relu", kernel_initializer="zeros")(inputs)
{merge}
model = keras.Model(inputs, layers.Dense(3)(h))
model.compile("adam", "mse")
model.fit(chance.random((50, 20)), chance.random((50, 3)))
"""


def test_a_kernel_of_zeros_in_a_residual_branch(found: Found) -> None:
    assert found(IMPORTS + RESIDUAL.format(merge="h = layers.add([h, inputs])")) == []
    assert found(IMPORTS + RESIDUAL.format(merge="")) == ["constant-kernel-init"]


@pytest.mark.parametrize(
    ("rate", "names"),
    [
        ("0.5", []),
        ("0.8", []),
        ("0.9", ["high-dropout"]),
        ("1.0", ["high-dropout"]),
        ("0.85564", []),
        ("50", ["high-dropout"]),
        ("r", []),
    ],
)
def test_dropout(found: Found, rate: str, names: list[str]) -> None:
    """Published networks use 0.8, and 0.85564 comes out of a search, not out of a confusion."""
    assert (
        found(dense(f"layers.Dense(8, 'relu'), layers.Dropout({rate}), layers.Dense(3)")) == names
    )


SWEEP = """
for rate in {rates}:
    model = keras.Sequential([keras.Input((20,)), layers.Dropout(rate), layers.Dense(3)])
    model.compile("adam", "mse")
    model.fit(chance.random((50, 20)), chance.random((50, 3)))
"""


@pytest.mark.parametrize(("rates", "names"), [("0.1, 0.9", []), ("0.9,", ["high-dropout"])])
def test_a_sweep_over_rates_of_dropout(found: Found, rates: str, names: list[str]) -> None:
    """Whoever tries the low ones as well knows what the high ones do."""
    assert found(IMPORTS + SWEEP.format(rates=rates)) == names


SIGMOIDS = "layers.Dense(8, 'sigmoid'), layers.Dense(8, 'sigmoid'), {}layers.Dense(8, 'sigmoid')"


@pytest.mark.parametrize(
    ("between", "names"),
    [
        ("layers.Dense(8, 'sigmoid'), ", ["deep-sigmoid-stack"]),
        ("layers.Dropout(0.1), layers.Dense(8, 'sigmoid'), ", ["deep-sigmoid-stack"]),
        ("layers.BatchNormalization(), layers.Dense(8, 'sigmoid'), ", []),
        ("layers.Dense(8, 'relu'), ", []),
        ("", []),
    ],
)
def test_sigmoids_in_a_row(found: Found, between: str, names: list[str]) -> None:
    assert found(dense(f"{SIGMOIDS.format(between)}, layers.Dense(3)")) == names


LATE = """
base = layers.Dense(8, "relu")
model = keras.Sequential([base, layers.Dense(3)])
model.compile("adam", "mse")
{code}
"""
FIT = "model.fit(chance.random((50, 20)), chance.random((50, 3)))"


@pytest.mark.parametrize(
    ("code", "names"),
    [
        (f"{FIT}\nbase.trainable = False\n{FIT}", ["frozen-after-compile"]),
        (f"{FIT}\nmodel.layers[0].trainable = False\n{FIT}", ["frozen-after-compile"]),
        (f"{FIT}\nbase.trainable = False\nmodel.compile('adam', 'mse')\n{FIT}", []),
        (f"base.trainable = False\n{FIT}", []),
        (f"{FIT}\nbase.trainable = True\n{FIT}", []),
        (f"{FIT}\nmodel.trainable = False\n{FIT}", []),
        (f"{FIT}\nbase.trainable = flag\n{FIT}", []),
    ],
)
def test_freezing_when_it_still_counts(found: Found, code: str, names: list[str]) -> None:
    """Before the first fit it counts; of the model itself a GAN switches it on purpose."""
    assert found(IMPORTS + LATE.format(code=code)) == names


WORDS = """
(x, y), _ = keras.datasets.imdb.load_data({limit})
x = keras.utils.pad_sequences(x, maxlen=80)
model = keras.Sequential([layers.Embedding({rows}, 8), layers.LSTM(8), layers.Dense(1, "sigmoid")])
model.compile("adam", "binary_crossentropy")
model.fit(x, y)
"""


@pytest.mark.parametrize(
    ("limit", "rows", "names"),
    [
        ("num_words=5000", 4000, ["embedding-too-small"]),
        ("num_words=5000", 5000, []),
        ("", 4000, []),
        ("num_words=words", 4000, []),
    ],
)
def test_rows_for_all_ids(found: Found, limit: str, rows: int, names: list[str]) -> None:
    assert found(IMPORTS + WORDS.format(limit=limit, rows=rows)) == names
