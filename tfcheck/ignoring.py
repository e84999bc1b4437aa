"""Writing the comments that ignore findings: ``# tfcheck: ignore[bare-sgd] the paper does so``.

A comment goes to the end of the line that a finding begins in. Where none can stand there, or the
line would get too long, it goes above the statement. Where a comment already ignores something in
that place, the rule is added to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from tfcheck.comments import Comment, Rows, rows_without_end, scan
from tfcheck.fixing.notebooks import edited_notebook
from tfcheck.fixing.texts import edited_script
from tfcheck.rule import Edit, Finding, Location
from tfcheck.source import Block, read_source

LONGEST_LINE = 100
_LIST = re.compile(r"#\s*tfcheck:\s*ignore\s*\[[^\]]*[\w-]\s*(?=\])")


def with_ignores(path: str, data: bytes, findings: Iterable[Finding], reason: str) -> bytes:
    """What a file holds once comments ignore ``findings``; all else in it stays as it is.

    Raises ``Unchangeable`` where a file or a place in it cannot be written.
    """
    source = read_source(Path(path), data)
    by_cell: dict[int | None, list[Finding]] = {}
    for each in findings:
        by_cell.setdefault(each.location.cell, []).append(each)
    edits = [
        edit
        for block in source.blocks
        if block.cell in by_cell
        for edit in _Writer(path, block, reason).edits(by_cell[block.cell])
    ]
    if path.endswith(".ipynb"):
        return edited_notebook(data, edits, source)
    return edited_script(data, edits)


class _Writer:
    """Puts comments into one text."""

    def __init__(self, path: str, block: Block, reason: str) -> None:
        self._path = path
        self._cell = block.cell
        self._reason = reason
        self._lines = block.text.split("\n")
        self._without_end = rows_without_end(block.text)
        comments, self._statements = scan(block.text)
        self._lists = {each.row: each for each in comments if _LIST.search(each.text)}

    def edits(self, findings: Sequence[Finding]) -> Iterator[Edit]:
        added: dict[int, list[str]] = {}
        above: dict[int, list[str]] = {}
        for row, names in _names(findings).items():
            lists = (each.row for each in self._lists.values() if each.row <= row <= each.last)
            listed = next(lists, None)
            if listed is not None:
                _extend(added.setdefault(listed, []), names)
            elif self._fits(row, names):
                yield self._at_the_end(row, names)
            else:
                _extend(above.setdefault(self._first_row(row), []), names)
        yield from (self._added(self._lists[row], names) for row, names in added.items())
        yield from (self._above(row, names) for row, names in above.items())

    def _comment(self, names: Iterable[str]) -> str:
        return f"# tfcheck: ignore[{', '.join(names)}] {self._reason}"

    def _fits(self, row: int, names: Iterable[str]) -> bool:
        if row in self._without_end:
            return False
        return len(f"{self._lines[row - 1].rstrip()}  {self._comment(names)}") <= LONGEST_LINE

    def _at_the_end(self, row: int, names: Iterable[str]) -> Edit:
        line = self._lines[row - 1]
        place = self._place(row, len(line.rstrip()) + 1, len(line) + 1)
        return Edit(place, f"  {self._comment(names)}")

    def _above(self, row: int, names: Iterable[str]) -> Edit:
        line = self._lines[row - 1]
        indentation = line[: len(line) - len(line.lstrip())]
        return Edit(self._place(row, 1, 1), f"{indentation}{self._comment(names)}\n")

    def _added(self, comment: Comment, names: Iterable[str]) -> Edit:
        found = _LIST.search(comment.text)
        assert found is not None
        column = comment.column + found.end() + 1
        return Edit(
            self._place(comment.row, column, column), "".join(f", {each}" for each in names)
        )

    def _first_row(self, row: int) -> int:
        """The row in which the statement of ``row`` begins."""
        return next((each.first for each in self._statements if _holds(each, row)), row)

    def _place(self, row: int, column: int, end: int) -> Location:
        return Location(self._path, self._cell, row, column, row, end)


def _names(findings: Iterable[Finding]) -> Mapping[int, list[str]]:
    """The rules to ignore, by row."""
    rows: dict[int, list[str]] = {}
    for each in findings:
        _extend(rows.setdefault(each.location.row, []), (each.name,))
    return rows


def _extend(names: list[str], more: Iterable[str]) -> None:
    names += (each for each in more if each not in names)


def _holds(rows: Rows, row: int) -> bool:
    return rows.first <= row <= rows.last
