"""What the rules say of precision and speed happens in the Keras that is installed."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import tensorflow as tf

X = np.ones((1, 2), "float32")


@pytest.fixture
def mixed() -> Iterator[None]:
    keras.mixed_precision.set_global_policy("mixed_float16")
    yield
    keras.mixed_precision.set_global_policy("float32")


def smallest(dtype: str | None) -> float:
    """The smaller probability of a softmax that is sure of itself."""
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, "softmax", dtype=dtype)])
    model.layers[-1].set_weights([np.array([[0, -9.0], [0, -9.0]]), np.zeros(2)])
    return float(model.predict(X, verbose=0).min())


@pytest.mark.usefixtures("mixed")
def test_small_probabilities_vanish_in_half_precision() -> None:
    assert smallest(None) == 0
    assert smallest("float32") == pytest.approx(np.exp(-18), rel=1e-3)


@pytest.mark.usefixtures("mixed")
def test_small_gradients_vanish_without_a_scaled_loss() -> None:
    dense = keras.layers.Dense(1, kernel_initializer="ones")
    optimizer = keras.mixed_precision.LossScaleOptimizer(keras.optimizers.SGD())
    found = []
    for scale in (lambda loss: loss, optimizer.scale_loss):
        with tf.GradientTape() as tape:
            loss = scale(tf.reduce_mean(tf.cast(dense(1e-4 * X), "float32")) * 1e-4)
        found.append(float(tape.gradient(loss, dense.kernel.value).numpy().max()))
    assert found[0] == 0
    assert found[1] > 0


def seconds(step: Callable[[], Any]) -> float:
    step()
    begin = time.perf_counter()
    for _ in range(3):
        step()
    return time.perf_counter() - begin


def test_predict_takes_longer_than_the_model() -> None:
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    slow = seconds(lambda: model.predict(X, verbose=0))
    assert slow > 3 * seconds(lambda: model(X, training=False))


def test_running_eagerly_takes_longer() -> None:
    x = np.ones((160, 2), "float32")
    times = []
    for eager in (True, False):
        model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1)])
        model.compile("adam", "mse", run_eagerly=eager)
        times.append(seconds(lambda model=model: model.fit(x, x[:, :1], 8, verbose=0)))  # type: ignore[misc]
    assert times[0] > 2 * times[1]
