"""Data on its way from a source to ``fit``: scale, evidence, parts, labels, steps of datasets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import sklearn.datasets
from keras.src.legacy.preprocessing.image import ImageDataGenerator
from reading import model_of, script_of

from tfcheck.script import Script
from tfcheck.script.data import Data, Scaling
from tfcheck.script.judgements import (
    Judged,
    has_step,
    label_kind,
    least_columns,
    part,
    scaled,
    source,
)
from tfcheck.script.lineage import made_of
from tfcheck.script.training import TrainingRun
from tfcheck.script.values import Answer, Unknown, Value

YES, NO, UNKNOWN = Answer.YES, Answer.NO, Answer.UNKNOWN

# What is under test comes between, and sets x, and y where labels are not in x.
BEFORE = """\
import os, sys
import cv2, keras, numpy as np, pandas as pd, tensorflow as tf
from pathlib import Path
from sklearn import datasets, preprocessing
from sklearn.model_selection import KFold, StratifiedKFold, train_test_split
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
y = None
"""
AFTER = "\nmodel.fit(x, y)\n"
MNIST = "(x, y), (other, _) = keras.datasets.mnist.load_data()\n"
UNSEEN = "df = pd.read_csv('unseen.csv')\n"


def read(code: str, files: Mapping[str, str] | None = None, after: str = AFTER) -> Script:
    return script_of(BEFORE + code + after, files)


def run_of(code: str, files: Mapping[str, str] | None = None, after: str = AFTER) -> TrainingRun:
    return read(code, files, after).runs[-1]


def only(values: tuple[Value, ...]) -> Data:
    (data,) = values
    assert isinstance(data, Data), data
    return data


def feature(code: str, files: Mapping[str, str] | None = None, after: str = AFTER) -> Data:
    return only(run_of(code, files, after).features)


def label(code: str, files: Mapping[str, str] | None = None, after: str = AFTER) -> Data:
    return only(run_of(code, files, after).labels)


def kind(data: Data) -> tuple[str, int | None] | None:
    found = label_kind(data)
    return found and found[:2]


def role(data: Data) -> str | None:
    found = part(data)
    return found and found.role


def bounds(data: Data) -> tuple[float, float]:
    """The bounds of all values that it is judged by."""
    ranges = scaled(data).ranges
    assert ranges is not None
    return ranges.overall.low, ranges.overall.high


def column_bounds(data: Data) -> list[tuple[float, float]]:
    ranges = scaled(data).ranges
    assert ranges is not None
    assert ranges.columns is not None
    return [(each.low, each.high) for each in ranges.columns]


def fitted_on(data: Data) -> Data | None:
    """What the newest step that scales was fitted on."""
    return next(step for step in data.chain() if step.scaling is Scaling.SCALES).fitted_on


def lost(value: Value) -> str:
    """Why nothing can be said of the scale."""
    if isinstance(value, Unknown):
        return value.reason
    assert isinstance(value, Data)
    judged = scaled(value)
    assert judged.answer is UNKNOWN
    return judged.how


def lines(script: Script, judged: Judged, files: Mapping[str, str] | None = None) -> list[str]:
    """The lines of the evidence, as they are written."""
    places = script.locate(each.site for each in judged.because)
    found = []
    for each in judged.because:
        place = places[each.site]
        text = (files or {}).get(Path(place.filename).name, script.source.blocks[0].text)
        found.append(text.splitlines()[place.row - 1].strip())
    return found


# pandas: a table beside the script

TABLE: dict[str, list[float]] = {
    "a": [*range(1, 11)],
    "b": [*range(100, 1100, 100)],
    "c": [n / 10 for n in range(1, 11)],
    "k": [n % 2 for n in range(10)],
}


def as_csv(separator: str = ",", header: bool = True) -> str:
    rows: list[Sequence[object]] = [list(TABLE)] if header else []
    rows += list(zip(*TABLE.values(), strict=True))
    return "".join(separator.join(map(str, row)) + "\n" for row in rows)


FILES = {"d.csv": as_csv()}
SEEN = "df = pd.read_csv('d.csv')\n"


def of_table(names: str) -> list[tuple[float, float]]:
    return [(min(TABLE[name]), max(TABLE[name])) for name in names]


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("x = df", "abck"),
        ("x = df[['a', 'b']]", "ab"),
        ("wanted = ['a', 'b']\nx = df[wanted]", "ab"),
        ("x = df[['c', 'a']].values", "ca"),
        ("x = df['b']", "b"),
        ("x = df.a", "a"),
        ("x = df[df.columns[:2]]", "ab"),
        ("x = df.values", "abck"),
        ("x = df.values[:, :2]", "ab"),
        ("x = df.values[:, 3]", "k"),
        ("x = df.to_numpy()[:, 1:]", "bck"),
        ("x = df.drop('k', axis=1)", "abc"),
        ("x = df.drop(['b'], axis='columns')", "ack"),
        ("x = df.drop(columns=['k', 'b'])", "ac"),
        ("x = df.drop([0, 1])", "abck"),
        ("x = df.pop('b')", "b"),
        ("df.pop('b')\nx = df", "ack"),
        ("del df['k']\nx = df", "abc"),
        ("x = df.iloc[:, :2]", "ab"),
        ("x = df.iloc[:, -1:]", "k"),
        ("x = df.iloc[:, 1]", "b"),
        ("x = df.iloc[:, [0, 2]].values", "ac"),
        ("x = df.loc[:, 'a':'c']", "abc"),
        ("x = df.loc[:, ['a']]", "a"),
        ("x = df.loc[:, 'c']", "c"),
        ("x = df[['a', 'b']].fillna(5).astype('float32')", "ab"),
        ("x = df.copy().dropna().reset_index(drop=True)", "abck"),
        ("x = df.sample(frac=1)[['b']]", "b"),
        ("df.drop('k', axis=1, inplace=True)\nx = df", "abc"),
        ("other = df\nother.drop(columns='b', inplace=True)\nx = df", "ack"),
        ("df.fillna(5, inplace=True)\nx = df[['c']]", "c"),
    ],
)
def test_columns_that_are_picked(code: str, names: str) -> None:
    data = feature(SEEN + code, FILES)
    assert column_bounds(data) == of_table(names)
    assert least_columns(data) == len(names)
    assert scaled(data).answer is (NO if "b" in names else YES)
    assert scaled(data).ground == "csv file"


@pytest.mark.parametrize(
    ("read_it", "text"),
    [
        ("pd.read_csv('d.csv', sep=';')", as_csv(";")),
        ("pd.read_csv('d.csv', ';')", as_csv(";")),
        ("pd.read_csv('d.csv', delimiter='|', encoding='utf-8')", as_csv("|")),
        ("pd.read_csv('d.csv', header=0)", as_csv()),
        ("pd.read_csv('d.csv', header=None)", as_csv(header=False)),
        ("pd.read_csv('d.csv', names=['p', 'q', 'r', 's'])", as_csv(header=False)),
        ("pd.read_csv('d.csv', header=None, names=list('pqrs'))", as_csv(header=False)),
        ("pd.read_table('d.csv')", as_csv("\t")),
        ("pd.read_csv(os.path.join('.', 'd.csv'))", as_csv()),
        ("pd.read_csv(Path(__file__).parent / 'd.csv')", as_csv()),
    ],
)
def test_files_however_they_are_written(read_it: str, text: str) -> None:
    data = feature(f"x = {read_it}.iloc[:, 1:3]", {"d.csv": text})
    assert column_bounds(data) == of_table("bc")
    assert scaled(data).answer is NO


def test_names_that_are_given_to_columns() -> None:
    code = "df = pd.read_csv('d.csv', names=['p', 'q', 'r', 's'])\nx, y = df[['r']], df.s"
    run = run_of(code, {"d.csv": as_csv(header=False)})
    assert only(run.features).columns == ("r",)
    assert column_bounds(only(run.features)) == of_table("c")
    assert kind(only(run.labels)) == ("integer", len(set(TABLE["k"])))


def test_a_file_in_a_folder_beside_the_script() -> None:
    data = feature("x = pd.read_csv('data/in.csv')", {"data/in.csv": as_csv()})
    assert data.columns == tuple(TABLE)
    assert column_bounds(data) == of_table("abck")


@pytest.mark.parametrize(
    "code",
    [
        "pd.read_csv('missing.csv')",
        "pd.read_csv('https://example.org/d.csv')",
        "pd.read_csv(sys.argv[1])",
        "pd.read_csv('d.csv', skiprows=1)",
        "pd.read_csv('d.csv', index_col=0)",
        "pd.read_csv('d.csv', header=None, names=input())",
        "pd.read_csv('d.csv', **settings)",
    ],
)
def test_a_file_that_is_not_seen_as_pandas_sees_it(code: str) -> None:
    judged = scaled(feature(f"x = {code}", FILES))
    assert (judged.answer, judged.how, judged.ground) == (NO, "read_csv", "unseen csv")
    assert judged.ranges is None


@pytest.mark.parametrize(
    ("code", "least"),
    [
        ("df", 2),
        ("df.a", 1),
        ("df[['a', 'b', 'c']]", 3),
        ("df.iloc[:, 0:8]", 8),
        ("df.iloc[:, :-1]", 2),
        ("df.values[:, :-1]", 2),
        ("df.drop('k', axis=1)", 2),
        ("df.values[:, -1]", 0),
    ],
)
def test_how_many_columns_a_table_surely_has(code: str, least: int) -> None:
    assert least_columns(feature(f"{UNSEEN}x = {code}")) == least


@pytest.mark.parametrize("name", ["iris", "sonar", "ionosphere", "banknote"])
def test_files_that_are_known_by_their_name(name: str) -> None:
    judged = scaled(feature(f"x = pd.read_csv('data/{name}.data.csv').iloc[:, :4]"))
    assert (judged.answer, judged.ground) == (YES, "data set")


@pytest.mark.parametrize("name", ["read_excel", "read_sql", "read_parquet", "read_json"])
def test_other_tables_are_not_known(name: str) -> None:
    assert name in lost(feature(f"x = pd.{name}('a')[['b', 'c']]"))


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("df['k']", ("integer", 2)),
        ("df.k", ("integer", 2)),
        ("df.pop('k')", ("integer", 2)),
        ("df.iloc[:, -1]", ("integer", 2)),
        ("df['k'].values", ("integer", 2)),
        ("df.k.astype(int).to_numpy()", ("integer", 2)),
        ("df.k == 1", ("integer", 2)),
        ("df.a > 3", ("integer", 2)),
        ("pd.get_dummies(df['k'])", ("one-hot", 2)),
        ("pd.get_dummies(df.k).values", ("one-hot", 2)),
        ("keras.utils.to_categorical(df.k)", ("one-hot", 2)),
        ("pd.factorize(df.k)[0]", ("integer", None)),
        ("df.k / 2", ("other", None)),
        ("df.b", None),
    ],
)
def test_labels_out_of_a_table(code: str, expected: tuple[str, int | None] | None) -> None:
    assert kind(label(f"{SEEN}x = df\ny = {code}", FILES)) == expected


@pytest.mark.parametrize(
    ("code", "answer", "how"),
    [
        ("df['a'] = df['a'] / 255\nx = df[['a']]", YES, "x / 255"),
        ("df['a'] /= 255\nx = df['a']", YES, "x / 255"),
        ("df.a = df.a / 255\nx = df[['a']]", YES, "x / 255"),
        ("df.loc[:, 'a'] = df['a'] / 255\nx = df[['a']]", YES, "x / 255"),
        ("for c in ['a', 'b']:\n    df[c] = df[c] / 255\nx = df[['a', 'b']]", YES, "x / 255"),
        ("other = df\nother['a'] = df['a'] / 255\nx = df[['a']]", YES, "x / 255"),
        ("df[['a', 'b']] = s.fit_transform(df[['a', 'b']])\nx = df[['b', 'a']]", YES, "Standard"),
        ("df[['a', 'b']] = s.fit_transform(df[['a', 'b']])\nx = df[['c']]", NO, "read_csv"),
        ("df[['a', 'b']] = s.fit_transform(df[['a', 'b']])\nx = df[['a', 'c']]", UNKNOWN, "some"),
        (
            "df[['a', 'b']] = s.fit_transform(df[['a', 'b']])\nx = df",
            UNKNOWN,
            "some of it is scaled",
        ),
        (
            "df['a'] = df['a'] / 255\nx = df.drop('k', axis=1).values",
            UNKNOWN,
            "some of it is scaled",
        ),
        ("df['a'] = df['a'] / 255\nx = df.drop('a', axis=1)", NO, "read_csv"),
        ("df['a'] = secret()\nx = df", UNKNOWN, "a column of it is set to something"),
        ("df['a'] = secret()\nx = df[['b']]", NO, "read_csv"),
        ("df.loc[3, 'a'] = 1\nx = df[['a']]", UNKNOWN, "a part of it is set"),
        ("df.iloc[0] = secret()\nx = df", UNKNOWN, "a part of it is set"),
        ("df[['a', secret]] = 1\nx = df", UNKNOWN, "a part of it is set"),
        ("x = (df - df.mean()) / df.std()", YES, "division by its std"),
        ("x = df / df.max()", YES, "division by its max"),
        ("x = df - df.mean()", NO, "read_csv"),
        ("x = df.apply(secret)", UNKNOWN, ".apply() is not followed"),
        ("x = pd.get_dummies(df)", UNKNOWN, "get_dummies of columns that may be text or numbers"),
    ],
)
def test_columns_that_are_set(code: str, answer: Answer, how: str) -> None:
    begin = UNSEEN + "s = preprocessing.StandardScaler()\n"
    judged = scaled(feature(begin + code))
    assert judged.answer is answer
    assert judged.how.startswith(how)


@pytest.mark.parametrize(
    ("tables", "answer"),
    [
        ("[df, df]", NO),
        ("[df[['a']], df[['c']]], axis=1", YES),
        ("[df[['b']] / 1000, df[['c']]], axis=1", YES),
        # However small the one is, the other reaches 1,000.
        ("[df[['a']], df[['b']]], axis=1", NO),
        ("[df, pd.read_excel('a')]", UNKNOWN),
    ],
)
def test_tables_put_together(tables: str, answer: Answer) -> None:
    data = feature(f"{SEEN}x = pd.concat({tables})", FILES)
    assert data.what.startswith("concat")
    assert scaled(data).answer is answer


@pytest.mark.parametrize(
    ("made", "names", "shape"),
    [
        ("pd.DataFrame({'a': [1, 2, 3], 'b': [100, 200, 300]})", ("a", "b"), (3, 2)),
        ("pd.DataFrame([[1, 100], [3, 300]], columns=['a', 'b'])", ("a", "b"), (2, 2)),
        ("pd.DataFrame(np.array([[1, 300], [3, 100]]), columns=['p', 'q'])", ("p", "q"), (2, 2)),
    ],
)
def test_tables_that_are_written_out(
    made: str, names: tuple[str, ...], shape: tuple[int, int]
) -> None:
    data = feature(f"x = {made}")
    assert (data.columns, data.shape, data.form) == (names, shape, "frame")
    assert column_bounds(data) == [(1, 3), (100, 300)]
    assert scaled(data).answer is NO


@pytest.mark.parametrize(
    ("code", "order"),
    [
        ("df = df.sample(frac=1)", "shuffled"),
        ("df = df.sort_values('a')", "ordered"),
        ("from sklearn.utils import shuffle\ndf = shuffle(df)", "shuffled"),
        ("df = df.copy()", None),
    ],
)
def test_the_order_of_rows(code: str, order: str | None) -> None:
    data = feature(f"{UNSEEN}{code}\nx = df[['a']]")
    assert next((step.order for step in data.chain() if step.order), None) == order
    assert source(data).what == "read_csv"


# NumPy: what a line makes is compared with what NumPy makes of it


def real(code: str) -> Any:
    names: dict[str, Any] = {"np": np}
    exec(code, names)
    return np.asarray(names["x"])


ARRAY = "a = np.array([[1, 2000, 7], [3, 4000, 8], [5, 900, 9]])\n"


@pytest.mark.parametrize(
    "code",
    [
        "x = [[1, 2], [3, 4]]",
        "x = np.array([[1, 2000], [3, 4000], [5, 900]])",
        "x = np.asarray(((1, 2.5), (3, 4)))",
        "x = np.array([[[1, 200], [2, 300]], [[0, 4], [1, 1]]])",
        "x = np.array([[1, 200.5]], dtype='float32')",
        "x = np.array([[1, 200.5]], np.float32)",
        f"{ARRAY}x = a[:, :2]",
        f"{ARRAY}x = a[:, 1:]",
        f"{ARRAY}x = a[:, ::2]",
        f"{ARRAY}x = a[:, -1:]",
        f"{ARRAY}x = a[:, 1]",
        f"{ARRAY}x = a.astype('float32')",
        f"{ARRAY}x = np.copy(a)",
        f"{ARRAY}x = a / 255",
        f"{ARRAY}x = a * (1 / 255)",
        f"{ARRAY}x = a / np.float32(255)",
        f"{ARRAY}x = (a - 127.5) / 127.5",
        f"{ARRAY}x = 1 - a / 255",
        f"{ARRAY}x = 2 * a + 1",
        f"{ARRAY}x = a // 100",
        f"{ARRAY}x = a ** 2",
        f"{ARRAY}x = np.divide(a, 255)",
        f"{ARRAY}x = np.multiply(np.subtract(a, 3), 2)",
        f"{ARRAY}x = a.astype('float64')\nx /= 255",
        f"{ARRAY}x = a.astype('float64')\nother = x\nother /= 255",
        f"{ARRAY}x = a\nx = x - 3\na += 1",
        "x = []\nfor i in range(5):\n    x.append([i, i * 1000])\nx = np.array(x)",
        "x = np.array([[i, i * 1000] for i in range(5)])",
    ],
)
def test_columns_of_arrays(code: str) -> None:
    data, expected = feature(code), real(code)
    assert data.shape == expected.shape
    rows = expected.reshape(-1, expected.shape[-1] if expected.ndim > 1 else 1)
    columns = [*zip(rows.min(axis=0), rows.max(axis=0), strict=True)]
    assert column_bounds(data) == [pytest.approx(each) for each in columns]


@pytest.mark.parametrize(
    "code",
    [
        "x = [1, 2, 300]",
        "x = np.array([1.0, 2.0, 3.0])",
        "x = np.array(list(range(200)))",
        "x = np.arange(1000)",
        "x = np.arange(5, 20, 3)",
        "x = np.arange(0, 10, 0.1)",
        "x = np.linspace(0, 100, 200)",
        "x = np.linspace(-1, 1)",
        "x = np.zeros((3, 2))",
        "x = np.ones(4)",
        "x = np.full((3, 2), 500.0)",
        "x = np.zeros((4, 2))\nx[1] = 90",
        "x = np.arange(12).reshape(3, 4)",
        "x = np.arange(12).reshape((3, -1))",
        "x = np.reshape(np.arange(12), (2, 2, -1))",
        "x = np.linspace(0, 100, 200).reshape(-1, 1)",
        "x = np.expand_dims(np.arange(9), -1)",
        "x = np.expand_dims(np.arange(9), axis=0)",
        "x = np.arange(9)[:, None]",
        f"{ARRAY}x = a.T",
        f"{ARRAY}x = np.transpose(a)",
        f"{ARRAY}x = a.flatten()",
        f"{ARRAY}x = np.ravel(a)",
        f"{ARRAY}x = -a",
        f"{ARRAY}x = np.abs(a - 3)",
        f"{ARRAY}x = np.log1p(a)",
        f"{ARRAY}x = np.sqrt(a)",
        f"{ARRAY}x = np.tanh(a / 1000)",
        f"{ARRAY}x = np.clip(a, 10, 20)",
        f"{ARRAY}x = np.where(a > 5, 1, 0)",
    ],
)
def test_values_of_arrays(code: str) -> None:
    data, expected = feature(code), real(code)
    assert data.shape == expected.shape
    assert bounds(data) == pytest.approx((expected.min(), expected.max()))


@pytest.mark.parametrize(
    "code",
    [
        "x = np.concatenate([np.array([1, 2]), np.array([3, 400])])",
        "x = np.concatenate((np.arange(4), np.arange(900)), axis=0)",
        "x = np.vstack([[1, 2], [3, 400]])",
        "x = np.hstack((np.arange(100), np.arange(9)))",
        "x = np.stack([np.arange(90), np.arange(90)], axis=1)",
        "x = np.column_stack([np.arange(90), np.arange(90)])",
        "x = np.append(np.arange(4), np.arange(900))",
    ],
)
def test_arrays_put_together(code: str) -> None:
    expected = real(code)
    assert bounds(feature(code)) == (expected.min(), expected.max())
    assert scaled(feature(code)).answer is NO


@pytest.mark.parametrize(
    ("code", "dtype"),
    [
        ("np.array([1, 2])", "int64"),
        ("np.array([1, 2.5])", "float64"),
        ("np.array([1, 2]).astype('float32')", "float32"),
        ("np.array([1, 2]).astype(np.float16)", "float16"),
        ("np.array([1, 2], dtype=float)", "float64"),
        ("np.float32(np.array([[1, 2]])).astype(int)", "int64"),
        ("np.random.rand(3)", "float64"),
        ("np.zeros((2, 2), dtype='uint8')", "uint8"),
        ("np.arange(3) > 1", "bool"),
    ],
)
def test_types_of_arrays(code: str, dtype: str) -> None:
    assert feature(f"x = {code}").dtype == real(f"x = {code}").dtype == dtype


@pytest.mark.parametrize(
    "made",
    [
        "np.random.rand(50, 4)",
        "np.random.random((50, 4))",
        "np.random.random_sample(50)",
        "np.random.uniform(0, 1000, 50)",
        "np.random.uniform(low=-1, high=1, size=(50, 2))",
        "np.random.normal(50, 20, (50, 4))",
        "np.random.normal(size=50)",
        "np.random.randint(0, 3, size=50)",
        "np.random.randint(200, size=(50, 1))",
        "np.random.default_rng(0).random((50, 4))",
        "np.random.default_rng(0).integers(5, 9, 50)",
        "np.random.RandomState(0).rand(50, 4)",
    ],
)
def test_chance_lies_within_its_bounds(made: str) -> None:
    data, drawn = feature(f"x = {made}"), real(f"x = {made}")
    low, high = bounds(data)
    assert data.shape == drawn.shape
    assert low <= drawn.min() <= drawn.max() <= high
    # Bounds that no draw comes near would say nothing.
    assert high - low <= 20 * (drawn.max() - drawn.min())


@pytest.mark.parametrize(
    ("made", "answer"),
    [
        ("np.random.randn(50, 4)", YES),
        ("np.random.default_rng().standard_normal((50, 4))", YES),
        ("np.random.randn(50, 4) * 0.1", YES),
        ("np.random.rand(50, 4) * 100", NO),
        ("np.random.uniform(0, 1000, (50, 4))", NO),
        ("np.random.uniform(0, limit, (50, 4))", UNKNOWN),
        ("np.random.normal(0, spread)", UNKNOWN),
        ("np.random.randn(50, 4) * 100", UNKNOWN),
    ],
)
def test_whether_chance_is_small(made: str, answer: Answer) -> None:
    (x,) = run_of(f"x = {made}").features
    assert (scaled(x).answer if isinstance(x, Data) else UNKNOWN) is answer


@pytest.mark.parametrize("name", ["load", "loadtxt", "genfromtxt", "fromfile"])
def test_files_of_numpy_are_not_known(name: str) -> None:
    assert lost(feature(f"x = np.{name}('a')")) == f"np.{name} reads a file that was not seen"
    assert name in lost(feature(f"x = np.{name}('a')[:, :4]\nx = x.reshape(-1, 2, 2)"))


@pytest.mark.parametrize(
    ("code", "answer", "values"),
    [
        ("", NO, (0, 255)),
        ("x = x / 255", YES, (0, 1)),
        ("x = x / 255.0", YES, (0, 1)),
        ("x = x / np.float32(255)", YES, (0, 1)),
        ("x = x * (1. / 255)", YES, (0, 1)),
        ("x = x.astype('float32')\nx /= 255", YES, (0, 1)),
        ("x = x.astype('float32')\nsame = x\nsame /= 255", YES, (0, 1)),
        ("x = (x - 127.5) / 127.5", YES, (-1, 1)),
        ("x = x / 127.5 - 1", YES, (-1, 1)),
        ("x = x / 2", NO, (0, 127.5)),
        ("x = x - x.mean()", NO, (0, 255)),
        ("x = x.reshape(60000, 784).astype('float32') / 255", YES, (0, 1)),
        ("x = x[:1000]", NO, (0, 255)),
        ("x = x[..., np.newaxis]", NO, (0, 255)),
        ("x = np.concatenate([x, other])", NO, (0, 255)),
        ("x = np.concatenate([x, other]) / 255", YES, (0, 1)),
        ("x = np.pad(x / 255, ((0, 0), (2, 2), (2, 2)))", YES, (0, 1)),
        ("x = np.random.permutation(x)", NO, (0, 255)),
        ("for i in range(len(x)):\n    x[i] = x[i] / 255", YES, (0, 1)),
    ],
)
def test_images_by_arithmetic(code: str, answer: Answer, values: tuple[float, float]) -> None:
    data = feature(MNIST + code)
    assert scaled(data).answer is answer
    assert bounds(data) == pytest.approx(values)


@pytest.mark.parametrize(
    ("code", "how", "on"),
    [
        ("x = (x - x.mean(0)) / x.std(0)", "std", "load_wine"),
        ("x = (x - np.mean(x, axis=0)) / np.std(x, axis=0)", "std", "load_wine"),
        ("m, s = x.mean(axis=0), x.std(axis=0)\nx = (x - m) / (s + 1e-8)", "spread", "load_wine"),
        ("x = x / x.max()", "max", "load_wine"),
        ("x = x / np.amax(x, axis=0)", "amax", "load_wine"),
        ("x = (x - x.min()) / (x.max() - x.min())", "spread", "load_wine"),
        ("x -= x.mean(0)\nx /= x.std(0)", "std", "x - mean"),
        ("same = x\nsame -= same.mean(0)\nsame /= same.std(0)", "std", "x - mean"),
        ("a, b = train_test_split(x)\nx = (b - a.mean(0)) / a.std(0)", "std", "train_test_split"),
    ],
)
def test_scaling_by_the_statistics_of_an_array(code: str, how: str, on: str) -> None:
    data = feature("x = datasets.load_wine().data\n" + code)
    judged, fitted = scaled(data), fitted_on(data)
    assert (judged.answer, judged.how) == (YES, f"division by its {how}")
    assert fitted is not None
    assert fitted.what == on


def test_statistics_of_the_training_part_are_told_from_those_of_all() -> None:
    split = "x = datasets.load_wine().data\na, b = train_test_split(x)\n"
    of_all = fitted_on(feature(split + "x = a / x.max()"))
    of_part = fitted_on(feature(split + "x = b / a.max()"))
    assert of_all is not None
    assert of_part is not None
    assert (role(of_all), role(of_part)) == (None, "train")


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        ("np.array([0, 1, 1, 0])", ("integer", 2)),
        ("np.array([[0], [1], [2], [0]])", ("integer", 3)),
        ("np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1]])", ("one-hot", 3)),
        ("[0, 0, 1]", ("integer", 2)),
        ("np.array([0, 1, 2])", None),
        ("np.array([1, 2, 1, 2])", None),
        ("np.array([0.5, 1.5])", None),
        ("np.array([[1, 1], [0, 0]])", None),
        ("np.eye(3)", ("one-hot", 3)),
        ("np.identity(3)", ("one-hot", 3)),
        ("np.eye(10)[y]", ("one-hot", 10)),
        ("np.eye(10)[y.flatten()]", ("one-hot", 10)),
        ("np.random.randint(0, 3, size=10)", ("integer", 3)),
        ("np.random.randint(2, size=(10, 1))", ("integer", 2)),
        ("(x[:, 0] > 0.5).astype(int)", ("integer", 2)),
        ("np.where(x > 127, 1, 0)", ("integer", 2)),
        ("np.argmax(keras.utils.to_categorical(y, 10), axis=1)", ("integer", 10)),
        ("y.reshape(-1, 1)", ("integer", 10)),
        ("y[:100].astype('float32')", ("integer", 10)),
        ("y / 10", ("other", None)),
        ("np.random.permutation(y)", ("integer", 10)),
    ],
)
def test_labels_out_of_arrays(made: str, expected: tuple[str, int | None] | None) -> None:
    assert kind(label(f"{MNIST}y = {made}")) == expected


@pytest.mark.parametrize(
    "code",
    ["np.random.shuffle(x)", "x = np.random.permutation(x)", "import random\nrandom.shuffle(x)"],
)
def test_arrays_in_a_new_order(code: str) -> None:
    data = feature(MNIST + code)
    assert data.order == "shuffled"
    assert data.shape == (60_000, 28, 28)


# scikit-learn

LOADED = ["iris", "wine", "digits", "diabetes", "breast_cancer"]


@pytest.mark.parametrize(
    "code",
    ["d = datasets.load_{}()\nx, y = d.data, d.target", "x, y = datasets.load_{}(return_X_y=True)"],
)
@pytest.mark.parametrize("name", LOADED)
def test_data_sets_of_scikit_learn(name: str, code: str) -> None:
    run = run_of(code.format(name))
    x, y = only(run.features), only(run.labels)
    data, target = getattr(sklearn.datasets, f"load_{name}")(return_X_y=True)
    columns = zip(data.min(axis=0), data.max(axis=0), strict=True)
    assert column_bounds(x) == [pytest.approx(each, abs=1e-9) for each in columns]
    assert (x.shape, y.shape, x.dtype) == (data.shape, target.shape, data.dtype)
    classes = len(np.unique(target))
    assert kind(y) == (("continuous", None) if name == "diabetes" else ("integer", classes))
    assert scaled(x).ground == "data set"


@pytest.mark.parametrize(
    ("name", "answer"), [*zip(LOADED, [YES, NO, YES, YES, NO], strict=True)], ids=LOADED
)
def test_which_data_sets_need_scaling(name: str, answer: Answer) -> None:
    assert scaled(feature(f"x = datasets.load_{name}().data")).answer is answer


def test_columns_of_a_data_set_by_name() -> None:
    code = "d = datasets.load_wine()\ndf = pd.DataFrame(d.data, columns=d.feature_names)\n"
    data = feature(code + "x = df[['alcohol', 'proline']]")
    wine = sklearn.datasets.load_wine()
    columns = [wine.data[:, wine.feature_names.index(name)] for name in ("alcohol", "proline")]
    assert column_bounds(data) == [pytest.approx((each.min(), each.max())) for each in columns]
    assert data.columns == ("alcohol", "proline")


@pytest.mark.parametrize(
    "made",
    [
        "make_classification(100, 5, n_informative=3, n_redundant=0, n_classes=3)",
        "make_classification(n_samples=40)",
        "make_moons(50)",
        "make_circles(n_samples=30)",
        "make_blobs(40, 3, centers=4)",
        "make_gaussian_quantiles(n_samples=30, n_features=2, n_classes=3)",
        "make_regression(20, 3)",
        "make_regression(20, 3, n_targets=2)",
        "make_friedman1(20, 7)",
    ],
)
def test_made_data_sets(made: str) -> None:
    run = run_of(f"x, y = datasets.{made}")
    x, y = only(run.features), only(run.labels)
    data, target = eval(f"sklearn.datasets.{made}", {"sklearn": sklearn})
    assert x.shape is not None
    assert all(a in (None, b) for a, b in zip(x.shape, data.shape, strict=True))
    assert x.shape[0] == len(data)
    assert y.shape == target.shape
    assert scaled(x).answer is YES
    if target.dtype.kind == "f":
        assert kind(y) == ("continuous", None)
        assert scaled(y).answer is NO
    else:
        known = kind(y)
        assert known in (("integer", len(np.unique(target))), ("integer", None))


CANCER = "x, y = datasets.load_breast_cancer(return_X_y=True)\n"
SPLIT = CANCER + "xa, xb, ya, yb = train_test_split(x, y, test_size=0.2)\n"


@pytest.mark.parametrize(
    ("code", "expected", "order"),
    [
        (SPLIT + "x, y = xa, ya", "train", "shuffled"),
        (SPLIT + "x, y = xb, yb", "test", "shuffled"),
        (SPLIT + "x, y = xa[:100] / 255, ya[:100]", "train", "shuffled"),
        (SPLIT.replace("0.2", "0.2, shuffle=False") + "x, y = xa, ya", "train", None),
        (SPLIT + "p, q, r, s = train_test_split(xa, ya)\nx, y = q, s", "test", "shuffled"),
        ("x, y = datasets.load_iris(return_X_y=True)", None, None),
    ],
)
def test_parts_of_a_split(code: str, expected: str | None, order: str | None) -> None:
    run = run_of(code)
    for data in (only(run.features), only(run.labels)):
        assert role(data) == expected
        assert next((step.order for step in data.chain() if step.order), None) == order


def test_a_split_keeps_what_is_known_and_is_told_from_another() -> None:
    code = SPLIT + "x, y = xa, ya\nmodel.fit(x, y)\nx, _, y, _ = train_test_split(xa, ya)"
    first, second = (only(run.features) for run in read(code).runs)
    assert column_bounds(first) == column_bounds(feature(CANCER))
    assert first.shape == second.shape == (None, 30)
    assert part(first) != part(second)
    assert kind(label(code)) == ("integer", 2)


@pytest.mark.parametrize(
    "code",
    [
        "for a, b in KFold(5).split(x):\n    model.fit(x[a], y[a])",
        "for i, (a, b) in enumerate(StratifiedKFold(5).split(x, y)):\n    model.fit(x[a], y[a])",
        "k = KFold(5, shuffle=True)\nfor a, b in k.split(x):\n    model.fit(x[b], y[b])",
    ],
)
def test_folds(code: str) -> None:
    (run,) = read(CANCER + code, after="\n").runs
    assert run.in_loop
    assert column_bounds(only(run.features)) == column_bounds(feature(CANCER))
    assert only(run.features).shape == (None, 30)
    # Rows that are picked may be those of some classes only.
    found = kind(only(run.labels))
    assert found is not None
    assert found[0] == "integer"


SCALERS = (
    "StandardScaler MinMaxScaler RobustScaler MaxAbsScaler Normalizer QuantileTransformer "
    "PowerTransformer"
).split()


@pytest.mark.parametrize("scaler", SCALERS)
@pytest.mark.parametrize(
    ("code", "on"),
    [
        ("x, y = s.fit_transform(xa), ya", "train"),
        ("s.fit(xa)\nx, y = s.transform(xa), ya", "train"),
        ("x, y = s.fit(xa).transform(xb), yb", "train"),
        ("s.fit(x)\nx, y = s.transform(xa), ya", None),
        ("x = s.fit_transform(x)\nx, _ = train_test_split(x)", None),
        ("s.fit(xa)\ns.fit(xb)\nx, y = s.transform(xa), ya", "test"),
    ],
)
def test_scalers_and_what_they_are_fitted_on(scaler: str, code: str, on: str | None) -> None:
    data = feature(f"{SPLIT}s = preprocessing.{scaler}()\n{code}")
    judged, fitted = scaled(data), fitted_on(data)
    assert (judged.answer, judged.how) == (YES, f"{scaler}.transform")
    assert fitted is not None
    assert source(fitted).what == "load_breast_cancer"
    assert role(fitted) == on
    assert least_columns(data) == 30


def test_a_scaler_that_is_not_seen_to_be_fitted() -> None:
    data = feature(SPLIT + "x = preprocessing.StandardScaler().transform(xa)")
    assert scaled(data).answer is YES
    assert fitted_on(data) is None


@pytest.mark.parametrize("name", ["scale", "minmax_scale", "maxabs_scale", "robust_scale"])
def test_functions_that_scale(name: str) -> None:
    data = feature(f"{CANCER}x = preprocessing.{name}(x)")
    judged, fitted = scaled(data), fitted_on(data)
    assert (judged.answer, judged.how, data.shape) == (YES, name, (569, 30))
    assert fitted is not None
    assert fitted.what == "load_breast_cancer"


@pytest.mark.parametrize("call", ["normalize(x)", "scale(x, axis=1)", "Normalizer().transform(x)"])
def test_what_scales_each_row_by_itself_is_fitted_on_nothing(call: str) -> None:
    data = feature(f"{CANCER}x = preprocessing.{call}")
    assert scaled(data).answer is YES
    assert fitted_on(data) is None


@pytest.mark.parametrize(
    ("statistics", "on_rows"),
    [
        ("x.mean(), x.std()", True),
        ("x.mean(axis=0), x.std(axis=0)", True),
        ("x.mean(axis=1), x.std(axis=1)", False),
        ("x.mean(), x.std(axis=axis)", False),
    ],
)
def test_statistics_of_rows_and_of_each_row(statistics: str, on_rows: bool) -> None:
    data = feature(f"{CANCER}m, s = {statistics}\nx = (x - m) / s")
    assert (fitted_on(data) is not None) is on_rows


@pytest.mark.parametrize(
    "code",
    [
        "x = StandardScaler().fit_transform(unknown())",
        "s, x = StandardScaler(), unknown()\ns.fit(x)\nx = s.transform(x)",
    ],
)
def test_what_is_made_of_something_unknown_is_scaled(code: str) -> None:
    data = feature("from sklearn.preprocessing import StandardScaler\n" + code)
    assert scaled(data).answer is YES
    assert fitted_on(data) is source(data)


def test_something_else_that_was_lost_at_the_same_place_is_not_what_was_fitted() -> None:
    code = "a, x = unknown()\ns = StandardScaler().fit(a)\na = s.transform(a)\nx = s.transform(x)"
    data = feature("from sklearn.preprocessing import StandardScaler\n" + code)
    assert fitted_on(data) is not source(data)


def test_a_column_by_a_name_that_is_not_known_keeps_what_it_is_set_to() -> None:
    code = "for name in names():\n    df[name] = df[name] / df[name].std()\nx = df"
    data = feature(f"import pandas as pd\ndf = pd.read_csv('t.csv')\n{code}")
    assert scaled(data).answer is UNKNOWN
    assert any(step.fitted_on is not None for step in made_of(data))


TRANSFORMERS = """
from sklearn.compose import *
from sklearn.decomposition import PCA
from sklearn.impute import SimpleImputer
from sklearn.pipeline import *
from sklearn.preprocessing import *
"""


@pytest.mark.parametrize(
    ("code", "answer", "how"),
    [
        ("Pipeline([('i', SimpleImputer()), ('s', StandardScaler())])", YES, "StandardScaler"),
        ("Pipeline(steps=[('s', MinMaxScaler())])", YES, "MinMaxScaler"),
        ("make_pipeline(SimpleImputer(), StandardScaler())", YES, "StandardScaler"),
        ("make_pipeline(make_pipeline(RobustScaler()))", YES, "RobustScaler"),
        ("make_pipeline(PCA(), StandardScaler())", YES, "StandardScaler"),
        ("make_pipeline(SimpleImputer())", NO, "load_breast_cancer"),
        ("make_pipeline(StandardScaler(), PCA())", UNKNOWN, "PCA"),
        ("make_pipeline(StandardScaler(), secret)", UNKNOWN, "a transformer that is not known"),
        ("make_pipeline(*secret)", UNKNOWN, "steps of a pipeline"),
        ("ColumnTransformer([('a', StandardScaler(), [0, 1])])", YES, "StandardScaler"),
        (
            "ColumnTransformer([('a', StandardScaler(), [0]), ('b', MinMaxScaler(), [1])])",
            YES,
            "StandardScaler",
        ),
        (
            "ColumnTransformer([('a', make_pipeline(StandardScaler()), [0])])",
            YES,
            "StandardScaler",
        ),
        (
            "ColumnTransformer([('a', StandardScaler(), [0]), ('b', 'passthrough', [1])])",
            UNKNOWN,
            "some of it is scaled",
        ),
        (
            "ColumnTransformer([('a', StandardScaler(), [0])], remainder='passthrough')",
            UNKNOWN,
            "the columns that pass through",
        ),
        (
            "make_column_transformer((StandardScaler(), [0]), (OneHotEncoder(), [1]))",
            YES,
            "StandardScaler",
        ),
        ("SimpleImputer(strategy='mean')", NO, "load_breast_cancer"),
        ("PCA(2)", UNKNOWN, "PCA makes other numbers of it"),
        ("PolynomialFeatures(2)", UNKNOWN, "PolynomialFeatures makes other numbers of it"),
        ("FunctionTransformer(np.log1p)", UNKNOWN, "FunctionTransformer makes other numbers"),
        ("OneHotEncoder()", UNKNOWN, "OneHotEncoder.transform: not a matter of scale"),
        ("OrdinalEncoder()", UNKNOWN, "OrdinalEncoder.transform: not a matter of scale"),
    ],
)
def test_transformers_and_pipelines_of_them(code: str, answer: Answer, how: str) -> None:
    judged = scaled(feature(f"{CANCER}{TRANSFORMERS}x = {code}.fit_transform(x)"))
    assert judged.answer is answer
    assert judged.how.startswith(how)


def test_a_pipeline_that_is_fitted_first() -> None:
    code = "p = make_pipeline(StandardScaler())\np.fit(x)\nx = p.transform(x)"
    assert scaled(feature(CANCER + TRANSFORMERS + code)).how == "StandardScaler.transform"


def test_each_step_of_a_pipeline_is_fitted_on_what_the_one_before_gives() -> None:
    code = "x = make_pipeline(SimpleImputer(), StandardScaler()).fit_transform(x)"
    fitted = fitted_on(feature(CANCER + TRANSFORMERS + code))
    assert fitted is not None
    assert fitted.what == "SimpleImputer.transform"


def test_a_transform_that_is_undone() -> None:
    code = "s = StandardScaler()\nx = s.inverse_transform(s.fit_transform(x))"
    assert lost(feature(CANCER + TRANSFORMERS + code)) == "a transform is undone"


IRIS = "x, y = datasets.load_iris(return_X_y=True)\n"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (IRIS + "y = LabelEncoder().fit_transform(y)", ("integer", 3)),
        (IRIS + "e = LabelEncoder()\ne.fit(y)\ny = e.transform(y)", ("integer", 3)),
        (IRIS + "y = keras.utils.to_categorical(LabelEncoder().fit_transform(y))", ("one-hot", 3)),
        (UNSEEN + "x, y = df, LabelEncoder().fit_transform(df['k'])", ("integer", None)),
        (IRIS + "y = OneHotEncoder().fit_transform(y.reshape(-1, 1))", ("one-hot", None)),
        (IRIS + "y = OneHotEncoder(sparse_output=False).fit_transform(y)", ("one-hot", 3)),
        (IRIS + "y = LabelBinarizer().fit_transform(y)", None),
        (UNSEEN + "x, y = df, LabelBinarizer().fit_transform(df['k'])", None),
    ],
)
def test_encoders_of_labels(code: str, expected: tuple[str, int | None] | None) -> None:
    lines_ = code.splitlines()
    data = label("\n".join([TRANSFORMERS, *lines_]))
    assert kind(data) == expected
    assert scaled(data).how.endswith("not a matter of scale")


# Keras


@pytest.mark.parametrize(
    ("name", "shape", "classes"),
    [
        ("mnist", (60_000, 28, 28), 10),
        ("fashion_mnist", (60_000, 28, 28), 10),
        ("cifar10", (50_000, 32, 32, 3), 10),
        ("cifar100", (50_000, 32, 32, 3), 100),
    ],
)
def test_images_of_keras(name: str, shape: tuple[int, ...], classes: int) -> None:
    code = f"train, test = keras.datasets.{name}.load_data()\n"
    for which, rows in (("train", shape[0]), ("test", 10_000)):
        run = run_of(code + f"x, y = {which}")
        x, y = only(run.features), only(run.labels)
        assert (x.shape, x.dtype, bounds(x)) == ((rows, *shape[1:]), "uint8", (0, 255))
        assert (scaled(x).answer, scaled(x).how, scaled(x).ground) == (NO, name, "data set")
        assert kind(y) == ("integer", classes)
        assert y.shape == ((rows, 1) if name.startswith("cifar") else (rows,))
        assert role(x) == role(y) == which


@pytest.mark.parametrize("argument", ["'coarse'", "label_mode='coarse'"])
def test_coarse_labels(argument: str) -> None:
    code = f"(x, y), _ = keras.datasets.cifar100.load_data({argument})"
    assert kind(label(code)) == ("integer", 20)


@pytest.mark.parametrize(("name", "classes"), [("imdb", 2), ("reuters", 46)])
def test_texts_of_keras(name: str, classes: int) -> None:
    run = run_of(f"(x, y), _ = keras.datasets.{name}.load_data(num_words=500)")
    assert lost(only(run.features)) == f"{name}'s word ids: not a matter of scale"
    assert kind(only(run.labels)) == ("integer", classes)


@pytest.mark.parametrize(("name", "columns"), [("boston_housing", 13), ("california_housing", 8)])
def test_tables_of_keras(name: str, columns: int) -> None:
    run = run_of(f"(x, y), _ = keras.datasets.{name}.load_data()")
    x, y = only(run.features), only(run.labels)
    assert scaled(x).answer is NO
    assert len(column_bounds(x)) == least_columns(x) == columns
    assert kind(y) == ("continuous", None)
    assert role(x) == "train"


@pytest.mark.parametrize(
    ("made", "classes", "shape"),
    [
        ("keras.utils.to_categorical(y, 10)", 10, (60_000, 10)),
        ("keras.utils.to_categorical(y)", 10, (60_000, 10)),
        ("keras.utils.np_utils.to_categorical(y, num_classes=12)", 12, (60_000, 12)),
        ("keras.utils.to_categorical([0, 1, 2, 1], 3)", 3, (4, 3)),
        ("keras.utils.to_categorical(y, count)", None, (60_000, None)),
        ("keras.utils.to_categorical(y[:9])", None, (9, None)),
        ("tf.one_hot(y, 10)", 10, (60_000, 10)),
        ("tf.one_hot(y, depth=10)", 10, (60_000, 10)),
        ("tf.keras.utils.to_categorical(y, 10)[:5]", 10, (5, 10)),
    ],
)
def test_one_hot_labels(made: str, classes: int | None, shape: tuple[int | None, ...]) -> None:
    data = label(f"{MNIST}y = {made}")
    assert kind(data) == ("one-hot", classes)
    assert data.shape == shape


def test_normalize() -> None:
    judged = scaled(feature(MNIST + "x = keras.utils.normalize(x, axis=1)"))
    assert (judged.answer, judged.how) == (YES, "normalize")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("", ("integer", None)),
        (", label_mode='int'", ("integer", None)),
        (", label_mode='categorical'", ("one-hot", None)),
        (", label_mode='binary'", ("integer", 2)),
        (", 'inferred', 'categorical'", ("one-hot", None)),
        (", label_mode=mode", None),
    ],
)
def test_images_of_folders(arguments: str, expected: tuple[str, int | None] | None) -> None:
    run = run_of(f"x = keras.utils.image_dataset_from_directory('d'{arguments})")
    x = only(run.features)
    assert (scaled(x).answer, bounds(x), x.dtype) == (NO, (0, 255), "float32")
    assert kind(only(run.labels)) == expected


def test_images_of_folders_without_labels() -> None:
    run = run_of("x = keras.utils.image_dataset_from_directory('d', label_mode=None)")
    assert bounds(only(run.features)) == (0, 255)
    assert run.labels == ()


def test_texts_of_folders() -> None:
    run = run_of("x = keras.utils.text_dataset_from_directory('d').batch(2)")
    assert only(run.features).form == "text"
    assert "not a matter of scale" in lost(only(run.features))
    assert kind(only(run.labels)) == ("integer", None)


@pytest.mark.parametrize(
    ("series", "answer"),
    [("np.arange(1000.0)", NO), ("np.random.rand(1000)", YES), ("np.load('a.npy')", UNKNOWN)],
)
@pytest.mark.parametrize(
    "made",
    [
        "keras.utils.timeseries_dataset_from_array(a[:-10], a[10:], 10)",
        "tf.keras.preprocessing.timeseries_dataset_from_array(data=a[:-9], targets=a[9:])",
        "keras.preprocessing.sequence.TimeseriesGenerator(a, a, length=10)",
    ],
)
def test_windows_over_an_array(made: str, series: str, answer: Answer) -> None:
    run = run_of(f"a = {series}\nx = {made}")
    assert only(run.features).what == "windows"
    assert scaled(only(run.features)).answer is answer
    assert scaled(only(run.labels)).answer is answer


def test_windows_without_targets() -> None:
    code = "x = keras.utils.timeseries_dataset_from_array(np.arange(99), None, 10)"
    assert run_of(code).labels == ()
    assert bounds(feature(code)) == (0, 98)


@pytest.mark.parametrize(
    "made",
    [
        "keras.utils.pad_sequences(ids, maxlen=20)",
        "keras.preprocessing.sequence.pad_sequences(t.texts_to_sequences(texts))",
        "t.texts_to_sequences(texts)",
        "t.texts_to_matrix(texts, mode='count')",
        "keras.preprocessing.text.one_hot(texts, 50)",
    ],
)
def test_codes_of_texts(made: str) -> None:
    begin = "t = keras.preprocessing.text.Tokenizer(num_words=9)\nt.fit_on_texts(texts)\n"
    assert lost(feature(f"{begin}x = {made}")).endswith("not a matter of scale")


# Generators of images

GENERATOR = """
from keras.preprocessing.image import ImageDataGenerator
(images, targets), _ = keras.datasets.cifar10.load_data()
def prepare(image):
    return image / 127.5 - 1
