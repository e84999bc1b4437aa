"""Code that looks like a defect and is none, each beside its sibling that is one.

Every trap was met in a real file. Nothing may be said of it; its sibling, which differs in that
one thing, is reported, so that no test passes because a rule is dead.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from textwrap import dedent
from typing import TypeAlias

import pytest
from conftest import Command, Write
from test_output import notebook

Found: TypeAlias = Callable[..., list[str]]


# Other families have traps of their own.
RULES = ("--select", "TFC0,TFC101,TFC3,TFC501,TFC601")


@pytest.fixture
def found(write: Write, check: Command, request: pytest.FixtureRequest) -> Found:
    """The names of the findings in a script, with ``files`` beside it, by the module's rules."""
    rules = request.module.RULES

    def names(code: str, files: Mapping[str, str] | None = None) -> list[str]:
        write({**(files or {}), "main.py": code})
        return sorted(each["name"] for each in check("main.py", *rules).findings)

    return names


@pytest.fixture
def found_in_cells(write: Write, check: Command) -> Found:
    """The names of all findings in a notebook of these cells."""

    def names(*cells: str) -> list[str]:
        write({"main.ipynb": notebook(*map(dedent, cells))})
        return sorted(each["name"] for each in check("main.ipynb", *RULES).findings)

    return names


# Activations and losses

FROM_LOGITS = """
import keras
from keras import layers
model = keras.Sequential([layers.Dense(8, activation="relu"), layers.Dense(10){last}])
model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits={flag}))
model.fit(x, y, epochs=5)
probabilities = keras.Sequential([model, layers.Softmax()])
probabilities.predict(x)
"""


@pytest.mark.parametrize(
    ("last", "flag", "names"),
    [
        ("", True, []),
        ("", False, ["logits-without-from-logits"]),
        (", layers.Softmax()", True, ["activation-with-from-logits"]),
    ],
)
def test_a_softmax_in_a_second_model_after_training(
    found: Found, last: str, flag: bool, names: list[str]
) -> None:
    """What wraps a model for its predictions is no part of what was trained."""
    assert found(FROM_LOGITS.format(last=last, flag=flag)) == names


FUNCTIONAL = """
import tensorflow as tf
from tensorflow.keras import layers
i = tf.keras.Input((4,))
h = layers.Dense(10)(layers.Dense(8, activation="relu")(i))
model = tf.keras.Model(i, {end})
model.compile("adam", "{loss}")
model.fit(x, y, epochs=5)
"""


@pytest.mark.parametrize(
    ("end", "loss"),
    [
        ("tf.nn.softmax(h)", "categorical_crossentropy"),
        ("tf.keras.activations.softmax(h)", "categorical_crossentropy"),
        ("tf.sigmoid(h)", "binary_crossentropy"),
        ("tf.math.sigmoid(h)", "binary_crossentropy"),
        ("layers.Activation('softmax')(h)", "categorical_crossentropy"),
        ("layers.Activation(tf.nn.sigmoid)(h)", "binary_crossentropy"),
        ("layers.Softmax(name='out')(h)", "categorical_crossentropy"),
    ],
)
def test_an_activation_that_is_applied_apart_from_the_layer(
    found: Found, end: str, loss: str
) -> None:
    """The last Dense has no activation, and its output has one all the same."""
    assert found(FUNCTIONAL.format(end=end, loss=loss)) == []
    assert found(FUNCTIONAL.format(end="h", loss=loss)) == ["logits-without-from-logits"]


SEPARATE = """
from keras.models import Sequential
from keras.layers import Activation, Dense
model = Sequential()
model.add(Dense(8))
model.add(Activation("relu"))
model.add(Dense(10))
{last}
model.compile(loss="categorical_crossentropy", optimizer="adam")
model.fit(x, y, epochs=5)
"""


@pytest.mark.parametrize(
    ("last", "names"),
    [
        ("model.add(Activation('softmax'))", []),
        ("", ["logits-without-from-logits"]),
        ("model.add(Activation('sigmoid'))", ["sigmoid-with-categorical"]),
        ("model.add(Activation('sigmoid'))\nmodel.add(Activation('softmax'))", ["double-softmax"]),
    ],
)
def test_an_activation_as_a_layer_of_its_own(found: Found, last: str, names: list[str]) -> None:
    """The layer with weights is not the last one."""
    assert found(SEPARATE.format(last=last)) == names


IN_CALL = """
import tensorflow as tf
class Net(tf.keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden = tf.keras.layers.Dense(8, activation="relu")
        self.out = tf.keras.layers.Dense(1)
    def call(self, inputs, training=None):
        h = self.out(self.hidden(inputs))
        return {returned}
net = Net()
net.compile(optimizer="adam", loss="binary_crossentropy")
net.fit(x, y, epochs=5)
"""


@pytest.mark.parametrize(
    ("returned", "names"),
    [
        ("tf.nn.sigmoid(h)", []),
        ("tf.keras.activations.sigmoid(h)", []),
        ("h", ["logits-without-from-logits"]),
        ("tf.nn.relu(h)", ["relu-output"]),
        ("tf.nn.softmax(h)", ["softmax-single-unit"]),
    ],
)
def test_an_activation_in_the_call_method(found: Found, returned: str, names: list[str]) -> None:
    """The layers in __init__ say nothing of what call() does with them."""
    assert found(IN_CALL.format(returned=returned)) == names


SQUEEZE = """
import keras
from keras import layers
i = keras.Input((32, 32, 3))
h = layers.Conv2D(8, 3, padding="same", activation="relu")(i)
gate = layers.GlobalAveragePooling2D()(h)
gate = layers.Dense(2, activation="relu")(gate)
gate = layers.Dense(8, activation="sigmoid")(gate)
h = layers.multiply([h, layers.Reshape((1, 1, 8))(gate)])
out = layers.Conv2D(4, 1, activation="{head}")(h)
model = keras.Model(i, out)
model.compile("adam", "categorical_crossentropy")
model.fit(x, y, epochs=5)
"""


def test_a_gate_before_a_convolution_head(found: Found) -> None:
    """The sigmoid of a squeeze-and-excite block is the last Dense, and not the output."""
    assert found(SQUEEZE.format(head="softmax")) == []
    assert found(SQUEEZE.format(head="sigmoid")) == ["sigmoid-with-categorical"]


UNUSED = """
import keras
model = keras.Sequential([keras.layers.Dense(10, activation="softmax")])
model.compile("adam", "categorical_crossentropy")
model.fit(x, y, epochs=5)
other = keras.Sequential([keras.layers.Dense(10, activation="sigmoid")])
other.compile("sgd", "categorical_crossentropy")
"""


