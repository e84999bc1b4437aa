"""Bounds of arrays through what a script computes, and when values surely reach them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest
from reading import run_of

from tfcheck.script.data import Data
from tfcheck.script.judgements import Judged, scaled
from tfcheck.script.values import Answer

YES, NO, UNKNOWN = Answer.YES, Answer.NO, Answer.UNKNOWN

BEFORE = """\
import keras, numpy as np, pandas as pd, tensorflow as tf
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
"""
AFTER = "\nmodel.fit(x, None)\n"

TABLE = {"small": [0.1, 0.2, 0.3], "big": [1000, 2000, 3000]}
FILES = {"t.csv": pd.DataFrame(TABLE).to_csv(index=False)}


def feature(code: str, files: Mapping[str, str] | None = None) -> Data:
    (x,) = run_of(BEFORE + code + AFTER, files).features
    assert isinstance(x, Data)
    return x


def judged(code: str, files: Mapping[str, str] | None = None) -> Judged:
    return scaled(feature(code, files))


def computed(code: str) -> np.ndarray:
    names: dict[str, object] = {"np": np}
    exec(code, names)
    return np.asarray(names["x"])


TIME = "time = np.arange(4 * 365 + 1)\nseason = ((time + 7) % 365) / 365\n"


@pytest.mark.parametrize(
    "code",
    [
        "x = season",
        "x = 1 / np.exp(3 * season)",
        "x = np.where(season < 0.4, np.cos(season * 2 * np.pi), 1 / np.exp(3 * season))",
        "x = np.where(time >= 700, time, season)[:500]",
        "x = 10 + 0.05 * time + 40 * np.sin(time)",
        "x = (10 + 0.05 * time - 40 * np.cos(season))[:1000]",
        "x = (time * season)[100:400]",
        "x = np.linspace(0, 10, 50, endpoint=False)",
        "x = (2 - np.linspace(-3, 2, 40)) ** 3",
        "x = 12 / (time + 1)",
        "x = -time // 7",
    ],
)
def test_series_are_computed_item_by_item(code: str) -> None:
    expected = computed(TIME + code)
    data = feature(TIME + code)
    assert data.ranges is not None
    assert data.ranges.reached
    bounds = tuple(data.ranges.overall)
    assert bounds == pytest.approx((expected.min(), expected.max()))
    assert data.shape == expected.shape


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        # Some value is 100 or more, whatever the noise is there.
        ("x = np.arange(1000) + np.random.rand(1000)", NO),
        ("x = np.random.rand(1000) - np.arange(1000)", NO),
        ("x = np.arange(300) + 5 * np.random.randn(300)", NO),
        # The one may be small where the other is large.
        ("x = 40 * np.random.rand(9000) + 40 * np.random.rand(9000)", UNKNOWN),
        ("a = np.random.rand(9000, 2) * 900\nx = a - a", UNKNOWN),
        ("a = np.random.rand(9000, 2) * 900\nx = (a - a) * 2 + 1", UNKNOWN),
        ("a = np.random.rand(9000, 2) * 900\nx = np.abs(a - a)", UNKNOWN),
        ("a = np.random.rand(9000, 2) * 900\nx = -(a - a)", UNKNOWN),
        ("a = np.random.rand(9000, 2)\nx = a * a", YES),
        ("a = np.random.rand(9000, 2) * 900\nx = a % 10", YES),
        ("a = np.random.rand(9000, 2)\nx = a % 1000", UNKNOWN),
        ("a = np.random.rand(9000, 2) * 900\nx = np.where(a > 5, a, 0.1)", UNKNOWN),
        ("x = np.where(np.random.rand(900) > 2, 300, 0)", UNKNOWN),
        ("x = 1 / np.random.rand(900, 2)", UNKNOWN),
        ("x = np.clip(np.load('unseen.npy'), 0, 255)", UNKNOWN),
        ("x = np.clip(np.load('unseen.npy'), 0, 1)", YES),
    ],
)
def test_large_is_what_surely_is(code: str, answer: Answer) -> None:
    (x,) = run_of(BEFORE + code + AFTER).features
    assert (scaled(x).answer if isinstance(x, Data) else UNKNOWN) is answer


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        # All that was large may be what is replaced.
        ("x = np.random.randint(0, 2000, (90, 2))\nx[x > 1] = 1", UNKNOWN),
        ("x = np.random.randint(0, 2000, (90, 2))\nx[x > 1000] = 0", UNKNOWN),
        ("x = np.zeros((90, 2))\nx[np.random.rand(90, 2) > 2] = 500", UNKNOWN),
        ("x = np.zeros((90, 2))\nx[3] = 500", NO),
        ("x = np.zeros((90, 2))\nx[:, 1] = 500", NO),
        # One channel of each image is made small, not all.
        (
            "x = np.random.randint(0, 255, (9, 8, 8, 3))\n"
            "for i in range(9):\n    x[..., 2] = x[..., 2] / 255",
            UNKNOWN,
        ),
    ],
)
def test_parts_that_are_set(code: str, answer: Answer) -> None:
    assert judged(code).answer is answer


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        ("x = pd.concat([t, t])", NO),
        ("x = pd.concat([t, t])[['small']]", UNKNOWN),
        ("x = pd.concat([t, pd.read_csv('other.csv')])[['small']]", UNKNOWN),
        ("x = t.rename(columns={'small': 'a', 'big': 'b'})[['a']]", UNKNOWN),
        ("x = np.hstack([t.values, t.values])[:, :1]", UNKNOWN),
        ("x = np.hstack([t.values, t.values]).reshape(-1, 4)[:, 2]", UNKNOWN),
        ("x = np.array([[1, 1000], [2, 2000]]).T[0]", UNKNOWN),
        ("x = np.array([[600, 1000], [700, 2000]])[:, 0]", NO),
        ("x = np.array([[1, 1000], [2, 2000]])[:, 0]", YES),
    ],
)
def test_columns_that_are_no_longer_told_apart(code: str, answer: Answer) -> None:
    """A column of a table is not as large as the largest one of it."""
    assert judged(f"t = pd.read_csv('t.csv')\n{code}", FILES).answer is answer


def test_windows_of_a_series_are_as_large_as_it_is() -> None:
    code = TIME + (
        "series = 10 + 0.05 * time + 40 * np.cos(season)\n"
        "series += 5 * np.random.RandomState(42).randn(len(time))\n"
        "x = tf.data.Dataset.from_tensor_slices(series[:1000]).window(31, shift=1)\n"
        "x = x.flat_map(lambda each: each.batch(31))\n"
        "x = x.map(lambda each: (each[:-1], each[-1:])).batch(32)"
    )
    found = judged(code)
    assert found.answer is NO
    assert found.ranges is not None
    assert found.ranges.sure is not None
    time = np.arange(1000)
    plain = 10 + 0.05 * time + 40 * np.cos(((time + 7) % 365) / 365)
    # A value is at least so large, though the noise there were six deviations below 0.
    assert found.ranges.sure.high == pytest.approx(plain.max() - 6 * 5)
