"""What was learned of rows that are later held out, which several rules report."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tfcheck.rule import Because, Site
from tfcheck.script import Script
from tfcheck.script.data import Data
from tfcheck.script.held_out import held_out
from tfcheck.script.lineage import Piece, arrays, covers, over_all_rows, pieces, steps
from tfcheck.script.uses import Use
from tfcheck.script.values import Ref, Value

# Rows that are taken by their place, as the one part of a split and as the other.
_BY_PLACE = frozenset({"a part of it", "some rows", "iloc", "loc"})


_FITS = frozenset({"fit", "fit_transform", "partial_fit"})


class Leak(NamedTuple):
    """``step`` uses what was learned of ``fitted``, which holds all that ``piece`` splits."""

    step: Data
    fitted: Data
    piece: Piece


def leaks(script: Script) -> Iterator[Leak]:
    """Each step that was fitted on both parts of a split, before it or after."""
    found = steps(script.uses)
    splits = [*pieces(found), *_by_place(script)]
    if not splits:
        return
    later = [(each, _origin(each)) for each in found if each.fitted_on is not None]
    for piece in splits:
        before = list(over_all_rows(piece.whole))
        known = {id(each) for each in before}
        after = [each for each, origin in later if origin is piece.whole]
        for step in (*before, *after):
            if step.fitted_on is not None and covers(step.fitted_on, known):
                yield Leak(step, step.fitted_on, piece)


def _origin(data: Data) -> Data | None:
    """What was split, where ``data`` comes from one of the parts."""
    return next((step.main for step in data.chain() if step.part is not None), None)


def _by_place(script: Script) -> Iterator[Piece]:
    """Arrays of which some rows train a model and others are held against it."""
    for run in script.runs:
        trained = {id(step.main): step for value in run.features for step in _picked(value)}
        for held in held_out(script, run) if trained else ():
            for step in _picked(held.x):
                other = trained.get(id(step.main))
                if other is None or step.main is None or other.site == step.site:
                    continue
                # Of what it predicts, rows by bounds that are written out may be a few examples.
                if held.how != "predict" or step.what == "some rows":
                    yield Piece(step.main, step.site, "the test part")


def _picked(value: Value) -> Iterator[Data]:
    for data in arrays(value):
        yield from (each for each in data.chain() if each.what in _BY_PLACE and each.part is None)


def place(script: Script, site: Site) -> Site | None:
    """``site``, or the call in the file that was asked about that led to it."""
    if site.unit in script.units:
        return site
    return next((use.site for use in script.uses.at(site)), None)


def fitting(script: Script, leak: Leak) -> Use | None:
    """The call that learned what the step uses."""
    fits: dict[Ref, Use] = {}
    for use in script.uses:
        if not isinstance(use.receiver, Ref):
            continue
        if use.name in _FITS:
            fits[use.receiver] = use
        if use.call == leak.step.site and use.receiver in fits:
            return fits[use.receiver]
    return None


def split(piece: Piece) -> Because:
    return Because(piece.site, f"{piece.how} is taken from the same rows")