def test_a_second_model_that_nobody_trains(found: Found) -> None:
    """It stands last in the file and means nothing."""
    assert found(UNUSED) == []
    assert found(f"{UNUSED}other.fit(x, y)") == ["bare-sgd", "sigmoid-with-categorical"]


REBUILT = "model = keras.Sequential([layers.Dense(8), layers.Dense({units}, activation='{last}')])"


def test_a_name_that_a_later_cell_builds_anew(found_in_cells: Found) -> None:
    """Each training means the model that the name stands for by then."""
    first = (
        "import keras\nfrom keras import layers",
        REBUILT.format(units=1, last="sigmoid"),
        "model.compile('adam', 'binary_crossentropy')\nmodel.fit(x, y)",
    )
    trained = "model.compile('adam', 'categorical_crossentropy')\nmodel.fit(x, y)"
    again = REBUILT.format(units=10, last="softmax")
    assert found_in_cells(*first, again, trained) == []
    assert found_in_cells(*first, trained) == ["sigmoid-with-categorical"]


# Early stopping

LONG = """
import keras
from keras.callbacks import CSVLogger, EarlyStopping, ModelCheckpoint
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
{code}
"""


@pytest.mark.parametrize(
    "code",
    [
        "stop = EarlyStopping(patience=9)\nmodel.fit(x, y, epochs=500, callbacks=[stop])",
        "stop = EarlyStopping(patience=9)\nmodel.fit(x, y, epochs=500, callbacks=stop)",
        "model.fit(x, y, epochs=500, callbacks=EarlyStopping(patience=9))",
        "model.fit(x, y, epochs=500, callbacks=[CSVLogger('a'), EarlyStopping(patience=9)])",
        "class Trainer:\n"
        "    def callbacks(self):\n"
        "        found = [CSVLogger('a')]\n"
        "        found.append(EarlyStopping(patience=9))\n"
        "        return found\n"
        "    def train(self):\n"
        "        model.fit(x, y, epochs=500, callbacks=self.callbacks())\n"
        "Trainer().train()",
        "found = [CSVLogger('a')]\nif flag:\n    found.append(EarlyStopping(patience=9))\n"
        "model.fit(x, y, epochs=500, callbacks=found)",
    ],
    ids=["variable", "bare variable", "bare", "list", "a method's list", "sometimes"],
)
def test_early_stopping_that_is_passed(found: Found, code: str) -> None:
    """However it gets there, it ends training; the sibling gets a logger there the same way."""
    assert found(LONG.format(code=code)) == []
    without = code.replace("EarlyStopping(patience=9)", "CSVLogger('b')")
    assert found(LONG.format(code=without)) == ["no-early-stopping"]


@pytest.mark.parametrize(
    "code",
    [
        "model.fit(x, y, epochs=500, callbacks=[\n    CSVLogger('a'),\n"
        "    # EarlyStopping(patience=9),\n])",
        "model.fit(x, y, epochs=500)  # callbacks=[EarlyStopping(patience=9)]",
        "stop = EarlyStopping(patience=9)\nmodel.fit(x, y, epochs=500)",
        "stop = EarlyStopping(patience=9)\nfound = [CSVLogger('a')]\n"
        "model.fit(x, y, epochs=500, callbacks=found)",
        "stop = EarlyStopping(patience=9)\nmodel.fit(x, y, epochs=5, callbacks=[stop])\n"
        "model.fit(x, y, epochs=500)",
        "'''\nEarlyStopping(patience=9)\n'''\nmodel.fit(x, y, epochs=500)",
    ],
    ids=["commented out", "behind fit", "never passed", "not in the list", "elsewhere", "text"],
)
def test_early_stopping_that_is_named_and_not_passed(found: Found, code: str) -> None:
    """The word stands in the file, and nothing ends training; a short one needs no ending."""
    assert found(LONG.format(code=code)) == ["no-early-stopping"]
    assert found(LONG.format(code=code.replace("500", "5"))) == []


# Optimizers

OPTIMIZER = """
import keras
from keras.optimizers import SGD
def build(optimizer="adam", **options):
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile(optimizer=optimizer, loss="mse", **options)
    return model
{code}
model.fit(x, y, epochs=5)
"""


@pytest.mark.parametrize(
    "code",
    [
        "model = build(optimizer={optimizer})",
        "model = build({optimizer})",
        "chosen = {optimizer}\nmodel = build(chosen)",
        "settings = {{'optimizer': {optimizer}, 'metrics': ['mae']}}\nmodel = build(**settings)",
        "settings = {{'optimizer': {optimizer}}}\nmodel = build(settings['optimizer'])",
        "def make(**options):\n    return build(**options)\nmodel = make(optimizer={optimizer})",
        "settings = dict(optimizer={optimizer}, loss='mse')\n"
        "model = keras.Sequential([keras.layers.Dense(1)])\nmodel.compile(**settings)",
    ],
    ids=["keyword", "parameter", "variable", "**dict", "item", "**kwargs", "compile"],
)
@pytest.mark.parametrize(
    ("optimizer", "names"),
    [
        ("'sgd'", ["bare-sgd"]),
        ("'SGD'", ["bare-sgd"]),
        ("'Sgd'", ["bare-sgd"]),
        ("SGD()", ["bare-sgd"]),
        ("'Adam'", []),
        ("'ADAM'", []),
        ("SGD(learning_rate=0.01)", []),
        ("SGD(0.01)", []),
        ("SGD(lr=0.01, momentum=0.9)", []),
        ("SGD(**more)", []),
    ],
)
def test_an_optimizer_that_comes_a_long_way(
    found: Found, code: str, optimizer: str, names: list[str]
) -> None:
    """It is followed to its value, and only a value with nothing set is reported."""
    assert found(OPTIMIZER.format(code=code.format(optimizer=optimizer))) == names


@pytest.mark.parametrize(
    ("made", "names"),
    [("SGD(learning_rate=0.1)", []), ("SGD(momentum=0.9)", []), ("SGD()", ["bare-sgd"])],
)
def test_a_variable_called_sgd(found: Found, made: str, names: list[str]) -> None:
    """``optimizer=sgd`` is a name here, and no text."""
    code = f"sgd = {made}\nmodel = build(optimizer=sgd)"
    assert found(OPTIMIZER.format(code=code)) == names


# What is no Keras model

NO_MODEL = """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
{code}
"""


