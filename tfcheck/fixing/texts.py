"""Edits made to a text as it is stored, whatever its newlines and its encoding are."""

from __future__ import annotations

import io
import re
import tokenize
from collections import Counter
from collections.abc import Iterable
from itertools import accumulate

from tfcheck.rule import Edit, Location

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")


_NEWLINES = ("\n", "\r\n", "\r")  # the first of those that are as frequent


class Unchangeable(Exception):
    """A text that would not come back as it was, or cannot be changed where it should be."""


class Text:
    """A text by rows and columns, which are those of the text with plain newlines."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lines = _LINE.findall(text)
        self._starts = [0, *accumulate(map(len, self.lines))]
        ends = Counter(re.findall(r"\r\n|\r|\n", text))
        self._newline = max(_NEWLINES, key=ends.__getitem__)

    def offset(self, row: int, column: int) -> int:
        return self._starts[row - 1] + column - 1

    def edited(self, edits: Iterable[Edit]) -> str:
        """The text with ``edits`` made, which do not overlap; what they write has its newlines."""
        parts: list[str] = []
        position = 0
        for edit in in_order(edits):
            place = edit.location
            start = self.offset(place.row, place.column)
            parts += (
                self.text[position:start],
                edit.content.replace("\n", self._newline),
            )
            position = self.offset(place.end_row, place.end_column)
        return "".join((*parts, self.text[position:]))


def in_order(edits: Iterable[Edit]) -> list[Edit]:
    """Edits in the order of the text; new imports come before what else is put in there."""
    return sorted(edits, key=lambda each: (*_span(each.location), not brings_import(each)))


def brings_import(edit: Edit) -> bool:
    """Whether an edit does nothing but put in an import, of which one serves several fixes."""
    place = edit.location
    empty = (place.row, place.column) == (place.end_row, place.end_column)
    return empty and edit.content.lstrip("\n").startswith(("import ", "from "))


def _span(place: Location) -> tuple[tuple[int, int], tuple[int, int]]:
    return (place.row, place.column), (place.end_row, place.end_column)


def edited_script(data: bytes, edits: Iterable[Edit]) -> bytes:
    """The bytes of a script with ``edits`` made; all others are what they were."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        text = data.decode(encoding)
        if text.encode(encoding) != data:
            raise Unchangeable("its encoding would not give it back unchanged")
        return Text(text).edited(edits).encode(encoding)
    except (SyntaxError, UnicodeError, LookupError) as error:
        raise Unchangeable(f"it is not encoded as it says: {error}") from error
