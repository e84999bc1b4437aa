"""A probe as SARIF 2.1.0: findings with their verdicts, measured faults and symptoms."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, TextIO

from runtime_probe.records import Symptom
from runtime_probe.report import Card, Report
from runtime_probe.report.evidence import (
    fit_place,
    judged_findings,
    line_of,
    measured_place,
)
from runtime_probe.report.json import finite, judged
from runtime_probe.verdict import Ruling
from tfcheck.output import sarif
from tfcheck.rule import Finding, Rule, Severity


def write(report: Report, rules: Iterable[Rule], stream: TextIO) -> None:
    rules = tuple(rules)
    codes = {each.name: each.code for each in rules}
    results = [
        *(
            _of_card(finding, card)
            for finding, card in zip(judged_findings(report), report.of_findings, strict=True)
        ),
        *(_of_card(_measured(card, report, codes), card) for card in report.measured),
        *(_of_symptom(each, report) for each in report.symptoms),
    ]
    json.dump(sarif.document(rules, results), stream, indent=2)
    stream.write("\n")


def _of_card(finding: Finding, card: Card) -> dict[str, Any]:
    return {**sarif.result(finding), "properties": finite(judged(card))}


def _measured(card: Card, report: Report, codes: dict[str, str]) -> Finding:
    """A measured fault as the finding that it would be."""
    severity = Severity.WARNING if card.ruling is Ruling.CONFIRMED else Severity.NOTE
    place = measured_place(card, report)
    return Finding(codes.get(card.name, card.name), card.name, severity, card.message, place)


def _of_symptom(symptom: Symptom, report: Report) -> dict[str, Any]:
    filename = fit_place(symptom.fit, report).filename
    message = f"{symptom.message}; next: {symptom.next}"
    place = line_of(filename, symptom.cell, symptom.line)
    found = Finding(f"symptom/{symptom.name}", symptom.name, Severity.WARNING, message, place)
    return {**sarif.result(found), "properties": {"where": symptom.where}}
