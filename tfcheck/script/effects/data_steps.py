"""Making the next step of a chain of data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from tfcheck.rule import Site
from tfcheck.script.data import Data, Scaling
from tfcheck.script.values import OneOf, Tuple, Unknown, Value


def source(what: str, site: Site, scaling: Scaling, **facts: Any) -> Data:
    """The beginning of a chain."""
    return Data(what, site, scaling, **facts)


def step(data: Data, what: str, site: Site, scaling: Scaling = Scaling.KEEPS, **facts: Any) -> Data:
    """One more step on ``data``, which keeps its form, and nothing else that is not given.

    Shape, dtype, ranges, columns and content are passed where the step keeps them.
    """
    facts.setdefault("form", data.form)
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


def opaque(data: Data, lost: Unknown) -> Data:
    """``data`` after something that could not be read."""
    assert lost.site is not None
    return Data(
        "something that could not be read",
        lost.site,
        Scaling.OPAQUE,
        (data,),
        data.form,
        reason=lost.reason,
    )


def generator(name: str, yields: Sequence[Value], site: Site) -> Value:
    """What a generator function of the project gives: items like those that it yields."""
    if not yields:
        return Unknown(f"{name} yields nothing that could be read", site)
    first = yields[0]
    if len(yields) > 1 or isinstance(first, OneOf):
        return Unknown(f"{name} yields different things", site)
    elements = first.items if isinstance(first, Tuple) else (first,)
    return Data(f"the generator {name}", site, form="generator", elements=elements)


def with_part(data: Data, **facts: Any) -> Data:
    return replace(data, **facts)
