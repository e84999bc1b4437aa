"""Faults that are measured at a fit, and sound programs in which none is."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

os.environ["CUDA_VISIBLE_DEVICES"] = "-1"

keras = pytest.importorskip("keras")

from trying import moons, sample, setup  # noqa: E402

from runtime_probe.child.setup import Setup  # noqa: E402
from runtime_probe.child.suspicions import suspicions  # noqa: E402
from runtime_probe.child.task import Task  # noqa: E402

layers, optimizers = keras.layers, keras.optimizers


def dense(*parts: Any, inputs: int = 2) -> Any:
    return keras.Sequential([layers.Input((inputs,)), *parts])


def of(
    net: Any, x: Any = None, y: Any = None, loss: Any = "bce", made: Any = None, **more: Any
) -> Setup:
    """A training that is sound but for what is given."""
    given, labels = moons()
    data = sample(given if x is None else x, labels if y is None else y, **more)
    return setup(net, data, made or optimizers.SGD(0.1), loss)


def logistic(**more: Any) -> Any:
    return dense(layers.Dense(1, activation="sigmoid", **more))


def two(activation: Any = "softmax") -> Any:
    return dense(layers.Dense(2, activation=activation))


X, Y = moons()
ROWS = np.argsort(Y)
THREE = np.arange(200) % 3
TARGET = X[:, 0] + 0.5 * X[:, 1]
SPARSE = "sparse_categorical_crossentropy"
LOGITS = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
IMAGES = np.random.default_rng(1).integers(0, 256, (60, 8, 8, 1)).astype("uint8")
TOKENS = np.random.default_rng(1).integers(0, 500, (200, 6))
SERIES = np.random.default_rng(1).normal(size=(60, 4, 2)).astype("float32")
STEPS = (SERIES[..., 0] > 0).astype(int) + (SERIES[..., 1] > 0)


class Squashed(layers.Layer):  # type: ignore[misc]
    """Gives probabilities, and says so nowhere."""

    def build(self, shape: Any) -> None:
        self.kernel = self.add_weight(shape=(2, 2))

    def call(self, inputs: Any) -> Any:
        return keras.ops.softmax(inputs @ self.kernel)


def conv(*first: Any) -> Any:
    return keras.Sequential(
        [
            layers.Input((8, 8, 1)),
            *first,
            layers.Conv2D(4, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(2, activation="softmax"),
        ]
    )


def text() -> Any:
    return keras.Sequential(
        [
            layers.Input((6,)),
            layers.Embedding(500, 4),
            layers.LSTM(4),
            layers.Dense(1, activation="sigmoid"),
        ]
    )


FAULTS: list[tuple[Callable[[], Setup], str, str]] = [
    (lambda: of(logistic(), X * [1, 1000]), "unscaled-features", "standardised-features"),
    (lambda: of(logistic(), X * 1e-4), "unscaled-features", "standardised-features"),
    (lambda: of(logistic(), X / 10 + 10), "unscaled-features", "standardised-features"),
    (
        lambda: of(conv(), IMAGES, THREE[:60] % 2, SPARSE, optimizers.Adam()),
        "unscaled-features",
        "standardised-features",
    ),
    (
        lambda: of(dense(layers.Dense(1)), y=TARGET * 500, loss="mse"),
        "unscaled-regression-target",
        "standardised-target",
    ),
    (lambda: of(dense(layers.Dense(1, "softmax"))), "softmax-single-unit", "matching-output"),
    (lambda: of(two(None), loss=SPARSE), "logits-without-from-logits", "matching-output"),
    (lambda: of(dense(layers.Dense(1, "relu"))), "relu-output", "matching-output"),
    (
        lambda: of(dense(layers.Dense(1, "sigmoid")), y=TARGET, loss="mse"),
        "relu-output",
        "matching-output",
    ),
    (
        lambda: of(dense(layers.Dense(2, "softmax"), layers.Softmax()), loss=SPARSE),
        "double-softmax",
        "matching-output",
    ),
    (
        lambda: of(logistic(), loss="categorical_crossentropy"),
        "sigmoid-with-categorical",
        "matching-output",
    ),
    (lambda: of(logistic(), y=THREE), "units-against-classes", "matching-output"),
    (
        lambda: of(two(), y=np.eye(2)[Y], loss="bce"),
        "softmax-with-binary-crossentropy",
        "matching-loss",
    ),
    (lambda: of(logistic(), loss="mse"), "mse-on-classification", "matching-loss"),
    (lambda: of(logistic(), y=Y * 2 - 1), "label-encoding", "matching-labels"),
    (lambda: of(two(), y=np.eye(2)[Y], loss=SPARSE), "label-encoding", "matching-labels"),
    (lambda: of(two(), loss="categorical_crossentropy"), "label-encoding", "matching-labels"),
    (
        lambda: of(
            dense(layers.Dense(8, "relu", kernel_initializer="zeros"), layers.Dense(1, "sigmoid"))
        ),
        "constant-kernel-init",
        "default-initializer",
    ),
    (
        lambda: of(
            dense(
                layers.Dense(
                    8, "tanh", kernel_initializer=keras.initializers.RandomNormal(stddev=30.0)
                ),
                layers.Dense(1, "sigmoid"),
            )
        ),
        "constant-kernel-init",
        "default-initializer",
    ),
    (lambda: of(logistic(trainable=False)), "frozen-model", "unfrozen"),
    (
        lambda: of(logistic(), X[ROWS], Y[ROWS], batch=10, shuffled=False),
        "unshuffled-training",
        "shuffled-order",
    ),
    (
        lambda: of(logistic(), made=optimizers.SGD(100.0)),
        "high-learning-rate",
        "stable-learning-rate",
    ),
    (
        lambda: of(logistic(), made=optimizers.Adam(0.1)),
        "high-learning-rate",
        "stable-learning-rate",
    ),
    (
        lambda: of(logistic(), made=optimizers.SGD(1e-6)),
        "vanishing-learning-rate",
        "stable-learning-rate",
    ),
    (
        lambda: of(logistic(), made=optimizers.Adam(1e-6)),
        "vanishing-learning-rate",
        "stable-learning-rate",
    ),
]


@pytest.mark.parametrize(("plant", "rule", "intervention"), FAULTS)
def test_a_fault_is_measured(plant: Callable[[], Setup], rule: str, intervention: str) -> None:
    training = plant()
    (found,) = suspicions(training, Task.of(training), fit=3)
    assert (found.fit, found.rule, found.intervention) == (3, rule, intervention)


def test_a_rate_at_which_the_planned_steps_do_not_suffice() -> None:
    """The second of the three small scripts; the first is no matter of its rate."""
    x = np.array([[1, 1000], [2, 2000], [3, 3000], [4, 4000]], "float32")
    y, loss = np.array([0, 0, 1, 1]), "binary_crossentropy"
    scaled = setup(logistic(), sample((x - x.mean(0)) / x.std(0), y), optimizers.SGD(), loss, 100)
    found = suspicions(scaled, Task.of(scaled), fit=0)
    assert [each.rule for each in found] == ["vanishing-learning-rate"]
    began = setup(logistic(), sample(x, y), optimizers.SGD(), loss, 100)
    found = suspicions(began, Task.of(began), fit=0)
    assert [each.rule for each in found] == ["unscaled-features"]


@pytest.mark.parametrize(("steps", "found"), [(1_000, True), (10_000, False)])
def test_a_tenth_of_the_usual_rate_is_tried_where_the_plan_is_no_longer(
    steps: int, found: bool
) -> None:
    training = replace(of(logistic(), made=optimizers.Adam(1e-4)), steps=steps)
    rules = [each.rule for each in suspicions(training, Task.of(training), fit=0)]
    assert ("vanishing-learning-rate" in rules) is found


SOUND: dict[str, Callable[[], Setup]] = {
    "logistic": lambda: of(logistic()),
    "zeros in the only layer": lambda: of(logistic(kernel_initializer="zeros")),
    "two units": lambda: of(two(), loss=SPARSE),
    "logits": lambda: of(two(None), loss=LOGITS),
    "logits under softmax": lambda: of(two(), loss=LOGITS),
    "one-hot": lambda: of(two(), y=np.eye(2)[Y], loss="categorical_crossentropy"),
    "regression": lambda: of(dense(layers.Dense(1)), y=TARGET, loss="mse", made=optimizers.Adam()),
    "positive regression": lambda: of(
        dense(layers.Dense(1, "relu")), y=np.abs(TARGET), loss="mse", made=optimizers.Adam()
    ),
    "normalised in the model": lambda: of(
        dense(layers.BatchNormalization(), layers.Dense(1, "sigmoid")), X * [1, 1000]
    ),
    "pixels rescaled in the model": lambda: of(
        conv(layers.Rescaling(1 / 255)), IMAGES, THREE[:60] % 2, SPARSE, optimizers.Adam()
    ),
    "text": lambda: of(text(), TOKENS, made=optimizers.Adam()),
    "unshuffled, in no order": lambda: of(logistic(), batch=10, shuffled=False),
    "tanh and hinge": lambda: of(dense(layers.Dense(1, "tanh")), y=Y * 2 - 1, loss="hinge"),
    "autoencoder": lambda: of(
        dense(layers.Dense(4, "relu"), layers.Dense(2)), y=X, loss="mse", made=optimizers.Adam()
    ),
    "a softmax for every step": lambda: of(
        keras.Sequential(
            [layers.Input((4, 2)), layers.TimeDistributed(layers.Dense(3, "softmax"))]
        ),
        SERIES,
        np.eye(3)[STEPS],
        "categorical_crossentropy",
        optimizers.Adam(),
    ),
    "a last layer of one's own": lambda: of(
        dense(Squashed()), y=np.eye(2)[Y], loss="categorical_crossentropy", made=optimizers.Adam()
    ),
    "no targets": lambda: replace(of(logistic()), sample=sample(X, None), loss=None),
}


@pytest.mark.parametrize("name", SOUND)
def test_a_sound_program_is_not_put_in_doubt(name: str) -> None:
    training = SOUND[name]()
    assert suspicions(training, Task.of(training), fit=0) == []
