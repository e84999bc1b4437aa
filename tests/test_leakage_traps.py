"""Code that looks like leakage, or like a fault of scaling, and is none, beside what is one.

Every trap was met in a real file, or stands for what the documentation of its rule sets apart.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import pytest
from conftest import Command, Write

Found: TypeAlias = Callable[[str], list[str]]

BEFORE = """\
import keras, numpy as np, pandas as pd, tensorflow as tf
from sklearn.datasets import load_wine
from sklearn.decomposition import *
from sklearn.model_selection import KFold, train_test_split
from sklearn.preprocessing import *
from sklearn.utils import resample, shuffle
from imblearn.over_sampling import *
from imblearn.under_sampling import RandomUnderSampler
from keras.preprocessing.image import ImageDataGenerator
X, Y = load_wine(return_X_y=True)
"""
AFTER = """
model = keras.Sequential([keras.layers.Normalization(), keras.layers.Dense(3, "softmax")])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
"""


@pytest.fixture
def found(write: Write, check: Command) -> Found:
    """The names of the findings of both families in a script."""

    def names(code: str) -> list[str]:
        write({"main.py": BEFORE + code})
        families = ("--select", "TFC1,TFC2", "--ignore", "TFC101,TFC106")
        return sorted({each["name"] for each in check(*families, "main.py").findings})

    return names


SPLIT = "x, t, y, u = train_test_split(X, Y)\n"


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("X = StandardScaler().fit_transform(X)\n" + SPLIT, ["fit-before-split"]),
        ("X = PCA(3).fit_transform(X)\n" + SPLIT, ["fit-before-split"]),
        ("X = scale(X)\n" + SPLIT, ["fit-before-split"]),
        ("X = StandardScaler().fit_transform(unknown(X))\n" + SPLIT, ["fit-before-split"]),
        # What the scaler is applied to comes from the split.
        ("s = StandardScaler().fit(X)\n" + SPLIT + "x = s.transform(x)", ["fit-before-split"]),
        # By column, of which the name is not known.
        (
            "df = pd.read_csv('a.csv')\nfor c in df.columns:\n"
            "    df[c] = MinMaxScaler().fit_transform(df[[c]])\n"
            "x, t = train_test_split(df)",
            ["fit-before-split"],
        ),
        # Windows of a series that was scaled as a whole.
        (
            "d = MinMaxScaler().fit_transform(pd.read_csv('a.csv').values)\nw = []\n"
            "for i in range(60, len(d)):\n    w.append(d[i - 60:i])\n"
            "x, t = train_test_split(np.array(w), shuffle=False)",
            ["fit-before-split"],
        ),
        (
            "X = StandardScaler().fit_transform(X)\n"
            "for a, b in KFold(5).split(X):\n    x, t = X[a], X[b]\n    print(x.mean())",
            ["fit-before-split"],
        ),
        ("X = StandardScaler().fit_transform(X)\nprint(X)", []),
        # It is plotted, and what is split is raw.
        ("Z = StandardScaler().fit_transform(X)\n" + SPLIT + "print(Z)", []),
        (SPLIT + "s = StandardScaler().fit(x)\nx, t = s.transform(x), s.transform(t)", []),
        # The validation part is one of what the scaler was trained on.
        (SPLIT + "x = StandardScaler().fit_transform(x)\na, b = train_test_split(x)", []),
        ("X = Normalizer().fit_transform(X)\n" + SPLIT, []),
        ("X = normalize(X)\n" + SPLIT, []),
        ("X = scale(X, axis=1)\n" + SPLIT, []),
        ("X = StandardScaler().fit_transform(X.T).T\n" + SPLIT, []),
        ("Y = LabelEncoder().fit_transform(Y)\n" + SPLIT, []),
        ("X = OneHotEncoder().fit_transform(X)\n" + SPLIT, []),
        # Each sample is scaled by itself, in a comprehension or in a loop.
        ("X = np.array([MinMaxScaler().fit_transform(e.reshape(-1, 1)) for e in X])\n" + SPLIT, []),
        (
            "s, e = MinMaxScaler(), []\nfor f in files():\n"
            "    p = s.fit_transform(pd.read_csv(f))\n    e.append(p[0])\n"
            "x, t = train_test_split(np.array(e))",
            [],
        ),
        ("for i in range(9):\n    X[i] = minmax_scale(X[i])\n" + SPLIT, []),
        # It is fitted on the rows of one year, and all are transformed.
        (
            "df = pd.read_csv('a.csv')\ns = StandardScaler().fit(df[df.year < 2000])\n"
            "x, t = train_test_split(s.transform(df))",
            [],
        ),
    ],
)
def test_scalers_before_a_split(found: Found, code: str, names: list[str]) -> None:
    assert found(code + AFTER) == names


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("X = (X - X.mean()) / X.std()\n" + SPLIT, ["statistic-before-split"]),
        ("X = X / X.max(axis=0)\n" + SPLIT, ["statistic-before-split"]),
        ("X = X / X.max(axis=1, keepdims=True)\n" + SPLIT, []),
        ("X = X / 255\n" + SPLIT, []),
        (SPLIT + "m, s = x.mean(axis=0), x.std(axis=0)\nx, t = (x - m) / s, (t - m) / s", []),
        # Of pixels the largest value is a constant.
        (
            "(a, b), c = keras.datasets.mnist.load_data()\na = a / a.max()\n"
            "x, t, y, u = train_test_split(a, b)",
            [],
        ),
        # Each image by its own largest value.
        (
            "import cv2\nw = []\nfor f in files():\n    i = cv2.imread(f)\n    w.append(i / i.max())\n"
            "x, t = train_test_split(np.array(w))",
            [],
        ),
    ],
)
def test_statistics_before_a_split(found: Found, code: str, names: list[str]) -> None:
    assert found(code + AFTER) == names


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("n.adapt(X)", ["adapt-before-split"]),
        ("n.adapt(t)", ["adapt-before-split"]),
        ("n.adapt(x)", []),
        ("keras.layers.TextVectorization().adapt(X)", []),
    ],
)
def test_adapt(found: Found, code: str, names: list[str]) -> None:
    assert found(f"{SPLIT}n = keras.layers.Normalization()\n{code}{AFTER}") == names


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("X, Y = SMOTE().fit_resample(X, Y)\n" + SPLIT, ["resampled-before-split"]),
        ("X, Y = resample(X, Y, n_samples=900)\n" + SPLIT, ["resampled-before-split"]),
        (SPLIT + "x, y = SMOTE().fit_resample(x, y)", []),
        # Of the training part, and of that a part to validate by.
        (
            SPLIT + "x, y = SMOTE().fit_resample(x, y)\na, b, c, d = train_test_split(x, y)",
            ["resampled-before-split"],
        ),
        ("X, Y = RandomUnderSampler().fit_resample(X, Y)\n" + SPLIT, []),
        ("X, Y = resample(X, Y, replace=False)\n" + SPLIT, []),
        ("X, Y = shuffle(X, Y)\n" + SPLIT, []),
    ],
)
def test_resampling_before_a_split(found: Found, code: str, names: list[str]) -> None:
    assert found(code + AFTER) == names


STEERS = "test-set-steers-training"
SAVE = "stop = keras.callbacks.ModelCheckpoint('m', save_best_only=True)\n"
STOP = "stop = keras.callbacks.EarlyStopping({})\n"
FIT = "model.fit(x, y, epochs=9, validation_data=(t, u), callbacks=[stop])\n"


@pytest.mark.parametrize(
    ("code", "names"),
    [
        (STOP.format("") + FIT + "model.evaluate(t, u)", [STEERS]),
        # It is watched only, or another part is evaluated.
        ("model.fit(x, y, validation_data=(t, u))\nmodel.evaluate(t, u)", []),
        (STOP.format("'loss'") + FIT + "model.evaluate(t, u)", []),
        (STOP.format("") + FIT + "model.evaluate(t, u)\nmodel.predict(other())", []),
        (STOP.format("") + FIT + "model.evaluate(x, y)", []),
        # Nothing says that it is more than validation data, and that its score is more.
        ("t, u = unknown()\n" + STOP.format("") + FIT + "model.evaluate(t, u)", []),
        # In five epochs there is little to choose from.
        (STOP.format("") + FIT.replace("=9", "=5") + "model.evaluate(t, u)", []),
        # Two datasets of the same kind are not the same.
        (
            STOP.format("")
            + "def rows(s):\n    return tf.data.Dataset.from_tensor_slices((x, y)).shuffle(s)\n"
            + "a, b = rows(1), rows(2)\nmodel.fit(a, validation_data=b, callbacks=[stop])\n"
            + "model.evaluate(a)",
            [],
        ),
        # The best weights are saved, and those of the last epoch are evaluated.
        (SAVE + FIT + "model.evaluate(t, u)", []),
        (SAVE + FIT + "model.load_weights('m')\nmodel.evaluate(t, u)", [STEERS]),
        ("stop = keras.callbacks.ModelCheckpoint('m')\n" + FIT + "model.evaluate(t, u)", []),
    ],
)
def test_a_validation_set_that_is_evaluated(found: Found, code: str, names: list[str]) -> None:
    assert found(SPLIT + AFTER + code) == names


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("model.fit(x, y, validation_data=(x, y))", ["train-equals-test"]),
        ("model.fit(x, y)\nmodel.evaluate(x, y)", ["train-equals-test"]),
        ("model.fit(x, y)\nmodel.evaluate(x, y)\nmodel.evaluate(t, u)", []),
        ("model.fit(x, y, validation_split=0.1)\nmodel.evaluate(x, y)", []),
        ("model.fit(x, y)\nmodel.predict(x)", []),
        # Two things that were lost at one place are not the same.
        ("x, t = unknown()\nmodel.fit(x, y, validation_data=(t, u))", []),
        # A first example.
        ("x = np.array([[0, 1], [1, 0]])\nmodel.fit(x, y)\nmodel.evaluate(x, y)", []),
    ],
)
def test_training_data_as_test_data(found: Found, code: str, names: list[str]) -> None:
    assert found(SPLIT + AFTER + code) == names


ALL = ["train-equals-test"]
ALL_ROWS = "x, y, z = X, Y, load_wine().data\n"


@pytest.mark.parametrize(
    ("split", "code", "names"),
    [
        ("x", "model.fit(x, y, validation_data=(t, u))", ALL),
        ("x / 255", "model.fit(x / 255, y, validation_data=(t, u))", ALL),
        ("x", "model.fit(x, y)\nmodel.evaluate(t, u)", ALL),
        (
            "x",
            "g = ImageDataGenerator()\nmodel.fit(g.flow(x, y), validation_data=g.flow(t, u))",
            ALL,
        ),
        ("x", "model.fit(a, b, validation_data=(t, u))", []),
        ("x", "model.fit(x, y)\nmodel.predict(t)", []),
        ("x", "x = x[:90]\nmodel.fit(x, y, validation_data=(t, u))", []),
        ("x", "x = x[mask]\nmodel.fit(x, y, validation_data=(t, u))", []),
        ("z", "model.fit(x, y, validation_data=(t, u))", []),
        # It is trained anew, on all there is, when it has been judged.
        ("x", "model.fit(a, b)\nmodel.evaluate(t, u)\nmodel.fit(x, y)\nmodel.predict(z)", []),
        (
            "x",
            "for i, j in KFold().split(x):\n"
            "    model.fit(x[i], y[i], validation_data=(x[j], y[j]))",
            [],
        ),
    ],
)
def test_a_part_of_the_training_data_as_test_data(
    found: Found, split: str, code: str, names: list[str]
) -> None:
    """Training has the array that was split, and not the part of it."""
    before = f"a, t, b, u = train_test_split({split}, y)\n"
    assert found(ALL_ROWS + before + AFTER + code) == names


def test_all_that_holds_rows_of_the_training_data_is_one_finding(
    write: Write, check: Command
) -> None:
    split = "a, t, b, u = train_test_split(X, Y)\n"
    fit = "model.fit(X, Y, validation_data=(t, u))\nmodel.evaluate(t, u)\n"
    write({"main.py": BEFORE + split + AFTER + fit})
    (found,) = check("--select", "train-equals-test", "main.py").findings
    assert "validated by rows" in found["message"]


SORTED = ["validation-split-on-ordered-data"]


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("y = np.concatenate([np.zeros(9), np.ones(9)])", SORTED),
        ("y = np.array([0] * 9 + [1] * 9)", SORTED),
        ("x, y = SMOTE().fit_resample(x, y)", SORTED),
        ("x, y = shuffle(*SMOTE().fit_resample(x, y))", []),
        ("y = np.array([0, 1] * 9)", []),
        ("y = np.concatenate([y, u])", []),
        ("y = pd.read_csv('a.csv').sort_values('date')['y']", []),
    ],
)
def test_the_last_rows_as_validation(found: Found, code: str, names: list[str]) -> None:
    fit = "\nmodel.fit(x, y, validation_split=0.2)"
    assert found(SPLIT + code + AFTER + fit) == names


@pytest.mark.parametrize(
    ("split", "names"),
    [
        ("x, y, t, u = train_test_split(X, Y)", ["misordered-split"]),
        ("x, t, u, y = train_test_split(X, Y)", ["misordered-split"]),
        ("x, t, y, u = train_test_split(X, Y)", []),
        ("x, t = train_test_split(X)\ny, u = train_test_split(Y)", ["split-apart"]),
        (
            "x, t = train_test_split(X, random_state=1)\ny, u = train_test_split(Y, random_state=2)",
            ["split-apart"],
        ),
        (
            "x, t = train_test_split(X, random_state=1)\ny, u = train_test_split(Y, random_state=1)",
            [],
        ),
        ("x, t = train_test_split(X, random_state=s)\ny, u = train_test_split(Y)", []),
        (
            "x, t = train_test_split(X, shuffle=False)\ny, u = train_test_split(Y, shuffle=False)",
            [],
        ),
    ],
)
def test_parts_that_do_not_belong_together(found: Found, split: str, names: list[str]) -> None:
    assert found(split + AFTER + "model.fit(x, y)") == names


RAW = ["test-not-scaled"]


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("z = StandardScaler().fit_transform(x)", RAW),
        ("z = (x - x.mean(axis=0)) / x.std(axis=0)", RAW),
        ("s = StandardScaler().fit(x)\nz, t = s.transform(x), s.transform(t)", []),
        ("z = StandardScaler().fit_transform(x)\nt = unknown(t)", []),
        ("z = StandardScaler().fit_transform(x)\nt = (t - m) / s", []),
        ("z = x", []),
        ("(z, y), (t, u) = keras.datasets.mnist.load_data()\nz = z / 255", RAW),
        ("(z, y), (t, u) = keras.datasets.mnist.load_data()\nz, t = z / 255, t / 255", []),
        ("(z, y), (t, u) = keras.datasets.mnist.load_data()\nz, t = z / 255, scaled(t)", []),
    ],
)
def test_a_test_part_that_skips_the_scaler(found: Found, code: str, names: list[str]) -> None:
    assert found(f"{SPLIT}{code}{AFTER}model.fit(z, y)\nmodel.evaluate(t, u)") == names


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("x = s.fit_transform(x)\nt = s.fit_transform(t)", ["scaler-refit-on-test"]),
        ("x = s.fit_transform(x)\nt = MinMaxScaler().fit_transform(t)", ["scaler-refit-on-test"]),
        ("x = s.fit_transform(x)\nt = s.transform(t)", []),
        ("e = LabelEncoder()\ny, u = e.fit_transform(y), e.fit_transform(u)", []),
        # Only a name says that it is a test set.
        ("x_test = s.fit_transform(pd.read_csv('test.csv'))\nx = s.fit_transform(x)", []),
    ],
)
def test_a_scaler_that_is_fitted_again(found: Found, code: str, names: list[str]) -> None:
    assert found(f"{SPLIT}s = StandardScaler()\n{code}{AFTER}") == names


IMAGES = """
(x, y), _ = keras.datasets.cifar10.load_data()
x = {pixels}
model = keras.Sequential([{first}keras.layers.Dense(10, "softmax")])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x, y)
"""
EFFICIENT = "keras.applications.EfficientNetB0(include_top=False, weights={}), "
MOBILE = "keras.applications.MobileNetV2(include_top=False), "
RESCALING = "keras.layers.Rescaling({}), keras.layers.Flatten(), "
PREPROCESS = "keras.applications.{}.preprocess_input(x)"


@pytest.mark.parametrize(
    ("pixels", "first", "names"),
    [
        ("x / 255", RESCALING.format("1 / 255"), ["double-scaling"]),
        ("x / 255 / 255", "", ["double-scaling"]),
        ("x / 255", RESCALING.format("2, -1"), []),
        ("x / 255", "", []),
        ("StandardScaler().fit_transform(x.reshape(-1, 3) / 255) / 255", "", []),
        ("x / 255", EFFICIENT.format("'imagenet'"), ["wrong-preprocess-input"]),
        ("x / 255", EFFICIENT.format("None"), []),
        ("x / 255", EFFICIENT.format("path"), []),
        ("x", EFFICIENT.format("'imagenet'"), []),
        ("x", MOBILE, ["wrong-preprocess-input"]),
        (PREPROCESS.format("vgg16"), MOBILE, ["wrong-preprocess-input"]),
        (PREPROCESS.format("xception"), MOBILE, []),  # the same scale under another name
        (PREPROCESS.format("imagenet_utils"), MOBILE, []),
        ("unknown(x)", MOBILE, []),
        ("unknown(x) / 255", MOBILE, []),
        (PREPROCESS.format("efficientnet"), EFFICIENT.format("'imagenet'"), []),
    ],
)
def test_pixels(found: Found, pixels: str, first: str, names: list[str]) -> None:
    assert found(IMAGES.format(pixels=pixels, first=first)) == names


FLOWS = """
model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(3, "softmax")])
model.compile(optimizer="adam", loss="categorical_crossentropy")
train = ImageDataGenerator(rescale=1 / 255, horizontal_flip=True)
plain = ImageDataGenerator(rescale=1 / 255, rotation_range=0)
a = train.flow_from_directory("train")
"""


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("b = train.flow_from_directory('b')\nmodel.fit(a, validation_data=b)", True),
        ("b = train.flow_from_directory('b')\nmodel.fit(a)\nmodel.evaluate(b)", True),
        ("b = train.flow_from_directory('b')\nmodel.fit(a)\nmodel.predict(b)", False),
        ("b = plain.flow_from_directory('b')\nmodel.fit(a, validation_data=b)", False),
        ("model.fit(a)", False),
        # The score on training data, as training sees them.
        ("model.fit(a)\nmodel.evaluate(a)", False),
    ],
)
def test_augmented_validation(found: Found, code: str, names: bool) -> None:
    assert ("augmented-validation" in found(FLOWS + code)) is names


@pytest.mark.parametrize(
    ("shuffle", "used", "names"),
    [
        ("", "print(b.classes, p)", True),
        (", shuffle=True", "print(b.classes, p)", True),
        (", shuffle=False", "print(b.classes, p)", False),
        (", shuffle=s", "print(b.classes, p)", False),
        ("", "print(b.class_indices, p)", False),
    ],
)
def test_shuffled_predictions(found: Found, shuffle: str, used: str, names: bool) -> None:
    flow = f"b = plain.flow_from_directory('b'{shuffle})\nmodel.fit(a)\np = model.predict(b)\n"
    assert found(FLOWS + flow + used) == ["shuffled-predictions"] * names
