"""Arrays of one axis that a script computes: the bounds of each of their items."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from tfcheck.script.data import Data, Range, Ranges, hull_of

Items: TypeAlias = "tuple[Range, ...]"

MAX_ITEMS = 4_000  # longer ones are known by their bounds alone


def exactly(numbers: Iterable[float]) -> Items:
    return tuple(Range(each, each) for each in numbers)


def are_exact(items: Items) -> bool:
    return all(low == high for low, high in items)


def ranges_of(items: Items) -> Ranges:
    """The bounds of them all, and what they surely reach."""
    inner = Range(min(each.high for each in items), max(each.low for each in items))
    return Ranges(hull_of(items), reached=are_exact(items), inner=inner)


def facts_of(items: Items) -> dict[str, Any]:
    """What a step is told of an array whose items these are."""
    return {"content": items, "shape": (len(items),), "ranges": ranges_of(items)}


def together(change: Callable[..., Range], *arrays: Data) -> Items | None:
    """The items of an array made item by item of others; None where that cannot be followed.

    An array whose bounds alone are known has all items between them.
    """
    counts = {len(each.content) for each in arrays if each.content is not None}
    if len(counts) != 1:
        return None
    (count,) = counts
    columns: list[Items] = []
    for each in arrays:
        if each.content is not None:
            columns.append(each.content)
        elif each.ranges is not None and each.shape == (count,):
            columns.append((each.ranges.overall,) * count)
        else:
            return None
    try:
        return tuple(change(*parts) for parts in zip(*columns, strict=True))
    except ArithmeticError:
        return None


def through(items: Items | None, change: Callable[[float], float], falls: bool) -> Items | None:
    """The items after a change that grows with each, or ``falls`` with it."""
    if items is None:
        return None
    if falls:
        return tuple(Range(change(high), change(low)) for low, high in items)
    return tuple(Range(change(low), change(high)) for low, high in items)
