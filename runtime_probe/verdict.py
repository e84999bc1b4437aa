"""From trials to verdicts: the written decision procedure.

A finding is judged in company. ``S`` is the set of all changes that were tried together; a change
is compared in ``S`` against ``S`` without it, from the same initial state on the same batches, seed
by seed. What a run is worth is read from its second half alone, because a loss can be periodic and
end where it began, and from predictions, because Keras computes losses from logits that a wrong
output layer never shows.

``without`` is the run that lacks the change, ``with`` the one that has it:

===== ============================================================================================
F0    **raises**: Keras does not take the model, data or loss of ``without``
F1    **fails**: the loss of ``without`` is not finite, or stays above that of the best constant
      prediction by more than half
F2    **does not learn**: the skill of ``without`` is at most 0.05 after all steps of the plan, or
      its output is constant
F3    **is slow**: ``with`` gets half of the way from the constant prediction to the best loss in a
      third of the steps that ``without`` takes, which are at least half of the plan
F4    **learns little**: after all steps of the plan the skill of ``without`` is less than half that
      of ``with``, for G
F5    **is unbounded**: a cross-entropy falls below 0, which it cannot for labels that it takes
G     **gain**: ``with`` beats the constant prediction for every seed; skill, of the metric or of
      the loss, rises by more than 0.1 for every seed and 0.2 in the median, and the other of the
      two does not fall by more than 0.05
===== ============================================================================================

Confirmed is F0 or F5 where ``with`` is free of it, G and one of F1, F2 and F4, or F3 alone, for
every seed, F2 only where the plan was run to its end, and all of it only where most seeds as
written go wrong in the same sense against all changes. Refuted is a run of the whole plan with no
F, in which the change brings less than 0.05. Anything else is inconclusive, with the reason. The
figures are those of a published prototype, rounded, but for half of the plan, without which every
larger learning rate would look like a cure.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import NamedTuple

from runtime_probe.figures import number
from runtime_probe.records import Change, Measured, Reached, Stopping, Trial

WORSE_THAN_CONSTANT = -0.5
NO_SKILL = 0.05
FAILED = "failed"  # how a trial ended that raised
SURE_GAIN, TYPICAL_GAIN, NO_GAIN = 0.1, 0.2, 0.05
TIMES_FASTER = 3
SLOW_SHARE_OF_PLAN = 0.5
FEW_ROWS = 50
POOR_SHARE = 0.5
MOST_SEEDS = 2 / 3
WASTED_SHARE = 0.1
RISE = 0.05


class Ruling(enum.Enum):
    """What a trial says of a finding."""

    CONFIRMED = "confirmed"
    REFUTED = "refuted"
    INCONCLUSIVE = "inconclusive"
    UNTRIED = "untried"


@dataclass(frozen=True, slots=True)
class Late:
    """What one run is worth, over its second half."""

    loss: float
    loss_skill: float
    metric: float
    skill: float
    constant: bool


@dataclass(frozen=True, slots=True)
class Pair:
    """One seed: the run without the change and with it, all other changes applied to both."""

    seed: int
    without: Trial
    with_change: Trial

    @property
    def is_measured(self) -> bool:
        """Whether more is known of it than losses."""
        return bool(self.without.measured or self.with_change.measured)

    @property
    def gain(self) -> tuple[float, float]:
        """How much more skill the change gives, by the loss and by the metric."""
        before, after = late(self.without), late(self.with_change)
        return _bounded(after.loss_skill) - _bounded(before.loss_skill), after.skill - before.skill


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one finding at one fit.

    ``finding`` is its index in the report, None for a fault that was measured and not read.
    ``reason`` is a word for programs where the ruling is no plain one: ``capped``, ``masked``,
    ``redundant``, ``seeds-disagree``, ``few-rows``, ``stand-in-data``, ``no-fit-reached``,
    ``unknown-callback``, ``time``, ``already-so``, ``never-stops``, ``no-effect``…
    """

    finding: int | None
    fit: int
    rule: str
    intervention: str
    ruling: Ruling
    sentence: str
    reason: str | None = None
    pairs: tuple[Pair, ...] = ()
    change: Change | None = None
    company: tuple[str, ...] = ()
    stopping: tuple[Stopping, ...] = ()


