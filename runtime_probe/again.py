"""Runs a script again, with a loop of its own at another learning rate.

The loop belongs to the script and cannot be taken out of it. So the whole script runs a second
time, in a copy and a process of its own, up to the same step of the loop, and all that differs is
the rate of the optimizer in that loop. That takes as long as the first time did; where less is left
of the budget no rate is tried. A script that trains in such loops only is stopped early enough.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from runtime_probe.figures import number
from runtime_probe.job import Job, Loop
from runtime_probe.judging import concerned
from runtime_probe.rate_verdict import fall
from runtime_probe.rates import Watched, watched
from runtime_probe.records import (
    STABLE_RATE,
    TAPE,
    Ended,
    Progress,
    Reached,
    Record,
    Remark,
    Suspicion,
    Trial,
)
from runtime_probe.verdict import optimised_loss

Hear: TypeAlias = Callable[[Record], None]
Enough: TypeAlias = Callable[[], "Ended | None"]
Rerun: TypeAlias = Callable[[tuple[Loop, ...], Hear, Enough], None]
"""Runs the script with these loops until it is told that it is enough."""

_MOST_RATES = 3
_LONGER = 1.1  # a second run may take this many times what the first has taken
_STOPPING = 0.5  # seconds until a run has ended that is told to
_RULES = {True: "vanishing-learning-rate", False: "high-learning-rate"}


@dataclass
class FirstRun:
    """What the first run says, as it comes.

    ``began`` and ``end`` are those of the probe, in seconds of ``time.monotonic``.
    """

    job: Job
    began: float
    end: float
    hear: Hear
    records: list[Record] = field(default_factory=list)
    _seen: dict[int, float] = field(default_factory=dict)

    def __call__(self, record: Record) -> None:
        self.records.append(record)
        if isinstance(record, Trial):
            self._seen.setdefault(record.fit, time.monotonic())
        self.hear(record)

    def enough(self) -> Ended | None:
        """Why it must stop now: what was planned was seen, or what is left is for a second run."""
        if not all(each.kind == TAPE for each in self._fits):
            return None
        is_all = len(self._fits) >= (len(self.job.lines) or self.job.planned_fits)
        left = self.end - time.monotonic()
        for loop in self.suspects:
            if loop.trial.ended == "planned":
                continue  # it was told at the end of the script
            takes = self.takes(loop)
            is_possible = self._seen[loop.reached.fit] + takes < self.end
            if is_possible and (is_all or left < takes + _STOPPING):
                return Ended("enough", f"line {loop.reached.line} is run again at another rate")
        return None

    def takes(self, loop: Watched) -> float:
        """Seconds until a second run will have seen as much of a loop."""
        return _LONGER * (self._seen[loop.reached.fit] - self.began)

    @property
    def suspects(self) -> Sequence[Watched]:
        """The loops that a finding or a symptom asks another learning rate for."""
        return [
            each
            for each in watched(self.records)
            if not each.refused and (self.is_claimed(each) or each.symptom is not None)
        ]

    def is_claimed(self, loop: Watched) -> bool:
        """Whether a finding says that the rate is wrong."""
        return any(
            loop.reached in concerned(claim, self._fits, self.job.fit_lines)
            for claim in self.job.claims
            if claim.intervention == STABLE_RATE
        )

    @property
    def _fits(self) -> Sequence[Reached]:
        return [each for each in self.records if isinstance(each, Reached)]


def tried(first: FirstRun, rerun: Rerun) -> Iterator[Record]:
    """What other learning rates show, as records of the loops of the first run."""
    for loop in first.suspects:
        runs = _Runs(first, loop, rerun)
        runs.make()
        yield from runs.records()


class _Runs:
    """The runs of one loop at other rates."""

    def __init__(self, first: FirstRun, loop: Watched, rerun: Rerun) -> None:
        self._first = first
        self._loop = loop
        self._rerun = rerun
        self._trials: dict[float, Trial] = {}
        self._cut_short = False

    def make(self) -> None:
        """One run after another, as far as there is time and something to learn."""
        times: float | None = self._loop.first_times
        while times is not None and times not in self._trials and len(self._trials) < _MOST_RATES:
            if time.monotonic() + self._first.takes(self._loop) > self._first.end:
                self._cut_short = True
                return
            trial = self._at(times)
            if trial is None:
                self._cut_short = True
                return
            self._trials[times] = trial
            times = self._loop.next_times(times, trial)

    def records(self) -> Iterator[Record]:
        """The best run and its change; of the others a remark each."""
        loop, fit = self._loop, self._loop.reached.fit
        is_claimed = self._first.is_claimed(loop)
        best = max(self._trials, key=lambda each: fall(self._trials[each]), default=None)
        if self._cut_short:
            words = "there was no time" if best is None else "there was no time for more"
            yield Remark(f"{words} to run the script again at another learning rate", fit)
        if best is None:
            if is_claimed:
                yield loop.change(loop.first_times)
            return
        if not is_claimed and loop.symptom is not None:
            yield Suspicion(fit, _RULES[loop.is_raised], STABLE_RATE, loop.symptom.message)
        yield loop.change(best)
        yield self._trials[best]
        for times, trial in self._trials.items():
            if times != best:
                late = number(optimised_loss(trial))
                yield Remark(f"{loop.change(times).summary} was tried as well: loss {late}", fit)

    def _at(self, times: float) -> Trial | None:
        """The run at ``times`` the rate, None where it does not get as far."""
        reached = self._loop.reached
        self._first.hear(Progress(f"again, with {self._loop.change(times).summary}"))
        trials: list[Trial] = []

        def hear(record: Record) -> None:
            if isinstance(record, Trial) and record.changes == (STABLE_RATE,):
                trials.append(replace(record, fit=reached.fit))

        def enough() -> Ended | None:
            return Ended("finished") if trials else None

        loops = tuple(
            Loop(
                fit=each.reached.fit,
                steps=each.trial.steps,
                times=times if each.reached.fit == reached.fit else 1.0,
            )
            for each in watched(self._first.records)
        )
        self._rerun(loops, hear, enough)
        return trials[0] if trials else None
