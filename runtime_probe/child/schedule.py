"""How many steps and seeds there is time for, and which run comes next."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import TypeAlias

Arm: TypeAlias = "tuple[str, ...]"

_FEW_STEPS = 200  # a run shorter than that says little, and fewer seeds are better
_SHARE = 0.75  # of the time that is left, which the runs that are needed are planned into
_POINTS = 16  # at which a run is measured


class Schedule:
    """The steps of a run and the seeds, settled by the pace of the first run.

    ``arms`` are the runs that a verdict needs for each seed besides the one as written. Until it is
    settled, ``horizon`` is what the script plans.
    """

    def __init__(self, planned: int, seeds: int, arms: int, end: float) -> None:
        self.horizon = planned
        self.seeds = seeds
        self.settled = False
        self.end = end
        self._arms = arms
        self._longest = 0.0

    def settle(self, seconds_per_step: float, setting_up: float) -> None:
        """Fewer seeds where all do not fit, and fewer steps where two do not.

        ``setting_up`` are the seconds that an arm takes before its first step.
        """
        self.settled = True
        left = _SHARE * (self.end - time.monotonic()) - self._arms * setting_up
        whole = self.horizon * seconds_per_step * (1 + self._arms)
        fitting = int(left / whole) if whole > 0 else self.seeds
        if fitting >= min(2, self.seeds):
            self.seeds = min(self.seeds, fitting)
            return
        of_one = max(left, 0.0) / (seconds_per_step * (1 + self._arms))
        self.seeds = min(self.seeds, 2 if of_one / 2 >= _FEW_STEPS else 1)
        self.horizon = max(min(self.horizon, int(of_one / self.seeds)), 1)

    def runs(self, needed: Sequence[Arm], extra: Sequence[Arm]) -> Iterator[tuple[Arm, int]]:
        """What comes after the first run, most needed first: as written from all seeds, then the
        other arms seed by seed, then those that only tell more."""
        yield from (((), seed) for seed in range(1, self.seeds))
        for arms in (needed[:1], needed[1:], extra):
            yield from ((arm, seed) for seed in range(self.seeds) for arm in arms)

    def took(self, seconds: float) -> None:
        self._longest = max(self._longest, seconds)

    def has_time(self) -> bool:
        """Whether another run can be expected to end in time."""
        return time.monotonic() + self._longest < self.end


def growing(steps: int) -> list[int]:
    """Steps to look at while it is not known how many there is time for: each a seventh further."""
    looks, step = [0], 1
    while step < steps:
        looks.append(step)
        step += max(step // 7, 1)
    return [*looks, steps]


def grid(steps: int) -> list[int]:
    """Steps to look at of a run of known length, its start and its end among them."""
    return sorted({steps * point // _POINTS for point in range(_POINTS + 1)})
