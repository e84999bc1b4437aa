"""Where data comes from and what common calls make of it, up to the answer about its scale."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from reading import run_of

from tfcheck.script.data import Data
from tfcheck.script.judgements import Judged, least_columns, scaled
from tfcheck.script.values import Answer, Unknown

YES, NO, UNKNOWN = Answer.YES, Answer.NO, Answer.UNKNOWN

BEFORE = """\
import cv2, keras, numpy as np, pandas as pd, tensorflow as tf, tensorflow_datasets as tfds
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
y = None
"""
AFTER = "\nmodel.fit(x, y)\n"


def feature(code: str, files: Mapping[str, str] | None = None) -> Data:
    (x,) = run_of(BEFORE + code + AFTER, files).features
    assert isinstance(x, Data), x
    return x


def judged(code: str, files: Mapping[str, str] | None = None) -> Judged:
    return scaled(feature(code, files))


# Text files of NumPy

NUMBERS = np.array([[1, 600, 0.5], [2, 700, 0.25], [3, 800, 0.125]])
TEXT = "\n".join(",".join(f"{each:g}" for each in row) for row in NUMBERS) + "\n"


@pytest.mark.parametrize(
    ("call", "text", "kept"),
    [
        ("np.loadtxt('t.txt', delimiter=',')", TEXT, slice(None)),
        ("np.loadtxt('t.txt', delimiter=',')[:, 0:2]", TEXT, slice(0, 2)),
        ("np.loadtxt('t.txt', delimiter=',', skiprows=1)", "a,b,c\n" + TEXT, slice(None)),
        (
            "np.genfromtxt('t.txt', delimiter=',', skip_header=1)[:, 1:]",
            "1,2,3\n" + TEXT,
            slice(1, 3),
        ),
    ],
)
def test_text_files_beside_the_script(call: str, text: str, kept: slice) -> None:
    found = judged(f"x = {call}", {"t.txt": text})
    expected = NUMBERS[:, kept]
    assert found.answer is NO
    assert found.ground == "csv file"
    assert found.ranges is not None
    assert found.ranges.columns == tuple(
        zip(expected.min(axis=0), expected.max(axis=0), strict=True)
    )


@pytest.mark.parametrize(
    ("call", "answer", "least"),
    [
        ("np.loadtxt('unseen.csv', delimiter=',')[:, 0:8]", NO, 8),
        ("np.loadtxt('unseen.csv', delimiter=',')[:, :-1]", NO, 2),
        ("np.loadtxt('unseen.csv', delimiter=',')[:, 1:2]", NO, 1),
        ("np.loadtxt('iris.csv', delimiter=',')[:, :4]", YES, 4),
        ("np.loadtxt('normalised.csv', delimiter=',')[:, :4]", UNKNOWN, 4),
        ("np.loadtxt('unseen.txt')", UNKNOWN, 0),
        ("np.loadtxt('unseen.csv', delimiter=',', dtype=str)", UNKNOWN, 0),
        ("np.loadtxt(name, delimiter=',')", UNKNOWN, 0),
    ],
)
def test_text_files_that_are_not_there(call: str, answer: Answer, least: int) -> None:
    data = feature(f"x = {call}")
    assert scaled(data).answer is answer
    assert least_columns(data) == least


# Tables side by side


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        ("x = pd.merge(a, b, on='id')", NO),
        ("x = a.merge(b, on='id', how='left')[['u', 'v']]", NO),
        ("x = a.join(b).drop('u', axis=1)", NO),
        ("x = pd.merge(a, pd.read_csv('normalised.csv'), on='id')", UNKNOWN),
        ("x = pd.merge(left=a, right=b)", NO),
        ("a['u'] = a['u'] / a['u'].max()\nx = pd.merge(a, b)[['u', 'v']]", UNKNOWN),
        ("x = pd.merge(a, pd.read_json('c.json'))", UNKNOWN),
    ],
)
def test_merged_tables(code: str, answer: Answer) -> None:
    tables = "a, b = pd.read_csv('a.csv'), pd.read_csv('b.csv')\n"
    assert judged(tables + code).answer is answer


def test_a_small_column_of_merged_tables() -> None:
    files = {"a.csv": "id,u\n1,0.5\n2,0.25\n", "b.csv": "id,v\n1,900\n2,800\n"}
    code = "t = pd.merge(pd.read_csv('a.csv'), pd.read_csv('b.csv'))\nx = t[['u']]"
    assert judged(code, files).answer is UNKNOWN


# Data sets of dictionaries

MAPPED = "x = x.map(lambda each: ({}, each['label'])).batch(32)"


@pytest.mark.parametrize(
    ("image", "answer"),
    [
        ("each['image']", NO),
        ("tf.cast(each['image'], tf.float32)", NO),
        ("tf.cast(each['image'], tf.float32) / 255", YES),
        ("secret(each['image'])", UNKNOWN),
    ],
)
@pytest.mark.parametrize(
    "loaded",
    [
        "x = tfds.load('mnist', split='train')\n",
        "x, _ = tfds.load('mnist', split=['train', 'test'])\n",
        "x = tfds.load('fashion_mnist')['train']\n",
        "x, info = tfds.load('cifar10', split='train', with_info=True, as_supervised=False)\n",
    ],
)
def test_datasets_of_dictionaries(loaded: str, image: str, answer: Answer) -> None:
    (x,) = run_of(BEFORE + loaded + MAPPED.format(image) + AFTER).features
    assert (UNKNOWN if isinstance(x, Unknown) else scaled(x).answer) is answer  # type: ignore[arg-type]


def test_a_dictionary_that_one_map_changes_is_another_for_the_next() -> None:
    code = (
        "def scale(each):\n"
        "    each['image'] = tf.cast(each['image'], tf.float32) / 255\n"
        "    return each\n"
        "data = tfds.load('mnist')\n"
        "test = data['test'].map(scale)\n"
        "x = data['train']\n"
    )
    assert judged(code + MAPPED.format("each['image']")).answer is NO
    scaled_first = code + "x = x.map(scale)\n" + MAPPED.format("each['image']")
    assert judged(scaled_first).answer is YES


# Calls

PIXELS = "a = cv2.imread('a.png')\n"


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        ("x = tf.range(-100, 100, 4)", NO),
        ("x = tf.range(40)", YES),
        ("x = tf.linspace(0.0, 1.0, 50)", YES),
        (f"{PIXELS}x = cv2.rotate(cv2.blur(a, (3, 3)), cv2.ROTATE_180)", NO),
        (f"{PIXELS}x = tf.stack([a, a])", NO),
        (f"{PIXELS}x = tf.stack([a, a]) / 255", YES),
        (f"{PIXELS}x = tf.concat([a, secret], axis=0)", UNKNOWN),
        (f"{PIXELS}x = tf.concat(values=[a / 255, a / 255], axis=0)", YES),
        (f"{PIXELS}x = tf.gather(a, [1, 2])", NO),
        ("x = tf.gather(np.array([[1, 900], [2, 800]]), [0], axis=1)", UNKNOWN),
        ("x = tf.boolean_mask(np.array([[1, 900], [2, 800]]), [True, False])", NO),
        (f"{PIXELS}x = tf.dtypes.cast(a, tf.float32) / 255.0", YES),
        (f"{PIXELS}x = a[np.newaxis]", NO),
    ],
)
def test_common_calls(code: str, answer: Answer) -> None:
    (x,) = run_of(BEFORE + code + AFTER).features
    assert (scaled(x).answer if isinstance(x, Data) else UNKNOWN) is answer


READ = "x = np.{made}((len(names), 8, 8, 3))\nfor i, name in enumerate(names):\n    "


@pytest.mark.parametrize(
    ("filled", "answer"),
    [
        ("x[i] = cv2.imread(name)", NO),
        ("x[i, ...] = cv2.imread(name)", NO),
        ("x[i, :, :, :] = cv2.imread(name) / 255", YES),
        ("x[i] = cv2.imread(name)\n    x[i] = x[i] / 255", YES),
        ("x[i] = secret(name)", UNKNOWN),
    ],
)
@pytest.mark.parametrize("made", ["zeros", "empty", "ones", "ndarray"])
def test_arrays_that_a_loop_fills(made: str, filled: str, answer: Answer) -> None:
    assert judged(READ.format(made=made) + filled).answer is answer


@pytest.mark.parametrize(
    ("kept", "answer"),
    [("x", NO), ("x[:, :1]", UNKNOWN), ("x[:, 1]", UNKNOWN)],
)
def test_columns_that_are_filled_one_by_one(kept: str, answer: Answer) -> None:
    code = (
        "a, b = np.random.rand(90), np.random.randint(0, 900, 90)\n"
        "x = np.zeros((90, 2))\nx[:, 0] = a\nx[:, 1] = b\n"
    )
    assert judged(f"{code}x = {kept}").answer is answer


def test_images_of_a_list_that_a_generator_is_given() -> None:
    code = "images = [cv2.imread(name) for name in names]\n"
    flow = "x = keras.preprocessing.image.ImageDataGenerator({}).flow(images, y)"
    assert judged(code + flow.format("")).answer is NO
    assert judged(code + flow.format("rescale=1 / 255")).answer is YES


# Dummies

PEOPLE = "age,sex,income,paid\n30,m,1000,0.5\n40,f,2000,0.25\n50,m,3000,0.125\n"


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        ("x = t", NO),
        ("x = t.drop('paid', axis=1)", NO),
        ("x = t.drop('income', axis=1)", YES),
        ("x = t[['paid']]", YES),
        ("x = t[['income']]", NO),
        ("x = t[['sex_f', 'paid']]", UNKNOWN),
    ],
)
def test_dummies_of_a_table_that_was_seen(code: str, answer: Answer) -> None:
    found = judged(f"t = pd.get_dummies(pd.read_csv('t.csv'))\n{code}", {"t.csv": PEOPLE})
    assert found.answer is answer


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        ("x = pd.get_dummies(t)", UNKNOWN),
        ("x = pd.get_dummies(t).drop('y', axis=1)", UNKNOWN),
        # A text would have become Age_30 and its kin.
        ("x = pd.get_dummies(t)[['Age', 'Fare', 'Sex_m', 'Sex_f']]", NO),
        ("t = pd.get_dummies(t)\nt.fillna(0, inplace=True)\nx = t.loc[:, ['Age', 'Fare']]", NO),
        (
            "t = pd.get_dummies(t)\nt['Age'] = t.Age.astype(int)\nx = t[['Age', 'Fare', 'Sex_m']]",
            NO,
        ),
        ("t = pd.get_dummies(t)\nt['Age'] /= t['Age'].max()\nx = t[['Age', 'Fare']]", UNKNOWN),
        ("x = pd.get_dummies(t)[['Sex_m', 'Sex_f']]", UNKNOWN),
        ("x = pd.get_dummies(t, prefix_sep='-')[['Age', 'Fare']]", UNKNOWN),
        ("t = pd.get_dummies(t)\nt = t / t.max()\nx = t[['Age', 'Fare']]", YES),
    ],
)
def test_dummies_of_a_table_that_was_not_seen(code: str, answer: Answer) -> None:
    assert judged(f"t = pd.read_csv('unseen.csv')\n{code}").answer is answer


INSURANCE = (
    "t = pd.get_dummies(pd.read_csv('https://raw.githubusercontent.com/stedy/"
    "Machine-Learning-with-R-datasets/master/insurance.csv'))\n"
)


@pytest.mark.parametrize(
    ("kept", "answer", "high"),
    [("t.drop('charges', axis=1)", NO, 64), ("t[['children']]", YES, 5)],
)
def test_a_table_at_a_known_place(kept: str, answer: Answer, high: float) -> None:
    found = judged(f"{INSURANCE}x = {kept}")
    assert found.answer is answer
    assert found.ranges is not None
    assert found.ranges.overall.high == high