class Judgement(NamedTuple):
    """A ruling, why, in a sentence with numbers, and what it was compared in."""

    ruling: Ruling
    reason: str | None
    sentence: str
    pairs: tuple[Pair, ...] = ()
    company: tuple[str, ...] = ()


def late(trial: Trial) -> Late:
    """The medians of what was measured in the second half of a run."""
    points = [each for each in trial.measured if each.step * 2 >= trial.steps]
    if not points:
        nothing = float("nan")
        return Late(nothing, nothing, nothing, nothing, constant=False)
    loss, loss_skill, metric, skill = (
        median(getattr(each, name) for each in points) for name in _NUMBERS
    )
    return Late(loss, loss_skill, metric, skill, all(each.constant for each in points))


def optimised_loss(trial: Trial) -> float:
    """The median of the losses that Keras optimises, in the second half of a run; NaN for most NaN.

    It differs from that of the predictions where these are not what Keras makes its loss of, and
    where a loss of predictions is cut off, as a log loss is near 0 and 1.
    """
    points = zip(trial.at, trial.losses, strict=True)
    losses = [
        each if math.isfinite(each) else math.inf
        for step, each in points
        if step * 2 >= trial.steps
    ]
    middle = median(losses) if losses else math.nan
    return middle if math.isfinite(middle) else math.nan


_NUMBERS = ("loss", "loss_skill", "metric", "skill")
UNRUN = Judgement(Ruling.UNTRIED, "time", "no trial of it was run within the budget")


def judge(reached: Reached, intervention: str, trials: Sequence[Trial]) -> Judgement:
    """The ruling on a change at one fit."""
    together = max((each.changes for each in trials), key=len, default=())
    if intervention not in together:
        return UNRUN
    rest = tuple(each for each in together if each != intervention)
    pairs = tuple(_pairs(trials, rest, together))
    alone = tuple(_pairs(trials, (), (intervention,)))
    if not pairs:
        return _of_one_alone(reached, alone)
    judgement = _of_pairs(reached, pairs)
    if judgement.ruling is Ruling.REFUTED and rest:
        by_itself = _of_pairs(reached, alone)
        if by_itself.ruling is Ruling.CONFIRMED:
            sentence = f"alone it cures the run, and so does {_listed(rest)}: {by_itself.sentence}"
            return Judgement(Ruling.INCONCLUSIVE, "redundant", sentence, alone)
    if judgement.ruling is Ruling.CONFIRMED and rest:
        whole = tuple(_pairs(trials, (), together))
        faults = sum(_fault(reached, each, whole) is not None for each in whole)
        if faults < MOST_SEEDS * len(whole):
            words = f"beside {_listed(rest)} it matters, but the run as written trains"
            sentence = f"{words}: {_numbers(reached, whole)}"
            return Judgement(Ruling.INCONCLUSIVE, "small-effect", sentence, whole)
    return judgement._replace(company=rest)