@pytest.mark.parametrize(
    "code",
    [
        "import re\nmodel = re.compile('sgd')\nmodel.fit(x, y, epochs=500)",
        "from kfp import compiler\nmodel = compiler.Compiler()\n"
        "model.compile('sgd', 'mse')\nmodel.fit(x, y, epochs=500)",
        "from keras.preprocessing.image import ImageDataGenerator\n"
        "model = ImageDataGenerator(rescale=1 / 255)\nmodel.fit(x, augment=True, rounds=500)",
        "from keras.preprocessing.text import Tokenizer\nmodel = Tokenizer(num_words=500)\n"
        "model.fit_on_texts(x)\nmodel.fit(x, y, epochs=500)",
        "from sklearn.preprocessing import StandardScaler\nmodel = StandardScaler()\n"
        "model.fit(x, y, epochs=500)",
        "from lightgbm import LGBMClassifier\nmodel = LGBMClassifier(n_estimators=500)\n"
        "model.fit(x, y, eval_set=[(a, b)], callbacks=[log], epochs=500)",
        "import xgboost as xgb\nmodel = xgb.XGBClassifier(n_estimators=500)\n"
        "model.fit(x, y, eval_set=[(a, b)], early_stopping_rounds=None, epochs=500)",
        "from rl.agents.dqn import DQNAgent\nmodel = DQNAgent(model=model, nb_actions=2)\n"
        "model.compile('sgd', metrics=['mae'])\nmodel.fit(env, nb_steps=50000, epochs=500)",
        "class Own:\n    def compile(self, optimizer, loss):\n        self.optimizer = optimizer\n"
        "    def fit(self, x, y, epochs):\n        return self\n"
        "model = Own()\nmodel.compile('sgd', 'mse')\nmodel.fit(x, y, epochs=500)",
    ],
    ids=[
        "re.compile",
        "a compiler of pipelines",
        "ImageDataGenerator",
        "Tokenizer",
        "scaler",
        "LightGBM",
        "XGBoost",
        "keras-rl",
        "a class of the script",
    ],
)
def test_compile_and_fit_of_what_is_no_keras_model(found: Found, code: str) -> None:
    """The methods are called alike; on a Keras model the same calls are reported."""
    assert found(NO_MODEL.format(code=code)) == []
    real = "model.compile('sgd', 'mse')\nmodel.fit(x, y, epochs=500)"
    assert found(NO_MODEL.format(code=f"{real}\n{code}")) == ["bare-sgd", "no-early-stopping"]


GRID = """
import keras
from sklearn.model_selection import GridSearchCV
{imported}
def create(optimizer="sgd"):
    model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
    model.compile(optimizer=optimizer, loss="binary_crossentropy")
    return model
{code}
"""


@pytest.mark.parametrize(
    "imported",
    [
        "from keras.wrappers.scikit_learn import KerasClassifier",
        "from scikeras.wrappers import KerasClassifier",
    ],
)
def test_a_grid_search_around_a_wrapper(found: Found, imported: str) -> None:
    """The grid sets the optimizer and the epochs that are written as defaults."""
    searched = """
grid = GridSearchCV(KerasClassifier(create, epochs=500), {"optimizer": ["adam", "nadam"]})
grid.fit(x, y)
"""
    assert found(GRID.format(imported=imported, code=searched)) == []
    trained = "create().fit(x, y, epochs=500)"
    names = ["bare-sgd", "no-early-stopping"]
    assert found(GRID.format(imported=imported, code=trained)) == names


# Scale

PIXELS = """
import keras, numpy as np, tensorflow as tf
from keras import layers
{before}
(x, y), _ = keras.datasets.fashion_mnist.load_data()
{scale}
model = keras.Sequential([{first}layers.Flatten(), layers.Dense(10, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit({data}, epochs=5)
"""


def pixels(scale: str = "", first: str = "", data: str = "x, y", before: str = "") -> str:
    return PIXELS.format(scale=scale, first=first, data=data, before=before)


@pytest.mark.parametrize(
    "scale",
    [
        "x = x / 255",
        "x = x / np.float32(255)",
        "x = x.astype('float32') / 255.0",
        "x = x.astype('float32')\nx /= 255",
        "x = x * (1.0 / 255)",
        "x = np.divide(x, 255)",
        "x = (x - x.mean()) / x.std()",
        "x = x / x.max()",
        "MAX = 255\nx = x / MAX",
        "x = keras.utils.normalize(x, axis=1)",
        "x = np.array([each / 255 for each in x])",
        "x = np.expand_dims(x, -1) / 255",
    ],
)
def test_pixels_that_are_scaled_by_arithmetic(found: Found, scale: str) -> None:
    """The same pixels without that line are reported."""
    assert found(pixels(scale)) == []
    assert found(pixels()) == ["unscaled-features"]


@pytest.mark.parametrize(
    ("scale", "names"),
    [
        ("x = x.astype('float32')", ["unscaled-features"]),
        ("x = x / np.float32(1)", ["unscaled-features"]),
        ("test = x / 255", ["unscaled-features"]),
        ("x = np.array([each for each in x])", ["unscaled-features"]),
        ("x = np.expand_dims(x, -1)", ["unscaled-features"]),
    ],
)
def test_steps_that_do_not_scale(found: Found, scale: str, names: list[str]) -> None:
    """These look like the steps that scale, and the pixels stay as they are."""
    assert found(pixels(scale)) == names


def test_a_normalization_in_a_nested_sequential(found: Found) -> None:
    """The first layer of the model is a model, and scaling hides in it."""
    augment = "augment = keras.Sequential([layers.RandomFlip(){}])"
    for layer in (", layers.Normalization()", ", layers.Rescaling(1 / 255)"):
        assert found(pixels(augment.format(layer), first="augment, ")) == []
    assert found(pixels(augment.format(""), first="augment, ")) == ["unscaled-features"]


MAPPED = "data = tf.data.Dataset.from_tensor_slices((x, y)).map({}).batch(32)"


@pytest.mark.parametrize(
    ("function", "names"),
    [
        ("lambda image, label: (image / 255, label)", []),
        ("lambda image, label: (tf.cast(image, tf.float32) / 255.0, label)", []),
        ("lambda image, label: (tf.image.convert_image_dtype(image, tf.float32), label)", []),
        ("scale, num_parallel_calls=tf.data.AUTOTUNE", []),
        ("lambda image, label: (layers.Rescaling(1 / 255)(image), label)", []),
        ("lambda image, label: (image, label)", ["unscaled-features"]),
        ("lambda image, label: (tf.cast(image, tf.float32), label)", ["unscaled-features"]),
        ("flip, num_parallel_calls=tf.data.AUTOTUNE", ["unscaled-features"]),
    ],
)
def test_scaling_in_the_map_of_a_dataset(found: Found, function: str, names: list[str]) -> None:
    """What is mapped over a dataset is followed into the function."""
    before = """
def scale(image, label):
    image = tf.image.resize(image, (28, 28))
    return image / 255.0, label
def flip(image, label):
    return tf.image.random_flip_left_right(image), label
"""
    assert found(pixels(MAPPED.format(function), data="data", before=before)) == names


