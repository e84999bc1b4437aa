"""Whether one batch can be learned by heart, and whether validation comes from elsewhere."""

from __future__ import annotations

import math
import os
import time
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

os.environ["CUDA_VISIBLE_DEVICES"] = "-1"

keras = pytest.importorskip("keras")

from trying import moons, sample, setup  # noqa: E402

from runtime_probe.child.first_batch import first_batch  # noqa: E402
from runtime_probe.child.setup import Sample, Setup  # noqa: E402
from runtime_probe.child.shift import shifts  # noqa: E402
from runtime_probe.child.task import Task  # noqa: E402
from runtime_probe.records import FirstBatch  # noqa: E402

Dense = keras.layers.Dense


def training(*layers: Any, loss: str, y: Any = None, rate: float = 0.05) -> Setup:
    x, classes = moons()
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((2,)), *layers])
    return setup(model, sample(x, classes if y is None else y), keras.optimizers.Adam(rate), loss)


def learned(made: Setup) -> FirstBatch:
    found = first_batch(made, Task.of(made), 0, math.inf, fit=4)
    assert found is not None
    return found


def test_a_model_that_can_learns_32_rows_before_300_steps() -> None:
    made = training(Dense(64, "relu"), Dense(1, "sigmoid"), loss="binary_crossentropy")
    found = learned(made)
    assert (found.fit, found.rows) == (4, 32)
    assert found.skill >= 0.9
    assert found.steps < 300
    assert found.expected_loss == pytest.approx(math.log(2))


def test_a_single_softmax_cannot() -> None:
    found = learned(training(Dense(1, "softmax"), loss="binary_crossentropy"))
    assert found.skill <= 0
    assert found.steps == 300


@pytest.mark.parametrize(
    "units, activation, loss, y, expected",
    [
        (3, "softmax", "sparse_categorical_crossentropy", None, math.log(3)),
        (1, None, "mse", np.tile([3.0, 5.0], 100), 1.0),
        (1, None, "mae", None, None),
    ],
)
def test_the_loss_that_it_should_start_at(
    units: int, activation: str | None, loss: str, y: Any, expected: float | None
) -> None:
    found = learned(training(Dense(units, activation), loss=loss, y=y))
    assert found.expected_loss == (
        expected if expected is None else pytest.approx(expected, rel=0.1)
    )


def test_nothing_follows_where_there_was_no_time() -> None:
    made = training(Dense(1, "softmax"), loss="binary_crossentropy")
    assert first_batch(made, Task.of(made), 0, time.monotonic()) is None


def split(x: Any, y: Any, other_x: Any, other_y: Any) -> Sample:
    return replace(sample(x, y), validation=sample(other_x, other_y))


@pytest.mark.parametrize("seed", range(10))
def test_a_fair_split_is_not_shifted(seed: int) -> None:
    draw = np.random.default_rng(seed)
    x = draw.standard_cauchy((60, 6)) * [1, 10, 100, 1, 1, 1]
    x[:, 3:] = draw.random((60, 3)) < [0.5, 0.1, 0.01]
    y = draw.integers(0, 4, 60)
    assert not list(shifts(split(x[:40], y[:40], x[40:], y[40:])))


def test_neither_is_a_drift() -> None:
    prices = np.linspace(100, 200, 200) + np.random.default_rng(0).normal(size=200)
    x, y = prices[:-1, None], prices[1:]
    assert not list(shifts(split(x[:150], y[:150], x[150:], y[150:])))


def test_what_only_one_part_was_given_is() -> None:
    draw = np.random.default_rng(0)
    images = draw.integers(0, 256, (50, 8, 8)).astype("uint8")
    y = draw.normal(size=50)
    (found,) = shifts(split(images / 255, y, images, y))
    assert "in validation" in found
    (found,) = shifts(split(images, y, images, 100 * y))
    assert found.startswith("the target lies between")
