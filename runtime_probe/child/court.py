"""The hearing of one training: as written, with all changes, and with each of them left out.

Faults mask each other, so what a change is worth shows where all others are made as well. The
training as written comes first, and decides how many steps and seeds there is time for; every
other run then has as many steps, from the same states and in the same order of rows.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import numpy as np
import tensorflow as tf

from runtime_probe.child import state
from runtime_probe.child.curvature import stability
from runtime_probe.child.diagnosis import diagnosis
from runtime_probe.child.errors import reason_of
from runtime_probe.child.first_batch import LEARNED, first_batch
from runtime_probe.child.interventions import INTERVENTIONS, Changed, Refusal, combined, in_order
from runtime_probe.child.interventions.stopping import early_stopping
from runtime_probe.child.layers import layer_records
from runtime_probe.child.losses import name_of
from runtime_probe.child.raising import raises, refuses
from runtime_probe.child.remedies import better_rate, carried_on
from runtime_probe.child.runs import Watched
from runtime_probe.child.schedule import Arm, Schedule
from runtime_probe.child.setup import Emit, Sample, Setup, State
from runtime_probe.child.stopping import stopping
from runtime_probe.child.suspicions import suspicions
from runtime_probe.child.task import Task
from runtime_probe.child.training import Run
from runtime_probe.child.trees import leaves
from runtime_probe.child.unlearnable import unlearnable
from runtime_probe.job import Claim, Job
from runtime_probe.records import (
    Change,
    Column,
    Progress,
    Reached,
    Record,
    Remark,
    Stability,
    Suspicion,
    Symptom,
    Trial,
)
from runtime_probe.remedies import Remedies

_RESERVE = 2.0  # seconds that stay for what the script does after its last fit
_MOST_COLUMNS = 64
_EXAMINING = 0.1  # the share of the time that goes into the state of the layers
_REMEDIES, _REMEDIES_ALONE = 0.3, 0.8  # and into what would help, with other runs to come or none
_LEARNED_ENOUGH = 0.8  # the skill of the loss of which nothing is to be helped

# Judged from the run as written, which it would have ended; it is no run of its own.
_OF_DATA = frozenset(
    {"standardised-features", "standardised-target", "matching-labels", "shuffled-order"}
)
_FROM_WRITTEN = frozenset({"early-stopping"})
# What does not touch how a model makes its loss, which is all that is known of a step of its own.
_OUTSIDE_STEP = frozenset(
    {
        "adam",
        "matching-labels",
        "momentum",
        "shuffled-order",
        "stable-learning-rate",
        "standardised-features",
    }
)

# What an arm may raise whose change the model does not take.
_FAILURES = (tf.errors.OpError, ValueError, TypeError, ArithmeticError, AttributeError)


_Fault = TypeVar("_Fault", Suspicion, Symptom)


@dataclass(frozen=True)
class Heard:
    """The training as the script would have had it: the variables after it, and its history.

    ``losses`` are those of the epochs, ``logs`` other values of the epochs by their names.
    """

    state: State
    losses: Sequence[float]
    logs: Mapping[str, Sequence[float]] = field(default_factory=dict)


def hear(captured: Any, job: Job, emit: Emit, deadline: float) -> Heard | None:
    """Tries what ``job`` claims of this training, and what is measured at it.

    ``deadline`` is the end of everything, in seconds of ``time.monotonic``. None where the
    training cannot be carried out here. Raises what the training as written raises.
    """
    with _randomness_kept():
        return _Hearing(captured, job, emit, deadline).held()


class _Hearing:
    def __init__(self, captured: Any, job: Job, emit: Emit, deadline: float) -> None:
        self._captured = captured
        self._job = job
        self._records: list[Record] = []
        self._send = emit
        now = time.monotonic()
        others = max((len(job.lines) or job.planned_fits) - captured.fit, 1)
        self._end = now + (deadline - now - _RESERVE) / others
        states, self._seeding = state.states(captured.model, job.seeds)
        self._written = Setup(
            model=captured.model,
            optimizer=captured.optimizer,
            loss=captured.loss,
            sample=captured.sample,
            states=states,
            steps=captured.steps,
            epochs=captured.epochs,
            loss_weights=captured.loss_weights,
            rate_callbacks=captured.rate_callbacks,
            stop=captured.stop,
        )
        self._task = Task.of(self._written)
        self._setups: dict[tuple[str, ...], Setup] = {(): self._written}
        self._stopping_is_asked = False

    def _emit(self, record: Record) -> None:
        self._records.append(record)
        self._send(record)

    def held(self) -> Heard | None:
        reason = _reason(self._captured)
        self._emit(self._reached(reason))
        if reason is not None:
            return None
        captured = self._captured
        if captured.refused_by is not None:
            rows = captured.sample.rows
            self._emit(refuses(captured.refused_by, rows, captured.fit, captured.line))
        self._say_what_cannot_be_learned()
        changes = self._changes()
        schedule = Schedule(
            planned=min(self._written.steps, self._job.steps or self._written.steps),
            seeds=len(self._written.states),
            arms=len(_needed(changes)),
            end=self._end,
        )
        heard, failure = self._as_written(schedule)
        runs = list(schedule.runs(_needed(changes), _extra(changes)))
        as_written = [seed for arm, seed in runs if not arm]
        others = [(arm, seed) for arm, seed in runs if arm]
        for seed in as_written:
            if schedule.has_time():
                self._try((), seed, schedule)
        self._diagnose(schedule, share=_REMEDIES if others else _REMEDIES_ALONE)
        for arm, seed in others:
            if not schedule.has_time():
                break
            self._try(arm, seed, schedule)
        if failure is not None:
            raise failure
        return heard

    def _say_what_cannot_be_learned(self) -> None:
        if self._captured.stand_in is not None or self._captured.custom_train_step:
            return
        fit, line = self._captured.fit, self._captured.line
        with self._guarded("whether the data can be learned at all"):
            for symptom in unlearnable(self._written, self._task, fit, line):
                self._emit(self._placed(symptom))

    def _as_written(self, schedule: Schedule) -> tuple[Heard | None, Exception | None]:
        """What the script goes on with, or what its training raises."""
        self._emit(Progress("the training as written"))
        watched = Watched(self._written, self._task, schedule, whole=True)
        try:
            trial, run = watched.trial(self._captured.fit, (), 0)
        except _FAILURES as error:
            self._emit(_failed(self._captured.fit, (), 0))
            with self._guarded("why it raises"):
                fit, line = self._captured.fit, self._captured.line
                self._emit(raises(error, self._written, self._task, fit, line))
            return None, error
        self._emit(trial)
        if trial.ended == "capped":
            schedule.horizon = trial.steps
        heard = Heard(state.values(self._written.model), *_history(run))
        self._examine(heard, schedule)
        self._stop(run, 0)
        return heard, None

    def _examine(self, heard: Heard, schedule: Schedule) -> None:
        """The health of the run as written, from the states before and after it."""
        fit, written = self._captured.fit, self._written
        now = time.monotonic()
        deadline = now + _EXAMINING * (schedule.end - now)
        with self._guarded("the curvature"):
            limit = stability(written, 0, deadline, fit)
            if limit is not None:
                self._emit(limit)
        with self._guarded("the state of the layers"):
            for layer in layer_records(written, written.states[0], heard.state, deadline, fit):
                self._emit(layer)

    def _stop(self, run: Run, seed: int) -> None:
        """What early stopping would have made of a run as written."""
        proposed = early_stopping(self._written, self._task)
        if not isinstance(proposed, Changed) or proposed.setup.stop is None:
            return
        losses, logs = _history(run)
        values = logs.get(proposed.setup.stop.monitor, losses)
        if run.diverged_at is not None:  # Keras goes on, and no loss is a number any more
            values = [*values, *[math.nan] * (self._written.epochs - len(values))]
        if values:
            self._emit(stopping(values, proposed.setup.stop, self._captured.fit, seed))

    def _diagnose(self, schedule: Schedule, share: float) -> None:
        """What is wrong with the runs as written, said before there may be no time for it."""
        trials = [each for each in self._records if isinstance(each, Trial) and each.measured]
        if trials and trials[0].measured[-1].skill < LEARNED and schedule.has_time():
            with self._guarded("whether a batch can be learned by heart"):
                found = first_batch(self._written, self._task, 0, schedule.end, self._captured.fit)
                if found is not None:
                    self._emit(found)
        remedies = Remedies()
        now = time.monotonic()
        with self._guarded("whether more steps or another rate would do"):
            remedies = self._remedies(now + share * (schedule.end - now))
        with self._guarded("what is wrong with it"):
            for symptom in diagnosis(self._written, self._records, schedule.end, remedies):
                self._emit(self._placed(symptom))

    def _remedies(self, deadline: float) -> Remedies:
        """What would help the runs as written, as far as there is time to try it."""
        trials = [
            each
            for each in self._records
            if isinstance(each, Trial) and each.measured and each.ended in {"planned", "capped"}
        ]
        if not trials or trials[0].measured[-1].loss_skill >= _LEARNED_ENOUGH:
            return Remedies()
        limit = next((each for each in self._records if isinstance(each, Stability)), None)
        now = time.monotonic()
        half = now + (deadline - now) / 2
        rate = (
            None if limit is None else better_rate(self._written, self._task, trials, limit, half)
        )
        return Remedies(tuple(carried_on(self._written, self._task, trials, deadline)), rate)

    def _placed(self, fault: _Fault) -> _Fault:
        """The same with the line of what it is about, where that is known."""
        line = self._captured.lines.get(fault.where, self._captured.line)
        placed: _Fault = replace(fault, line=line)
        return placed

    @contextmanager
    def _guarded(self, what: str) -> Iterator[None]:
        """Has a remark take the place of a measure that this model does not bear."""
        try:
            yield
        except _FAILURES as error:
            message = f"{what} could not be measured: {reason_of(error)}"
            self._emit(Remark(message, self._captured.fit))

    def _try(self, arm: tuple[str, ...], seed: int, schedule: Schedule) -> None:
        fit = self._captured.fit
        started = time.monotonic()
        self._emit(Progress(f"{' and '.join(arm) or 'as written'}, seed {seed}"))
        try:
            if arm not in self._setups:
                self._setups[arm] = combined(self._written, self._task, arm)
            whole = not arm and self._stopping_is_asked
            watched = Watched(self._setups[arm], self._task, schedule, whole)
            trial, run = watched.trial(fit, arm, seed)
            self._emit(trial)
            if whole:
                self._stop(run, seed)
        except _FAILURES as error:
            self._emit(_failed(fit, arm, seed))
            if arm:
                message = f"with {' and '.join(arm)} training fails: {reason_of(error)}"
                self._emit(Remark(message, fit))
        schedule.took(time.monotonic() - started)

    def _changes(self) -> tuple[str, ...]:
        """The interventions that can be tried here; says of each what it does, or why not."""
        fit = self._captured.fit
        claims = [each for each in self._job.claims if self._concerns(each)]
        claimed = {each.intervention for each in claims}
        needing_data = {each.intervention for each in claims if each.rests_on_data}
        with self._guarded("whether anything looks wrong"):
            for each in suspicions(self._written, self._task, fit):
                if each.intervention in claimed or not self._applies(each.intervention):
                    continue
                claimed.add(each.intervention)
                self._emit(self._placed(each))
        workable = []
        for name in in_order(claimed):
            refusal = self._cannot(name, name in needing_data)
            if refusal is not None:
                self._emit(Change(fit, name, refusal, impossible=refusal))
                continue
            result = self._made(name)
            if isinstance(result, Changed):
                self._emit(Change(fit, name, result.summary, result.diff))
                workable.append(name)
            else:
                self._emit(
                    Change(fit, name, result.words, impossible=result.words, already=result.already)
                )
        self._stopping_is_asked = not _FROM_WRITTEN.isdisjoint(workable)
        return tuple(each for each in workable if each not in _FROM_WRITTEN)

    def _made(self, name: str) -> Changed | Refusal:
        try:
            return INTERVENTIONS[name](self._written, self._task)
        except _FAILURES as error:
            return Refusal(f"the change cannot be made here: {reason_of(error)}")

    def _concerns(self, claim: Claim) -> bool:
        """Whether a claim is about this fit: it names its line, or that of none."""
        elsewhere = set(claim.lines) & set(self._job.fit_lines)
        return self._captured.line in claim.lines or not elsewhere

    def _applies(self, name: str) -> bool:
        return self._cannot(name, name in _OF_DATA) is None

    def _cannot(self, name: str, rests_on_data: bool) -> str | None:
        if rests_on_data and self._captured.stand_in is not None:
            return f"the data only stand in for the script's own: {self._captured.stand_in}"
        if self._captured.custom_train_step and name not in _OUTSIDE_STEP | _FROM_WRITTEN:
            return "the model makes its loss by code of its own"
        return None

    def _reached(self, reason: str | None) -> Reached:
        captured, task = self._captured, self._task
        sample = captured.sample
        return Reached(
            fit=captured.fit,
            line=captured.line,
            filename=captured.filename,
            kind=captured.kind,
            framework=captured.framework,
            model=captured.model.name,
            parameters=int(captured.model.count_params()),
            optimizer=captured.optimizer.kind.__name__,
            learning_rate=captured.optimizer.learning_rate,
            loss=_loss_name(captured.loss),
            task=task.kind,
            metric=task.metric,
            batch_size=sample.batch_size,
            epochs=captured.epochs,
            planned_steps=captured.steps,
            rows=captured.rows,
            sampled_rows=sample.rows,
            sampling=sample.drawn,
            seeding=self._seeding,
            validated=captured.validated,
            loss_of_constant=task.loss_of_constant(self._written),
            columns=_columns(sample),
            stand_in=captured.stand_in,
            reason=reason,
        )


def _needed(changes: Sequence[str]) -> list[Arm]:
    """The arms that verdicts rest on: all changes, and of several each one left out."""
    if len(changes) < 2:
        return [tuple(changes)] if changes else []
    return [tuple(changes), *(_without(changes, each) for each in changes)]


def _extra(changes: Sequence[str]) -> list[Arm]:
    """The arms that tell more: each change alone, which of two is the other left out."""
    return [(each,) for each in changes] if len(changes) > 2 else []


def _without(changes: Sequence[str], left_out: str) -> Arm:
    return tuple(each for each in changes if each != left_out)


def _history(run: Run) -> tuple[list[float], dict[str, list[float]]]:
    """The losses of the epochs of a run, and other values of them by their names."""
    validation = run.epoch_validation_losses.tolist()
    return run.epoch_losses.tolist(), {"val_loss": validation} if validation else {}


def _reason(captured: Any) -> str | None:
    """Why no trial is possible."""
    if captured.unknown_callbacks:
        names = ", ".join(captured.unknown_callbacks)
        return f"what {names} does to the training is not known"
    return None if captured.steps else "it trains for no step"


def _failed(fit: int, arm: Arm, seed: int) -> Trial:
    return Trial(fit, arm, seed, 0, "failed", (), (), ())


def _loss_name(loss: Any) -> str:
    if isinstance(loss, (list, tuple, Mapping)):
        each = loss.values() if isinstance(loss, Mapping) else loss
        return ", ".join(name_of(one) for one in each)
    return name_of(loss)


def _columns(sample: Sample) -> tuple[Column, ...]:
    """The features of a single two-dimensional input, the first of them where they are many."""
    arrays = list(leaves(sample.x))
    if len(arrays) != 1 or arrays[0].ndim != 2 or arrays[0].dtype.kind not in "biuf":
        return ()
    x = arrays[0][:, :_MOST_COLUMNS].astype(float)
    names = list(sample.names) or [str(index) for index in range(x.shape[1])]
    rows = zip(names, x.mean(axis=0), x.std(axis=0), x.min(axis=0), x.max(axis=0), strict=False)
    return tuple(Column(name, *(float(each) for each in numbers)) for name, *numbers in rows)


@contextmanager
def _randomness_kept() -> Iterator[None]:
    """What the script draws afterwards does not depend on what was tried here."""
    of_python, of_numpy = random.getstate(), np.random.get_state()
    try:
        yield
    finally:
        random.setstate(of_python)
        np.random.set_state(of_numpy)
