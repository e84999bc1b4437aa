"""Findings as a list of objects; ``docs/findings.schema.json`` describes them."""

from __future__ import annotations

import json
from typing import Any, TextIO

from tfcheck.engine import RunReport
from tfcheck.rule import Edit, Evidence, Finding, Fix, Location


def write(report: RunReport, stream: TextIO, *, color: bool) -> None:
    json.dump([of_finding(each) for each in report.findings], stream, indent=2, ensure_ascii=False)
    stream.write("\n")


def of_finding(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "name": finding.name,
        "severity": finding.severity.label,
        "message": finding.message,
        **_place(finding.location),
        "end_location": _end(finding.location),
        "evidence": [_evidence(each) for each in finding.evidence],
        "fix": None if finding.fix is None else _fix(finding.fix),
        "url": finding.url,
    }


def _place(location: Location) -> dict[str, Any]:
    return {
        "filename": location.filename,
        "cell": location.cell,
        "location": {"row": location.row, "column": location.column},
    }


def _end(location: Location) -> dict[str, int]:
    return {"row": location.end_row, "column": location.end_column}


def _evidence(evidence: Evidence) -> dict[str, Any]:
    return {**_place(evidence.location), "message": evidence.message}


def _fix(fix: Fix) -> dict[str, Any]:
    edits = [_edit(each) for each in fix.edits]
    return {"applicability": fix.applicability, "message": fix.message, "edits": edits}


def _edit(edit: Edit) -> dict[str, Any]:
    return {
        **_place(edit.location),
        "end_location": _end(edit.location),
        "content": edit.content,
    }
