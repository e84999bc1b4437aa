"""What the child is told: the script to run, the changes to try, and how much of everything."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Claim:
    """A finding that can be tried: the change that would cure it, and the lines it is about.

    ``lines`` are lines of the script as it is run, counted from 1: the finding's own and those of
    its evidence. A claim concerns the fits that stand on one of them, or every fit where none does.
    ``rests_on_data``: it cannot be tried on data that only stand in for the script's own.
    """

    finding: int  # its index among the findings of the report
    rule: str
    intervention: str
    lines: tuple[int, ...]
    rests_on_data: bool = False


@dataclass(frozen=True, slots=True)
class Loop:
    """A loop of the script's own as a first run has seen it, for a run that is to be its equal.

    ``fit`` is its number there, ``steps`` is how many of its steps were watched. In each of them
    its learning rate is multiplied by ``times``.
    """

    fit: int
    steps: int
    times: float = 1.0


@dataclass(frozen=True, slots=True)
class Job:
    """One run of one script.

    ``script`` is a path in the copy of the working folder, ``folder`` that copy. ``lines`` are the
    lines of the fits to take over, all of them where it is empty. ``seconds`` are left for
    everything the child does, its start included. ``planned_fits`` is how many fits reading found,
    ``fit_lines`` are where they stand. ``again`` are the loops of an earlier run of the script,
    none where this is the first.
    """

    script: str
    folder: str
    arguments: tuple[str, ...]
    claims: tuple[Claim, ...]
    lines: tuple[int, ...]
    seconds: float
    seeds: int
    max_samples: int
    steps: int | None
    gpu: bool
    planned_fits: int = 1
    fit_lines: tuple[int, ...] = ()
    again: tuple[Loop, ...] = ()

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Job:
        """The job that :meth:`to_json` wrote. Raises ``KeyError`` or ``TypeError`` for another."""
        fields = json.loads(text)
        fields["claims"] = tuple(
            Claim(**{**each, "lines": tuple(each["lines"])}) for each in fields["claims"]
        )
        fields["again"] = tuple(Loop(**each) for each in fields.get("again", ()))
        fields["arguments"] = tuple(fields["arguments"])
        for name in ("lines", "fit_lines"):
            fields[name] = tuple(fields.get(name, ()))
        return cls(**fields)
