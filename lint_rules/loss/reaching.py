"""Whether the activation of an output can give the numbers that it is trained on."""

from __future__ import annotations

import math
from typing import NamedTuple

from tfcheck.script.data import Range
from tfcheck.script.judgements import label_kind
from tfcheck.script.reached import Reached, reached
from tfcheck.script.training import Output

from .families import BINARY, REGRESSION

_TO_ONE = Range(0.0, 1.0)
_POSITIVE = Range(0.0, math.inf)
_BOUNDS = {
    "sigmoid": _TO_ONE,
    "hard_sigmoid": _TO_ONE,
    "softmax": _TO_ONE,
    "tanh": Range(-1.0, 1.0),
    "hard_tanh": Range(-1.0, 1.0),
    "softsign": Range(-1.0, 1.0),
    "relu": _POSITIVE,
    "relu6": Range(0.0, 6.0),
    "softplus": _POSITIVE,
    "exponential": _POSITIVE,
}
_LOSSES = REGRESSION | {"poisson"}

# Targets that are scaled to the bounds themselves may pass them by a rounding.
_ROUNDING = 0.01


class Beyond(NamedTuple):
    """An output with its activation's bounds, and what is known of the targets beyond them."""

    output: Output
    activation: str
    bounds: Range
    reached: Reached


def beyond(output: Output) -> Beyond | None:
    """The output, where its targets surely lie beyond what it can give."""
    name, labels = output.head.activation, output.labels
    bounds = _BOUNDS.get(name) if name is not None else None
    wanted = output.loss.name in _LOSSES or (output.loss.name in BINARY and bounds is _TO_ONE)
    if name is None or bounds is None or labels is None or not wanted or _are_classes(output):
        return None
    found = reached(labels)
    if found is None:
        return None
    low, high = found.within
    if low < bounds.low - _ROUNDING or high > bounds.high + _ROUNDING:
        return Beyond(output, name, bounds, found)
    return None


def _are_classes(output: Output) -> bool:
    """Whether the labels are whole numbers for classes; other rules tell what these need."""
    kind = label_kind(output.labels) if output.labels is not None else None
    return kind is not None and kind[0] in ("integer", "one-hot")
