"""Scalers that are fitted or used in vain, each beside one that is not."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import Command, Write
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, RobustScaler, StandardScaler

SCRIPT = """
import keras
import numpy as np
import pandas as pd
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import MinMaxScaler, Normalizer, StandardScaler
x, y = load_wine(return_X_y=True)
{before}
model = keras.Sequential([{first}keras.layers.Dense(16, "relu"), keras.layers.Dense(3, "softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit({fed}, y, epochs=100)
{after}
"""


def report(
    write: Write,
    check: Command,
    before: str,
    fed: str = "x",
    first: str = "",
    after: str = "",
) -> list[str]:
    write({"main.py": SCRIPT.format(before=before, fed=fed, first=first, after=after)})
    rules = "scaler-of-one-row,scaled-copy-unused"
    return [each["name"] for each in check("--select", rules, "main.py").findings]


ONE_ROW = ["scaler-of-one-row"]
UNUSED = ["scaled-copy-unused"]


@pytest.mark.parametrize(
    ("scaling", "found"),
    [
        ("z = MinMaxScaler().fit_transform([y])", ONE_ROW),
        ("z = StandardScaler().fit_transform(np.array([y]))", ONE_ROW),
        ("z = StandardScaler().fit_transform(y.reshape(1, -1))", ONE_ROW),
        ("StandardScaler().fit(y.reshape(1, -1))", ONE_ROW),
        ("z = StandardScaler().fit_transform(y.reshape(-1, 1))", []),
        ("z = StandardScaler().fit_transform([y, y])", []),
        ("z = StandardScaler().fit_transform([load()])", []),
        ("z = Normalizer().fit_transform([y])", []),
        ("scaler = StandardScaler().fit(x)\nz = scaler.transform([x[0]])", []),
        ("z = StandardScaler().fit_transform([[1.0], [2.0]])", []),
    ],
)
def test_a_single_row(write: Write, check: Command, scaling: str, found: list[str]) -> None:
    assert report(write, check, scaling, after="print(z)") == found


@pytest.mark.parametrize("scaler", [StandardScaler, MinMaxScaler, RobustScaler, MaxAbsScaler])
def test_of_one_row_scikit_learn_makes_the_same_of_every_number(scaler: type) -> None:
    assert np.ptp(scaler().fit_transform([[1.0, 5.0, 9.0]])) == 0


COPY = "x_scaled = StandardScaler().fit_transform(x)"
SPLIT = "\nx_train, x_test, y, y_test = train_test_split({}, y)"


@pytest.mark.parametrize(
    ("before", "fed", "found"),
    [
        (COPY, "x", UNUSED),
        (COPY, "x_scaled", []),
        (COPY + SPLIT.format("x"), "x_train", UNUSED),
        (COPY + SPLIT.format("x_scaled"), "x_train", []),
        (COPY + "\nprint(x_scaled.shape)", "x", []),
        ("StandardScaler().fit_transform(x)", "x", UNUSED),
        ("scaler = StandardScaler()\nscaler.fit_transform(x)", "scaler.transform(x)", []),
        ("StandardScaler(copy=False).fit_transform(x)", "x", []),
        (COPY + "\nx = (x - x.mean(axis=0)) / x.std(axis=0)", "x", []),
        (COPY + "\nx = change(x)", "x", []),
        ("other_scaled = StandardScaler().fit_transform(load_digits().data)", "x", []),
    ],
)
def test_a_scaled_copy(
    write: Write, check: Command, before: str, fed: str, found: list[str]
) -> None:
    assert report(write, check, before, fed) == found


def test_a_model_that_scales_itself(write: Write, check: Command) -> None:
    assert report(write, check, COPY, first="keras.layers.BatchNormalization(), ") == []
    assert report(write, check, COPY, first="keras.layers.Dropout(0.1), ") == UNUSED


def test_a_scaled_copy_that_a_second_model_takes(write: Write, check: Command) -> None:
    assert report(write, check, COPY, after="KMeans(3).fit(x_scaled)") == []