@pytest.mark.parametrize("flow", ["flow(x, y)", "flow_from_directory('photos')"])
def test_scaling_by_a_generator(found: Found, flow: str) -> None:
    """``rescale=`` scales, far from the model and from the data."""

    def code(argument: str) -> str:
        return f"""
            import keras
            from keras.preprocessing.image import ImageDataGenerator
            (x, y), _ = keras.datasets.cifar10.load_data()
            y = keras.utils.to_categorical(y)
            images = ImageDataGenerator({argument}).{flow}
            model = keras.Sequential(
                [keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")]
            )
            model.compile("adam", "categorical_crossentropy")
            model.fit(images, epochs=5)
            """

    for argument in ("rescale=1 / 255", "rescale=1.0 / 255.0, zoom_range=0.2"):
        assert found(code(argument)) == []
    assert found(code("samplewise_center=True, samplewise_std_normalization=True")) == []
    assert found(code("horizontal_flip=True")) == ["unscaled-features"]


NORMALIZE = "def normalize(images):\n    return {returned}\n"


@pytest.mark.parametrize("elsewhere", [False, True], ids=["of the file", "of another file"])
def test_a_helper_called_normalize(found: Found, elsewhere: bool) -> None:
    """It is judged by what it does, and not by its name."""
    for returned, names in (("images / 255.0", []), ("images", ["unscaled-features"])):
        helper = NORMALIZE.format(returned=returned)
        before = "from helpers import normalize" if elsewhere else helper
        code = pixels("x = normalize(x)", before=before)
        assert found(code, {"helpers.py": helper}) == names


def test_a_helper_called_normalize_that_cannot_be_read(found: Found) -> None:
    """A package that is not here may do anything, so nothing is claimed."""
    assert found(pixels("x = normalize(x)", before="from somewhere import normalize")) == []
    assert found(pixels("z = normalize(x)", before="from somewhere import normalize")) == [
        "unscaled-features"
    ]


APPLICATION = """
import keras
from keras import layers
(x, y), _ = keras.datasets.cifar10.load_data()
base = keras.applications.{base}
i = keras.Input((32, 32, 3))
h = layers.GlobalAveragePooling2D()(base(i))
model = keras.Model(i, layers.Dense(10, activation="softmax")(h))
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(x, y, epochs=5)
"""


@pytest.mark.parametrize("name", ["EfficientNetB0", "ConvNeXtTiny", "MobileNetV3Small"])
def test_an_application_that_rescales_for_itself(found: Found, name: str) -> None:
    """It wants pixels from 0 to 255; a convolution in its place does not scale them."""
    code = APPLICATION.format(base=f"{name}(include_top=False)")
    assert found(code) == []
    plain = code.replace(f"keras.applications.{name}(include_top=False)", "layers.Conv2D(8, 3)")
    assert found(plain) == ["unscaled-features"]


# What has no scale

FEATURES = """
import keras, numpy as np, pandas as pd, tensorflow as tf
from keras import layers
{features}
model = keras.Sequential([{first}layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
model.fit(x, y, epochs=5)
"""
WIDE = "x = np.array([[1.0, 2000.0], [2.0, 4000.0], [3.0, 1000.0], [4.0, 3000.0]])"


@pytest.mark.parametrize(
    ("features", "first"),
    [
        ("(x, _), _ = keras.datasets.imdb.load_data(num_words=9000)", ""),
        (
            "(x, _), _ = keras.datasets.imdb.load_data(num_words=9000)\n"
            "x = keras.utils.pad_sequences(x, maxlen=200)",
            "layers.Embedding(9000, 16), layers.GlobalAveragePooling1D(), ",
        ),
        (
            "(ids, _), _ = keras.datasets.imdb.load_data(num_words=9000)\n"
            "x = np.zeros((len(ids), 9000))\n"
            "for i, each in enumerate(ids):\n    x[i, each] = 1.0",
            "",
        ),
        (
            "from keras.preprocessing.text import Tokenizer\nt = Tokenizer(num_words=9000)\n"
            "t.fit_on_texts(texts)\nx = t.texts_to_matrix(texts, mode='binary')",
            "",
        ),
        (
            "from sklearn.feature_extraction.text import CountVectorizer\n"
            "df = pd.read_csv('reviews.csv')\n"
            "x = CountVectorizer().fit_transform(df['text']).toarray()",
            "",
        ),
        (
            "from sklearn.feature_extraction import FeatureHasher\n"
            "df = pd.read_csv('reviews.csv')\nx = FeatureHasher().transform(df['words'])",
            "",
        ),
        ("x = np.random.randint(0, 9000, (100, 5))", "layers.Hashing(64), "),
        ("x = np.random.randint(0, 9000, (100, 5))", "layers.Embedding(9000, 8), "),
        ("x = np.random.randint(0, 9000, (100, 5))", "layers.CategoryEncoding(9000), "),
        ("x = pd.get_dummies(pd.read_csv('a.csv')[['town', 'street']])", ""),
        (
            "from sklearn.preprocessing import OneHotEncoder\n"
            "x = OneHotEncoder().fit_transform(pd.read_csv('a.csv')[['town', 'street']])",
            "",
        ),
        ("x = keras.utils.to_categorical(np.random.randint(0, 900, 100))", ""),
        ("x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])\ny = np.array([0, 1, 1, 0])", ""),
        ("x = np.array([-1.0, 0.0, 1.0, 2.0, 3.0, 4.0])", ""),
        ("x = np.array([-1, 0, 1, 2, 3, 4], dtype=float)", ""),
        ("x = np.random.rand(100, 5)", ""),
        ("x = np.random.randn(100, 5)", ""),
    ],
    ids=[
        "word ids",
        "padded word ids",
        "multi-hot by hand",
        "multi-hot",
        "counts of words",
        "hashed words",
        "hashed ids",
        "embedded ids",
        "encoded ids",
        "dummies",
        "one-hot columns",
        "one-hot",
        "XOR",
        "-1 to 4",
        "-1 to 4 as floats",
        "0 to 1",
        "normal",
    ],
)
def test_what_has_no_scale_or_a_small_one(found: Found, features: str, first: str) -> None:
    """Ids, codes and toy data need no scaler; two columns of numbers in their place do."""
    assert found(FEATURES.format(features=features, first=first)) == []
    assert found(FEATURES.format(features=f"{features}\n{WIDE}", first="")) == ["unscaled-features"]


@pytest.mark.parametrize(
    "features",
    [
        "x = np.random.randint(0, 9000, (100, 5))",
        "x = pd.read_csv('a.csv')[['age', 'income']]",
        "x = pd.read_csv('a.csv')[['age', 'income']].values",
        "x = np.array([-1.0, 0.0, 1.0, 2.0, 3.0, 400.0])",
        "x = np.random.rand(100, 5) * 1000",
    ],
)
def test_what_has_a_large_scale(found: Found, features: str) -> None:
    """The siblings of the above, one by one: numbers that are no codes, or not small."""
    assert found(FEATURES.format(features=features, first="")) == ["unscaled-features"]