"""


@pytest.mark.parametrize(
    ("arguments", "answer", "how"),
    [
        ("", NO, "cifar10"),
        ("rotation_range=10, horizontal_flip=True", NO, "cifar10"),
        ("rescale=None", NO, "cifar10"),
        ("rescale=1 / 255", YES, "its values lie in 0 to 1"),
        ("rescale=1.0 / 127.5", YES, "its values lie in 0 to 2"),
        ("rescale=1 / 2", NO, "cifar10"),
        ("featurewise_std_normalization=True", YES, "ImageDataGenerator"),
        ("featurewise_center=True, featurewise_std_normalization=True", YES, "ImageDataGenerator"),
        ("samplewise_std_normalization=True", YES, "ImageDataGenerator"),
        ("featurewise_std_normalization=False", NO, "cifar10"),
        ("preprocessing_function=prepare", YES, "its values lie in -1 to 1"),
        ("preprocessing_function=lambda image: image / 255", YES, "its values lie in 0 to 1"),
        ("preprocessing_function=lambda image: image", NO, "cifar10"),
        ("preprocessing_function=prepare, rescale=100", NO, "cifar10"),
        (
            "preprocessing_function=keras.applications.vgg16.preprocess_input",
            YES,
            "preprocess_input",
        ),
        ("preprocessing_function=secret", UNKNOWN, "a function prepares the images"),
        ("**settings", UNKNOWN, "keyword arguments that are not known"),
    ],
)
def test_what_a_generator_does_to_images(arguments: str, answer: Answer, how: str) -> None:
    code = f"g = ImageDataGenerator({arguments})\ng.fit(images)\nx = g.flow(images, targets)"
    run = run_of(GENERATOR + code)
    judged = scaled(only(run.features))
    assert (judged.answer, judged.how) == (answer, how)
    assert kind(only(run.labels)) == ("integer", 10)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("", ("one-hot", None)),
        (", class_mode='categorical'", ("one-hot", None)),
        (", class_mode='binary', target_size=(8, 8)", ("integer", 2)),
        (", class_mode='sparse'", ("integer", None)),
        (", classes=['a', 'b', 'c']", ("one-hot", 3)),
        (", class_mode='sparse', classes=['a', 'b', 'c']", ("integer", 3)),
        (", class_mode=mode", None),
    ],
)
def test_labels_by_folder(arguments: str, expected: tuple[str, int | None] | None) -> None:
    code = f"x = ImageDataGenerator(rescale=1 / 255).flow_from_directory('d'{arguments})"
    run = run_of(GENERATOR + code)
    assert bounds(only(run.features)) == pytest.approx((0, 1))
    assert kind(only(run.labels)) == expected


@pytest.mark.parametrize(
    "arguments",
    [
        "",
        ", (9, 7)",
        ", (9, 7), 'grayscale', None, 'binary'",
        ", target_size=[9, 7], color_mode='rgba', class_mode='sparse'",
        ", classes=['a', 'b']",
    ],
)
def test_shapes_by_folder(arguments: str, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        keras.utils.save_img(tmp_path / name / "one.png", np.zeros((4, 4, 3)))
    flow = ImageDataGenerator().flow_from_directory
    x, y = eval(f"flow(folder{arguments})[0]", {"flow": flow, "folder": str(tmp_path)})
    run = run_of(f"{GENERATOR}x = ImageDataGenerator().flow_from_directory('d'{arguments})")
    for real, read in ((x, only(run.features)), (y, only(run.labels))):
        assert read.shape is not None
        for size, known in zip(real.shape, read.shape, strict=True):
            assert known in (size, None)
        assert None not in read.shape[1:3] or real is y


def test_a_generator_without_labels() -> None:
    code = "x = ImageDataGenerator().flow_from_directory('d', class_mode=None)"
    run = run_of(GENERATOR + code)
    assert scaled(only(run.features)).how == "images of a folder"
    assert run.labels == ()


# Chance and tables made of it


@pytest.mark.parametrize(
    "drawn",
    [
        "poisson(3, 40)",
        "exponential(size=40)",
        "binomial(3, 0.5, (40,))",
        "gamma(1, 2, size=40)",
    ],
)
@pytest.mark.parametrize("source_of_chance", ["np.random", "np.random.default_rng(0)"])
def test_a_distribution_whose_reach_is_not_asked(source_of_chance: str, drawn: str) -> None:
    """Its numbers may be large or small, but how many there are is known, in a table as well."""
    code = f"x = pd.DataFrame({{'a': {source_of_chance}.{drawn}, 'b': np.arange(40)}})"
    run = run_of(code + "\ny = x['a'].astype('float32')")
    assert only(run.features).shape == (40, 2)
    assert scaled(only(run.features)).answer is UNKNOWN
    assert only(run.labels).dtype == "float32"


def test_a_table_of_other_rows_than_its_columns() -> None:
    run = run_of("x = pd.DataFrame({'a': np.arange(40)}, index=rows)")
    assert only(run.features).shape == (None, 1)


# Preprocessing layers


@pytest.mark.parametrize(
    ("code", "answer", "how"),
    [
        ("x = keras.layers.Rescaling(1 / 255)(x)", YES, "its values lie in 0 to 1"),
        ("x = keras.layers.Rescaling(scale=1 / 127.5, offset=-1)(x)", YES, "its values lie in -1"),
        ("x = keras.layers.Rescaling(1 / 2)(x)", NO, "mnist"),
        ("x = tf.keras.layers.experimental.preprocessing.Rescaling(1 / 255)(x)", YES, "its values"),
        ("n = keras.layers.Normalization()\nn.adapt(x)\nx = n(x)", YES, "Normalization"),
        ("x = keras.layers.Resizing(9, 9)(x)", NO, "mnist"),
        (
            "a = keras.Sequential([keras.layers.RandomFlip(), keras.layers.Rescaling(1 / 255)])\n"
            "x = a(x)",
            YES,
            "its values lie in 0 to 1",
        ),
        ("x = keras.layers.Dense(2)(x)", UNKNOWN, "Dense is applied to it"),
        ("x = keras.layers.Discretization(9)(x)", UNKNOWN, "Discretization: not a matter of scale"),
    ],
)
def test_layers_on_data(code: str, answer: Answer, how: str) -> None:
    judged = scaled(feature(MNIST + code))
    assert judged.answer is answer
    assert judged.how.startswith(how)


@pytest.mark.parametrize(
    ("layer", "scales", "codes"),
    [
        ("keras.layers.Normalization()", YES, False),
        ("keras.layers.Rescaling(1 / 255)", YES, False),
        ("keras.layers.TextVectorization()", YES, True),
        ("keras.layers.Flatten()", NO, False),
    ],
)
def test_layers_that_scale_in_the_model(layer: str, scales: Answer, codes: bool) -> None:
    code = f"n = {layer}\nn.adapt(x)\nmodel = keras.Sequential([n, keras.layers.Dense(1)])"
    run = run_of(f"{MNIST}{code}\nmodel.compile()")
    (entry,) = model_of(run).entries
    assert (entry.scales, entry.codes) == (scales, codes)
    # The data itself is as raw as before.
    assert scaled(only(run.features)).answer is NO


def test_text_that_is_vectorised_on_its_way() -> None:
    code = (
        "v = keras.layers.TextVectorization()\nd = keras.utils.text_dataset_from_directory('d')\n"
    )
    data = feature(code + "x = d.map(lambda text, target: (v(text), target))")
    assert lost(data) == "TextVectorization: not a matter of scale"


# tf.data

SLICES = """
(images, targets), (rest, _) = keras.datasets.mnist.load_data()
x = tf.data.Dataset.from_tensor_slices((images, targets))
"""


@pytest.mark.parametrize(
    ("code", "steps"),
    [
        ("", ""),
        ("x = x.batch(32)", "batch"),
        ("x = x.shuffle(100).batch(32)", "shuffle batch"),
        ("x = x.cache().repeat(2)", "cache repeat"),
        (
            "x = x.cache().shuffle(9).batch(2).repeat().prefetch(tf.data.AUTOTUNE)",
            "cache shuffle batch repeat prefetch",
        ),
        ("x = x.batch(2).map(lambda a, b: (a / 255, b)).prefetch(1)", "batch map prefetch"),
        ("def prepare(d):\n    return d.shuffle(9).batch(2)\nx = prepare(x)", "shuffle batch"),
        ("other = x.batch(2)", ""),
    ],
)
def test_steps_of_a_dataset(code: str, steps: str) -> None:
    data = run_of(SLICES + code).arguments["x"]
    assert isinstance(data, Data)
    names = "batch shuffle cache repeat prefetch map".split()
    assert [name for name in names if has_step(data, name) is YES] == [
        name for name in names if name in steps.split()
    ]
    assert all(has_step(data, name) is not UNKNOWN for name in names)
    assert has_step(data, "from_tensor_slices") is YES


def test_steps_before_and_behind_something_opaque() -> None:
    data = run_of(SLICES + "x = x.batch(2).secret().shuffle(9)").arguments["x"]
    assert isinstance(data, Data)
    assert has_step(data, "shuffle") is YES
    assert has_step(data, "batch") is UNKNOWN
    assert lost(data) == ".secret() is not followed"


@pytest.mark.parametrize(
    ("mapped", "answer", "how"),
    [
        ("lambda a, b: (a / 255, b)", YES, "its values lie in 0 to 1"),
        ("lambda a, b: (tf.cast(a, tf.float32) / 255.0, b)", YES, "its values lie in 0 to 1"),
        ("lambda *both: (both[0] / 255, both[1])", YES, "its values lie in 0 to 1"),
        ("lambda a, b: (tf.divide(a, 255), b)", YES, "its values lie in 0 to 1"),
        (
            "lambda a, b: (tf.image.convert_image_dtype(a, tf.float32), b)",
            YES,
            "convert_image_dtype",
        ),
        ("lambda a, b: (tf.image.per_image_standardization(a), b)", YES, "per_image_standard"),
        ("lambda a, b: (tf.image.resize(a, (4, 4)), b)", NO, "mnist"),
        ("lambda a, b: (tf.cast(a, tf.float32), b)", NO, "mnist"),
        ("by_function, num_parallel_calls=4", YES, "its values lie in -1 to 1"),
        ("by_tf_function", YES, "its values lie in 0 to 1"),
        ("lambda a, b: (secret(a), b)", UNKNOWN, "secret is not defined here"),
        ("lambda a, b: tf.py_function(f, [a], [b])", UNKNOWN, "tensorflow.py_function is not"),
        ("secret", UNKNOWN, "secret is not defined here"),
    ],
)
def test_functions_over_a_dataset(mapped: str, answer: Answer, how: str) -> None:
    functions = """
