"""One training of one arm: exactly what Keras would do, on rows in an order that is given."""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import tensorflow as tf

from runtime_probe.child.modes import program
from runtime_probe.child.order import Order
from runtime_probe.child.program import tensors
from runtime_probe.child.rates import Replay
from runtime_probe.child.setup import Array, Setup

Look: TypeAlias = Callable[[int], "bool | None"]

_CALL_SECONDS = 0.2  # of a call, within which no deadline can be kept
_GROWTH = 16  # steps of a call over those of the call before, as its pace may be a poor guess


@dataclass(frozen=True)
class Run:
    """What one training did.

    ``losses`` are those that Keras optimises, float32 of shape (steps,); the last is not finite
    where the run ``diverged_at`` that step. ``epoch_losses`` are their means over rows for each
    epoch of the plan that was completed, as in a ``History``, and ``epoch_validation_losses`` those
    of the validation rows, where they were asked for or needed. ``stopped_at`` is the epoch,
    counted from 1, after which early stopping ended it. ``ended`` is as in ``records.Trial``; a run
    that diverged counts as planned, as nothing else could come of it.
    """

    steps: int
    losses: Array
    ended: str
    diverged_at: int | None
    epoch_losses: Array
    epoch_validation_losses: Array
    stopped_at: int | None
    seconds: float


def train(
    setup: Setup,
    seed: int,
    steps: int,
    deadline: float,
    *,
    looks: Sequence[int] = (),
    look: Look | None = None,
    validate: bool = False,
) -> Run:
    """Trains the model of ``setup`` from ``states[seed]``, and leaves it as the last step did.

    At each step of ``looks``, before it is made, ``look`` is called with the model as it is there;
    ``steps`` itself is the end. Where it returns True, the run ends as ``learned``. ``deadline`` is
    a time of ``time.monotonic``. ``validate`` asks for the validation loss of every epoch.
    """
    return _Training(setup, seed, steps, deadline, validate).run(frozenset(looks), look)


class _Training:
    """A run on its way."""

    def __init__(
        self, setup: Setup, seed: int, steps: int, deadline: float, validate: bool
    ) -> None:
        self._setup = setup
        self._steps = steps
        self._deadline = deadline
        self._order = Order(setup.sample, seed)
        self._data = tensors(setup.sample)
        self._sizes = tf.constant(self._order.sizes)
        self._block: tuple[int, Any] = (-1, None)
        self._program = program(setup, self._order, steps, deadline)
        self._program.begin(setup.states[seed], setup.optimizer.learning_rate, seed)
        self._replay = Replay(setup, self._program.optimizer)
        ends = setup.steps * np.arange(1, setup.epochs + 1) // setup.epochs
        self._epoch_ends = ends[ends <= steps]
        validation = setup.sample.validation
        validates = validate or self._replay.wants_validation
        self._validation = validation if validates else None
        self._step = 0
        self._call_steps = 1
        self._losses = np.zeros(steps, np.float32)
        self._validation_losses: list[float] = []

    def run(self, looks: frozenset[int], look: Look | None) -> Run:
        started = time.monotonic()
        ended = self._through(looks, look)
        self._program.end()
        losses = self._losses[: self._step]
        return Run(
            steps=self._step,
            losses=losses,
            ended=ended,
            diverged_at=self._step - 1 if not np.isfinite(losses[-1:]).all() else None,
            epoch_losses=self._by_epoch(),
            epoch_validation_losses=np.array(self._validation_losses),
            stopped_at=self._epoch() if ended == "stopped" else None,
            seconds=time.monotonic() - started,
        )

    def _through(self, looks: frozenset[int], look: Look | None) -> str:
        """Makes the steps. Returns how the run ended."""
        by_epoch = self._replay.wants_epochs or self._validation is not None
        stations = sorted({self._steps, *looks, *(self._epoch_ends.tolist() if by_epoch else ())})
        while True:
            if look is not None and self._step in looks and look(self._step):
                return "learned"
            if self._step >= self._steps:
                return "planned" if self._steps >= self._setup.steps else "capped"
            if time.monotonic() >= self._deadline:
                return "capped"
            if by_epoch and self._between_epochs():
                self._replay.epoch_begins(self._epoch())
            self._go(stations[bisect_right(stations, self._step)])
            if not np.isfinite(self._losses[self._step - 1]):
                return "planned"
            if by_epoch and self._between_epochs() and self._end_epoch():
                return "stopped"

    def _go(self, station: int) -> None:
        """Makes steps towards a station, as many as one call can make in time."""
        number, first = divmod(self._step, self._order.steps)
        if self._block[0] != number:
            self._block = (number, tf.constant(self._order.block(number)))
        count = min(station - self._step, self._order.steps - first, self._affordable())
        if self._replay.every_step:
            count = 1
            self._replay.step_begins(self._step)
        started = time.monotonic()
        losses = self._program.run(self._data, self._block[1], self._sizes, first, first + count)
        self._program.seconds_per_step = (time.monotonic() - started) / len(losses)
        self._call_steps = count
        self._losses[self._step : self._step + len(losses)] = losses
        self._step += len(losses)
        if self._replay.every_step:
            self._replay.step_ends(self._step - 1, float(losses[-1]))

    def _affordable(self) -> int:
        pace = self._program.seconds_per_step
        if pace is None:
            return 1
        seconds = min(_CALL_SECONDS, self._deadline - time.monotonic())
        return max(1, min(int(seconds / pace), _GROWTH * self._call_steps))

    def _epoch(self) -> int:
        """How many epochs are over."""
        return int(np.searchsorted(self._epoch_ends, self._step, side="right"))

    def _between_epochs(self) -> bool:
        epoch = self._epoch()
        return self._step == (self._epoch_ends[epoch - 1] if epoch else 0)

    def _end_epoch(self) -> bool:
        """Says to the callbacks what an epoch came to. Returns whether training ends there."""
        logs = {"loss": float(self._by_epoch(self._epoch() - 1)[0])}
        if self._validation is not None:
            self._validation_losses.append(self._program.evaluate(self._validation))
            logs["val_loss"] = self._validation_losses[-1]
        return self._replay.epoch_ends(self._epoch() - 1, logs)

    def _by_epoch(self, first: int = 0) -> Array:
        """The mean over rows of the losses of each epoch that is over, as in a ``History``."""
        ends = [0, *self._epoch_ends[: self._epoch()].tolist()][first:]
        if len(ends) < 2:
            return np.zeros(0)
        steps = np.arange(ends[0], ends[-1])
        rows = np.take(self._order.sizes, steps, mode="wrap").astype(float)
        starts = np.array(ends[:-1]) - ends[0]
        means: Array = np.add.reduceat(rows * self._losses[steps], starts) / np.add.reduceat(
            rows, starts
        )
        return means