def judge_stopping(reached: Reached, records: Sequence[Stopping]) -> Judgement:
    """The ruling on early stopping: when it would have stopped, and what that would have saved."""
    if not records:
        sentence = "no run was followed to its last epoch within the budget"
        return Judgement(Ruling.UNTRIED, "time", sentence)
    stops = [each.stopped_at for each in records if each.stopped_at is not None]
    epochs, monitor = reached.epochs, records[0].monitor
    watched = f"{monitor} with a patience of {records[0].patience}"
    going_on = [each.epochs for each in records if each.stopped_at is None]
    if going_on and min(going_on) < epochs:
        sentence = (
            f"the budget ended after epoch {min(going_on)} of {epochs}, where {watched} would not "
            "have stopped it yet"
        )
        return Judgement(Ruling.INCONCLUSIVE, "capped", sentence)
    if not stops:
        sentence = f"{watched} would never have stopped this run of {epochs} epochs"
        return Judgement(Ruling.REFUTED, "never-stops", f"{sentence} ({_seeds(records)})")
    if going_on:
        sentence = f"{watched} would have stopped {len(stops)} of {len(records)} seeds"
        return Judgement(Ruling.INCONCLUSIVE, "seeds-disagree", sentence)
    first, wasted = median(stops), 1 - median(stops) / epochs
    rise = median(each.rise for each in records)
    rose = f"rose by {rise:.0%}" if math.isfinite(rise) else "stopped being a number"
    sentence = (
        f"{watched} would have stopped after epoch {first:g} of {epochs}, which saves "
        f"{wasted:.0%}; from its best epoch to the last {monitor} {rose} ({_seeds(records)})"
    )
    if wasted < WASTED_SHARE and rise < RISE:
        return Judgement(Ruling.INCONCLUSIVE, "little-saved", sentence)
    return Judgement(Ruling.CONFIRMED, None, sentence)


def _pairs(
    trials: Sequence[Trial], without: tuple[str, ...], with_change: tuple[str, ...]
) -> Iterator[Pair]:
    by_seed = {each.seed: each for each in trials if set(each.changes) == set(without)}
    for each in trials:
        if set(each.changes) == set(with_change) and each.seed in by_seed:
            yield Pair(each.seed, by_seed[each.seed], each)


def _of_one_alone(reached: Reached, alone: tuple[Pair, ...]) -> Judgement:
    judgement = _of_pairs(reached, alone)
    if judgement.ruling in {Ruling.CONFIRMED, Ruling.UNTRIED}:
        return judgement
    sentence = f"alone it changes little, which another fault may hide: {judgement.sentence}"
    return judgement._replace(ruling=Ruling.INCONCLUSIVE, reason="masked", sentence=sentence)


def _of_pairs(reached: Reached, pairs: tuple[Pair, ...]) -> Judgement:
    if not pairs:
        return UNRUN
    if any(each.with_change.ended == FAILED for each in pairs):
        words = "with the change the training raises an exception, as the remarks say"
        return Judgement(Ruling.INCONCLUSIVE, "change-raises", words, pairs)
    numbers = _numbers(reached, pairs)

    def inconclusive(reason: str, words: str) -> Judgement:
        return Judgement(Ruling.INCONCLUSIVE, reason, f"{words}: {numbers}", pairs)

    faults = [fault for each in pairs if (fault := _fault(reached, each, pairs))]
    if len(faults) == len(pairs):
        fault = max(sorted(set(faults)), key=faults.count)
        if fault in {"fails", "idle", "poor"} and not _is_gain(pairs):
            words = f"the run {_FAULTS[fault]}, and the change does not cure that"
            return inconclusive("no-cure", words)
        if fault in {"idle", "poor"} and reached.sampled_rows < FEW_ROWS:
            return inconclusive("few-rows", f"{reached.sampled_rows} rows are too few to tell")
        if fault == "raises":
            numbers = _numbers_after(reached, pairs)
        sentence = f"without the change the run {_FAULTS[fault]}; with it, {numbers}"
        return Judgement(Ruling.CONFIRMED, None, f"{sentence} ({_seeds(pairs)})", pairs)
    if faults:
        words = f"{len(faults)} of {len(pairs)} seeds go wrong without the change"
        return inconclusive("seeds-disagree", words)
    if any(each.ended == "capped" for pair in pairs for each in (pair.without, pair.with_change)):
        return inconclusive(
            "capped", f"the budget ended before the plan of {reached.planned_steps} steps"
        )
    gains = zip(*(each.gain for each in pairs), strict=True)
    if all(median(column) < NO_GAIN for column in gains):
        sentence = f"the run trains as well without the change: {numbers} ({_seeds(pairs)})"
        return Judgement(Ruling.REFUTED, "no-effect", sentence, pairs)
    return inconclusive("small-effect", "the change helps, but the run trains without it")


