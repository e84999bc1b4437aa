"""Arguments of which several, or a layer of its own, take the place."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tfcheck.changes import Change, LayerBefore, RemoveArgument, SetArgument
from tfcheck.script import Use
from tfcheck.script.values import Const, Tuple, Value, integer


def _kernel(use: Use) -> tuple[Change, ...]:
    """Rows and columns are one argument now."""
    rows, columns = (integer(use.keywords.get(name)) for name in ("nb_row", "nb_col"))
    if rows is None or columns is None:
        return ()
    return (
        RemoveArgument(use.call, "nb_row"),
        RemoveArgument(use.call, "nb_col"),
        SetArgument(use.call, "kernel_size", f"({rows}, {columns})"),
    )


def _length(use: Use) -> tuple[Change, ...]:
    """The length of a sequence and the number of its features are one shape now."""
    length, features = (integer(use.keywords.get(name)) for name in ("input_length", "input_dim"))
    if length is None or features is None:
        return ()
    return (
        RemoveArgument(use.call, "input_length"),
        RemoveArgument(use.call, "input_dim"),
        SetArgument(use.call, "input_shape", f"({length}, {features})"),
    )


def _batch(use: Use) -> tuple[Change, ...]:
    """The shape of a batch is told to an input layer."""
    shape = _written(use.keywords["batch_input_shape"])
    if shape is None:
        return ()
    return (
        RemoveArgument(use.call, "batch_input_shape"),
        LayerBefore(use.call, f"{{keras.Input}}(batch_shape={shape})"),
    )


def _written(value: Value) -> str | None:
    """A tuple of numbers and None as it is written."""
    if not isinstance(value, Tuple):
        return None
    sizes = [each.value for each in value.items if isinstance(each, Const)]
    whole = all(each is None or isinstance(each, int) for each in sizes)
    return repr(tuple(sizes)) if whole and len(sizes) == len(value.items) else None


COMBINED: Mapping[str, Callable[[Use], tuple[Change, ...]]] = {
    "batch_input_shape": _batch,
    "input_length": _length,
    "nb_row": _kernel,
}
