"""What a model is trained for, and how well it does that, from labels and predictions alone."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from runtime_probe.child.labels import kind_of, read
from runtime_probe.child.losses import name_of
from runtime_probe.child.setup import Array, Optimizer, Sample, Setup
from runtime_probe.child.task import Task

NO = np.array([0, 1, 0, 1, 1, 0, 1, 1])
THREE = np.array([0, 1, 2, 2, 1, 0, 0, 1, 2, 0])
COUNTS = np.array([3, 8, 1, 12, 40, 7, 2, 5, 6, 9])
PRICES = np.array([1.5, 2.25, 9.5, 4.0, 3.5, 7.25])
TAGS = np.array([[0, 1, 1], [1, 1, 0], [0, 0, 0], [1, 0, 0]])


@pytest.mark.parametrize(
    ("y", "width", "loss", "activation", "kind"),
    [
        (NO, 1, "binary_crossentropy", "sigmoid", "binary"),
        (NO, 1, "mean_squared_error", "linear", "binary"),
        (NO * 2 - 1, 1, "hinge", "tanh", "binary"),
        (NO, 2, "sparse_categorical_crossentropy", "softmax", "binary"),
        (NO, 1, "categorical_crossentropy", "softmax", "binary"),
        (np.eye(2)[NO], 2, "categorical_crossentropy", "softmax", "binary"),
        (THREE, 3, "sparse_categorical_crossentropy", "linear", "multiclass"),
        (THREE, 1, "binary_crossentropy", "sigmoid", "multiclass"),
        (THREE, 3, "mean_squared_error", "softmax", "multiclass"),
        (np.eye(3)[THREE], 3, "mean_squared_error", "linear", "multiclass"),
        (np.eye(3)[THREE], 3, "binary_crossentropy", "sigmoid", "multiclass"),
        (0.9 * np.eye(3)[THREE] + 0.1 / 3, 3, "categorical_crossentropy", None, "multiclass"),
        (TAGS, 3, "binary_crossentropy", "sigmoid", "multilabel"),
        (PRICES, 1, "mean_squared_error", "linear", "regression"),
        (COUNTS, 1, "mean_absolute_error", "linear", "regression"),
        (THREE, 1, "mean_squared_error", "linear", "regression"),
        (PRICES / 10, 1, "binary_crossentropy", "sigmoid", "regression"),
        (PRICES, 3, "sparse_categorical_crossentropy", "softmax", "unknown"),
        (np.array([1.0, np.nan]), 1, "mean_squared_error", "linear", "unknown"),
    ],
)
def test_what_labels_are_meant_as(
    y: Array, width: int, loss: str, activation: str | None, kind: str
) -> None:
    assert kind_of(read(y, 2), width, loss, activation) == kind
    if y.ndim == 1:
        assert kind_of(read(y[:, None], 2), width, loss, activation) == kind


@pytest.mark.parametrize(
    ("loss", "name"),
    [
        ("mse", "mean_squared_error"),
        ("MSE", "mean_squared_error"),
        (type("SparseCategoricalCrossentropy", (), {})(), "sparse_categorical_crossentropy"),
        (np.mean, "mean"),
        (None, ""),
    ],
)
def test_names_of_losses(loss: Any, name: str) -> None:
    assert name_of(loss) == name


def logits(kind: str) -> Any:
    return type(kind, (), {"get_config": lambda self: {"from_logits": True}})()


def trained(y: Array, outputs: Array, loss: Any, inverse: Any = None) -> Setup:
    """A model that says ``outputs``, whatever layers it may have."""
    x = np.arange(len(y))

    def says(rows: Array, training: bool) -> Array:
        return np.asarray(outputs)[rows]

    model = type("Model", (), {"__call__": staticmethod(says), "layers": []})()
    sample = Sample(x, y, len(x), 4, shuffled=True)
    return Setup(model, Optimizer(object, {}), loss, sample, [], 1, 1, inverse=inverse)


RIGHT = np.array([0.1, 0.9, 0.2, 0.8, 0.9, 0.1, 0.7, 0.6])


@pytest.mark.parametrize(
    ("y", "outputs", "loss", "metric", "skill", "constant"),
    [
        (NO, RIGHT[:, None], "bce", 1.0, 1.0, False),
        (NO, np.ones((8, 1)), "bce", 5 / 8, 0.0, True),
        (NO, (RIGHT[:, None] - 0.5) * 9, logits("BinaryCrossentropy"), 1.0, 1.0, False),
        (NO * 2 - 1, (RIGHT * 2 - 1)[:, None], "hinge", 1.0, 1.0, False),
        (NO * 2 - 1, np.ones((8, 1)), "mse", 5 / 8, 0.0, True),
        (NO + 1, np.eye(2)[NO], "sparse_categorical_crossentropy", 0.0, -1.0, False),
        (THREE, np.eye(3)[THREE], "sparse_categorical_crossentropy", 1.0, 1.0, False),
        (THREE, np.eye(3)[THREE] * 7, logits("SparseCategoricalCrossentropy"), 1.0, 1.0, False),
        (np.eye(3)[THREE], np.eye(3)[THREE], "categorical_crossentropy", 1.0, 1.0, False),
        (np.eye(3)[THREE], np.zeros((10, 3)), "categorical_crossentropy", 0.4, 0.0, True),
        (THREE, np.minimum(THREE, 1)[:, None], "bce", 0.7, 0.5, False),
        (TAGS, np.where(TAGS, 0.9, 0.2), "bce", 1.0, 1.0, False),
        (PRICES, PRICES[:, None], "mse", 1.0, 1.0, False),
        (PRICES, np.full((6, 1), PRICES.mean()), "mse", 0.0, 0.0, True),
        (PRICES, np.full((6, 1), 1e9), "mse", None, -1.0, True),
        (PRICES, np.full((6, 1), np.nan), "mse", None, -1.0, False),
        (NO, np.full((8, 1), np.nan), "bce", 0.0, -1.0, False),
    ],
)
def test_what_predictions_are_worth(
    y: Array, outputs: Array, loss: Any, metric: float | None, skill: float, constant: bool
) -> None:
    setup = trained(y, outputs, loss)
    measured = Task.of(setup).measure(setup, 5)
    assert measured.step == 5
    assert metric is None or measured.metric == pytest.approx(metric)
    assert measured.skill == pytest.approx(skill)
    assert measured.constant is constant


def test_a_scaled_target_is_measured_in_its_own_units() -> None:
    setup = trained(PRICES, PRICES[:, None] + 1.0, "mse")
    scaled = trained(
        (PRICES - 4) / 2, (PRICES[:, None] + 1.0 - 4) / 2, "mse", lambda values: values * 2 + 4
    )
    task = Task.of(setup)
    assert task.measure(scaled, 0).loss == pytest.approx(task.measure(setup, 0).loss)
    assert task.measure(setup, 0).loss == pytest.approx(1.0)


@pytest.mark.parametrize(("seconds", "calls"), [(0.0, 3), (0.6, 1)])
def test_few_rows_are_predicted_where_one_takes_long(seconds: float, calls: int) -> None:
    y = np.arange(2000) % 2
    setup = trained(y, y[:, None].astype(float), "bce")
    model = _Slow(setup.model, seconds)
    task = Task.of(replace(setup, model=model))
    assert model.calls == calls
    assert task.rows == 128 or not seconds


class _Slow:
    """A model that takes its time for every call."""

    def __init__(self, model: Any, seconds: float) -> None:
        self._model = model
        self._seconds = seconds
        self.calls = 0

    def __call__(self, x: Any, training: bool) -> Any:
        time.sleep(self._seconds)
        self.calls += 1
        return self._model(x, training=training)


def test_what_is_not_known_is_not_measured() -> None:
    setup = trained(PRICES, np.ones((6, 3)), "sparse_categorical_crossentropy")
    task = Task.of(setup)
    measured = task.measure(setup, 0)
    assert (task.kind, task.metric) == ("unknown", "")
    assert np.isnan([measured.loss, measured.skill]).all()
    assert measured.constant


@pytest.mark.parametrize(
    ("y", "width", "loss", "least"),
    [
        (PRICES, 1, "mse", PRICES.var()),
        (PRICES, 1, "mae", np.abs(PRICES - np.median(PRICES)).mean()),
        (np.array([0, 1, 0, 1]), 1, "bce", np.log(2)),
        (np.array([0, 1, 2, 0, 1, 2]), 3, "sparse_categorical_crossentropy", np.log(3)),
        (np.eye(2)[[0, 1]], 2, "mse", 0.25),
        (PRICES, 1, "huber", None),
    ],
)
def test_the_loss_of_the_best_constant(y: Array, width: int, loss: str, least: Any) -> None:
    setup = trained(y, np.full((len(y), width), 0.5), loss)
    found = Task.of(setup).loss_of_constant(setup)
    assert found == (None if least is None else pytest.approx(least))
