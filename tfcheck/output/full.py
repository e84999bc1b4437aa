"""Findings for a person: the line, the lines that led to it, and what to write instead."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import TextIO, TypeAlias

from tfcheck.engine import RunReport
from tfcheck.fixing.texts import Text as EditableText
from tfcheck.lines import Lines
from tfcheck.output.concise import place
from tfcheck.rule import Finding, Fix, Location, Severity

_STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow", Severity.NOTE: "bold cyan"}
_LEVELS = {"safe": "fix", "unsafe": "unsafe fix", "display": "possible fix"}
_MARGIN = 6
_LONGEST = 160  # characters of a line that are shown
_WIDEST = 10_000  # so that nothing is folded, and paths stay whole when they are copied
_UNPRINTABLE = dict.fromkeys((7, 8, 11, 12, 13))  # what rich takes out too: they move the cursor

Line: TypeAlias = "tuple[tuple[str, str], ...]"
"""A line to print: pieces of text, each with its style."""


def write(report: RunReport, stream: TextIO, *, color: bool) -> None:
    lines = Lines(report.texts)
    texts = (each for finding in report.findings for each in (*_finding(finding, lines), ()))
    if color:
        _write_in_color(texts, stream)
        return
    for text in texts:
        stream.write("".join(piece for piece, _ in text).translate(_UNPRINTABLE) + "\n")


def _write_in_color(texts: Iterator[Line], stream: TextIO) -> None:
    from rich.console import Console  # takes longer to load than a hundred findings to write
    from rich.text import Text

    console = Console(
        file=stream,
        force_terminal=True,
        color_system="standard",
        highlight=False,
        width=_WIDEST,
        soft_wrap=True,
    )
    for text in texts:
        console.print(Text.assemble(*text))


def _finding(finding: Finding, lines: Lines) -> Iterator[Line]:
    style = _STYLES[finding.severity]
    yield (
        (finding.severity.label, style),
        (f"[{finding.code} {finding.name}]", "dim"),
        (f" {finding.message}", "bold"),
    )
    yield ("  --> ", "blue"), (place(finding.location), "")
    yield from _frame(finding.location, lines, style)
    for evidence in finding.evidence:
        where = _where(evidence.location, finding.location)
        yield (f"{'':>{_MARGIN}} = {where}: ", "blue"), (evidence.message, "")
    if finding.instead is not None:
        yield (f"{'':>{_MARGIN}} = instead: ", "green"), (finding.instead, "")
    if finding.fix is not None:
        yield from _fix(finding.fix, finding.location, lines)
    yield ((f"{'':>{_MARGIN}} = {finding.url}", "dim"),)


def _fix(fix: Fix, near: Location, lines: Lines) -> Iterator[Line]:
    """What a fix would change, line by line, a cell after the other."""
    yield (f"{'':>{_MARGIN}} = {_LEVELS[fix.applicability]}: ", "green"), (fix.message, "")
    for cell in sorted({edit.location.cell or 0 for edit in fix.edits}):
        edits = [edit for edit in fix.edits if (edit.location.cell or 0) == cell]
        if cell != (near.cell or 0):
            yield ((f"{'':>{_MARGIN}} : cell {cell}", "blue"),)
        before = lines.around(edits[0].location)
        after = EditableText("\n".join(before)).edited(edits).split("\n")
        for row, sign, line in _changed(before, after):
            style = "red" if sign == "-" else "green"
            yield (f"{row:>{_MARGIN}} ", "blue"), (f"{sign} {line[:_LONGEST]}", style)


def _changed(before: list[str], after: list[str]) -> Iterator[tuple[int, str, str]]:
    """The lines that go, by their old rows, and those that come, by their new ones."""
    first = _alike(before, after)  # most of a file stays, and to match that takes long
    last = _alike(before[first:][::-1], after[first:][::-1])
    old, new = before[first : len(before) - last], after[first : len(after) - last]
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for kind, start, end, new_start, new_end in matcher.get_opcodes():
        if kind != "equal":
            yield from ((first + row + 1, "-", old[row]) for row in range(start, end))
            yield from ((first + row + 1, "+", new[row]) for row in range(new_start, new_end))


def _alike(left: Sequence[str], right: Sequence[str]) -> int:
    """How many lines at the beginning are the same."""
    pairs = enumerate(zip(left, right, strict=False))
    return next((row for row, (one, other) in pairs if one != other), min(len(left), len(right)))


def _where(location: Location, near: Location) -> str:
    """A place in words, as short as it is clear beside another."""
    where = f"line {location.row}"
    if location.cell is not None and location.cell != near.cell:
        where = f"cell {location.cell}, {where}"
    return where if location.filename == near.filename else f"{location.filename}, {where}"


def _frame(location: Location, lines: Lines, style: str) -> Iterator[Line]:
    line = lines.at(location)
    if line is None:
        return
    start = location.column - 1
    end = location.end_column - 1 if location.end_row == location.row else len(line.rstrip())
    shown = line[:_LONGEST].expandtabs(1)
    yield (f"{location.row:>{_MARGIN}} | ", "blue"), (shown, "")
    caret = "^" * max(1, min(end, _LONGEST) - start)
    yield (f"{'':>{_MARGIN}} | ", "blue"), (" " * start, ""), (caret, style)
