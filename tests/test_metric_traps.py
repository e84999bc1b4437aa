"""Metrics that fit, each beside a sibling that does not."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import Command, Write

SCRIPT = """
import keras
from sklearn.datasets import make_moons
class Precision(keras.metrics.Metric):
    pass
x, y = make_moons(200)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense({head})])
model.compile("adam", {loss}, metrics=[{metric}])
model.fit(x, {labels}, epochs=5)
"""
SPARSE = '"sparse_categorical_crossentropy"'
ONE_HOT = '"categorical_crossentropy"'
LOGITS = "keras.losses.BinaryCrossentropy(from_logits=True)"


def report(
    write: Write, check: Command, head: str, loss: str, metric: str, labels: str = "y"
) -> list[str]:
    write({"main.py": SCRIPT.format(head=head, loss=loss, metric=metric, labels=labels)})
    findings = check("--select", "metric-mismatch,metric-on-logits", "main.py").findings
    return [f"{each['severity']} {each['name']}" for each in findings]


@pytest.mark.parametrize(
    ("head", "loss", "metric", "names"),
    [
        ("2, 'softmax'", SPARSE, "'accuracy'", []),
        ("2, 'softmax'", SPARSE, "'Accuracy'", []),
        ("2, 'softmax'", SPARSE, "keras.metrics.Accuracy()", ["error metric-mismatch"]),
        ("2, 'softmax'", SPARSE, "keras.metrics.SparseCategoricalAccuracy()", []),
        ("2, 'softmax'", SPARSE, "'categorical_accuracy'", ["error metric-mismatch"]),
        ("2, 'softmax'", SPARSE, "keras.metrics.AUC()", ["error metric-mismatch"]),
        ("2, 'softmax'", SPARSE, "Precision()", []),
        ("2, 'softmax'", ONE_HOT, "keras.metrics.AUC()", []),
        ("2, 'softmax'", ONE_HOT, "keras.metrics.Precision()", []),
        ("2, 'softmax'", ONE_HOT, "'sparse_categorical_accuracy'", ["error metric-mismatch"]),
        ("2, 'softmax'", ONE_HOT, "keras.metrics.BinaryAccuracy()", ["warning metric-mismatch"]),
        ("1, 'sigmoid'", '"binary_crossentropy"', "keras.metrics.BinaryAccuracy()", []),
        ("1, 'sigmoid'", '"binary_crossentropy"', "'categorical_accuracy'",
         ["error metric-mismatch"]),
        ("1", LOGITS, "'accuracy'", ["warning metric-on-logits"]),
        ("1", LOGITS, "keras.metrics.AUC()", ["warning metric-on-logits"]),
        ("1", LOGITS, "keras.metrics.AUC(from_logits=True)", []),
        ("1", LOGITS, "keras.metrics.BinaryAccuracy(threshold=0.0)", []),
        # A threshold that is written out is meant.
        ("1", LOGITS, "keras.metrics.Precision(thresholds=0.5)", []),
    ],
)  # fmt: skip
def test_metrics(
    head: str, loss: str, metric: str, names: list[str], write: Write, check: Command
) -> None:
    assert report(write, check, head, loss, metric) == names


@pytest.mark.parametrize(
    ("metric", "fixed"),
    [
        ("'accuracy'", "metrics=[keras.metrics.BinaryAccuracy(threshold=0)]"),
        ("keras.metrics.AUC()", "metrics=[keras.metrics.AUC(from_logits=True)]"),
    ],
)
def test_the_fix_measures_logits(
    metric: str, fixed: str, write: Write, tfcheck: Command, folder: Path
) -> None:
    write({"main.py": SCRIPT.format(head="1", loss=LOGITS, metric=metric, labels="y")})
    tfcheck("--select", "metric-on-logits", "--fix", "--unsafe-fixes", "main.py")
    assert fixed in (folder / "main.py").read_text()
