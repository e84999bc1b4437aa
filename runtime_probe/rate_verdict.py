"""What a run at another learning rate says of a loop of the script's own, from losses alone.

Such a loop shows neither its data nor its predictions, so there is no skill. The **fall** of a run
stands for it: the share by which the median loss of its second half lies below that of the start.
``without`` is the loop as written, ``with`` the one at another rate. Both are the same until the
first step is made at that rate, and so is their first loss; runs that begin otherwise are not
compared. Losses of batches are noisy, so the start is the median of the first five, of the run in
which that is less.

===== ============================================================================================
R1    **fails**: a loss of ``without`` is not finite, or they rise by half
R2    **does not fall**: the fall of ``without`` is at most 0.05
R3    **falls little**: it is less than half that of ``with``
G     **gain**: all losses of ``with`` are finite, its fall is above 0.05, and by more than 0.2
      above that of ``without``
===== ============================================================================================

Confirmed is G with R1, or from 20 steps on with R2 or R3. Where a higher rate is tried and the loop
goes on beyond the steps that were watched, R2 and R3 count only if a step as written moves nothing
by more than 1e-5 of its size: else more steps may do, as every higher rate is faster at first.
Refuted is a loop that was watched to its end and has none of the three, with a gain below 0.05.
Anything else is inconclusive.
"""

from __future__ import annotations

import math
from statistics import median

from runtime_probe.figures import count, number, percent
from runtime_probe.records import Trial
from runtime_probe.verdict import (
    NO_GAIN,
    NO_SKILL,
    POOR_SHARE,
    TYPICAL_GAIN,
    WORSE_THAN_CONSTANT,
    Judgement,
    Pair,
    Ruling,
    optimised_loss,
)

FEWEST_STEPS = 20
_FIRST = 5

_INFINITE, _RISES = "is not finite", "rises"


def fall(trial: Trial, other: Trial | None = None) -> float:
    """How far the loss falls, as a share of the start that it has with the ``other`` run.

    -inf where the second half is not finite.
    """
    start = min(_start(each) for each in (trial, other or trial))
    late = optimised_loss(trial)
    if not (math.isfinite(start) and math.isfinite(late)) or start == 0:
        return -math.inf
    return (start - late) / abs(start)


def is_unstable(trial: Trial) -> bool:
    """Whether the loss of a run is not finite, or rises by half."""
    return trial.diverged_at is not None or fall(trial) <= WORSE_THAN_CONSTANT


def judge_rate(written: Trial, changed: Trial, *, may_get_there: bool) -> Judgement:
    """The ruling on the learning rate of a loop, which ``changed`` has at another.

    ``may_get_there``: whether the loop as written may only need more steps.
    """
    pairs = (Pair(0, written, changed),)
    if written.losses[0] != changed.losses[0]:
        words = (
            "the script does not do the same twice, so nothing can be compared: before the first "
            f"step the loss is {written.losses[0]:.7g} once and {changed.losses[0]:.7g} once more"
        )
        return Judgement(Ruling.INCONCLUSIVE, "not-repeatable", words, pairs)
    numbers = _numbers(written, changed)

    def inconclusive(reason: str, words: str) -> Judgement:
        return Judgement(Ruling.INCONCLUSIVE, reason, f"{words}: {numbers}", pairs)

    before, after = fall(written, changed), fall(changed, written)
    fault = _fault(written, before, after)
    is_whole = written.ended == "planned"
    if fault is None:
        if after - before >= NO_GAIN:
            return inconclusive("small-effect", "the change helps, but the loss falls without it")
        if not is_whole:
            words = "the loss falls as well without the change, as far as the loop was watched"
            return inconclusive("capped", words)
        words = f"the loss falls as well without the change: {numbers}"
        return Judgement(Ruling.REFUTED, "no-effect", words, pairs)
    if is_unstable(changed) or after <= NO_SKILL or after - before <= TYPICAL_GAIN:
        return inconclusive("no-cure", f"the loss {fault}, and the change does not cure that")
    if fault not in {_INFINITE, _RISES}:
        if written.steps < FEWEST_STEPS:
            words = f"{count(written.steps, 'step')} are too few to tell"
            return inconclusive("few-steps", words)
        if may_get_there and not is_whole:
            words = f"the loss {fault}, as far as the loop was watched"
            return inconclusive("capped", words)
    at = f" from step {written.diverged_at} on" if fault == _INFINITE else ""
    words = f"without the change the loss {fault}{at}; with it, it falls by {percent(after)}"
    return Judgement(Ruling.CONFIRMED, None, f"{words}: {numbers}", pairs)


def _fault(written: Trial, before: float, after: float) -> str | None:
    """What is wrong with the loss as written, by R1 to R3, or None."""
    if written.diverged_at is not None:
        return _INFINITE
    if before <= WORSE_THAN_CONSTANT:
        return _RISES
    if before <= NO_SKILL:
        return "does not fall"
    return "falls little" if before < POOR_SHARE * after else None


def _start(trial: Trial) -> float:
    return median(each if math.isfinite(each) else math.inf for each in trial.losses[:_FIRST])


def _numbers(written: Trial, changed: Trial) -> str:
    late = f"{number(optimised_loss(written))} → {number(optimised_loss(changed))}"
    steps = count(changed.steps, "step")
    return (
        f"loss {late} in the second half of {steps}, {number(changed.losses[0])} at first in both"
    )
