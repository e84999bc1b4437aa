"""From what a probe recorded to a verdict on every finding that can be tried."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import chain
from typing import TypeVar

from runtime_probe.job import Claim
from runtime_probe.rate_verdict import judge_rate
from runtime_probe.rates import watched
from runtime_probe.records import TAPE, Change, Ended, Reached, Record, Stopping, Suspicion, Trial
from runtime_probe.verdict import UNRUN, Judgement, Ruling, Verdict, judge, judge_stopping

EARLY_STOPPING = "early-stopping"

_R = TypeVar("_R")


def verdicts(
    claims: Sequence[Claim],
    records: Sequence[Record],
    ended: Ended,
    fit_lines: Collection[int] = (),
) -> tuple[Verdict, ...]:
    """A verdict on each claim at each fit that it concerns, then on each measured fault.

    ``fit_lines`` are where the script has fits, reached or not. A claim that no fit was reached for
    is inconclusive, with how the run ended.
    """
    fits = [each for each in records if isinstance(each, Reached)]
    of_claims = (
        _of_claim(each, concerned(each, fits, fit_lines), records, ended) for each in claims
    )
    of_suspicions = (_of_suspicion(each, fits, records) for each in _all(records, Suspicion))
    return (*chain.from_iterable(of_claims), *of_suspicions)


def concerned(
    claim: Claim, fits: Sequence[Reached], fit_lines: Collection[int]
) -> Sequence[Reached]:
    """The fits that a claim is about: those on its lines, or all where none stands on one."""
    if any(line in claim.lines for line in (*fit_lines, *(each.line for each in fits))):
        return [each for each in fits if each.line in claim.lines]
    return fits


def _of_claim(
    claim: Claim, fits: Sequence[Reached], records: Sequence[Record], ended: Ended
) -> Iterator[Verdict]:
    if not fits:
        sentence = f"the script did not reach its fit: {ended.message or ended.how}"
        judgement = Judgement(Ruling.INCONCLUSIVE, "no-fit-reached", sentence)
        yield _verdict(
            judgement,
            finding=claim.finding,
            fit=0,
            rule=claim.rule,
            intervention=claim.intervention,
        )
    for fit in fits:
        if claim.rests_on_data and fit.stand_in is not None:
            sentence = f"{fit.stand_in} only stands in for the data that it is about"
            judgement = Judgement(Ruling.UNTRIED, "stand-in-data", sentence)
        else:
            judgement = _at(fit, claim.intervention, records)
        yield _verdict(
            judgement,
            finding=claim.finding,
            fit=fit.fit,
            rule=claim.rule,
            intervention=claim.intervention,
            change=_change(fit, claim.intervention, records),
            stopping=_stopping(fit, claim.intervention, records),
        )


def _of_suspicion(
    suspicion: Suspicion, fits: Sequence[Reached], records: Sequence[Record]
) -> Verdict:
    fit = next(each for each in fits if each.fit == suspicion.fit)
    judgement = _at(fit, suspicion.intervention, records)
    return _verdict(
        judgement,
        finding=None,
        fit=fit.fit,
        rule=suspicion.rule,
        intervention=suspicion.intervention,
        change=_change(fit, suspicion.intervention, records),
    )


def _at(fit: Reached, intervention: str, records: Sequence[Record]) -> Judgement:
    change = _change(fit, intervention, records)
    if fit.reason is not None and change is None:
        return Judgement(Ruling.INCONCLUSIVE, "no-trial", fit.reason)
    if change is not None and change.already:
        return Judgement(Ruling.REFUTED, "already-so", change.impossible or change.summary)
    if change is not None and change.impossible is not None:
        return Judgement(Ruling.INCONCLUSIVE, "no-such-change", change.impossible)
    if intervention == EARLY_STOPPING:
        return judge_stopping(fit, _stopping(fit, intervention, records))
    trials = [each for each in _all(records, Trial) if each.fit == fit.fit]
    if fit.kind == TAPE:
        return _of_loop(fit, trials, records)
    return judge(fit, intervention, trials)


def _of_loop(fit: Reached, trials: Sequence[Trial], records: Sequence[Record]) -> Judgement:
    """The ruling on the learning rate, the only thing that is tried of a loop."""
    loop = next(each for each in watched(records) if each.reached == fit)
    changed = next((each for each in trials if each.changes), None)
    if changed is None:
        return UNRUN
    return judge_rate(loop.trial, changed, may_get_there=loop.may_get_there)


def _change(fit: Reached, intervention: str, records: Sequence[Record]) -> Change | None:
    changes = (each for each in _all(records, Change) if each.fit == fit.fit)
    return next((each for each in changes if each.intervention == intervention), None)


def _stopping(fit: Reached, intervention: str, records: Sequence[Record]) -> tuple[Stopping, ...]:
    if intervention != EARLY_STOPPING:
        return ()
    return tuple(each for each in _all(records, Stopping) if each.fit == fit.fit)


def _all(records: Iterable[Record], kind: type[_R]) -> Iterator[_R]:
    return (each for each in records if isinstance(each, kind))


def _verdict(
    judgement: Judgement,
    *,
    finding: int | None,
    fit: int,
    rule: str,
    intervention: str,
    change: Change | None = None,
    stopping: tuple[Stopping, ...] = (),
) -> Verdict:
    return Verdict(
        finding=finding,
        fit=fit,
        rule=rule,
        intervention=intervention,
        ruling=judgement.ruling,
        sentence=judgement.sentence,
        reason=judgement.reason,
        pairs=judgement.pairs,
        change=change,
        company=judgement.company,
        stopping=stopping,
    )
