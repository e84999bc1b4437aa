"""An optimizer at a multiple of its learning rate, whatever that follows."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import numpy as np


def inmost(optimizer: Any) -> Any:
    """The optimizer that makes the steps, in another one that scales its losses."""
    return getattr(optimizer, "inner_optimizer", optimizer)


def is_known(optimizer: Any) -> bool:
    """Whether its learning rate is kept where that of a Keras optimizer is."""
    return "_learning_rate" in vars(inmost(optimizer))


@contextlib.contextmanager
def multiplied(optimizer: Any, times: float) -> Iterator[None]:
    """Have the steps that are made in here go ``times`` as far; then the rate is what it was.

    The rate may be a variable that the script sets as it likes, a schedule, or a function.
    """
    held = vars(inmost(optimizer))
    rate = held["_learning_rate"]
    if hasattr(rate, "assign"):
        value = np.asarray(rate.numpy())
        rate.assign(value * value.dtype.type(times))
        try:
            yield
        finally:
            rate.assign(value)
        return
    held["_learning_rate"] = _scaled(rate, times)  # past the setter, which takes no such change
    try:
        yield
    finally:
        held["_learning_rate"] = rate


def _scaled(rate: Any, times: float) -> Any:
    kinds = (each for each in type(rate).__mro__ if each.__name__ == "LearningRateSchedule")
    schedule: Any = next(kinds, None)
    if schedule is None:
        return (lambda: times * rate()) if callable(rate) else times * rate

    class Scaled(schedule):  # type: ignore[misc]
        def __call__(self, step: Any) -> Any:
            return times * rate(step)

    return Scaled()
