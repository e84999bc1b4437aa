"""Comments that suppress findings, and those of them that suppress nothing.

``# tfcheck: ignore[rule] reason`` holds for its line or, on a line of its own, for the statement
below it; ``ignore-begin[rule]`` until the ``ignore-end`` that closes it; ``ignore-file[rule]`` for
the whole file. ``# noqa`` and ``# noqa: TFC501`` hold for their line, as for other linters.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from tfcheck.comments import Comment, Rows, scan
from tfcheck.errors import WrongUse
from tfcheck.registry import ALL, matching
from tfcheck.rule import Finding, Location, Rule
from tfcheck.source import Block, Source

_IGNORE = re.compile(r"#\s*tfcheck:\s*ignore(-begin|-end|-file|)(?![\w-])\s*(?:\[([^\]]*)\])?")
_NOQA = re.compile(r"#\s*noqa(?![\w-])\s*(:[^#]*)?", re.IGNORECASE)
_WORD = re.compile(r"[\w-]+")
_CODE = re.compile(r"[A-Z]+[0-9]+")
_LAST_ROW = 1 << 60


@dataclass(slots=True)
class Ignore:
    """What one word of a comment ignores, and where: everywhere in the file without ``rows``."""

    word: str
    codes: frozenset[str]
    location: Location
    rows: Rows | None
    used: bool = False

    def covers(self, finding: Finding, last_row: int) -> bool:
        if finding.code not in self.codes:
            return False
        if self.rows is None:
            return True
        place = finding.location
        same_text = place.filename == self.location.filename and place.cell == self.location.cell
        return same_text and place.row <= self.rows.last and self.rows.first <= last_row


class Complaint(NamedTuple):
    """What is wrong with a comment."""

    location: Location
    message: str


class Ignores:
    """What the comments of one source ignore of the findings of ``rules``."""

    def __init__(self, source: Source, filename: str, rules: Sequence[Rule]) -> None:
        self._filename = filename
        self._rules = rules
        self._ignores: list[Ignore] = []
        self._wrong: list[Complaint] = []
        self._statements: dict[int | None, list[Rows]] = {}
        for block in source.blocks:
            if "tfcheck" in block.text or "noqa" in block.text.lower():
                self._read(block)

    def remaining(self, findings: Iterable[Finding]) -> list[Finding]:
        """The findings that no comment suppresses."""
        return [each for each in findings if not self._suppresses(each)]

    def complaints(self, checked: frozenset[str]) -> Iterator[Complaint]:
        """Comments that are wrong, and those that suppress nothing of the rules ``checked``."""
        yield from self._wrong
        for each in self._ignores:
            bare = each.word == ALL
            if not each.used and not bare and each.codes <= checked:
                yield Complaint(each.location, f"there is no '{each.word}' here to ignore")

    def _suppresses(self, finding: Finding) -> bool:
        last_row = self._last_row(finding.location)
        covering = [each for each in self._ignores if each.covers(finding, last_row)]
        for each in covering:
            each.used = True
        return bool(covering)

    def _last_row(self, place: Location) -> int:
        """The last row of a finding within the statement that it begins in, without its body."""
        statements = self._statements.get(place.cell, [])
        index = bisect_right(statements, place.row, key=lambda rows: rows.first) - 1
        end = statements[index].last if index >= 0 else place.row
        return max(place.row, min(place.end_row, end))

    def _read(self, block: Block) -> None:
        comments, self._statements[block.cell] = scan(block.text)
        blocks: list[tuple[Location, list[Ignore]]] = []
        for comment in comments:
            place = self._place(comment, block.cell)
            rows = Rows(comment.row, comment.last)
            self._read_noqa(comment, place)
            for form, words in _IGNORE.findall(comment.text):
                if form == "-end":
                    self._close(blocks, place)
                    continue
                reach = {"-file": None, "-begin": Rows(comment.row, _LAST_ROW)}.get(form, rows)
                ignores = self._ignore(words, place, reach)
                if form == "-begin":
                    blocks.append((place, ignores))
        for place, _ in blocks:
            self._wrong.append(Complaint(place, "no ignore-end closes this block"))

    def _read_noqa(self, comment: Comment, place: Location) -> None:
        found = _NOQA.search(comment.text)
        if found is None:
            return
        for word in _WORD.findall(found[1]) if found[1] else [ALL]:
            try:
                codes = matching(word, self._rules)
            except WrongUse:
                if _CODE.fullmatch(word):  # another tool's
                    continue
                return
            rows = Rows(comment.row, comment.row)
            self._ignores.append(Ignore(word, codes, place, rows))

    def _ignore(self, words: str, place: Location, rows: Rows | None) -> list[Ignore]:
        ignores: list[Ignore] = []
        for word in _WORD.findall(words):
            try:
                ignores.append(Ignore(word, matching(word, self._rules), place, rows))
            except WrongUse as error:
                self._wrong.append(Complaint(place, str(error)))
        if not _WORD.search(words):
            self._wrong.append(Complaint(place, "it names no rule: write ignore[rule]"))
        self._ignores += ignores
        return ignores

    def _close(self, blocks: list[tuple[Location, list[Ignore]]], place: Location) -> None:
        if not blocks:
            self._wrong.append(Complaint(place, "no ignore-begin opens a block that ends here"))
            return
        for each in blocks.pop()[1]:
            each.rows = Rows(each.location.row, place.row)

    def _place(self, comment: Comment, cell: int | None) -> Location:
        row, column = comment.row, comment.column + 1
        return Location(self._filename, cell, row, column, row, column + len(comment.text))
