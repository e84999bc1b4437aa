"""Which numbers data surely hold: what they go below, and what they go beyond."""

from __future__ import annotations

import math
from typing import NamedTuple

from tfcheck.rule import Because
from tfcheck.script.data import Data, Range, Scaling
from tfcheck.script.judgements import describe, label_kind, scaled
from tfcheck.script.values import Answer

# Rows that are taken out may be those without the outermost values: of a part of an array no more
# is sure than that it leaves the inner half of the bounds of the whole.
_OF_A_PART = 0.25

_RANDOM = ("np.random", "tf.random")
_CENTRED = frozenset({"StandardScaler.transform", "scale"})
_SAME_NUMBERS = frozenset({"astype", "reshape", "ravel", "flatten", "to_numpy", "values"})


_AROUND_0 = Range(-0.1, 0.1)

# What targets of the known data sets go beyond; of those that are drawn at random, to both sides.
_MEASURED = Range(math.inf, 2.0)
_TARGETS = {"make_regression's target": Range(-10.0, 10.0)}


class Reached(NamedTuple):
    """``within``: a value is no larger than its low end, and one is no smaller than its high end.

    ``how`` says in words what is known: ``lie in 7 to 12``.
    """

    within: Range
    how: str
    because: tuple[Because, ...]


def reached(data: Data) -> Reached | None:
    """What ``data`` reach at least, where that is known."""
    if any(_is_unsure(each) for each in data.chain()):
        return None
    if data.ranges is not None:
        return _by_ranges(data)
    return _by_scaler(data) or _by_source(data)


def _is_unsure(step: Data) -> bool:
    """Whether numbers may be others than those that they are read as.

    Random ones stand for something; an array of truth values makes these of what fills it; and of
    a table whose columns are not told apart a column may have any of its values.
    """
    if step.scaling is Scaling.OPAQUE or step.what.startswith(_RANDOM):
        return True
    table = step.main.ranges if step.main is not None else None
    picked = step.what.startswith("column") and table is not None and table.columns is None
    return picked or step.what == "an array that is filled"


def _by_ranges(data: Data) -> Reached | None:
    ranges = data.ranges
    sure = ranges.sure if ranges is not None else None
    if ranges is None or sure is None:
        return None
    if any(_leaves_out_rows(step) for step in data.chain()):
        margin = _OF_A_PART * (sure.high - sure.low)
        sure = Range(sure.low + margin, sure.high - margin)
    how = f"lie in {describe(ranges)}"
    return Reached(sure, how, (Because(data.site, f"its values {how}"),))


def _leaves_out_rows(step: Data) -> bool:
    return step.part is not None or step.what in ("a part of it", "some rows")


def _by_scaler(data: Data) -> Reached | None:
    """Data whose mean was taken away and whose deviation is 1 have values on both sides of 0."""
    for step in data.chain():
        if step.what in _CENTRED and step.scaling is Scaling.SCALES:
            if "with_mean" in step.settings:
                return None
            how = "have a mean of 0"
            return Reached(_AROUND_0, how, (Because(step.site, step.what),))
        if step.what not in _SAME_NUMBERS and step.part is None:
            return None
    return None


def _by_source(data: Data) -> Reached | None:
    """Targets of a regression, in the units in which they are measured."""
    judged, kind = scaled(data), label_kind(data)
    if judged.answer is not Answer.NO or kind is None or kind[0] != "continuous":
        return None
    within = _TARGETS.get(kind[2].what, _MEASURED)
    below = "" if math.isinf(within.low) else f"below {within.low:g} and "
    return Reached(within, f"go {below}above {within.high:g}", judged.because)