SPLIT = """
import keras
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import LabelEncoder
(images, y), _ = keras.datasets.fashion_mnist.load_data()
{before}
x, test, y, y_test = train_test_split(images, y)
model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")])
model.compile("adam", "{loss}")
model.fit(x, y, epochs=5)
"""


def test_scaling_sample_by_sample_before_a_split(found: Found) -> None:
    """Each image is divided by a constant: it is scaled, and nothing of the test part leaks."""
    loss = "sparse_categorical_crossentropy"
    for before in (
        "import numpy as np\nimages = np.array([each / 255.0 for each in images])",
        "import numpy as np\nfound = []\nfor each in images:\n    found.append(each / 255.0)\n"
        "images = np.array(found)",
    ):
        assert found(SPLIT.format(before=before, loss=loss)) == []
        raw = before.replace(" / 255.0", "")
        assert found(SPLIT.format(before=raw, loss=loss)) == ["unscaled-features"]


def test_a_label_encoder_before_a_split(found: Found) -> None:
    """Numbering the classes learns nothing from the test part; what it gives are integers."""
    before = "images = images / 255\ny = LabelEncoder().fit_transform(y)"
    assert found(SPLIT.format(before=before, loss="sparse_categorical_crossentropy")) == []
    assert found(SPLIT.format(before=before, loss="categorical_crossentropy")) == ["label-encoding"]


ENCODED = """
import keras
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split
x, y = load_wine(return_X_y=True)
x_train, x_test, y_train, y_test = train_test_split(x, y)
{before}
model = keras.Sequential([keras.layers.Normalization(), keras.layers.Dense(3, "softmax")])
model.compile("adam", "{loss}")
model.fit(x_train, y_train, epochs=5{more})
{after}
"""
ONE_HOT = "y_train = keras.utils.to_categorical(y_train)"
TEST_ONE_HOT = "y_test = keras.utils.to_categorical(y_test)"
VALIDATED = ", validation_data=(x_test, y_test)"
EVALUATED = "model.evaluate(x_test, y_test)"
AGAIN = 'model.compile("adam", "sparse_categorical_crossentropy"); '


@pytest.mark.parametrize(
    ("before", "loss", "more", "after", "count"),
    [
        (ONE_HOT, "categorical_crossentropy", "", EVALUATED, 1),
        (ONE_HOT, "categorical_crossentropy", VALIDATED, "", 1),
        (TEST_ONE_HOT, "sparse_categorical_crossentropy", "", EVALUATED, 1),
        (f"{ONE_HOT}; {TEST_ONE_HOT}", "categorical_crossentropy", VALIDATED, EVALUATED, 0),
        (ONE_HOT, "categorical_crossentropy", "", "model.predict(x_test)", 0),
        (ONE_HOT, "categorical_crossentropy", "", AGAIN + EVALUATED, 0),
        (ONE_HOT, "categorical_crossentropy", "", "model.evaluate(x_test, given)", 0),
    ],
)
def test_labels_of_the_evaluation(
    found: Found, before: str, loss: str, more: str, after: str, count: int
) -> None:
    """They want the encoding of those that are trained on, until another loss is compiled."""
    code = ENCODED.format(before=before, loss=loss, more=more, after=after)
    assert found(code) == ["label-encoding"] * count


ONE_NUMBER = """
import keras, numpy as np
model = keras.Sequential([keras.Input((2,)), keras.layers.Dense({units})])
model.compile("adam", "categorical_crossentropy")
model.fit(np.array([[0.1, 0.2], [0.3, 0.4]]), {labels}, epochs=5)
"""


def test_labels_that_are_one_number_an_example(found: Found) -> None:
    """Categorical crossentropy cannot take them, whatever the numbers are."""
    three, numbers = "3, 'softmax'", "np.array([0, 2])"
    assert found(ONE_NUMBER.format(units=three, labels=numbers)) == ["label-encoding"]
    assert found(ONE_NUMBER.format(units=three, labels="np.array([[0, 0, 1], [1, 0, 0]])")) == []
    assert found(ONE_NUMBER.format(units=three, labels="np.eye(3)[[0, 2]]")) == []
    assert found(ONE_NUMBER.format(units="given, 'softmax'", labels=numbers)) == []


# Notebooks

BUILD = "import keras\nmodel = keras.Sequential([keras.layers.Dense(1)])"
TRAIN = "model.compile('sgd', 'mse')\nmodel.fit(x, y, epochs=5)"
TRAIN_WELL = TRAIN.replace("sgd", "adam")


@pytest.mark.parametrize(
    "cell",
    [
        "try:\n    %tensorflow_version 2.x\nexcept Exception:\n    pass",
        "try:\n    !pip install keras\n    import keras\nexcept ImportError:\n    pass",
        "if True:\n    %matplotlib inline",
        "%load_ext tensorboard\n%tensorboard --logdir logs",
        "files = !ls *.csv\nprint(files)",
        "%%bash\nls -l | wc && echo 'sgd'",
        "%%html\n<b>model.fit(x, y)</b>",
        "model.fit?",
        "",
        "# only a comment",
    ],
)
def test_magics_do_not_cost_the_notebook(found_in_cells: Found, cell: str) -> None:
    """What is no Python for us is Python for IPython, so it is no syntax error either."""
    assert found_in_cells(cell, BUILD, TRAIN_WELL) == []
    assert found_in_cells(cell, BUILD, TRAIN) == ["bare-sgd"]


def test_a_model_under_a_cell_magic_and_on_the_line_of_one(found_in_cells: Found) -> None:
    """The cell runs as Python, and the line trains."""
    build, train = f"%%time\n{BUILD}", "model.compile('{}', 'mse')\n%time model.fit(x, y)"
    assert found_in_cells(build, train.format("adam")) == []
    assert found_in_cells(build, train.format("sgd")) == ["bare-sgd"]


def test_lines_of_a_cell_with_a_leading_space(write: Write, check: Command) -> None:
    """IPython dedents a cell before it runs it."""

    def names(train: str) -> list[str]:
        cells = [f" {line}" for line in train.splitlines()]
        write({"main.ipynb": notebook(BUILD, "\n".join(cells))})
        return [each["name"] for each in check("main.ipynb", *RULES).findings]

    assert names(TRAIN_WELL) == []
    assert names(TRAIN) == ["bare-sgd"]


@pytest.mark.parametrize("quotes", ["'''", '"""'])
def test_a_model_in_a_text_of_several_lines(found_in_cells: Found, quotes: str) -> None:
    """Old code is put between quotes rather than deleted."""
    old = TRAIN.replace("'", "")
    assert found_in_cells(BUILD, f"{quotes}\n{old}\n{quotes}", TRAIN_WELL) == []
    assert found_in_cells(BUILD, f"{quotes}\n{old}\n{quotes}", TRAIN) == ["bare-sgd"]


