"""Which findings are about lines that were changed since a revision of the repository.

What is compared is code: the text of scripts, and the cells of notebooks, so that a notebook that
was run again has not changed. Only the lines of the finding itself count: evidence names lines
such as that of ``fit``, which a change may touch for any reason.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from functools import cached_property
from pathlib import Path
from typing import TypeAlias

from tfcheck.discovery import SUFFIXES, repository
from tfcheck.git import Revision
from tfcheck.lines import Lines
from tfcheck.rule import Finding
from tfcheck.source import Source, read_source

SIMILAR = 0.5  # the share of lines that a renamed file keeps, as git has it

Row: TypeAlias = "tuple[int | None, int]"
"""A cell, and a row of it."""

_Kept: TypeAlias = "Callable[[Row], bool]"


class Recent:
    """Tells findings that are new since ``revision``; ``texts`` is what is not on the disk."""

    def __init__(self, revision: Revision, texts: Mapping[str, bytes]) -> None:
        self._revision = revision
        self._lines = Lines(texts)
        self._files: dict[str, _Kept] = {}

    def __call__(self, finding: Finding) -> bool:
        """Whether a line of the finding was changed."""
        place = finding.location
        name = place.filename
        if name not in self._files:
            self._files[name] = self._kept(name)
        kept = self._files[name]
        return not all(kept((place.cell, row)) for row in range(place.row, place.end_row + 1))

    def _kept(self, filename: str) -> _Kept:
        """Whether a row of a file is as it was."""
        if repository(os.path.realpath(filename)) != self._revision.root:
            return lambda row: True  # another repository inside this one has a history of its own
        new = self._lines.source(filename)
        path = self._revision.path(filename)
        old = self._then(path) or self._former(new)
        if old is None:
            return lambda row: False
        if not new.blocks and old.problems == new.problems:
            return lambda row: True
        return _common_rows(old, new).__contains__

    def _then(self, path: str) -> Source | None:
        data = self._revision.read(path)
        return None if data is None else read_source(Path(path), data)

    def _former(self, source: Source) -> Source | None:
        """The file of the revision that is gone, and is more like ``source`` than all others."""
        now = _counts(source)
        scored = ((_similarity(now, counts), name) for name, counts in self._gone.items())
        score, name = max(scored, default=(0.0, ""))
        return self._then(name) if score >= SIMILAR else None

    @cached_property
    def _gone(self) -> Mapping[str, Counter[str]]:
        """The lines of the files that were there and are not any more."""
        gone: dict[str, Counter[str]] = {}
        for path in self._revision.paths:
            here = os.path.join(self._revision.root, path)
            if path.endswith(SUFFIXES) and not os.path.lexists(here):
                source = self._then(path)
                assert source is not None
                gone[path] = _counts(source)
        return gone


def _rows(source: Source) -> Iterator[tuple[Row, str]]:
    for block in source.blocks:
        for number, line in enumerate(block.text.split("\n"), start=1):
            yield (block.cell, number), line.rstrip()


def _counts(source: Source) -> Counter[str]:
    return Counter(line for _, line in _rows(source) if line)


def _similarity(one: Counter[str], other: Counter[str]) -> float:
    """The share of lines that two texts have in common."""
    size = max(one.total(), other.total())
    return (one & other).total() / size if size else 0.0


def _common_rows(old: Source, new: Source) -> frozenset[Row]:
    """The rows of ``new`` that ``old`` has too, in that order."""
    rows = list(_rows(new))
    then = [line for _, line in _rows(old)]
    now = [line for _, line in rows]
    start = _shared(then, now)
    end = _shared(then[start:][::-1], now[start:][::-1])
    common = {row for row, _ in (*rows[:start], *rows[len(rows) - end :])}
    # Empty lines say nothing about what belongs together, and there are many.
    matcher = SequenceMatcher(
        lambda line: not line,
        then[start : len(then) - end],
        now[start : len(now) - end],
        autojunk=False,
    )
    for match in matcher.get_matching_blocks():
        first = start + match.b
        common.update(row for row, _ in rows[first : first + match.size])
    return frozenset(common)


def _shared(one: Sequence[str], other: Sequence[str]) -> int:
    """How many lines two texts begin with in common."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((n for n, (a, b) in pairs if a != b), min(len(one), len(other)))
