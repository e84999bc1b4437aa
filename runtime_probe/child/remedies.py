"""Whether more steps, or another learning rate, would make a run that has learned little learn.

What a symptom advises is tried before it is said: a rate that is stable at the start may not be so
later, and a loss that still falls may not get far.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from runtime_probe.child.setup import Optimizer, Sample, Setup, Workshop
from runtime_probe.child.surface import taken
from runtime_probe.child.task import Task
from runtime_probe.child.training import train
from runtime_probe.records import Measured, Stability, Trial
from runtime_probe.remedies import BetterRate, Longer

_LITTLE = 0.5  # skill of the loss below which a run may have ended too early
_ENOUGH = 0.8  # skill of the loss at which it has not
_TIMES, _AT_LEAST = 10, 300  # the plan, or steps, that it is carried on for
_FURTHER = 1.15  # times the step of the last look
_HOLDING = 50  # rows from which on some can be held out
_EVERY = 5  # row, of which one is held out
_RISE = 0.2  # of the skill of the metric, on rows that are held out if there are any, …
_HARDLY_A_PLAN = 20  # … or, where the plan has fewer steps than this, …
_RISE_OF_LOSS = 0.3  # … of the skill of the loss

_FAR_BELOW = 20.0  # times below the stable rate
_APART = 3.0  # times that rates which are tried are apart
_MOST_RATES = 4
_GAIN = 0.2  # skill of the loss by which a better rate beats the one as written


def carried_on(
    setup: Setup, task: Task, trials: Sequence[Trial], deadline: float
) -> tuple[Longer, ...]:
    """What becomes of ``trials``, the runs as written, when they go on; none if one learns no more.

    A run counts as one that learns where its loss comes near to 0 and more rows are told rightly
    than before, of those that it does not train on. ``deadline``, a time of ``time.monotonic``,
    may leave time for some of them only.
    """
    fixed = setup.stop is not None or setup.rate_callbacks
    if fixed or setup.optimizer.learning_rate is None or not all(map(_is_little, trials)):
        return ()
    setup, held_out = _split(setup)
    found: list[Longer] = []
    for trial in trials:
        longer = _longer(setup, held_out, task, trial, deadline)
        if longer is None:
            return tuple(found) if time.monotonic() > deadline else ()
        found.append(longer)
    return tuple(found)


def _is_little(trial: Trial) -> bool:
    is_whole = trial.ended == "planned" and trial.diverged_at is None
    return is_whole and trial.measured[-1].loss_skill < _LITTLE


def _split(setup: Setup) -> tuple[Setup, Setup | None]:
    """What is trained on, and what only predicted: the script's own validation data, if any."""
    sample = setup.sample
    if sample.validation is not None and sample.validation.y is not None:
        return setup, replace(setup, sample=sample.validation)
    if sample.rows < _HOLDING:
        return setup, None
    is_out = np.arange(sample.rows) % _EVERY == 0
    parts = [_part(sample, np.flatnonzero(each)) for each in (~is_out, is_out)]
    kept, out = (replace(setup, sample=each) for each in parts)
    return replace(kept, workshop=Workshop(mode=setup.workshop.mode)), out


def _part(sample: Sample, rows: np.ndarray) -> Sample:
    return replace(
        sample,
        x=taken(sample.x, rows),
        y=taken(sample.y, rows),
        weights=taken(sample.weights, rows),
        rows=len(rows),
        batch_size=min(sample.batch_size, len(rows)),
    )


def _longer(
    setup: Setup, held_out: Setup | None, task: Task, trial: Trial, deadline: float
) -> Longer | None:
    planned = trial.steps
    most = max(_TIMES * planned, _AT_LEAST)
    epochs = math.ceil(most * setup.epochs / planned)
    seen: list[tuple[Measured, Measured]] = []

    def look(step: int) -> bool:
        measured = task.measure(setup, step)
        told = measured if held_out is None else task.measure(held_out, step)
        seen.append((measured, told))
        return measured.loss_skill >= _ENOUGH and _is_told_better(seen[0][1], told, planned)

    run = train(
        replace(setup, steps=most, epochs=epochs),
        trial.seed,
        most,
        deadline,
        looks=_looks(planned, most),
        look=look,
    )
    if run.ended != "learned" or len(seen) < 2:
        return None
    (_, before), (end, after) = seen[0], seen[-1]
    return Longer(
        seed=trial.seed,
        planned=planned,
        loss_skill=trial.measured[-1].loss_skill,
        steps=end.step,
        reached=end.loss_skill,
        before=before.skill,
        after=after.skill,
        held_out=held_out is not None,
    )


def _is_told_better(before: Measured, after: Measured, planned: int) -> bool:
    if planned >= _HARDLY_A_PLAN:
        return after.skill >= before.skill + _RISE
    return after.loss_skill >= before.loss_skill + _RISE_OF_LOSS


def _looks(planned: int, most: int) -> list[int]:
    looks, step = [], float(planned)
    while step < most:
        looks.append(int(step))
        step = max(step * _FURTHER, step + 1)
    return looks


def better_rate(
    setup: Setup, task: Task, trials: Sequence[Trial], stability: Stability, deadline: float
) -> BetterRate | None:
    """A rate with which ``trials``, the runs as written, all learn more in as many steps.

    The first that does of those from the stable rate downwards; None where none does, or where the
    one as written is about right. ``deadline`` may leave time for some of the runs only.
    """
    if setup.optimizer.learning_rate is None or setup.rate_callbacks:
        return None
    for rate in _rates(setup.optimizer.learning_rate, stability):
        skills: list[float] = []
        for trial in trials:
            skill = _skill_at(rate, setup, task, trial, deadline)
            if skill is None or skill < max(_worth(trial), 0.0) + _GAIN:
                break
            skills.append(skill)
        is_over = time.monotonic() > deadline
        if len(skills) == len(trials) or (skills and is_over):
            return BetterRate(rate, min(skills), len(skills))
        if is_over:
            return None
    return None


def _rates(rate: float, stability: Stability) -> list[float]:
    """Rates to try in place of ``rate``, the largest first."""
    stable = stability.stable_rate
    if rate > stability.limit:
        first = min(stable, rate / _APART)
    elif rate * _FAR_BELOW < stable:
        first = stable
    else:
        return []
    tried = [first / _APART**power for power in range(_MOST_RATES)]
    return [each for each in tried if each > 0 and (each < rate or each > rate * _APART)]


def _worth(trial: Trial) -> float:
    return -1.0 if trial.diverged_at is not None else trial.measured[-1].loss_skill


def _skill_at(rate: float, setup: Setup, task: Task, trial: Trial, deadline: float) -> float | None:
    """The skill of the loss at the end of a run with another rate; None where it came to none."""
    config = {**setup.optimizer.config, "learning_rate": rate}
    changed = replace(setup, optimizer=Optimizer(setup.optimizer.kind, config))
    run = train(changed, trial.seed, trial.steps, deadline)
    if run.diverged_at is not None or run.steps < trial.steps:
        return None
    return task.measure(changed, run.steps).loss_skill
