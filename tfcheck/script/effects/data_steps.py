"""Making the next step of a chain of data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tfcheck.rule import Site
from tfcheck.script.data import Data, Ranges, Scaling
from tfcheck.script.values import Tuple, Unknown, Value, join, options


def source(what: str, site: Site, scaling: Scaling, **facts: Any) -> Data:
    """The beginning of a chain."""
    return Data(what, site, scaling, **facts)


def step(data: Data, what: str, site: Site, scaling: Scaling = Scaling.KEEPS, **facts: Any) -> Data:
    """One more step on ``data``, which keeps its form, and nothing else that is not given.

    Shape, dtype, ranges, columns and content are passed where the step keeps them, and
    ``labels=None`` where labels stay what they are.
    """
    facts.setdefault("form", data.form)
    facts.setdefault("labels", "other" if scaling is Scaling.KEEPS else None)
    return Data(what, site, scaling, (data,), **facts)


def same_values(data: Data, what: str, site: Site, **facts: Any) -> Data:
    """A step after which the numbers, their type and their columns are as before."""
    kept = {
        "form": data.form,
        "shape": data.shape,
        "dtype": data.dtype,
        "ranges": data.ranges,
        "content": data.content,
        "columns": data.columns,
        "least": data.least,
        "assigned": data.assigned,
        "elements": data.elements,
    }
    return Data(what, site, Scaling.KEEPS, (data,), **{**kept, **facts})


def opaque(data: Data, lost: Unknown, *also: Data) -> Data:
    """``data`` after something that could not be read, in which ``also`` went into it."""
    assert lost.site is not None
    return Data(
        "something that could not be read",
        lost.site,
        Scaling.OPAQUE,
        (data, *also),
        data.form,
        reason=lost.reason,
    )


def generator(name: str, yields: Sequence[Value], site: Site) -> Value:
    """What a generator function of the project gives: items like those that it yields."""
    if not yields:
        return Unknown(f"{name} yields nothing that could be read", site)
    elements = alternatives(*yields)
    if elements is None:
        return Unknown(f"{name} yields different things", site)
    return Data(f"the generator {name}", site, form="generator", elements=elements)


def alternatives(*values: Value) -> tuple[Value, ...] | None:
    """The parts of a tuple that is one of several, each one of several; None for odd lengths."""
    each_way = [option for value in values for option in options(value)]
    items = [each.items if isinstance(each, Tuple) else (each,) for each in each_way]
    if len({*map(len, items)}) > 1:
        return None
    return tuple(join(*parts) for parts in zip(*items, strict=True))


def together(ranges: Ranges | None) -> Ranges | None:
    """Bounds after a step that keeps all values and moves them."""
    return ranges.together() if ranges is not None else None


def of_some(ranges: Ranges | None) -> Ranges | None:
    """Bounds after a step that keeps some values."""
    return ranges.of_some() if ranges is not None else None
