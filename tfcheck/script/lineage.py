"""Which rows data was made of: the steps that led to it, and whether all its rows took part."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from tfcheck.rule import Site
from tfcheck.script.data import Data
from tfcheck.script.uses import Use
from tfcheck.script.values import OneOf, Tuple, Value, options

# Steps that put rows, or arrays of them, one below the other.
_GATHERS = (
    "append",
    "concat",
    "concatenate",
    "vstack",
    "row_stack",
    "an array of several",
    "an array that is filled",
    "each of it",
)
# Steps that take some rows.
_PICKS = (
    "a part of it",
    "some rows",
    "one item",
    "windows",
    *"split take skip iloc loc ix head tail sample query".split(),
)
# Steps that keep each row, and change or leave out columns.
_BY_COLUMN = frozenset(
    "values to_numpy as_matrix astype copy reshape DataFrame Series np.array fillna "
    "expand_dims drop pop".split()
)

_MAY_HOLD_DATA = (Data, Tuple, OneOf)


def arrays(value: Value | None) -> Iterator[Data]:
    """The data that a value is, may be, or holds in a tuple."""
    for option in options(value) if value is not None else ():
        if isinstance(option, Data):
            yield option
        elif isinstance(option, Tuple):
            for item in option.items:
                yield from arrays(item)


def made_of(data: Data, seen: set[tuple[int, bool]] | None = None) -> Iterator[Data]:
    """Every step that ``data`` went through, newest first, and what its columns went through.

    What is in ``seen``, which is added to, was met before and is left out with all behind it.
    """
    seen = set() if seen is None else seen
    ahead = [(data, False)]
    while ahead:
        step, assigned = ahead.pop()
        if (id(step), assigned) in seen:
            continue
        seen.add((id(step), assigned))
        yield step
        ahead += [(each, assigned) for each in _newer_columns(step, assigned)]
        known = assigned or step.assigned is not None
        ahead += [(each, known) for each in step.before]
        ahead += [(each, False) for value in step.elements or () for each in arrays(value)]


def _newer_columns(step: Data, assigned: bool) -> list[Data]:
    """The columns that were set, unless a newer step says which of them are left."""
    if assigned or step.assigned is None:
        return []
    return [each for value in step.assigned.values() for each in arrays(value)]


def over_all_rows(data: Data) -> Iterator[Data]:
    """The steps that saw all rows of ``data`` at once: not those of one file, item or sample."""
    seen: set[tuple[int, bool, bool]] = set()
    ahead = [(data, False, False)]
    while ahead:
        step, gathered, assigned = ahead.pop()
        if (id(step), gathered, assigned) in seen:
            continue
        seen.add((id(step), gathered, assigned))
        gathered = gathered and step.what not in _PICKS
        if not gathered:
            yield step
        below = gathered or step.what in _GATHERS
        ahead += [(each, gathered, assigned) for each in _newer_columns(step, assigned)]
        known = assigned or step.assigned is not None
        ahead += [(each, below, known) for each in step.before]


def covers(fitted: Data, known: set[int]) -> bool:
    """Whether ``fitted`` is one of the ``known`` steps, or columns of one, with all its rows."""
    if fitted.what in ("T", "transpose"):
        return False  # its columns are rows: each row is scaled by itself
    if id(fitted) in known:
        return True
    keeps = fitted.what in _BY_COLUMN or fitted.what.startswith(("column", "some columns"))
    if not keeps and fitted.what != "one of several arrays":
        return False
    return bool(fitted.before) and all(covers(each, known) for each in fitted.before)


class Piece(NamedTuple):
    """A part of a split: ``whole`` was split at ``site``, by what ``how`` says."""

    whole: Data
    site: Site
    how: str


@functools.lru_cache(maxsize=1)  # several rules ask it of the same script
def steps(uses: tuple[Use, ...]) -> tuple[Data, ...]:
    """Every step of the data that is passed to a call or made by one, each once."""
    found: dict[int, Data] = {}
    seen: set[tuple[int, bool]] = set()
    for use in uses:
        for value in (use.receiver, *use.every(), use.result):
            for data in arrays(value) if isinstance(value, _MAY_HOLD_DATA) else ():
                for step in made_of(data, seen) if id(data) not in found else ():
                    found.setdefault(id(step), step)
    return tuple(found.values())


def every_piece(found: Iterable[Data]) -> list[Piece]:
    """What scikit-learn splits into parts, each once."""
    splits = {
        id(step.main): Piece(step.main, step.part.split, _how(step))
        for step in found
        if step.part is not None and step.main is not None
    }
    return list(splits.values())


def pieces(found: Iterable[Data]) -> list[Piece]:
    """What is split and is no part of a split before."""
    return [each for each in every_piece(found) if not is_part(each.whole)]


def _how(step: Data) -> str:
    return step.what if step.what == "train_test_split" else "a fold"


def is_part(data: Data) -> bool:
    """Whether some of it surely went through a split."""
    return any(step.part is not None for step in made_of(data))
