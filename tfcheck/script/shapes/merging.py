"""Layers of several inputs: sums, concatenations, products, attention."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING

from tfcheck.script.data import Shape

from .arguments import Arguments, Lost, Misfit, Size, total, written

if TYPE_CHECKING:
    from . import ShapeRule


def broadcast(left: Shape, right: Shape) -> Shape:
    """The shape of an operation on each pair of numbers."""
    if len(left) != len(right):
        raise Lost
    return (None, *(_wider(left, right, *pair) for pair in zip(left[1:], right[1:], strict=True)))


def _wider(left: Shape, right: Shape, one: Size, other: Size) -> Size:
    if one is None or other is None:
        return None
    if one != other and 1 not in (one, other):
        raise Misfit(
            "merge",
            "Inputs have incompatible shapes. "
            f"Received shapes {written(left[1:])} and {written(right[1:])}",
        )
    return other if one == 1 else one


def _elementwise(arguments: Arguments, shapes: tuple[Shape, ...]) -> Shape:
    if len(shapes) < 2:
        raise Lost
    found = shapes[0]
    for shape in shapes[1:]:
        found = broadcast(found, shape)
    return found


def _concatenate(arguments: Arguments, shapes: tuple[Shape, ...]) -> Shape:
    axis = arguments.size("axis", -1)
    if axis is None or "mode" in arguments.layer.config:
        raise Lost
    ranks = {len(shape) for shape in shapes}
    if len(ranks) == 1 and not (-len(shapes[0]) < axis < len(shapes[0]) and axis):
        raise Lost
    columns = list(zip_longest(*shapes))
    axis %= len(columns)
    others = [column for at, column in enumerate(columns) if at not in (0, axis)]
    if len(ranks) > 1 or any(len(set(column) - {None}) > 1 for column in others):
        raise Misfit(
            "merge",
            "A `Concatenate` layer requires inputs with matching shapes except for the "
            f"concatenation axis. Received: input_shape=[{', '.join(map(written, shapes))}]",
        )
    found = [column[0] if len(set(column)) == 1 else None for column in columns]
    found[axis] = total(columns[axis])
    return tuple(found)


def _dot(arguments: Arguments, shapes: tuple[Shape, ...]) -> Shape:
    axes = arguments.get("axes")
    if len(shapes) != 2:
        raise Lost
    pair = axes if isinstance(axes, tuple) else (axes, axes)
    left, right = list(shapes[0]), list(shapes[1])
    for shape, axis in zip((left, right), pair, strict=True):
        if not isinstance(axis, int) or not -len(shape) <= axis < len(shape):
            raise Lost
        del shape[axis % len(shape)]
    found = [*left, *right[1:]]
    return (None, *found[1:]) if len(found) > 1 else (None, 1)


def _attention(arguments: Arguments, shapes: tuple[Shape, ...]) -> Shape:
    if len(shapes) not in (2, 3) or len(shapes[0]) != len(shapes[1]):
        raise Lost
    return (*shapes[0][:-1], shapes[1][-1])


def _multi_head_attention(arguments: Arguments, shapes: tuple[Shape, ...]) -> Shape:
    given = arguments.get("output_shape")
    if given is None:
        return shapes[0]
    if isinstance(given, int) and len(shapes[0]) == 3:
        return (*shapes[0][:-1], given)
    raise Lost


RULES: dict[str, ShapeRule] = {
    **dict.fromkeys("Add Average Maximum Minimum Multiply Subtract".split(), _elementwise),
    "AdditiveAttention": _attention,
    "Attention": _attention,
    "Concatenate": _concatenate,
    "Dot": _dot,
    "GroupQueryAttention": _multi_head_attention,
    "MultiHeadAttention": _multi_head_attention,
}