def by_function(image, target):
    image = tf.cast(image, tf.float32)
    return image / 127.5 - 1, target
@tf.function
def by_tf_function(image, target):
    return image / 255, target
"""
    (x,) = run_of(f"{SLICES}{functions}x = x.map({mapped}).batch(2)").features
    found = scaled(x) if isinstance(x, Data) else Judged(UNKNOWN, lost(x))
    assert found.answer is answer
    assert found.how.startswith(how)


def test_labels_through_a_dataset() -> None:
    assert kind(label(SLICES)) == ("integer", 10)
    mapped = "x = x.map(lambda a, b: (a, tf.one_hot(b, 10))).batch(2)"
    assert kind(label(SLICES + mapped)) == ("one-hot", 10)


@pytest.mark.parametrize(
    ("pair", "answer"),
    [
        ("(of(images), of(targets))", NO),
        ("of(images / 255), of(targets)", YES),
        ("(of(images).map(lambda a: a / 255).batch(2), of(targets).batch(2))", YES),
    ],
)
def test_datasets_that_are_zipped(pair: str, answer: Answer) -> None:
    code = f"of = tf.data.Dataset.from_tensor_slices\nx = tf.data.Dataset.zip({pair}).shuffle(9)"
    run = run_of(SLICES + code)
    assert scaled(only(run.features)).answer is answer
    assert kind(only(run.labels)) == ("integer", 10)
    assert has_step(run.arguments["x"], "zip") is YES  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("series", "answer"), [("np.arange(1000)", NO), ("np.random.rand(1000)", YES)]
)
def test_windows_of_a_dataset(series: str, answer: Answer) -> None:
    code = f"""