def _seeds(runs: Sequence[Pair] | Sequence[Stopping]) -> str:
    return "1 seed" if len(runs) == 1 else f"{len(runs)} of {len(runs)} seeds"


_FAULTS = {
    "raises": "raises an exception",
    "fails": "stays worse than a constant prediction",
    "idle": "does not learn",
    "slow": "is slow",
    "poor": "learns little",
    "unbounded": "drives its loss below 0, where no cross-entropy ends,",
}


def _fault(reached: Reached, pair: Pair, pairs: Sequence[Pair]) -> str | None:
    """What is wrong with the run without the change, by F0 to F5, or None."""
    if pair.without.ended == FAILED:
        return None if pair.with_change.ended == FAILED else "raises"
    before, after = late(pair.without), late(pair.with_change)
    if pair.without.diverged_at is not None:
        return "fails"
    if before.loss_skill <= WORSE_THAN_CONSTANT and after.loss_skill > WORSE_THAN_CONSTANT:
        return "fails"
    whole = pair.without.ended != "capped"
    if before.constant or (whole and before.skill <= NO_SKILL and before.loss_skill <= NO_SKILL):
        return "idle"
    if _is_unbounded(reached, pair.without) and not _is_unbounded(reached, pair.with_change):
        return "unbounded"
    if _is_slow(reached, pair, pairs):
        return "slow"
    poor = whole and before.skill < POOR_SHARE * after.skill and max(pair.gain) > SURE_GAIN
    return "poor" if poor else None


def _is_unbounded(reached: Reached, trial: Trial) -> bool:
    return "crossentropy" in reached.loss and bool(trial.losses) and trial.losses[-1] < 0


def _is_slow(reached: Reached, pair: Pair, pairs: Sequence[Pair]) -> bool:
    constant = reached.loss_of_constant
    if constant is None:
        return False
    best = min(late(each.with_change).loss for each in pairs)
    target = (constant + best) / 2
    fast = _first(pair.with_change.measured, target)
    slow = _first(pair.without.measured, target)
    if fast is None or best >= constant:
        return False
    steps = pair.without.steps if slow is None else slow
    if steps < SLOW_SHARE_OF_PLAN * reached.planned_steps:
        return False
    return steps >= TIMES_FASTER * max(fast, 1)


def _first(measured: Sequence[Measured], target: float) -> int | None:
    return next((each.step for each in measured if each.loss <= target), None)


def _is_gain(pairs: Sequence[Pair]) -> bool:
    gains = [each.gain for each in pairs]
    after = [late(each.with_change) for each in pairs]
    if not all(max(each.skill, each.loss_skill) > NO_SKILL for each in after):
        return False
    for own, other in ((0, 1), (1, 0)):
        values = [each[own] for each in gains]
        others = [each[other] for each in gains]
        if min(values) > SURE_GAIN and median(values) > TYPICAL_GAIN and median(others) > -NO_GAIN:
            return True
    return False


def _numbers(reached: Reached, pairs: Sequence[Pair]) -> str:
    before = [late(each.without) for each in pairs]
    after = [late(each.with_change) for each in pairs]

    def change(name: str) -> str:
        first, second = (median(getattr(each, name) for each in runs) for runs in (before, after))
        return f"{number(first)} → {number(second)}"

    return f"loss of predictions {change('loss')}, {reached.metric} {change('metric')}"


def _numbers_after(reached: Reached, pairs: Sequence[Pair]) -> str:
    metric = median(late(each.with_change).metric for each in pairs)
    return f"{reached.metric} {number(metric)}"


def _bounded(skill: float) -> float:
    """Skill of a loss, of which nothing below that of a constant matters more."""
    return max(-1.0, min(1.0, skill)) if skill == skill else -1.0  # noqa: PLR0124  (NaN)


def _listed(names: Sequence[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last