@pytest.mark.parametrize(
    "skeleton",
    [
        "model = None  # YOUR CODE HERE",
        "model = ...  # build a model of two layers",
        "def build():\n    # YOUR CODE HERE\n    raise NotImplementedError()\nmodel = build()",
        "def build():\n    ### START CODE HERE ###\n    model = None\n    ### END CODE HERE ###\n"
        "    return model\nmodel = build()",
        "def build():\n    '''Return a model with a sigmoid output.'''\n    pass\nmodel = build()",
        "model = keras.Sequential([___])",
    ],
)
def test_exercise_skeletons(found_in_cells: Found, skeleton: str) -> None:
    """There is nothing to judge in an exercise; once it is filled in, there is."""
    train = "model.compile('{}', 'binary_crossentropy')\nmodel.fit(x, y, epochs=5)"
    assert found_in_cells("import keras", skeleton, train.format("adam")) == []
    filled = "model = keras.Sequential([keras.layers.Dense(1)])"
    names = ["bare-sgd", "logits-without-from-logits"]
    assert found_in_cells("import keras", skeleton, filled, train.format("sgd")) == names


def test_functions_that_later_cells_define_anew(found_in_cells: Found) -> None:
    """A call means the function as it is when the cell runs."""
    build = "def build(units):\n    return keras.Sequential([keras.layers.Dense(units, '{}')])"
    train = "model = build(10)\nmodel.compile('adam', 'categorical_crossentropy')\nmodel.fit(x, y)"
    bad, good = build.format("sigmoid"), build.format("softmax")
    assert found_in_cells("import keras", bad, good, train) == []
    assert found_in_cells("import keras", good, bad, train) == ["sigmoid-with-categorical"]
    assert found_in_cells("import keras", good, train, bad) == []


@pytest.mark.parametrize("bad", ["print 'x'", "def f(:", "model.fit(", "for x in y", "1 +"])
def test_one_bad_cell_costs_itself_alone(found_in_cells: Found, bad: str) -> None:
    """The cells around it are read, and the note says which one is not."""
    assert found_in_cells(BUILD, bad, TRAIN_WELL) == ["syntax-error"]
    assert found_in_cells(BUILD, bad, TRAIN) == ["bare-sgd", "syntax-error"]


# Exported scripts


@pytest.mark.parametrize(
    "line",
    [
        "get_ipython().run_line_magic('matplotlib', 'inline')",
        "get_ipython().magic('matplotlib inline')",
        "get_ipython().system('pip install keras')",
        "get_ipython().run_cell_magic('time', '', 'model.fit(x, y, epochs=500)')",
        "# In[12]:\n\n\n# ## Training",
        "# %% [markdown]\n# Training",
    ],
)
def test_lines_that_a_notebook_is_exported_with(found: Found, line: str) -> None:
    """They are Python, and do nothing to the model."""
    assert found(f"# coding: utf-8\n{BUILD}\n{line}\n{TRAIN_WELL}\n{line}") == []
    assert found(f"# coding: utf-8\n{BUILD}\n{line}\n{TRAIN}\n{line}") == ["bare-sgd"]


HYPERAS = """
import keras
from hyperas.distributions import choice, uniform
def create_model(x, y):
    model = keras.Sequential()
    model.add(keras.layers.Dense({{{{choice([64, 128])}}}}))
    model.add(keras.layers.Dropout({{{{uniform(0, 1)}}}}))
    model.add(keras.layers.Dense(10, activation="{activation}"))
    model.compile(loss="categorical_crossentropy", optimizer={{{{choice(["sgd", "adam"])}}}})
    model.fit(x, y, epochs={{{{choice([5, 500])}}}})
    return model
"""


def test_templates_of_hyperas(found: Found) -> None:
    """What a template chooses is not known; what stands around it is."""
    assert found(HYPERAS.format(activation="softmax")) == []
    assert found(HYPERAS.format(activation="sigmoid")) == ["sigmoid-with-categorical"]


def test_tabs(found: Found) -> None:
    """A file that is indented by tabs is read like any other."""
    code = "import keras\ndef train(x, y):\n\tmodel = keras.Sequential([keras.layers.Dense(1)])\n"
    code += "\tif x is not None:\n\t\tmodel.compile('{}', 'mse')\n\tmodel.fit(x, y)\n"
    assert found(code.format("adam")) == []
    assert found(code.format("sgd")) == ["bare-sgd"]


def test_python_2(found: Found, found_in_cells: Found) -> None:
    """A file of Python 2 is one note; in a notebook it costs its cell."""
    assert found(f'{BUILD}\n{TRAIN}\nprint "trained", model') == ["syntax-error"]
    assert found(f'{BUILD}\n{TRAIN}\nprint("trained", model)') == ["bare-sgd"]
    assert found_in_cells(BUILD, 'print "trained"', TRAIN) == ["bare-sgd", "syntax-error"]


# Keys

KEY = "AKIA" + "IOSFODNN7EXAMPLE"


@pytest.mark.parametrize("form", ["full", "json", "concise", "sarif", "github"])
def test_a_key_in_a_notebook_is_never_printed(write: Write, tfcheck: Command, form: str) -> None:
    """Reports are published: they hold the lines that a finding is about, and no others."""
    cells = [
        f"key = '{KEY}'\nimport keras",
        f"%env AWS_KEY={KEY}\nmodel = keras.Sequential([keras.layers.Dense(1)])  # the model",
        f"# {KEY}\nmodel.compile('sgd', 'mse')  # compiled\nkey = '{KEY}'",
        f"login('{KEY}')\nprint 'a bad cell'",
        f"connect(key='{KEY}')\nmodel.fit(x, y, epochs=500)  # trained\nprint('{KEY}')",
    ]
    write({"main.ipynb": notebook(*cells)})
    result = tfcheck("--output-format", form, "main.ipynb")
    assert KEY not in result.out + result.err
    for name in ("bare-sgd", "no-early-stopping", "syntax-error"):
        assert name in result.out


def test_the_lines_that_a_finding_is_about_are_printed(write: Write, tfcheck: Command) -> None:
    """So the test above does not pass because no source is printed at all."""
    write({"main.ipynb": notebook(BUILD, f"# {KEY}\nmodel.compile('sgd', 'mse')\nmodel.fit(x, y)")})
    out = tfcheck("--output-format", "full", "main.ipynb").out
    assert "model.compile('sgd', 'mse')" in out
    assert KEY not in out


# What changes labels, the scale or the optimizer where one does not look for it.

