"""Features whose scale looks like a defect and is none, each beside a sibling that is one."""

from __future__ import annotations

import pytest
from conftest import Command, Write
from test_traps import RULES, Found, found

__all__ = ["RULES", "found"]


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
