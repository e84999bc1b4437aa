"""What the rules say of metrics happens in the Keras that is installed."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras

RANDOM = np.random.default_rng(0)
CLASSES = np.arange(60) % 3
ONE_HOT = np.eye(3)[CLASSES]
PROBABILITIES = RANDOM.dirichlet([1, 1, 1], 60).astype("float32")
LOGITS = RANDOM.normal(size=(60, 1))
SIDES = (LOGITS + RANDOM.normal(size=(60, 1)) > 0).astype("float32")


def measure(metric: Any, labels: Any, predictions: Any) -> float:
    metric.update_state(labels, predictions)
    return float(metric.result())


ACCURACY = float((PROBABILITIES.argmax(1) == CLASSES).mean())


@pytest.mark.parametrize("name", ["SparseCategoricalAccuracy", "SparseTopKCategoricalAccuracy"])
def test_sparse_metrics_raise_on_one_hot_labels(name: str) -> None:
    with pytest.raises(Exception, match=r"[Dd]imension|[Ss]hape|Incompatible"):
        measure(getattr(keras.metrics, name)(), ONE_HOT, PROBABILITIES)


@pytest.mark.parametrize("name", ["Precision", "Recall", "AUC"])
def test_counts_raise_on_class_numbers(name: str) -> None:
    with pytest.raises(Exception, match=r"[Dd]imension|[Ss]hape|Incompatible"):
        measure(getattr(keras.metrics, name)(), CLASSES, PROBABILITIES)


def test_categorical_accuracy_says_nothing_of_class_numbers() -> None:
    shifted = [
        measure(keras.metrics.CategoricalAccuracy(), (CLASSES + n)[:, None] % 3, PROBABILITIES)
        for n in range(3)
    ]
    assert len(set(shifted)) == 1  # whatever the labels are


def test_binary_accuracy_counts_units_of_a_softmax() -> None:
    each = ((PROBABILITIES > 0.5) == ONE_HOT).mean()
    assert measure(keras.metrics.BinaryAccuracy(), ONE_HOT, PROBABILITIES) == pytest.approx(each)
    assert each > ACCURACY + 0.1


def test_accuracy_as_a_class_counts_equal_numbers() -> None:
    assert measure(keras.metrics.Accuracy(), SIDES, 1 / (1 + np.exp(-LOGITS))) == 0


@pytest.mark.parametrize("name", ["CategoricalAccuracy", "SparseCategoricalAccuracy"])
def test_the_largest_of_one_unit_says_nothing(name: str) -> None:
    metric = getattr(keras.metrics, name)
    assert measure(metric(), SIDES, LOGITS) == measure(metric(), SIDES, -LOGITS)


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("BinaryAccuracy", {"threshold": 0}),
        ("Precision", {"thresholds": 0}),
        ("Recall", {"thresholds": 0}),
        ("AUC", {"from_logits": True}),
    ],
)
def test_logits_are_measured_by_a_threshold_of_their_own(name: str, right: dict[str, Any]) -> None:
    metric = getattr(keras.metrics, name)
    wanted = measure(metric(), SIDES, 1 / (1 + np.exp(-LOGITS)))
    assert measure(metric(**right), SIDES, LOGITS) == pytest.approx(wanted)
    assert measure(metric(), SIDES, LOGITS) != pytest.approx(wanted)


def test_accuracy_of_logits_is_that_of_a_threshold_of_a_half() -> None:
    model = keras.Sequential([keras.layers.Activation("linear")])
    model.compile(loss=keras.losses.BinaryCrossentropy(from_logits=True), metrics=["accuracy"])
    found = model.evaluate(LOGITS, SIDES, verbose=0, return_dict=True)["accuracy"]
    assert found == pytest.approx(float(((LOGITS > 0.5) == SIDES).mean()))
