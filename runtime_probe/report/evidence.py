"""Findings with what a probe found out about them."""

from __future__ import annotations

from dataclasses import replace

from runtime_probe.report import Card, Report
from runtime_probe.verdict import Ruling, Verdict
from tfcheck.rule import Evidence, Finding, Location, Severity


def judged_findings(report: Report) -> tuple[Finding, ...]:
    """The findings of a report with their verdicts as evidence; refuted ones are notes."""
    return tuple(
        _judged(finding, card, report)
        for finding, card in zip(report.findings, report.of_findings, strict=True)
    )


def line_of(filename: str, row: int) -> Location:
    """A place of which no more is known than its line."""
    return Location(filename, None, row, 1, row, 1)


def _judged(finding: Finding, card: Card, report: Report) -> Finding:
    severity = Severity.NOTE if card.ruling is Ruling.REFUTED else finding.severity
    trials = tuple(_evidence(each, finding, report) for each in card.verdicts)
    return replace(finding, severity=severity, evidence=(*finding.evidence, *trials))


def _evidence(verdict: Verdict, finding: Finding, report: Report) -> Evidence:
    place = finding.location
    lines = {each.fit: each.line for each in report.fits}
    if verdict.fit in lines and place.cell is None:  # cells have no lines of a file
        place = line_of(place.filename, lines[verdict.fit])
    return Evidence(place, f"{verdict.ruling.value} by a trial: {verdict.sentence}")
