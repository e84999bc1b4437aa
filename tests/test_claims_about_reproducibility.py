"""What the rules say of seeds happens in the Keras that is installed."""

from __future__ import annotations

import os
import random
from collections.abc import Callable

import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import tensorflow as tf

Seed = Callable[[], None]

SEEDS: dict[str, Seed] = {
    "Python": lambda: random.seed(1),
    "NumPy": lambda: np.random.seed(1),
    "TensorFlow": lambda: tf.random.set_seed(1),
    "Keras": lambda: keras.utils.set_random_seed(1),
}


def weights() -> list[float]:
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
    found: list[float] = model.get_weights()[0].ravel().tolist()
    return found


def trained() -> float:
    """A weight after an epoch from 0, which hangs on the order of the samples alone."""
    x = np.arange(16.0)[:, None] / 16
    model = keras.Sequential([keras.layers.Dense(1, kernel_initializer="zeros")])
    model.compile(keras.optimizers.SGD(0.3), "mse")
    model.fit(x, np.sin(9 * x), batch_size=1, verbose=0)
    return float(model.get_weights()[0].item())


@pytest.mark.parametrize(
    ("seed", "same"), [("Python", True), ("NumPy", False), ("TensorFlow", False), ("Keras", True)]
)
def test_initial_weights_hang_on_the_generator_of_python(seed: str, same: bool) -> None:
    SEEDS[seed]()
    first = weights()
    SEEDS[seed]()
    assert (weights() == first) is same


@pytest.mark.parametrize("seed", ["TensorFlow", "Keras"])
def test_the_order_of_samples_hangs_on_tensorflow(seed: str) -> None:
    SEEDS[seed]()
    first = trained()
    SEEDS[seed]()
    assert trained() == first


def test_the_order_of_samples_does_not_hang_on_the_others() -> None:
    results = []
    for number in (1, 2):  # the generator of TensorFlow goes its own way
        tf.random.set_seed(number)
        np.random.seed(1)
        random.seed(1)
        results.append(trained())
    assert results[0] != results[1]


def test_a_seed_after_a_model_is_made_does_not_reach_its_weights() -> None:
    results = []
    for _ in range(2):
        random.seed()
        model = keras.Sequential([keras.layers.Dense(3)])  # not built yet
        keras.utils.set_random_seed(1)
        model.build((None, 4))
        results.append(model.get_weights()[0].tolist())
    assert results[0] != results[1]
