"""Arguments of which several, or a layer of its own, take the place."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tfcheck.changes import Change, LayerBefore, RemoveArgument, SetArgument, Written
from tfcheck.script import Use


def _kernel(use: Use) -> tuple[Change, ...]:
    """Rows and columns are one argument now."""
    return _pair(use, "nb_row", "nb_col", "kernel_size")


def _length(use: Use) -> tuple[Change, ...]:
    """The length of a sequence and the number of its features are one shape now."""
    return _pair(use, "input_length", "input_dim", "input_shape")


def _pair(use: Use, first: str, second: str, to: str) -> tuple[Change, ...]:
    if not {first, second} <= use.keywords.keys():
        return ()
    written = (Written(use.call, first), Written(use.call, second))
    return (
        RemoveArgument(use.call, first),
        RemoveArgument(use.call, second),
        SetArgument(use.call, to, "({0}, {1})", names=written),
    )


def _batch(use: Use) -> tuple[Change, ...]:
    """The shape of a batch is told to an input layer."""
    written = (Written(use.call, "batch_input_shape"),)
    return (
        RemoveArgument(use.call, "batch_input_shape"),
        LayerBefore(use.call, "{keras.Input}(batch_shape={0})", written),
    )


COMBINED: Mapping[str, Callable[[Use], tuple[Change, ...]]] = {
    "batch_input_shape": _batch,
    "input_length": _length,
    "nb_row": _kernel,
}