QUIET = {
    "the arguments of a function that nobody calls may set it all": """
        import keras
        def build(x, y, **kw):
            model = keras.Sequential([keras.layers.Dense(1, **kw)])
            model.compile(keras.optimizers.SGD(**kw), "binary_crossentropy")
            model.fit(x, y, epochs=500, **kw)
    """,
    "and so may its layers and callbacks": """
        import keras
        def train(x, y, *more):
            model = keras.Sequential([keras.layers.Dense(1), *more])
            model.compile("adam", "mse")
            model.fit(x, y, epochs=500, callbacks=list(more))
    """,
    "a binarizer makes one-hot codes of classes": """
        from sklearn.preprocessing import LabelBinarizer
        y = LabelBinarizer().fit_transform(y)
        train(10, "softmax", "categorical_crossentropy", x / 255, y)
    """,
    "and so does a comparison of each with each": """
        y = (y[:, None] == np.arange(10)).astype(int)
        train(10, "softmax", "categorical_crossentropy", x / 255, y)
    """,
    "argmax makes classes of one-hot codes": """
        y = np.eye(10)[y].argmax(1)
        train(10, "softmax", "sparse_categorical_crossentropy", x / 255, y)
    """,
    "a mask may leave the rows of two classes only": """
        kept = (y == 0) | (y == 1)
        train(1, "sigmoid", "binary_crossentropy", x[kept] / 255, y[kept])
    """,
    "classes may be renumbered in place": """
        y[y != 3] = 0
        y[y == 3] = 1
        train(1, "sigmoid", "binary_crossentropy", x / 255, y)
    """,
    "or be whether they are one of them": """
        train(1, "sigmoid", "binary_crossentropy", x / 255, y.astype(bool))
    """,
    "scaling that depends on a flag may happen": """
        if flag:
            x = x / 255
        train(10, "softmax", "sparse_categorical_crossentropy", x, y)
    """,
    "out= names what a function of NumPy writes into": """
        x = x.astype("float32")
        np.divide(x, 255, out=x)
        train(10, "softmax", "sparse_categorical_crossentropy", x, y)
    """,
    "rows of the unit matrix are one-hot codes": """
        train(1, None, "mse", np.eye(300)[np.random.randint(0, 300, 20)], np.random.rand(20))
    """,
    "the rate is set after the model is compiled": """
        model = train(10, "softmax", "sparse_categorical_crossentropy", optimizer="sgd")
        model.optimizer.learning_rate = 0.1
        model.fit(x / 255, y)
    """,
    "or assigned": """
        model = train(10, "softmax", "sparse_categorical_crossentropy", optimizer="sgd")
        keras.backend.set_value(model.optimizer.learning_rate, 0.1)
        model.optimizer.learning_rate.assign(0.1)
        model.fit(x / 255, y)
    """,
    "nothing runs after the script ends": """
        import sys
        sys.exit()
        train(10, "softmax", "sparse_categorical_crossentropy", x, y)
    """,
}
LOUD = {
    "unscaled-features": 'train(10, "softmax", "sparse_categorical_crossentropy", x, y)',
    "label-encoding": 'train(10, "softmax", "categorical_crossentropy", x / 255, y)',
    "units-against-classes": 'train(9, "softmax", "sparse_categorical_crossentropy", x / 255, y)',
    "bare-sgd": """
        model = train(10, "softmax", "sparse_categorical_crossentropy", optimizer="sgd")
        model.fit(x / 255, y)
    """,
}
MNIST = """\
import argparse
import keras
import numpy as np
flag = argparse.ArgumentParser().parse_args().flag
(x, y), _ = keras.datasets.mnist.load_data()
def train(units, activation, loss, x=None, y=None, optimizer="adam"):
    head = keras.layers.Dense(units, activation=activation)
    model = keras.Sequential([keras.layers.Flatten(), head])
    model.compile(optimizer, loss)
    if x is not None:
        model.fit(x, y)
    return model
"""


@pytest.mark.parametrize("code", QUIET.values(), ids=QUIET)
def test_what_changes_behind_the_back(write: Write, check: Command, code: str) -> None:
    write({"train.py": MNIST + dedent(code)})
    assert [each["name"] for each in check("train.py", *RULES).findings] == []


@pytest.mark.parametrize(("name", "code"), LOUD.items(), ids=LOUD)
def test_without_that_it_is_reported(write: Write, check: Command, name: str, code: str) -> None:
    write({"train.py": MNIST + dedent(code)})
    assert [each["name"] for each in check("train.py", *RULES).findings] == [name]


@pytest.mark.parametrize("callback", ["keras.callbacks.LearningRateScheduler(f)", "Own()", "lost"])
def test_a_rate_that_a_callback_may_set(write: Write, check: Command, callback: str) -> None:
    """The default of 0.01 holds only until then, and the message says so."""
    own = "class Own(keras.callbacks.Callback): pass\n"
    compiled = 'model = train(10, "softmax", "sparse_categorical_crossentropy", optimizer="sgd")\n'
    write({"train.py": f"{MNIST}{own}{compiled}model.fit(x / 255, y, callbacks=[{callback}])\n"})
    (finding,) = check("train.py", *RULES).findings
    assert "unless a callback sets it" in finding["message"]


def test_targets_of_several_columns_are_no_class_numbers(write: Write, check: Command) -> None:
    code = """
        y = np.random.randint(2, size=(60_000, 10))
        train(10, "softmax", "categorical_crossentropy", x / 255, y)
    """
    write({"train.py": MNIST + dedent(code)})
    assert check("train.py", *RULES).findings == []


def test_labels_of_a_generator_that_are_replaced(write: Write, check: Command) -> None:
    code = """
        from keras.preprocessing.image import ImageDataGenerator
        images = ImageDataGenerator(rescale=1 / 255).flow_from_directory("a", class_mode="sparse")
        images.classes = np.eye(10)[images.classes]
        model = train(10, "softmax", "categorical_crossentropy")
        model.fit(images)
    """
    write({"train.py": MNIST + dedent(code)})
    assert check("train.py", *RULES).findings == []


def test_accuracy_of_labels_that_are_not_known_is_a_note(write: Write, check: Command) -> None:
    """They may be 0 and 1, of which accuracy says something even where the loss does not fit."""
    scripts = {
        "lost.py": "x, y = load()",
        "known.py": "from sklearn.datasets import make_regression\nx, y = make_regression()",
    }
    code = """
        import keras
        model = keras.Sequential([keras.layers.Dense(1)])
        model.compile("adam", "mse", metrics=["accuracy"])
        model.fit(x, y)
    """
    write({name: f"{begin}\n{dedent(code)}" for name, begin in scripts.items()})
    found = {each["filename"]: each["severity"] for each in check(".", *RULES).findings}
    assert found == {"known.py": "warning", "lost.py": "note"}


# Tables that are read from a file that is not there

