"""What was seen to help runs that have learned little: more steps, or another learning rate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Longer:
    """A run as written that was carried on beyond its plan, until its loss came near to 0.

    ``loss_skill`` and ``reached`` are the skill of the loss after ``planned`` and after ``steps``;
    ``before`` and ``after`` that of the metric, on rows that it does not train on where they are
    ``held_out``.
    """

    seed: int
    planned: int
    loss_skill: float
    steps: int
    reached: float
    before: float
    after: float
    held_out: bool


@dataclass(frozen=True)
class BetterRate:
    """A learning rate that was tried in ``runs``, and the least skill of the loss at their end."""

    learning_rate: float
    loss_skill: float
    runs: int

    def __str__(self) -> str:
        return (
            f"a learning rate of {self.learning_rate:.2g}, with which the same steps brought the "
            f"loss to a skill of {self.loss_skill:.2f}"
        )


@dataclass(frozen=True)
class Remedies:
    """Runs that learn when they are carried on, and a rate with which they learn as planned."""

    longer: Sequence[Longer] = ()
    rate: BetterRate | None = None

    @property
    def times(self) -> float:
        """How many times the plan it takes until every run that was carried on has learned."""
        return max((each.steps / each.planned for each in self.longer), default=1.0)
