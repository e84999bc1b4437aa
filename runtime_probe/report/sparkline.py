"""Losses as a line of small bars, on a log scale that several lines share."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from statistics import median
from typing import TypeAlias

from runtime_probe.records import Trial

BARS = "▁▂▃▄▅▆▇█"
NOT_FINITE = "×"
NOTHING = " "

Bin: TypeAlias = "float | None"
"""The loss over a part of the plan: NaN where most runs have none that is finite, or None."""


def sparklines(arms: Sequence[Sequence[Trial]], planned_steps: int, width: int) -> list[str]:
    """A line for each arm over the planned steps, from the medians of its runs of several seeds.

    ``×`` is where most runs have a loss that is NaN or infinite, and blank what was not run.
    """
    lines = [_binned(runs, max(planned_steps, 1), width) for runs in arms]
    height = _heights([each for line in lines for each in line if each is not None])
    return ["".join(_mark(each, height) for each in line) for line in lines]


def _binned(runs: Sequence[Trial], planned_steps: int, width: int) -> list[Bin]:
    bins: list[list[float]] = [[] for _ in range(width)]
    for run in runs:
        for step, loss in zip(run.at, run.losses, strict=True):
            bins[min(step * width // planned_steps, width - 1)].append(loss)
    reached = max((run.steps for run in runs), default=0) * width / planned_steps
    line: list[Bin] = []
    for number, losses in enumerate(bins):
        before = line[-1] if line and number < reached else None  # between two points of a run
        line.append(_middle(losses) if losses else before)
    return line


def _middle(losses: Sequence[float]) -> float:
    finite = [each for each in losses if math.isfinite(each)]
    return median(finite) if 2 * len(finite) > len(losses) else math.nan


def _heights(losses: Sequence[float]) -> Callable[[float], int]:
    """From a loss to its bar: by its logarithm, unless some loss has none."""
    values = [each for each in losses if math.isfinite(each)]
    if not values:
        return lambda _: 0
    scale: Callable[[float], float] = math.log if min(values) > 0 else float
    low, high = scale(min(values)), scale(max(values))
    if high == low:
        return lambda _: 0
    return lambda loss: round((scale(loss) - low) / (high - low) * (len(BARS) - 1))


def _mark(value: Bin, height: Callable[[float], int]) -> str:
    if value is None:
        return NOTHING
    return BARS[height(value)] if math.isfinite(value) else NOT_FINITE
