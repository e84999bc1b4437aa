"""What a CSV file beside a script holds, by its first rows."""

from __future__ import annotations

import csv
import functools
import itertools
import math
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from tfcheck.script.data import Range

MAX_ROWS = 1_000
MAX_BYTES = 4_000_000  # of the rows that are read
MAX_COLUMNS = 5_000


class Column(NamedTuple):
    """A column: its bounds where it holds numbers, and its classes where these are 0, 1, 2…"""

    name: str
    ranges: Range | None
    classes: int | None


@functools.lru_cache(maxsize=64)
def read_columns(
    path: Path, separator: str, header: bool, names: tuple[str, ...] | None
) -> tuple[Column, ...] | None:
    """The columns of a file; None where it is not there or is no such table."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return None
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError:
        return None
    try:
        text = content[: content.rfind(b"\n") + 1 or None].decode("utf-8-sig")
        rows = list(itertools.islice(_rows(text, separator), MAX_ROWS + 1))
    except (UnicodeDecodeError, csv.Error):
        return None
    return _columns(rows, header, names)


def _rows(text: str, separator: str) -> Iterator[list[str]]:
    reader = csv.reader(text.splitlines(), delimiter=separator, skipinitialspace=True)
    return (row for row in reader if row)


def _columns(
    rows: list[list[str]], header: bool, names: tuple[str, ...] | None
) -> tuple[Column, ...] | None:
    if not rows or not 0 < len(rows[0]) <= MAX_COLUMNS:
        return None
    first = rows.pop(0) if header else None
    named = names or tuple(first or (str(number) for number in range(len(rows[0]))))
    if not rows or any(len(row) != len(named) for row in rows):
        return None
    return tuple(
        _column(name, cells) for name, cells in zip(named, zip(*rows, strict=True), strict=True)
    )


def _column(name: str, cells: Sequence[str]) -> Column:
    filled = [cell.strip() for cell in cells if cell.strip() not in ("", "NA", "NaN", "nan", "?")]
    try:
        numbers = [float(cell) for cell in filled]
    except ValueError:
        return Column(name, None, None)
    if not numbers or any(map(math.isnan, numbers)):
        return Column(name, None, None)
    return Column(name, Range(min(numbers), max(numbers)), _classes(numbers))


def _classes(numbers: Sequence[float]) -> int | None:
    """How many classes, where the numbers are 0, 1, 2… and each comes again."""
    distinct = set(numbers)
    repeated = len(distinct) * 5 <= len(numbers)
    return len(distinct) if repeated and distinct == set(range(len(distinct))) else None
