"""Each change cures the fault it is for, in a small training by real Keras."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pytest

os.environ["CUDA_VISIBLE_DEVICES"] = "-1"

keras = pytest.importorskip("keras")

from trying import moons, sample, setup  # noqa: E402

from runtime_probe.child.interventions import INTERVENTIONS  # noqa: E402
from runtime_probe.child.interventions.contract import Changed, Refusal  # noqa: E402
from runtime_probe.child.setup import Setup  # noqa: E402
from runtime_probe.child.task import Task  # noqa: E402
from runtime_probe.child.training import train  # noqa: E402
from runtime_probe.records import Measured  # noqa: E402

layers, optimizers = keras.layers, keras.optimizers


def model(*parts: Any, inputs: int = 2) -> Any:
    return keras.Sequential([layers.Input((inputs,)), *parts])


def sigmoid(**more: Any) -> Any:
    return model(layers.Dense(1, activation="sigmoid", **more))


def skill_of(training: Setup, task: Task) -> Measured:
    train(training, 0, training.steps, time.monotonic() + 60)
    return task.measure(training, training.steps)


def unscaled() -> Setup:
    return setup(sigmoid(), sample(*moons(scale=1000.0)), optimizers.SGD(), "bce")


def unscaled_target() -> Setup:
    x, y = moons()
    return setup(
        model(layers.Dense(1)), sample(x, 1000 + 100.0 * y + x[:, 0]), optimizers.SGD(), "mse"
    )


def one_softmax_unit() -> Setup:
    net = model(layers.Dense(1, activation="softmax"))
    return setup(net, sample(*moons()), optimizers.SGD(0.1), "binary_crossentropy")


def no_activation() -> Setup:
    x, y = moons()
    net = model(layers.Dense(8, activation="relu"), layers.Dense(2))
    return setup(net, sample(x, np.eye(2)[y]), optimizers.SGD(0.1), "categorical_crossentropy")


def two_softmaxes() -> Setup:
    net = model(layers.Dense(2, activation="softmax"), layers.Activation("softmax"))
    data = sample(*moons())
    return setup(net, data, optimizers.SGD(0.1), "sparse_categorical_crossentropy")


def too_few_units() -> Setup:
    generator = np.random.default_rng(3)
    y = generator.integers(0, 3, 300)
    x = np.eye(3)[y] + generator.normal(size=(300, 3)) / 10
    net = model(layers.Dense(1, activation="sigmoid"), inputs=3)
    return setup(net, sample(x.astype("float32"), y), optimizers.Adam(0.05), "binary_crossentropy")


def squared_error_of_far_off_sigmoid() -> Setup:
    x, y = moons()
    net = sigmoid(bias_initializer=keras.initializers.Constant(12.0))
    return setup(net, sample(x, y), optimizers.SGD(0.5), "mse", epochs=20)


def labels_from_one() -> Setup:
    x, y = moons()
    return setup(sigmoid(), sample(x, y + 1), optimizers.SGD(0.1), "binary_crossentropy")


def deep_sigmoids() -> Setup:
    hidden = [layers.Dense(8, activation="sigmoid") for _ in range(5)]
    net = model(*hidden, layers.Dense(1, activation="sigmoid"))
    return setup(net, sample(*moons()), optimizers.SGD(0.05), "bce", epochs=20)


def no_bend() -> Setup:
    generator = np.random.default_rng(3)
    x = generator.normal(size=(400, 2)).astype("float32")
    y = (x[:, 0] * x[:, 1] > 0).astype(int)
    net = model(layers.Dense(32), layers.Dense(1, activation="sigmoid"))
    return setup(net, sample(x, y), optimizers.Adam(0.02), "bce", epochs=20)


def zero_kernels() -> Setup:
    net = model(
        layers.Dense(8, activation="relu", kernel_initializer="zeros"),
        layers.Dense(1, activation="sigmoid"),
    )
    return setup(net, sample(*moons()), optimizers.SGD(0.1), "bce", seeds=2)


def frozen() -> Setup:
    last = layers.Dense(1, activation="sigmoid", kernel_initializer="zeros", trainable=False)
    net = model(layers.Dense(8, activation="relu"), last)
    return setup(net, sample(*moons()), optimizers.SGD(0.1), "bce")


def all_dropped() -> Setup:
    net = model(
        layers.Dense(8, activation="relu"),
        layers.Dropout(0.99),
        layers.Dense(1, activation="sigmoid"),
    )
    return setup(net, sample(*moons()), optimizers.SGD(0.1), "bce")


def slow() -> Setup:
    return setup(sigmoid(), sample(*moons()), optimizers.SGD(0.005), "bce")


def far_too_slow() -> Setup:
    net = model(layers.Dense(32, activation="relu"), layers.Dense(1, activation="sigmoid"))
    return setup(net, sample(*moons()), optimizers.SGD(1e-5), "bce", epochs=30)


def sorted_rows() -> Setup:
    x, y = moons()
    rows = np.argsort(y)
    data = replace(sample(x[rows] / 10, y[rows], 10), shuffled=False)
    return setup(sigmoid(), data, optimizers.SGD(2.0), "bce")


class Fault(NamedTuple):
    """``gain`` is the least by which the change betters what is measured."""

    plant: Callable[[], Setup]
    intervention: str
    measured: str = "skill"
    gain: float = 0.3


FAULTS = [
    Fault(unscaled, "standardised-features", "loss_skill", 1.0),
    Fault(unscaled_target, "standardised-target"),
    Fault(one_softmax_unit, "matching-output"),
    Fault(no_activation, "matching-output"),
    Fault(two_softmaxes, "matching-output", "loss_skill", 0.15),
    Fault(too_few_units, "matching-output"),
    Fault(squared_error_of_far_off_sigmoid, "matching-loss"),
    Fault(labels_from_one, "matching-labels"),
    Fault(deep_sigmoids, "hidden-activation"),
    Fault(no_bend, "hidden-activation"),
    Fault(zero_kernels, "default-initializer"),
    Fault(frozen, "unfrozen"),
    Fault(all_dropped, "lower-dropout", "loss_skill"),
    Fault(slow, "momentum", "loss_skill", 0.2),
    Fault(far_too_slow, "adam", "loss_skill"),
    Fault(sorted_rows, "shuffled-order"),
]


@pytest.mark.parametrize(
    "fault", FAULTS, ids=lambda each: f"{each.plant.__name__}-{each.intervention}"
)
def test_it_cures_its_fault(fault: Fault) -> None:
    keras.utils.set_random_seed(1)
    written = fault.plant()
    task = Task.of(written)
    changed = INTERVENTIONS[fault.intervention](written, task)
    assert isinstance(changed, Changed), changed
    before, after = skill_of(written, task), skill_of(changed.setup, task)
    gain = getattr(after, fault.measured) - getattr(before, fault.measured)
    print(fault, gain, before, after)
    assert gain >= fault.gain, (before, after)
    assert changed.diff.startswith("- ")
    assert "\n+ " in changed.diff
    again = INTERVENTIONS[fault.intervention](changed.setup, task)
    assert isinstance(again, Refusal), again
    assert again.already