UNSEEN = """
import keras
import pandas as pd
train = pd.read_csv("{path}")
model = keras.Sequential([keras.layers.Dense(8, activation="relu"), keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(train.iloc[:, :{width}].values, train["y"], callbacks=[keras.callbacks.EarlyStopping()])
"""


@pytest.mark.parametrize(
    ("path", "width", "names"),
    [
        ("../input/train.csv", 8, ["unscaled-features"]),
        # Tables of 561 columns are computed of signals, and lie between -1 and 1.
        ("../input/train.csv", 561, []),
        # Another program read what was collected, and may have scaled it.
        ("../input/houses/preprocessed_train.csv", 8, []),
        ("../input/normalised/train.csv", 8, []),
    ],
)
def test_tables_whose_numbers_were_computed(
    found: Found, path: str, width: int, names: list[str]
) -> None:
    assert found(UNSEEN.format(path=path, width=width)) == names


@pytest.mark.parametrize(
    ("picked", "names"),
    [
        ("table.values[:, 0:11].reshape(-1, 11, 1)", ["unscaled-features"]),
        # One series cut into windows: a window is not a row of many columns.
        ("table['price'].values.reshape(-1, 11, 1)", []),
    ],
)
@pytest.mark.parametrize("layer", ["Conv1D(8, 2)", "LSTM(8)"])
def test_a_table_fed_as_short_sequences(
    found: Found, picked: str, names: list[str], layer: str
) -> None:
    code = f"""
    import keras
    import pandas as pd

    table = pd.read_csv("away.csv")
    model = keras.Sequential([keras.layers.{layer}, keras.layers.Dense(1)])
    model.compile("adam", "mse")
    model.fit({picked}, table.pop("y"), epochs=5)
    """
    assert [each for each in found(code) if each == "unscaled-features"] == names


@pytest.mark.parametrize(
    ("target", "severities"),
    [
        ("y", ["error"]),  # a regression, whose targets no probability reaches
        ("MinMaxScaler().fit_transform(y.reshape(-1, 1))", []),  # now they can be reached
    ],
)
def test_a_sigmoid_on_a_regression(
    check: Command, write: Write, target: str, severities: list[str]
) -> None:
    code = f"""
    import keras
    from sklearn.datasets import make_regression
    from sklearn.preprocessing import MinMaxScaler

    x, y = make_regression()
    model = keras.Sequential([keras.layers.Dense(2, "softmax")])
    model.compile("adam", "mse")
    model.fit(x, {target}, epochs=5)
    """
    write({"main.py": code})
    found = check("main.py", "--select", "mse-on-classification").findings
    assert [each["severity"] for each in found if "lie between 0 and 1" in each["message"]] == (
        severities
    )


def test_a_metric_of_another_output(found: Found) -> None:
    # Only one of the outputs is known, and the metric is the other's.
    code = """
    import keras, numpy as np

    inputs = keras.Input((4,))
    kind = keras.layers.Dense(3, "softmax", name="kind")(inputs)
    image = unknown(inputs)
    model = keras.Model(inputs, [kind, image])
    model.compile(
        "adam",
        ["sparse_categorical_crossentropy", "mse"],
        metrics={"image": ["binary_accuracy"]},
    )
    model.fit(np.ones((9, 4)), [np.ones(9), np.ones((9, 2))], epochs=5)
    """
    assert found(code) == []


def test_pixels_that_a_model_scales_behind_a_layer_that_adapts_channels(found: Found) -> None:
    # The first layer learns on the scale of the pixels, and the backbone gets what it wants.
    code = """
    import keras

    (x, y), _ = keras.datasets.fashion_mnist.load_data()
    backbone = keras.applications.MobileNetV2(include_top=False, weights=None)
    inputs = keras.Input((28, 28, 1))
    three = keras.layers.Conv2D(3, 3, padding="same")(inputs)
    scaled = keras.applications.mobilenet_v2.preprocess_input(three)
    pooled = keras.layers.GlobalAveragePooling2D()(backbone(scaled))
    model = keras.Model(inputs, keras.layers.Dense(10, "softmax")(pooled))
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(x, y, epochs=5)
    """
    assert found(code) == []


LESSON = """
import keras
from sklearn.datasets import load_digits
x, y = load_digits(return_X_y=True)
y = y > 4

def train(activation, loss):
    model = keras.Sequential([keras.layers.Dense({units}, activation)])
    model.compile("adam", loss)
    model.fit(x / 16, {labels}, epochs=5)

"""


def severities(write: Write, check: Command, code: str) -> dict[str, str]:
    write({"main.py": code})
    return {
        each["name"]: each["severity"] for each in check("main.py", "--select", "TFC3").findings
    }


@pytest.mark.parametrize(
    ("activation", "name"), [("None", "logits-without-from-logits"), ("'relu'", "relu-output")]
)
def test_a_lesson_that_begins_with_what_fails(
    write: Write, check: Command, activation: str, name: str
) -> None:
    """Further down the same labels are trained with an output that fits."""
    lesson = LESSON.format(units=1, labels="y")
    wrong = f"train({activation}, 'binary_crossentropy')\n"
    right = "train('sigmoid', 'binary_crossentropy')\n"
    assert severities(write, check, lesson + wrong + right) == {name: "note"}
    assert severities(write, check, lesson + right + wrong) == {name: "error"}
    assert severities(write, check, lesson + wrong) == {name: "error"}


def test_a_squared_error_that_is_compared_with_a_crossentropy(write: Write, check: Command) -> None:
    lesson = LESSON.format(units=2, labels="keras.utils.to_categorical(y, 2)")
    squared = "train('softmax', 'mse')\n"
    other = "train('softmax', 'categorical_crossentropy')\n"
    assert severities(write, check, lesson + squared + other) == {"mse-on-classification": "note"}
    assert severities(write, check, lesson + squared) == {"mse-on-classification": "warning"}


RAW = """
import keras
(x, y), _ = keras.datasets.cifar10.load_data()
model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(10, "softmax")])
{before}
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(x, y, epochs=5)
{after}
"""


@pytest.mark.parametrize(
    ("before", "after", "severity"),
    [
        ("", "", "warning"),
        ("", "model.load_weights('best.weights.h5')", "warning"),
        # They may have been trained on pixels as they are.
        ("model.load_weights('pretrained.weights.h5')", "", None),
        # A lesson that compares the two.
        ("", "model.fit(x / 255, y, epochs=5)", "note"),
    ],
)
def test_pixels_that_may_be_meant_as_they_are(
    write: Write, check: Command, before: str, after: str, severity: str | None
) -> None:
    write({"main.py": RAW.format(before=before, after=after)})
    reported = check("main.py", "--select", "unscaled-features").findings
    assert [each["severity"] for each in reported] == ([severity] if severity else [])