x = tf.data.Dataset.from_tensor_slices({series}).window(5, shift=1, drop_remainder=True)
x = x.flat_map(lambda window: window.batch(5))
x = x.map(lambda window: (window[:-1], window[-1])).shuffle(9).batch(2)
"""
    run = run_of(code)
    assert scaled(only(run.features)).answer is answer
    assert scaled(only(run.labels)).answer is answer
    assert bounds(only(run.features)) == bounds(feature(f"x = {series}"))


@pytest.mark.parametrize(
    ("body", "answer", "how"),
    [
        ("while True:\n        yield images[:32], targets[:32]", NO, "mnist"),
        ("for i in range(9):\n        yield images[i] / 255, targets[i]", YES, "its values lie in"),
        ("yield secret(), targets", UNKNOWN, "secret is not defined here"),
    ],
)
def test_generator_functions(body: str, answer: Answer, how: str) -> None:
    run = run_of(f"{SLICES}def batches():\n    {body}\nx = batches()")
    (x,) = run.features
    found = scaled(x) if isinstance(x, Data) else Judged(UNKNOWN, lost(x))
    assert found.answer is answer
    assert found.how.startswith(how)
    assert kind(only(run.labels)) == ("integer", 10)


def test_a_generator_function_that_is_given_its_arrays() -> None:
    code = """
