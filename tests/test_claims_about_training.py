"""What the rules say of callbacks and data happens in the Keras that is installed."""

from __future__ import annotations

import inspect
import os
from typing import Any

import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras

from tfcheck.script.names import function_name
from tfcheck.script.reports import METRICS, NUMBERED

X = np.random.default_rng(0).normal(size=(16, 3))
Y = X.sum(axis=1, keepdims=True)


def train(metrics: Any = (), **arguments: Any) -> dict[str, list[float]]:
    """The history of two epochs of a small regression."""
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("adam", "mse", metrics=list(metrics))
    history: dict[str, list[float]] = model.fit(
        X, Y, verbose=0, **{"epochs": 2, **arguments}
    ).history
    return history


# Metrics


def metric_classes() -> dict[str, Any]:
    """Keras' metrics by what the reader calls them."""
    found = inspect.getmembers(keras.metrics, inspect.isclass)
    return {function_name(name): each for name, each in found}


ARGUMENTS = {
    "io_u": {"num_classes": 2, "target_class_ids": [0]},
    "one_hot_io_u": {"num_classes": 2, "target_class_ids": [0]},
    "mean_io_u": {"num_classes": 2},
    "one_hot_mean_io_u": {"num_classes": 2},
    "precision_at_recall": {"recall": 0.5},
    "recall_at_precision": {"precision": 0.5},
    "sensitivity_at_specificity": {"specificity": 0.5},
    "specificity_at_sensitivity": {"sensitivity": 0.5},
}


@pytest.mark.parametrize("name", METRICS)
def test_metrics_have_the_name_and_direction_of_the_table(name: str) -> None:
    made = metric_classes()[name]
    metric = made(**ARGUMENTS.get(name, {}))
    assert metric.name.rstrip("_0123456789") == name.rstrip("_0123456789")
    assert metric._direction == METRICS[name]
    assert (inspect.signature(made).parameters["name"].default is None) == (name in NUMBERED)


@pytest.mark.parametrize("name", ["EarlyStopping", "ModelCheckpoint", "ReduceLROnPlateau"])
def test_arguments_of_callbacks_stand_where_the_reader_has_them(name: str) -> None:
    from tfcheck.script.effects.keras_objects import _SIGNATURES

    read = _SIGNATURES[f"keras.callbacks.{name}"].split()
    assert list(inspect.signature(getattr(keras.callbacks, name)).parameters)[: len(read)] == read
