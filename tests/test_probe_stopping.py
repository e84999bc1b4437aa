"""When early stopping would have ended a run: against Keras' own, epoch by epoch."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import keras
import numpy as np
import pytest

from runtime_probe.child.setup import Stop
from runtime_probe.child.stopping import stopping


def kerass_answer(values: list[float], stop: Stop) -> int | None:
    model: Any = SimpleNamespace(stop_training=False)
    callback = keras.callbacks.EarlyStopping(
        stop.monitor,
        stop.min_delta,
        stop.patience,
        mode=stop.mode,
        start_from_epoch=stop.start_from_epoch,
    )
    callback.set_model(model)
    callback.on_train_begin()
    for epoch, value in enumerate(values):
        callback.on_epoch_end(epoch, {stop.monitor: value})
        if model.stop_training:
            return epoch + 1
    return None


@pytest.mark.parametrize("seed", range(60))
def test_it_stops_where_keras_does(seed: int) -> None:
    draw = np.random.default_rng(seed)
    walk = 1 + 0.1 * draw.standard_normal(30).cumsum()
    values = [float(each) for each in np.round(walk, draw.integers(1, 8)).astype("float32")]
    if seed % 5 == 0:
        values[int(draw.integers(30))] = float(draw.choice([math.nan, math.inf]))
    stop = Stop(
        monitor=str(draw.choice(["val_loss", "loss"])),
        patience=int(draw.integers(0, 8)),
        min_delta=float(draw.choice([0, 0.1, 0.001, -0.05])),
        mode=str(draw.choice(["min", "max"])),
        start_from_epoch=int(draw.choice([0, 0, 5])),
    )
    assert stopping(values, stop, 0, 0).stopped_at == kerass_answer(values, stop)


def test_values_are_compared_in_single_precision_as_keras_does() -> None:
    values = [1.0, 1.0 - 1e-9, 1.0 - 2e-9]
    stop = Stop("loss", patience=2)
    assert stopping(values, stop, 0, 0).stopped_at == kerass_answer(values, stop) == 3


def test_what_was_lost_after_the_best_epoch_is_said() -> None:
    found = stopping([1.0, 0.5, 0.8, 1.0], Stop("val_loss", patience=2), 3, 1)
    assert (found.fit, found.seed, found.epochs, found.patience) == (3, 1, 4, 2)
    assert (found.best_epoch, found.stopped_at) == (2, 4)
    assert found.rise == pytest.approx(1.0)


def test_a_run_that_gets_better_to_its_end_is_never_stopped() -> None:
    found = stopping([1.0, 0.9, 0.8], Stop("loss", patience=0), 0, 0)
    assert (found.stopped_at, found.best_epoch, found.rise) == (None, 3, 0.0)


@pytest.mark.parametrize(
    "values, mode, best, rise",
    [
        ([0.5, 0.9, 0.6], "max", 2, 1 / 3),
        ([0.5, math.nan], "min", 1, math.inf),
        ([math.nan, 0.5, 0.5], "min", 2, 0.0),
    ],
)
def test_the_best_epoch_is_the_best_finite_one(
    values: list[float], mode: str, best: int, rise: float
) -> None:
    found = stopping(values, Stop("x", 5, mode=mode), 0, 0)
    assert (found.best_epoch, found.rise) == (best, pytest.approx(rise))