def batches(x, y):
    while True:
        where = np.random.randint(0, len(x), 32)
        yield x[where], y[where]
x = batches(images / 255, targets)
"""
    assert bounds(feature(SLICES + code)) == pytest.approx((0, 1))


# TensorFlow Datasets


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        ("x = tfds.load('mnist', split='train', as_supervised=True)", NO),
        ("x = tfds.load('mnist:3.*.*', as_supervised=True)['train']", NO),
        (
            "x, info = tfds.load('mnist', split='train', as_supervised=True, with_info=True)",
            NO,
        ),
        ("x = tfds.load('mnist', split='train', as_supervised=True).map(scale).batch(2)", YES),
        (
            "x, _ = tfds.load('mnist', split=['a', 'b'], as_supervised=True)\nx = x.map(scale)",
            YES,
        ),
    ],
)
def test_tensorflow_datasets(code: str, answer: Answer) -> None:
    begin = """
import tensorflow_datasets as tfds
def scale(image, target):
    return tf.cast(image, tf.float32) / 255.0, target
"""
    run = run_of(begin + code)
    judged = scaled(only(run.features))
    assert (judged.answer, judged.ground) == (answer, "data set")
    assert kind(only(run.labels)) == ("integer", 10)


@pytest.mark.parametrize("arguments", ["'new'", "'new', as_supervised=True", "name"])
def test_other_tensorflow_datasets_are_not_known(arguments: str) -> None:
    (x,) = run_of(f"import tensorflow_datasets as tfds\nx = tfds.load({arguments})").features
    assert lost(x) == "a data set of TensorFlow Datasets that is not known"


# Images out of files


@pytest.mark.parametrize(
    ("image", "answer", "how"),
    [
        ("cv2.imread(f)", NO, "cv2.imread"),
        ("cv2.cvtColor(cv2.resize(cv2.imread(f), (9, 9)), cv2.COLOR_BGR2RGB)", NO, "cv2.imread"),
        ("cv2.imread(f).astype('float32') / 255", YES, "its values lie in 0 to 1"),
        ("np.array(Image.open(f))", NO, "Image.open"),
        ("np.asarray(Image.open(f).convert('L').resize((9, 9))) / 255", YES, "its values lie in"),
        ("tf.io.decode_jpeg(tf.io.read_file(f))", NO, "decode_jpeg"),
        ("tf.image.decode_png(tf.io.read_file(f), channels=3)", NO, "decode_png"),
        ("img_to_array(load_img(f, target_size=(9, 9)))", NO, "load_img"),
        ("img_to_array(load_img(f)) / 255.0", YES, "its values lie in 0 to 1"),
        ("preprocess_input(img_to_array(load_img(f)))", YES, "preprocess_input"),
        ("plt.imread(f)", UNKNOWN, "imread gives 0 to 1 for a PNG"),
        (
            "tf.io.decode_image(tf.io.read_file(f), dtype=tf.float32)",
            UNKNOWN,
            "decode_image scales",
        ),
    ],
)
@pytest.mark.parametrize(
    "gathered",
    [
        "x = []\nfor f in os.listdir('d'):\n    image = {}\n    x.append(image)\nx = np.array(x)",
        "x = np.array([{} for f in os.listdir('d')])",
        "x = np.zeros((100, 9, 9, 3))\nfor i, f in enumerate(os.listdir('d')):\n    x[i] = {}",
    ],
)
def test_images_that_a_loop_reads(gathered: str, image: str, answer: Answer, how: str) -> None:
    imports = """
