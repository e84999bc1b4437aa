"""Edits made to the source of a notebook's cells; every other byte stays as it is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from tfcheck.fixing.texts import Text, Unchangeable
from tfcheck.rule import Edit
from tfcheck.source import Source

_BOM = "\ufeff"
_SPACE = re.compile(r"[ \t\r\n]*")
_SEPARATOR = re.compile(r"[ \t\r\n]*,[ \t\r\n]*")


class _Span(NamedTuple):
    """A value in the text of a JSON document."""

    start: int
    end: int


def edited_notebook(data: bytes, edits: Iterable[Edit], source: Source) -> bytes:
    """The bytes of a notebook with ``edits`` made to the cells that ``source`` was read from."""
    by_cell: dict[int, list[Edit]] = {}
    for edit in edits:
        assert edit.location.cell is not None
        by_cell.setdefault(edit.location.cell, []).append(edit)
    try:
        text = data.decode("utf-8")
        cells = list(_cells(text))
        parts: list[str] = []
        position = 0
        for number in sorted(by_cell):
            span = cells[number - 1]
            assert span is not None
            block = next(each for each in source.blocks if each.cell == number)
            parts += (
                text[position : span.start],
                _edited_value(text, span, by_cell[number], block.text),
            )
            position = span.end
        return "".join((*parts, text[position:])).encode("utf-8")
    except (UnicodeError, ValueError, RecursionError) as error:
        raise Unchangeable(f"its text would not come back unchanged: {error}") from error


def _edited_value(text: str, span: _Span, edits: list[Edit], read: str) -> str:
    """The source of a cell with ``edits`` made, a string or a list of strings as it was."""
    spans = list(_items(text, span.start)) if text[span.start] == "[" else [span]
    strings = [str(json.loads(text[each.start : each.end])) for each in spans]
    before = Text("".join(strings))
    _check_lines(before, edits, read)
    after = before.edited(edits)
    escape = text.isascii()
    if text[span.start] != "[":
        return json.dumps(after, ensure_ascii=escape)
    lines = re.findall(r"[^\n]*\n|[^\n]+\Z", after) or [""]
    start = min(_common(strings, lines), len(strings) - 1, len(lines) - 1)
    rest = _common(strings[start + 1 :][::-1], lines[start + 1 :][::-1])
    opening = text[span.start + 1 : spans[0].start]
    separator = text[spans[0].end : spans[1].start] if len(spans) > 1 else f",{opening or ' '}"
    stored = {each: text[at.start : at.end] for each, at in zip(strings, spans, strict=True)}
    new = (
        stored.get(each) or json.dumps(each, ensure_ascii=escape)
        for each in lines[start : len(lines) - rest]
    )
    last = spans[len(spans) - rest - 1].end
    return text[span.start : spans[start].start] + separator.join(new) + text[last : span.end]


def _check_lines(stored: Text, edits: list[Edit], read: str) -> None:
    """Refuse to edit where what was read is not what is stored: IPython's lines, indentation."""
    lines = read.split("\n")
    for edit in edits:
        place = edit.location
        for row in range(place.row, place.end_row + 1):
            if row > len(stored.lines):
                continue
            line, original = lines[row - 1], stored.lines[row - 1].rstrip("\r\n")
            if _is_line_of_its_own(edit) and row > 1:
                continue
            start = place.column - 1 if row == place.row else 0
            if len(line) != len(original) or line[start:] != original[start:]:
                raise Unchangeable(f"line {row} of cell {place.cell} is not plain Python")


def _is_line_of_its_own(edit: Edit) -> bool:
    """Whether an edit puts in lines that are not indented, which may stand beside any others."""
    place, content = edit.location, edit.content
    empty = (place.row, place.column) == (place.end_row, place.end_column)
    return empty and place.column == 1 and content[-1:] == "\n" and not content[0].isspace()


def _common(left: list[str], right: list[str]) -> int:
    """How many strings two lists have in common at their beginning."""
    count = 0
    while count < min(len(left), len(right)) and left[count] == right[count]:
        count += 1
    return count


def _cells(text: str) -> Iterator[_Span | None]:
    """The source of each cell; None where it has none."""
    notebook = _members(text, _skip(text, len(text) - len(text.removeprefix(_BOM))))
    listed = [notebook["cells"]] if "cells" in notebook else []
    if not listed:  # those of all worksheets, in format 3
        for sheet in _items(text, notebook["worksheets"].start):
            listed.append(_members(text, sheet.start)["cells"])
    for cells in listed:
        for cell in _items(text, cells.start):
            members = _members(text, cell.start) if text[cell.start] == "{" else {}
            yield members.get("source", members.get("input"))


def _members(text: str, start: int) -> dict[str, _Span]:
    """The values of an object by their keys."""
    found: dict[str, _Span] = {}
    position = _skip(text, start + 1)
    while text[position] != "}":
        key, position = json.JSONDecoder().raw_decode(text, position)
        position = _skip(text, _skip(text, position) + 1)  # past the colon
        end = _end(text, position)
        found[key] = _Span(position, end)
        position = _next(text, end)
    return found


def _items(text: str, start: int) -> Iterator[_Span]:
    """The items of an array."""
    position = _skip(text, start + 1)
    while text[position] != "]":
        end = _end(text, position)
        yield _Span(position, end)
        position = _next(text, end)


def _end(text: str, start: int) -> int:
    return json.JSONDecoder().raw_decode(text, start)[1]


def _next(text: str, end: int) -> int:
    """Where the next item of an array or an object begins, or its closing bracket."""
    separator = _SEPARATOR.match(text, end)
    return separator.end() if separator else _skip(text, end)


def _skip(text: str, position: int) -> int:
    space = _SPACE.match(text, position)
    assert space is not None
    return space.end()
