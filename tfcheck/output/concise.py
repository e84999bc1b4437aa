"""One line a finding, as editors and ``grep`` want it."""

from __future__ import annotations

from typing import TextIO

from tfcheck.engine import RunReport
from tfcheck.rule import Finding, Location


def write(report: RunReport, stream: TextIO, *, color: bool) -> None:
    for finding in report.findings:
        stream.write(line(finding, report.applies(finding)) + "\n")


def line(finding: Finding, fixable: bool) -> str:
    """One finding; ``[*]`` where ``--fix`` would cure it."""
    mark = "[*] " if fixable else ""
    return (
        f"{place(finding.location)}: {finding.severity.label}: {mark}{finding.message} "
        f"[{finding.code} {finding.name}]"
    )


def place(location: Location) -> str:
    """``train.py:12:5``, and ``train.ipynb:cell 3:12:5`` in a notebook."""
    cell = f"cell {location.cell}:" if location.cell is not None else ""
    return f"{location.filename}:{cell}{location.row}:{location.column}"
