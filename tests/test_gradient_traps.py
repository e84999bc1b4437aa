"""Losses that have a gradient, each beside one that has none, as Keras says as well."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import pytest
from conftest import Command, Write

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import tensorflow as tf

SCRIPT = """
import keras
import tensorflow as tf
from keras import ops
from sklearn.datasets import make_moons
def loss(y_true, y_pred):
    {body}
x, y = make_moons(200)
model = keras.Sequential([keras.layers.Dense(2, "sigmoid"{more})])
model.compile("adam", loss)
model.fit(x, y, epochs=5)
"""

WITHOUT = [
    "return tf.reduce_mean(tf.abs(y_true - tf.round(y_pred)))",
    "return tf.cast(tf.argmax(y_pred, -1), 'float32') - y_true[:, 0]",
    "y_pred = tf.floor(y_pred * 2); return tf.abs(y_true - y_pred)",
    "return tf.cast(tf.cast(y_pred, tf.int32), tf.float32) - y_true",
    "return ops.cast(ops.greater(y_pred, 0.5), 'float32') * y_true",
    "hits = ops.sum(ops.round(ops.clip(y_true * y_pred, 0, 1))); return 1 - hits",
    "return tf.one_hot(tf.cast(y_pred, tf.int32), 2)",
]
WITH = [
    "return tf.reduce_mean(tf.abs(y_true - y_pred))",
    "return tf.cast(y_pred, tf.float32) - y_true",
    # The mask has no gradient, and what it is taken of has one.
    "return tf.round(y_pred) * tf.square(y_true - y_pred)",
    "kept = y_pred; y_pred = tf.round(y_pred); return y_true - kept",
    "parts = [tf.round(y_pred)]; parts.append(y_pred); return tf.add_n(parts)",
    "return (again := y_pred) - y_true + tf.round(again)",
]


def run(body: str) -> None:
    """A step of training with this loss."""
    names: dict[str, Any] = {"tf": tf, "ops": keras.ops}
    exec(f"def loss(y_true, y_pred):\n    {body}", names)
    model = keras.Sequential([keras.layers.Dense(2, "sigmoid")])
    model.compile("sgd", names["loss"])
    model.fit(np.ones((4, 2)), np.ones((4, 2)), verbose=0)


def found(write: Write, check: Command, body: str, more: str = "") -> list[str]:
    write({"main.py": SCRIPT.format(body=body, more=more)})
    findings = check("--select", "loss-without-gradient", "main.py").findings
    return [each["name"] for each in findings]


@pytest.mark.parametrize("body", WITHOUT)
def test_no_gradient(body: str, write: Write, check: Command) -> None:
    with pytest.raises(ValueError, match="No gradients"):
        run(body)
    assert found(write, check, body) == ["loss-without-gradient"]


@pytest.mark.parametrize("body", WITH)
def test_a_gradient(body: str, write: Write, check: Command) -> None:
    assert found(write, check, body) == []
    run(body)


def test_a_penalty_has_a_gradient_of_its_own(write: Write, check: Command) -> None:
    assert found(write, check, WITHOUT[0], ", kernel_regularizer='l2'") == []


def test_a_branch_is_not_followed(write: Write, check: Command) -> None:
    body = "if y_true is None:\n        return y_pred\n    return tf.round(y_pred)"
    assert found(write, check, body) == []
