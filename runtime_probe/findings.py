"""Findings after a trial: with its verdict as evidence, and as bad as it left them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from runtime_probe.report import Card, Report
from runtime_probe.verdict import Ruling, Verdict
from tfcheck.rule import Evidence, Finding, Location, Rule, Severity


def judged(report: Report) -> tuple[Finding, ...]:
    """The findings of reading, each with what the trials say of it; refuted ones are notes."""
    return tuple(_judged(card, report) for card in report.of_findings if card.finding is not None)


def measured(report: Report, rules: Mapping[str, Rule]) -> Iterator[Finding]:
    """Faults that were measured and confirmed, as findings of the rules that reading has for them.

    ``rules`` are those that are checked, by their names; what none of them stands for is left out.
    """
    for card in report.measured:
        rule = rules.get(card.name)
        if card.ruling is Ruling.CONFIRMED and rule is not None:
            place = _place(card.verdicts[0], report)
            finding = Finding(rule.code, rule.name, rule.severity, card.message, place)
            yield replace(finding, evidence=_evidence(card.verdicts, report))


def confirmed(report: Report) -> Sequence[Finding]:
    """The findings of reading that a trial confirmed, as :func:`judged` gives them."""
    pairs = zip(report.of_findings, judged(report), strict=True)
    return [finding for card, finding in pairs if card.ruling is Ruling.CONFIRMED]


def fails(findings: Collection[Finding], fail_on: str) -> bool:
    """Whether any of them is as bad as ``fail_on``, which may be ``never``."""
    if fail_on == "never":
        return False
    return any(each.severity >= Severity[fail_on.upper()] for each in findings)


def _judged(card: Card, report: Report) -> Finding:
    finding = card.finding
    assert finding is not None
    severity = Severity.NOTE if card.ruling is Ruling.REFUTED else finding.severity
    evidence = (*finding.evidence, *_evidence(card.verdicts, report))
    return replace(finding, severity=severity, evidence=evidence)


def _evidence(verdicts: Sequence[Verdict], report: Report) -> tuple[Evidence, ...]:
    return tuple(
        Evidence(_place(each, report), f"on trial, {each.ruling.value}: {each.sentence}")
        for each in verdicts
        if each.ruling is not Ruling.UNTRIED
    )


def _place(verdict: Verdict, report: Report) -> Location:
    """The fit that a verdict is about, or the top of the script where none was reached."""
    fit = next((each for each in report.fits if each.fit == verdict.fit), None)
    row = 1 if fit is None else fit.line
    return Location(report.script, None, row, 1, row, 1)
