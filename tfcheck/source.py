"""A file or a notebook as text that can be parsed, with the way back to its cells."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of Python that is parsed by itself: a whole file, or one code cell.

    ``text`` has as many lines as the original, so rows need no translation. ``cell``
    counts from 1 over all cells of a notebook; it is None for a script.
    """

    text: str
    cell: int | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that could not be read, and CPython's own words for it where it has some."""

    message: str
    cell: int | None = None
    row: int = 1
    column: int = 1


@dataclass(frozen=True, slots=True)
class Source:
    """What a path holds. A file that cannot be read at all has problems and no blocks."""

    path: str
    blocks: tuple[Block, ...]
    problems: tuple[Problem, ...] = ()
