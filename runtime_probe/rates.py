"""Another learning rate for a loop of the script's own: whether, and which.

A loss that is no number or grows, gradients that explode and steps that change a kernel by more
than a tenth ask for a lower rate, steps that hardly change it for a higher one; where only a
finding asks, the size of the steps decides. The rate is changed by the least power of ten that
brings steps to at most 1 % of the weights from above, or to at least 0.1 % from below. A run that
is unstable then is tried again at a tenth, one whose loss does not fall at ten times the rate.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from runtime_probe.rate_verdict import fall, is_unstable
from runtime_probe.records import (
    STABLE_RATE,
    TAPE,
    Change,
    Layer,
    Reached,
    Record,
    Symptom,
    Trial,
)
from runtime_probe.verdict import NO_SKILL

_ASK_FOR_LESS = frozenset({"nan-loss", "divergence", "exploding-gradients", "oscillation"})
_ASK_FOR_MORE = frozenset({"slow-convergence"})
_LEAST_STEP, _LARGEST_STEP = 1e-3, 1e-2  # of the size of the weights
_USUAL_STEP = math.sqrt(_LEAST_STEP * _LARGEST_STEP)
_NO_STEP = 1e-5  # a thousand of which change a hundredth
_SMALLEST_STEP = 1e-12  # that is told from none

_R = TypeVar("_R")


@dataclass(frozen=True)
class Watched:
    """A loop over a tape as the script has it. ``refused``: no other rate can be tried."""

    reached: Reached
    trial: Trial
    layers: Sequence[Layer]
    symptoms: Sequence[Symptom]
    refused: bool

    @property
    def symptom(self) -> Symptom | None:
        """What another learning rate may cure, the gravest first."""
        asking = _ASK_FOR_LESS | _ASK_FOR_MORE
        return next((each for each in self.symptoms if each.name in asking), None)

    @property
    def is_raised(self) -> bool:
        """Whether a higher rate is tried, and not a lower one."""
        if self.symptom is not None:
            return self.symptom.name in _ASK_FOR_MORE
        return self._largest_step < _USUAL_STEP

    @property
    def may_get_there(self) -> bool:
        """Whether it moves its weights enough for more steps to do what a higher rate does."""
        return self.is_raised and self._largest_step > _NO_STEP

    @property
    def first_times(self) -> float:
        """By what its rate is multiplied at first."""
        if self.is_raised:
            return 10.0 ** max(math.ceil(math.log10(_LEAST_STEP / self._largest_step)), 1)
        return 10.0 ** min(math.floor(math.log10(_LARGEST_STEP / self._step(0))), -1)

    def next_times(self, times: float, changed: Trial) -> float | None:
        """What to try once ``changed`` ran at ``times`` its rate; None where that shows it all."""
        if is_unstable(changed):
            following = times / 10
        elif fall(changed) <= NO_SKILL:
            following = times * 10
        else:
            return None
        return following if (following > 1) is self.is_raised and following != 1 else None

    def change(self, times: float) -> Change:
        """Its rate times ``times``, in words and as a diff."""
        rate, kind = self.reached.learning_rate, self.reached.optimizer
        before, after = "schedule", f"{times:g} * schedule"
        words = f"{times:g} times the learning rate of the schedule"
        if rate is not None:
            before, after = f"{rate:.4g}", f"{rate * times:.4g}"
            words = f"a learning rate of {after} in place of {before}"
        diff = f"- {kind}(learning_rate={before}, ...)\n+ {kind}(learning_rate={after}, ...)"
        return Change(self.reached.fit, STABLE_RATE, words, diff)

    @property
    def _largest_step(self) -> float:
        """Of the first and the last, for a schedule may begin at nothing."""
        return max(self._step(0), self._step(1))

    def _step(self, end: int) -> float:
        """The largest share of a variable that the first step changes, or the last.

        What is too small to change it is taken for that of plain gradient descent. Of what begins
        at 0 no share is known.
        """
        begun = [each for each in self.layers if each.weight_norms[0] > 0]
        rate = self.reached.learning_rate or 0.0
        shares = [each.update_ratios[end] for each in begun]
        if not any(shares):
            shares = [rate * each.gradient_norms[end] / each.weight_norms[end] for each in begun]
        step = max(filter(math.isfinite, shares), default=0.0)
        return max(step, _SMALLEST_STEP)


def watched(records: Sequence[Record]) -> Iterator[Watched]:
    """The loops over tapes of which what was seen has come."""
    refused = {each.fit for each in _all(records, Change) if each.impossible is not None}
    written = {each.fit: each for each in _all(records, Trial) if not each.changes}
    for reached in _all(records, Reached):
        fit = reached.fit
        if reached.kind == TAPE and fit in written:
            layers = [each for each in _all(records, Layer) if each.fit == fit]
            symptoms = [each for each in _all(records, Symptom) if each.fit == fit]
            yield Watched(reached, written[fit], layers, symptoms, fit in refused)


def _all(records: Iterable[Record], kind: type[_R]) -> Iterator[_R]:
    return (each for each in records if isinstance(each, kind))
