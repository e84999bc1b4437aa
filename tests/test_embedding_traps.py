"""What embeddings are given: ids, or numbers of which nothing is left."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from conftest import Command, Write

SCRIPT = """
import keras
import numpy as np
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import MinMaxScaler, StandardScaler
(x, y), _ = keras.datasets.imdb.load_data(num_words=10000)
x = keras.utils.pad_sequences(x, maxlen=100)
{data}
model = keras.Sequential(
    [{first}keras.layers.Embedding(10000, 16), keras.layers.LSTM(16), keras.layers.Dense(1)]
)
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(x, y, epochs=5)
"""
FOUND = ["embedding-of-fractions"]


@pytest.mark.parametrize(
    ("data", "found"),
    [
        ("", []),
        ("x = keras.utils.normalize(x)", FOUND),
        ("x = StandardScaler().fit_transform(x)", FOUND),
        ("x = MinMaxScaler().fit_transform(x)\nx, _, y, _ = train_test_split(x, y)", FOUND),
        ("x = MinMaxScaler().fit_transform(x)\nx = x[:1000]", FOUND),
        ("x = x / x.max()", FOUND),
        ("x = MinMaxScaler(feature_range=(0, 9999)).fit_transform(x)", []),
        ("x = (MinMaxScaler().fit_transform(x) * 9999).astype(int)", []),
        ("x = StandardScaler().fit_transform(x)\nx = ids_of(x)", []),
        ("x = StandardScaler().fit_transform(x)\nx = np.digitize(x, bins)", []),
    ],
)
def test_scaled_numbers(write: Write, check: Command, data: str, found: list[str]) -> None:
    write({"main.py": SCRIPT.format(data=data, first="")})
    findings = check("--select", "embedding-of-fractions", "main.py").findings
    assert [each["name"] for each in findings] == found


def test_a_layer_that_makes_ids_of_numbers(write: Write, check: Command) -> None:
    scaled = "x = StandardScaler().fit_transform(x)"
    write({"main.py": SCRIPT.format(data=scaled, first="keras.layers.Discretization(99), ")})
    assert check("--select", "embedding-of-fractions", "main.py").findings == []


def test_keras_cuts_fractions_to_whole_numbers() -> None:
    rows = keras.layers.Embedding(4, 2)
    given = np.array([0.0, 0.3, 0.99, -0.9, 1.2], "float32")
    found = np.asarray(rows(given))
    assert all((found[0] == each).all() for each in found[1:4])
    assert (found[0] != found[4]).all()
