"""Workflow commands, which GitHub shows as annotations of a pull request."""

from __future__ import annotations

from typing import TextIO

from tfcheck.engine import RunReport
from tfcheck.rule import Finding

_COMMANDS = {"note": "notice", "warning": "warning", "error": "error"}


def write(report: RunReport, stream: TextIO, *, color: bool) -> None:
    for finding in report.findings:
        stream.write(_command(finding) + "\n")


def _command(finding: Finding) -> str:
    place = finding.location
    properties = {"file": place.filename, "title": f"tfcheck {finding.code} {finding.name}"}
    message = finding.message
    if place.cell is None:
        rows = {"line": place.row, "col": place.column, "endLine": place.end_row}
        properties |= {name: str(value) for name, value in rows.items()}
        if place.end_row == place.row:
            properties["endColumn"] = str(place.end_column)
    else:
        # The lines of a notebook's file are not those of its cells.
        message = f"cell {place.cell}, line {place.row}: {message}"
    listed = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{_COMMANDS[finding.severity.label]} {listed}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
