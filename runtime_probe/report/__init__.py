"""What a person and what programs are shown of a probe."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from runtime_probe.job import Job
from runtime_probe.records import Ended, Guarded, Reached, Record, Symptom
from runtime_probe.verdict import Verdict
from tfcheck.rule import Finding


@dataclass(frozen=True, slots=True)
class Report:
    """All that is known after a probe of one script.

    ``script`` is its path as given, ``findings`` what reading found in it, ``rewrites`` what was
    upgraded in the copy before it ran, each in words. ``records`` are in the order in which they
    came. ``lines`` takes a line of the script as it was run to one of the script as it stands.
    """

    script: str
    findings: tuple[Finding, ...]
    verdicts: tuple[Verdict, ...]
    records: tuple[Record, ...]
    ended: Ended
    job: Job
    seconds: float
    rewrites: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    versions: dict[str, str] = field(default_factory=dict)
    kept: str | None = None

    @property
    def guard(self) -> Guarded | None:
        return next((each for each in self.records if isinstance(each, Guarded)), None)

    @property
    def fits(self) -> Iterator[Reached]:
        return (each for each in self.records if isinstance(each, Reached))

    @property
    def symptoms(self) -> tuple[Symptom, ...]:
        return tuple(each for each in self.records if isinstance(each, Symptom))
