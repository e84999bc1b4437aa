"""What was wrong with a fit as it is written, from all that was recorded of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from runtime_probe.child.nonfinite import origin
from runtime_probe.child.setup import Setup
from runtime_probe.child.shift import shifts
from runtime_probe.records import (
    FirstBatch,
    Layer,
    Reached,
    Record,
    Stability,
    Stopping,
    Symptom,
    Trial,
)
from runtime_probe.remedies import Remedies
from runtime_probe.symptoms import Evidence, symptoms

Kind = TypeVar("Kind")


def diagnosis(
    setup: Setup, records: Sequence[Record], deadline: float, remedies: Remedies
) -> tuple[Symptom, ...]:
    """The symptoms of the fit that ``records`` are of, ``setup`` being what it trains as written.

    A run whose loss was not finite is made once more up to there, to say where that began, if
    ``deadline``, a time of ``time.monotonic``, leaves time for it.
    """
    trials = [each for each in _of(records, Trial) if not each.changes and each.steps]
    if not trials:
        return ()
    broken = next((each for each in trials if each.diverged_at is not None), None)
    return symptoms(
        Evidence(
            reached=_of(records, Reached)[-1],
            trials=trials,
            layers=_of(records, Layer),
            first_batch=_first(records, FirstBatch),
            stability=_first(records, Stability),
            stopping=_first(records, Stopping),
            origin=None
            if broken is None or broken.diverged_at is None
            else origin(setup, broken.seed, broken.diverged_at, deadline),
            shifts=tuple(shifts(setup.sample)),
            remedies=remedies,
        )
    )


def _of(records: Sequence[Any], kind: type[Kind]) -> list[Kind]:
    return [each for each in records if isinstance(each, kind)]


def _first(records: Sequence[Any], kind: type[Kind]) -> Kind | None:
    return next(iter(_of(records, kind)), None)
