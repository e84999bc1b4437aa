"""One training of one arm, watched: its loss curve, and how good the model was on the way."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np

from runtime_probe.child.schedule import Schedule, grid, growing
from runtime_probe.child.setup import Setup
from runtime_probe.child.task import Task
from runtime_probe.child.training import Run, train
from runtime_probe.records import Measured, Trial

_MOST_POINTS = 400  # of a loss curve
_LEARNED, _LEARNED_LOOKS = 0.98, 3  # the skill at which nothing more is to be seen, and how often
_TIMED = 0.3  # seconds of steps after which their pace is known
_POINTS = 16  # about as many measures a run


class Watched:
    """A run of ``setup`` from one seed within ``schedule``, which the first one settles.

    ``whole``: it goes on when everything is learned, so that what comes after is seen as well.
    """

    def __init__(self, setup: Setup, task: Task, schedule: Schedule, whole: bool) -> None:
        self._setup = setup
        self._task = task
        self._schedule = schedule
        self._whole = whole
        self._measured: list[Measured] = []
        self._measuring = 0.0
        self._capped = False
        self._started = time.monotonic()
        self._paced: tuple[int, float] | None = None

    def trial(self, fit: int, arm: Sequence[str], seed: int) -> tuple[Trial, Run]:
        """The record of the run, and what the trainer says of it. Raises what training raises."""
        planned = self._schedule.horizon
        looks = grid(planned) if self._schedule.settled else growing(planned)
        run = train(
            self._setup,
            seed,
            planned,
            self._schedule.end,
            looks=looks,
            look=self._look,
            validate=self._whole,
        )
        if not self._measured or self._measured[-1].step != run.steps:
            self._measured.append(self._task.measure(self._setup, run.steps))
        seconds = time.monotonic() - self._started
        shown = np.unique(np.linspace(0, len(run.losses) - 1, _MOST_POINTS).astype(int))
        at = shown if len(run.losses) else shown[:0]
        trial = Trial(
            fit,
            tuple(arm),
            seed,
            run.steps,
            self._ended(run),
            tuple(int(each) for each in at),
            tuple(float(each) for each in run.losses[at]),
            tuple(self._measured),
            tuple(float(each) for each in run.epoch_validation_losses),
            run.diverged_at,
            seconds,
        )
        return trial, run

    def _ended(self, run: Run) -> str:
        if self._capped:
            return "capped"
        cut_short = run.ended == "planned" and run.diverged_at is None
        return "capped" if cut_short and run.steps < self._setup.steps else run.ended

    def _look(self, step: int) -> bool:
        """Measures the model where that is due; True where the run need not go on."""
        if not self._schedule.settled:
            self._settle(step)
        horizon = self._schedule.horizon
        last = self._measured[-1].step if self._measured else -1
        if step == 0 or step - last >= horizon / _POINTS or step >= horizon:
            started = time.monotonic()
            self._measured.append(self._task.measure(self._setup, step))
            self._measuring += time.monotonic() - started
        self._capped = horizon <= step < self._setup.steps
        return self._capped or (not self._whole and self._is_learned())

    def _settle(self, step: int) -> None:
        """Tells the schedule the pace once it is known, without the time that measures take."""
        now = time.monotonic() - self._started - self._measuring
        if step == 0:
            return
        if self._paced is None:
            self._paced = (step, now)
            return
        since, then = self._paced
        if now - then >= _TIMED or step >= self._schedule.horizon // 8:
            self._schedule.settle((now - then) / (step - since), then)

    def _is_learned(self) -> bool:
        last = self._measured[-_LEARNED_LOOKS:]
        return len(last) == _LEARNED_LOOKS and all(
            min(each.skill, each.loss_skill) >= _LEARNED for each in last
        )
