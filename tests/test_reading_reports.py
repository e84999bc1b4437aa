"""Under which names metrics are read to be logged."""

from __future__ import annotations

import pytest
from reading import compiled_of, run_of

MODEL = """
import keras, numpy as np
from keras import metrics
import tensorflow_addons as tfa
def f1(y_true, y_pred):
    return y_true
class Own(metrics.Metric):
    pass
inputs = keras.Input((4,))
one = keras.Model(inputs, keras.layers.Dense(1)(inputs))
two = keras.Model(inputs, [keras.layers.Dense(1)(inputs), keras.layers.Dense(1)(inputs)])
{model}.compile("adam", "mse", {metrics})
{model}.fit(np.ones((8, 4)), np.ones(8))
"""


def names_of(metrics: str, model: str = "one") -> list[str] | None:
    reports = compiled_of(run_of(MODEL.format(metrics=metrics, model=model))).reports
    return None if reports is None else [each.name for each in reports]


@pytest.mark.parametrize(
    ("metrics", "names"),
    [
        ("", []),
        ("metrics=['accuracy', 'mae']", ["accuracy", "mae"]),
        ("metrics=['acc']", ["acc"]),
        ("metrics=[f1]", ["f1"]),
        ("metrics=[metrics.AUC(name='roc'), metrics.Recall()]", ["roc", "recall"]),
        ("metrics=[metrics.binary_accuracy, metrics.AUC]", ["binary_accuracy", "auc"]),
        ("metrics={'dense': ['mae']}", ["mae"]),
        ("metrics=['mae'], weighted_metrics=['mse']", ["mae", "mse"]),
    ],
)
def test_metrics_are_logged_by_their_names(metrics: str, names: list[str]) -> None:
    assert names_of(metrics) == names


@pytest.mark.parametrize(
    "metrics",
    [
        "metrics=[Own()]",
        "metrics=[tfa.metrics.F1Score(2)]",
        "metrics=[metrics.BinaryAccuracy('right')]",
        "metrics=[metrics.AUC(name=unknown)]",
        "metrics=unknown",
        "metrics=['accuracy', unknown]",
        "metrics=[lambda y_true, y_pred: y_true]",
        "metrics=['f1']",
        "**unknown",
    ],
)
def test_one_name_that_is_not_known_makes_all_unknown(metrics: str) -> None:
    assert names_of(metrics) is None


def test_the_names_of_several_outputs_come_in_front() -> None:
    assert names_of("metrics=['mae']", model="two") is None


def test_metrics_that_keras_counts_have_a_number_behind() -> None:
    code = MODEL.format(metrics="metrics=[metrics.Recall(), metrics.AUC(name='roc')]", model="one")
    recall, roc = compiled_of(run_of(code)).reports or ()
    assert recall.is_called("recall_2")
    assert not roc.is_called("roc_1")
