"""What a person and what programs are shown of a probe."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from runtime_probe.records import Ended, Guarded, Reached, Record, Remark, Suspicion, Symptom
from runtime_probe.request import Request
from runtime_probe.verdict import Ruling, Verdict
from tfcheck.rule import Finding

_R = TypeVar("_R")

BY_WEIGHT = (Ruling.CONFIRMED, Ruling.REFUTED, Ruling.INCONCLUSIVE, Ruling.UNTRIED)


@dataclass(frozen=True, slots=True)
class Card:
    """A finding, or a fault that was measured and not read, and what became of it at each fit.

    ``verdicts`` are sorted by weight; there is none where the rule names no change to try.
    ``suspicion`` is what was measured, of which there is one fit and one verdict.
    """

    name: str
    message: str
    finding: Finding | None
    verdicts: tuple[Verdict, ...]
    suspicion: Suspicion | None = None

    @property
    def ruling(self) -> Ruling:
        """The verdict on it over all fits: confirmed by one of them, or refuted by every one."""
        rulings = {each.ruling for each in self.verdicts} or {Ruling.UNTRIED}
        if Ruling.CONFIRMED in rulings:
            return Ruling.CONFIRMED
        return rulings.pop() if len(rulings) == 1 else Ruling.INCONCLUSIVE

    @property
    def sentence(self) -> str:
        """What the heaviest verdict says."""
        return self.verdicts[0].sentence if self.verdicts else "no trial is known for this rule"

    @property
    def reason(self) -> str | None:
        """The word for the heaviest verdict, ``no-intervention`` where there is none."""
        return self.verdicts[0].reason if self.verdicts else "no-intervention"


@dataclass(frozen=True, slots=True)
class Report:
    """All that is known after a probe of one script.

    ``script`` is its path as given, ``findings`` what reading found in it, ``rewrites`` what was
    upgraded in the copy before it ran, each in words. ``records`` are in the order in which they
    came, with the lines of the files as they stand.
    """

    script: str
    findings: tuple[Finding, ...]
    verdicts: tuple[Verdict, ...]
    records: tuple[Record, ...]
    ended: Ended
    request: Request
    seconds: float
    rewrites: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    versions: dict[str, str] = field(default_factory=dict)
    kept: str | None = None

    @property
    def guard(self) -> Guarded | None:
        return next(self.all(Guarded), None)

    @property
    def fits(self) -> Iterator[Reached]:
        return self.all(Reached)

    @property
    def symptoms(self) -> tuple[Symptom, ...]:
        return tuple(self.all(Symptom))

    def all(self, kind: type[_R]) -> Iterator[_R]:
        """The records of a kind, in their order."""
        return (each for each in self.records if isinstance(each, kind))

    def of_fit(self, kind: type[_R], fit: Reached) -> Iterator[_R]:
        """Those of one fit."""
        return (each for each in self.all(kind) if getattr(each, "fit", None) == fit.fit)

    @property
    def general_remarks(self) -> Sequence[str]:
        """What must be known of the run as a whole, and not of one of its fits."""
        return (*self.remarks, *(each.message for each in self.all(Remark) if each.fit is None))

    @property
    def of_findings(self) -> Sequence[Card]:
        """A card for each finding, in the order of ``findings``."""
        return [
            Card(each.name, each.message, each, self._verdicts(index))
            for index, each in enumerate(self.findings)
        ]

    @property
    def measured(self) -> Sequence[Card]:
        """A card for each fault that was measured at a fit, and that reading did not find."""
        found = {(each.fit, each.rule): each for each in self.all(Suspicion)}
        return [
            Card(each.rule, suspicion.message, None, (each,), suspicion)
            for each in self._verdicts(None)
            for suspicion in (found[each.fit, each.rule],)
        ]

    @property
    def cards(self) -> Sequence[Card]:
        """All of both, the weightiest first."""
        return sorted(
            (*self.of_findings, *self.measured), key=lambda card: BY_WEIGHT.index(card.ruling)
        )

    def _verdicts(self, finding: int | None) -> tuple[Verdict, ...]:
        verdicts = (each for each in self.verdicts if each.finding == finding)
        return tuple(sorted(verdicts, key=lambda each: BY_WEIGHT.index(each.ruling)))
