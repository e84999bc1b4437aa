"""One column of targets for several units, and what looks like it."""

from __future__ import annotations

import pytest
from conftest import Command, Write

SCRIPT = """
import keras
import numpy as np
from sklearn.datasets import make_classification
x, y = {data}
model = keras.Sequential([keras.Input({shape}), keras.layers.Dense({units})])
model.compile("adam", "{loss}")
model.fit(x, y, epochs=50)
"""
FLAT, COLUMN = ["an array of one axis"], ["the same value"]


@pytest.mark.parametrize(
    ("units", "loss", "labels", "found"),
    [
        (3, "mse", "", FLAT),
        (1, "mse", "", []),
        (3, "mse", "y = y.reshape(-1, 1)", COLUMN),
        (3, "mse", "y = y.reshape(-1, 3)", []),
        (3, "mse", "y = load(y)", []),
        (3, "binary_crossentropy", "", FLAT),
        (3, "binary_crossentropy", "y = y.reshape(-1, 1)", []),
        (3, "mse", "import pandas as pd\ny = pd.Series(y)", []),
        (3, "sparse_categorical_crossentropy", "", []),
    ],
)
def test_the_axes_of_the_targets(
    write: Write, check: Command, units: int, loss: str, labels: str, found: list[str]
) -> None:
    data = "make_classification(300, 4)\n" + labels
    text = SCRIPT.format(data=data, shape="(4,)", units=units, loss=loss)
    write({"main.py": text})
    findings = check("--select", "broadcast-target", "main.py").findings
    assert len(findings) == len(found)
    assert all(words in each["message"] for each, words in zip(findings, found, strict=True))


def test_a_batch_of_a_single_row_is_broadcast(write: Write, check: Command) -> None:
    data = "make_classification(300, 4)"
    text = SCRIPT.format(data=data, shape="(4,)", units=3, loss="mse")
    write({"main.py": text.replace("epochs=50", "epochs=50, batch_size=1")})
    (found,) = check("--select", "broadcast-target", "main.py").findings
    assert "each learns the same value" in found["message"]


def test_an_output_with_more_axes(write: Write, check: Command) -> None:
    """What is compared with a sequence of outputs is another question."""
    data = "make_classification(300, 4)\nx = x.reshape(-1, 2, 2)"
    text = SCRIPT.format(data=data, shape="(2, 2)", units=3, loss="mse")
    write({"main.py": text})
    assert check("--select", "broadcast-target", "main.py").findings == []
