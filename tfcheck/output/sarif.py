"""SARIF 2.1.0, which code hosts and security dashboards read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import PurePath
from typing import Any, TextIO
from urllib.parse import quote

from tfcheck import __version__
from tfcheck.engine import RunReport
from tfcheck.rule import Evidence, Finding, Fix, Location, Rule

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json"
_HOME = "https://github.com/tfcheck/tfcheck"


def write(report: RunReport, stream: TextIO, *, color: bool) -> None:
    written = document(report.rules, [result(each) for each in report.findings])
    json.dump(written, stream, indent=2)
    stream.write("\n")


def document(rules: Iterable[Rule], results: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """A log of one run of tfcheck with these results."""
    rules = sorted(rules, key=lambda rule: rule.code)
    numbers = {rule.code: number for number, rule in enumerate(rules)}
    driver = {
        "name": "tfcheck",
        "version": __version__,
        "informationUri": _HOME,
        "rules": [_rule(rule) for rule in rules],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_numbered(each, numbers) for each in results],
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": rule.summary},
        "help": {"text": rule.documentation, "markdown": rule.documentation},
        "defaultConfiguration": {"level": rule.severity.label, "enabled": not rule.traits},
    }


def _numbered(found: dict[str, Any], numbers: dict[str, int]) -> dict[str, Any]:
    rule = found["ruleId"]
    return {**found, "ruleIndex": numbers[rule]} if rule in numbers else found


def result(finding: Finding) -> dict[str, Any]:
    """A finding as a result."""
    found: dict[str, Any] = {
        "ruleId": finding.code,
        "level": finding.severity.label,
        "message": {"text": finding.message},
        "locations": [_location(finding.location)],
        "relatedLocations": [_related(*each) for each in enumerate(finding.evidence)],
    }
    if finding.fix is not None and finding.location.cell is None:  # cells have no lines of a file
        found["fixes"] = [_fix(finding.fix)]
    return found


def _fix(fix: Fix) -> dict[str, Any]:
    replacements = [
        {"deletedRegion": _region(each.location), "insertedContent": {"text": each.content}}
        for each in fix.edits
    ]
    artifact = {"uri": _uri(fix.edits[0].location)}
    change = {"artifactLocation": artifact, "replacements": replacements}
    return {
        "description": {"text": fix.message},
        "artifactChanges": [change],
        "properties": {"applicability": fix.applicability},
    }


def _location(location: Location) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": {"uri": _uri(location)}}
    found: dict[str, Any] = {"physicalLocation": physical}
    if location.cell is None:
        physical["region"] = _region(location)
    else:
        # The rows of a cell are no lines of the file, so they go into a name.
        name = f"cell {location.cell}, line {location.row}"
        found["logicalLocations"] = [{"name": name, "kind": "module"}]
    return found


def _uri(location: Location) -> str:
    return quote(PurePath(location.filename).as_posix())


def _region(location: Location) -> dict[str, int]:
    return {
        "startLine": location.row,
        "startColumn": location.column,
        "endLine": location.end_row,
        "endColumn": location.end_column,
    }


def _related(number: int, evidence: Evidence) -> dict[str, Any]:
    return {
        "id": number,
        **_location(evidence.location),
        "message": {"text": evidence.message},
    }
