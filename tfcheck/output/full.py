"""Findings for a person: the line, the lines that led to it, and what to write instead."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TextIO

from rich.console import Console
from rich.text import Text

from tfcheck.engine import RunReport
from tfcheck.lines import Lines
from tfcheck.output.concise import place
from tfcheck.rule import Finding, Location, Severity

_STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow", Severity.NOTE: "bold cyan"}
_MARGIN = 6
_LONGEST = 160  # characters of a line that are shown
_WIDEST = 10_000  # so that nothing is folded, and paths stay whole when they are copied


def write(report: RunReport, stream: TextIO, *, color: bool) -> None:
    console = Console(
        file=stream,
        force_terminal=color,
        no_color=not color,
        color_system="standard" if color else None,
        highlight=False,
        width=_WIDEST,
        soft_wrap=True,
    )
    lines = Lines(report.texts)
    for finding in report.findings:
        for text in _finding(finding, lines):
            console.print(text)
        console.print()


def _finding(finding: Finding, lines: Lines) -> Iterator[Text]:
    style = _STYLES[finding.severity]
    yield Text.assemble(
        (f"{finding.severity.label}", style),
        (f"[{finding.code} {finding.name}]", "dim"),
        (f" {finding.message}", "bold"),
    )
    yield Text.assemble(("  --> ", "blue"), place(finding.location))
    yield from _frame(finding.location, lines, style)
    for evidence in finding.evidence:
        where = _where(evidence.location, finding.location)
        yield Text.assemble((f"{'':>{_MARGIN}} = {where}: ", "blue"), evidence.message)
    if finding.instead is not None:
        yield Text.assemble((f"{'':>{_MARGIN}} = instead: ", "green"), finding.instead)
    yield Text(f"{'':>{_MARGIN}} = {finding.url}", "dim")


def _where(location: Location, near: Location) -> str:
    """A place in words, as short as it is clear beside another."""
    where = f"line {location.row}"
    if location.cell is not None and location.cell != near.cell:
        where = f"cell {location.cell}, {where}"
    return where if location.filename == near.filename else f"{location.filename}, {where}"


def _frame(location: Location, lines: Lines, style: str) -> Iterator[Text]:
    line = lines.at(location)
    if line is None:
        return
    start = location.column - 1
    end = location.end_column - 1 if location.end_row == location.row else len(line.rstrip())
    shown = line[:_LONGEST].expandtabs(1)
    yield Text.assemble((f"{location.row:>{_MARGIN}} | ", "blue"), shown)
    caret = "^" * max(1, min(end, _LONGEST) - start)
    yield Text.assemble((f"{'':>{_MARGIN}} | ", "blue"), " " * start, (caret, style))