import matplotlib.pyplot as plt
from PIL import Image
from keras.preprocessing.image import img_to_array, load_img
from keras.applications.vgg16 import preprocess_input
"""
    judged = scaled(feature(imports + gathered.format(image)))
    assert judged.answer is answer
    assert judged.how.startswith(how)


def test_images_are_scaled_after_the_loop() -> None:
    code = "x = []\nfor f in os.listdir('d'):\n    x.append(cv2.imread(f))\nx = np.array(x) / 255.0"
    assert bounds(feature(code)) == pytest.approx((0, 1))


def test_images_that_a_dataset_reads() -> None:
    code = """
def load(path):
    image = tf.io.decode_jpeg(tf.io.read_file(path), channels=3)
    return tf.image.resize(image, (9, 9))
x = tf.data.Dataset.list_files('*.jpg').map(load)
"""
    assert (scaled(feature(code)).how, bounds(feature(code))) == ("decode_jpeg", (0, 255))
    assert bounds(feature(code + "x = x.map(lambda image: image / 255)")) == (0, 1)


# imblearn


@pytest.mark.parametrize(
    "resampler",
    [
        "over_sampling.SMOTE()",
        "over_sampling.RandomOverSampler(random_state=0)",
        "under_sampling.RandomUnderSampler()",
        "combine.SMOTETomek()",
    ],
)
@pytest.mark.parametrize("method", ["fit_resample", "fit_sample"])
def test_resampling_keeps_scale_and_puts_rows_in_order(resampler: str, method: str) -> None:
    begin = f"{CANCER}import imblearn\nr = imblearn.{resampler}\n"
    run = run_of(f"{begin}x, y = r.{method}(x, y)")
    x, y = only(run.features), only(run.labels)
    assert column_bounds(x) == column_bounds(feature(CANCER))
    assert (x.order, x.shape, y.order) == ("ordered", None, "ordered")
    assert kind(y) == ("integer", 2)
    assert scaled(feature(f"{begin}x, y = r.{method}(x / 5000, y)")).ranges is not None
    assert scaled(feature(f"{begin}x, y = r.{method}(preprocessing.scale(x), y)")).answer is YES


# What is not known


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("x = secret(x)", "secret is not defined here"),
        ("x = np.array(secret(x))", "secret is not defined here"),
        ("x = secret(x) / 255", "secret is not defined here"),
        ("from elsewhere import scale\nx = scale(x)", "elsewhere.scale is not followed"),
        ("import elsewhere\nx = elsewhere.scale(x)", "elsewhere.scale is not followed"),
        ("x = np.fft.fft(x)", "numpy.fft.fft is not followed"),
        ("x = x.secret()", ".secret() is not followed"),
        ("x = x.secret().reshape(-1, 28, 28, 1)", ".secret() is not followed"),
        ("x = x.secret()[:100]", ".secret() is not followed"),
        ("secret(x)", "it is handed to code that could not be read"),
        ("x = x / divisor", "divisor is not defined here"),
        ("x[0] = secret()", "a part of it is set to something that is not known"),
        ("x = x * other", "it is computed from several arrays"),
        ("x = np.concatenate([x, secret(x)])", "secret is not defined here"),
        ("with secret() as x:\n    pass", "secret is not defined here"),
        ("def helper(a):\n    return a.secret()\nx = helper(x)", ".secret() is not followed"),
        ("x = eval('x / 255')", "eval"),
    ],
)
def test_unknown_stays_unknown_and_says_why(code: str, reason: str) -> None:
    (x,) = run_of(MNIST + code).features
    assert reason in lost(x)


def test_a_parameter_that_nothing_passes() -> None:
    run = run_of("def train(x, y):\n    model.fit(x / 255, y)\n", after="")
    assert [lost(each) for each in (*run.features, *run.labels)] == [
        "x is a parameter that nothing here passes",
        "y is a parameter that nothing here passes",
    ]


def test_a_default_is_assumed_for_a_parameter_that_nothing_passes() -> None:
    code = "def train(path='d.csv'):\n    df = pd.read_csv(path)\n    model.fit(df.b, df.k)\n"
    assert column_bounds(feature(code, FILES, after="")) == of_table("b")


def test_after_something_unknown_only_scaling_makes_it_known_again() -> None:
    begin = MNIST + "x = x.secret()\n"
    assert scaled(feature(begin + "x = x.reshape(-1, 784)")).answer is UNKNOWN
    assert scaled(feature(begin + "x = preprocessing.scale(x)")).answer is YES


# Through code of the project

HELPERS = {
    "helpers.py": """\
