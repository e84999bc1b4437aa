"""Findings with what a probe found out about them, and how bad that leaves them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from runtime_probe.report import Card, Report
from runtime_probe.verdict import Ruling, Verdict
from tfcheck.rule import Evidence, Finding, Location, Rule, Severity


def judged_findings(report: Report) -> tuple[Finding, ...]:
    """The findings of a report with their verdicts as evidence; refuted ones are notes."""
    return tuple(
        _judged(finding, card, report)
        for finding, card in zip(report.findings, report.of_findings, strict=True)
    )


def confirmed_findings(report: Report) -> Sequence[Finding]:
    """Those of :func:`judged_findings` that a trial confirmed."""
    pairs = zip(judged_findings(report), report.of_findings, strict=True)
    return [finding for finding, card in pairs if card.ruling is Ruling.CONFIRMED]


def measured_findings(report: Report, rules: Mapping[str, Rule]) -> Iterator[Finding]:
    """Faults that were measured and confirmed, as findings of the rules that stand for them.

    ``rules`` are those that are checked, by name; what none of them stands for is left out.
    """
    for card in report.measured:
        rule = rules.get(card.name)
        if card.ruling is Ruling.CONFIRMED and rule is not None:
            place = measured_place(card, report)
            finding = Finding(rule.code, rule.name, rule.severity, card.message, place)
            yield _judged(finding, card, report)


def fails(findings: Collection[Finding], fail_on: str) -> bool:
    """Whether any of them is at least as bad as ``fail_on``, a severity or ``never``."""
    if fail_on == "never":
        return False
    return any(each.severity >= Severity[fail_on.upper()] for each in findings)


def fit_place(number: int, report: Report) -> Location:
    """The line of a fit, or line 1 of the script where it was not reached."""
    fit = next((each for each in report.fits if each.fit == number), None)
    if fit is None:
        return Location(report.script, None, 1, 1, 1, 1)
    return line_of(fit.filename, fit.cell, fit.line)


def measured_place(card: Card, report: Report) -> Location:
    """The line of a fault that was measured, or of its fit."""
    place = fit_place(card.verdicts[0].fit, report)
    fault = card.suspicion
    if fault is None or fault.line is None:
        return place
    return line_of(place.filename, fault.cell, fault.line)


def line_of(filename: str, cell: int | None, row: int) -> Location:
    """A place of which no more is known than its line."""
    return Location(filename, cell, row, 1, row, 1)


def _judged(finding: Finding, card: Card, report: Report) -> Finding:
    severity = Severity.NOTE if card.ruling is Ruling.REFUTED else finding.severity
    trials = tuple(_evidence(each, report) for each in card.verdicts)
    return replace(finding, severity=severity, evidence=(*finding.evidence, *trials))


def _evidence(verdict: Verdict, report: Report) -> Evidence:
    place = fit_place(verdict.fit, report)
    return Evidence(place, f"{verdict.ruling.value} by a trial: {verdict.sentence}")
