"""What early stopping would have done to a run that went on."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from runtime_probe.child.setup import Stop
from runtime_probe.records import Stopping


def stopping(values: Sequence[float], stop: Stop, fit: int, seed: int) -> Stopping:
    """What ``stop`` makes of the values that it monitors, one an epoch and at least one.

    ``rise`` is what was lost from the best epoch to the last, 0 where the last is the best and
    infinite where it is not finite.
    """
    worsening = [value if stop.mode == "min" else -value for value in values]
    best = min(range(len(values)), key=lambda epoch: _or_infinite(worsening[epoch]))
    lost = _or_infinite(worsening[-1]) - _or_infinite(worsening[best])
    return Stopping(
        fit=fit,
        seed=seed,
        monitor=stop.monitor,
        patience=stop.patience,
        epochs=len(values),
        stopped_at=_stopped_at(values, stop),
        best_epoch=best + 1,
        # What was lost is NaN where none of the values is a number.
        rise=lost / abs(values[best]) if lost > 0 and values[best] else max(0.0, lost),
    )


def _stopped_at(values: Sequence[float], stop: Stop) -> int | None:
    """The epoch after which ``keras.callbacks.EarlyStopping`` ends the training, None for never.

    As there, values are compared in single precision, the first one is the best whatever it is,
    and the first epoch is never the last.
    """
    sign = 1 if stop.mode == "min" else -1
    best: np.float32 | None = None
    wait = 0
    for epoch, value in enumerate(values):
        if epoch < stop.start_from_epoch:
            continue
        wait += 1
        changed = np.float32(sign * value + abs(stop.min_delta))
        if best is None or changed < best:
            best, wait = np.float32(sign * value), 0
        elif wait >= stop.patience and epoch > 0:
            return epoch + 1
    return None


def _or_infinite(value: float) -> float:
    return value if math.isfinite(value) else math.inf