import keras
def scale(images):
    return images / 255
def load():
    (x, y), _ = keras.datasets.mnist.load_data()
    return x, y
class Digits:
    def __init__(self):
        (self.x, self.y), _ = keras.datasets.mnist.load_data()
    def scaled(self):
        return self.x / 255
    def scale(self):
        self.x = self.x / 255
        return self
"""
}
OWN = """
def own(images):
    images = images.astype("float32")
    return images / 255
def each(*arrays):
    return [array / 255 for array in arrays]
def in_place(images):
    images /= 255
class Holder:
    def __init__(self, images):
        self.images = images
    def scale(self):
        self.images = self.images / 255
        return self
    def scale_in_place(self):
        self.images /= 255
"""


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        ("import helpers\nx, y = helpers.load()", NO),
        ("from helpers import load, scale\nx, y = load()\nx = scale(x)", YES),
        ("from helpers import scale as prepare\nx = prepare(x)", YES),
        ("from helpers import *\nx = scale(x)", YES),
        ("from helpers import Digits\nd = Digits()\nx, y = d.x, d.y", NO),
        ("from helpers import Digits\nd = Digits()\nx, y = d.scaled(), d.y", YES),
        ("from helpers import Digits\nx = Digits().scale().x", YES),
        ("x = own(x)", YES),
        ("x, other = each(x, other)", YES),
        ("x = x.astype('float32')\nin_place(x)", YES),
        ("x = (lambda a: a / 255)(x)", YES),
        ("x = Holder(x).scale().images", YES),
        ("h = Holder(x)\nh.scale_in_place()\nx = h.images", YES),
        ("x = Holder(x).images", NO),
        ("d = {'x': x / 255, 'raw': x}\nx = d['x']", YES),
        ("d = {'x': x / 255, 'raw': x}\nx = d['raw']", NO),
        ("pair = x / 255, y\nx, y = pair", YES),
    ],
)
def test_data_through_helpers_and_objects(code: str, answer: Answer) -> None:
    run = run_of(MNIST + OWN + code, HELPERS)
    assert scaled(only(run.features)).answer is answer
    assert bounds(only(run.features)) == pytest.approx((0, 1) if answer is YES else (0, 255))
    assert kind(only(run.labels)) == ("integer", 10)


@pytest.mark.parametrize(
    ("code", "answer", "how"),
    [
        ("x = x.reshape(-1, 784) if sys.argv else other", NO, "mnist"),
        ("x = x / 255 if sys.argv else x / 127.5 - 1", YES, "its values lie in"),
        ("if sys.argv:\n    x = x / 255\nelse:\n    x = preprocessing.scale(x)", YES, "its values"),
        ("if sys.argv:\n    x = preprocessing.scale(x)", UNKNOWN, "some of it is scaled and some"),
        (f"{UNSEEN}x = df / 255 if sys.argv else df", UNKNOWN, "some of it is scaled and some"),
        ("if sys.argv:\n    x = x.secret()", UNKNOWN, ".secret() is not followed"),
        ("if True:\n    x = x / 255", YES, "its values lie in 0 to 1"),
        ("if sys.argv:\n    x = x / 255", UNKNOWN, "some of it is scaled and some"),
        ("x = x / 255 if sys.argv else x", UNKNOWN, "some of it is scaled and some"),
        ("try:\n    x = x / 255\nexcept ValueError:\n    pass", UNKNOWN, "some of it is scaled"),
    ],
)
def test_one_of_two(code: str, answer: Answer, how: str) -> None:
    judged = scaled(feature(MNIST + code))
    assert judged.answer is answer
    assert judged.how.startswith(how)


# Several inputs


@pytest.mark.parametrize("both", ["[x, x / 255]", "(x, x / 255)", "{'a': x, 'b': x / 255}"])
def test_each_input_is_judged_by_itself(both: str) -> None:
    features = run_of(f"{MNIST}x = {both}").features
    assert [scaled(each).answer for each in features if isinstance(each, Data)] == [NO, YES]


# Evidence


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (
            "df = pd.read_csv('no.csv')\nrest = df.drop('k', axis=1)\nx = rest.values",
            ["df = pd.read_csv('no.csv')", "rest = df.drop('k', axis=1)", "x = rest.values"],
        ),
        (
            "(x, y), _ = keras.datasets.mnist.load_data()\n\nx = x.reshape(-1, 784)",
            ["(x, y), _ = keras.datasets.mnist.load_data()"],
        ),
        (
            "a = np.array([[1, 2000], [3, 4000]])\nx = a\n",
            ["a = np.array([[1, 2000], [3, 4000]])"],
        ),
        (
            "df = pd.read_csv('unseen.csv')\ns = preprocessing.StandardScaler()\n"
            "x = s.fit_transform(df)\nx = x[:10]",
            ["x = s.fit_transform(df)"],
        ),
        (
            "(x, y), _ = keras.datasets.mnist.load_data()\nx = x / 255\nx = x[:10]",
            ["x = x[:10]"],
        ),
        (
            "df = pd.read_csv('d.csv')\ndf = df.secret()\nx = df.values",
            ["df = df.secret()"],
        ),
        (
            "df = pd.read_csv('unseen.csv')\ndf['a'] = secret()\nx = df.values",
            ["x = df.values"],
        ),
    ],
)
def test_the_lines_that_led_to_an_answer(code: str, expected: list[str]) -> None:
    script = read(code, FILES)
    judged = scaled(only(script.runs[-1].features))
    assert lines(script, judged) == expected


def test_evidence_in_another_file() -> None:
    script = read("import helpers\nx, y = helpers.load()\nx = x[:9]", HELPERS)
    judged = scaled(only(script.runs[-1].features))
    assert lines(script, judged, HELPERS) == ["(x, y), _ = keras.datasets.mnist.load_data()"]
    (place,) = script.locate([judged.because[0].site]).values()
    assert Path(place.filename).name == "helpers.py"
    assert judged.because[0].message == "it comes from mnist"


def test_where_a_split_was_made() -> None:
    script = read(SPLIT + "x, y = preprocessing.scale(xa), ya")
    for data in (only(script.runs[-1].features), only(script.runs[-1].labels)):
        found = part(data)
        assert found is not None
        place = script.locate([found.split])[found.split]
        line = script.source.blocks[0].text.splitlines()[place.row - 1]
        assert line == SPLIT.splitlines()[1]
