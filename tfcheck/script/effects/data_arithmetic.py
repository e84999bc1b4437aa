"""Arithmetic on data: what it does to ranges and scale."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tfcheck.rule import Site
from tfcheck.script.data import Data, Range, Ranges, Scaling
from tfcheck.script.values import Tuple, Unknown, Value, constant, number

from . import items
from .data_steps import opaque

if TYPE_CHECKING:
    from tfcheck.script.interpreter import Interpreter

# Statistics that are as large as the numbers themselves.
_SIZES = frozenset(
    "std var max min amax amin ptp nanstd nanmax mean sum norm percentile quantile median -".split()
)


def data_binary(interpreter: Interpreter, op: str, left: Value, right: Value, site: Site) -> Value:
    """``left op right`` where one of them is data."""
    if isinstance(left, Data) and isinstance(right, Data):
        return _of_two(op, left, right, site)
    data, other = (left, right) if isinstance(left, Data) else (right, left)
    assert isinstance(data, Data)
    constant = number(other)
    if constant is None:
        lost = other if isinstance(other, Unknown) and other.site else None
        return opaque(data, lost or Unknown("arithmetic with something that is not known", site))
    if data.form == "statistic":
        return _step(data, op, site, form="statistic")
    return _with_constant(op, data, constant, site, reverse=data is right)


def _step(data: Data, op: str, site: Site, scaling: Scaling = Scaling.KEEPS, **facts: Any) -> Data:
    facts.setdefault("form", data.form)
    return Data(op, site, scaling, (data,), labels="other", columns=data.columns, **facts)


def _of_two(op: str, left: Data, right: Data, site: Site) -> Data:
    if left.form == right.form == "statistic":
        return _step(left, op, site, form="statistic")
    if right.form == "statistic":
        return _with_statistic(op, left, right, site)
    found = items.together(_INTERVALS[op], left, right) if op in _INTERVALS else None
    if found is not None:
        return _step(left, f"x {op} y", site, **items.facts_of(found))
    if left.ranges is not None and right.ranges is not None and op in _INTERVALS:
        ranges = _of_pairs(op, left.ranges, right.ranges)
        return _step(left, f"x {op} y", site, ranges=ranges, shape=left.shape)
    return opaque(left, Unknown("arithmetic of two arrays", site))


def _of_pairs(op: str, left: Ranges, right: Ranges) -> Ranges:
    """Bounds of what is computed of each pair; where one is large the other may be small."""
    overall = _INTERVALS[op](left.overall, right.overall)
    if op == "-":
        right = _negative(right)
    sums = [
        Range(sure.low + other.overall.high, sure.high + other.overall.low)
        for sure, other in ((left.sure, right), (right.sure, left))
        if sure is not None and op in "+-"
    ]
    inner = Range(min(each.low for each in sums), max(each.high for each in sums)) if sums else None
    return Ranges(overall, reached=False, inner=inner)


def _with_statistic(op: str, data: Data, statistic: Data, site: Site) -> Data:
    """``x - x.mean()`` moves, ``x / x.std()`` scales."""
    kept: dict[str, Any] = {"shape": data.shape, "form": data.form, "assigned": data.assigned}
    fitted = None if _of_samples(statistic) else statistic.main
    while fitted is not None and fitted.form == "statistic":
        fitted = fitted.main
    if op in "+-":
        return _step(data, f"x {op} {statistic.what}", site, **kept)
    if op == "/" and statistic.what in _SIZES | set("+-*/"):
        return _step(
            data,
            f"division by its {_plain(statistic)}",
            site,
            Scaling.SCALES,
            fitted_on=fitted,
            **kept,
        )
    return opaque(data, Unknown("arithmetic with a statistic", site))


def _of_samples(statistic: Data) -> bool:
    """Whether it has, or may have, a value for each row: ``x.max(axis=1)``."""
    axes = [each.settings["axis"] for each in statistic.chain() if "axis" in each.settings]
    return not all(_is_over_rows(each) for each in axes)


def _is_over_rows(axis: Value) -> bool:
    parts = axis.items if isinstance(axis, Tuple) else (axis,)
    return any(constant(each) in (None, 0, "index") for each in parts)


def _plain(statistic: Data) -> str:
    return statistic.what if statistic.what.isalpha() else "spread"


def _with_constant(op: str, data: Data, value: float, site: Site, reverse: bool) -> Data:
    what = f"{value:g} {op} x" if reverse else f"x {op} {value:g}"
    kept: dict[str, Any] = {"shape": data.shape, "assigned": data.assigned, "least": data.least}
    change = _change(op, data.ranges.overall, value, reverse) if data.ranges is not None else None
    if data.ranges is not None and change is not None:
        ranges, content = data.ranges.through(*change), items.through(data.content, *change)
        return _step(data, what, site, ranges=ranges, content=content, **kept)
    if op in "+-":
        return _step(data, what, site, **kept)
    if op == "/" and not reverse and value:
        op, value = "*", 1 / value
    if op == "*" and abs(value) == 1:
        return _step(data, what, site, **kept)
    if op == "*" and abs(value) < 1:
        return _step(data, what, site, Scaling.SCALES, **kept)
    if op == "%" and not reverse and value:
        return _step(data, what, site, **{**kept, **_rest(data, value)})
    return opaque(data, Unknown(f"{what}, of numbers whose range is not known", site))


def _change(
    op: str, bounds: Range, value: float, reverse: bool
) -> tuple[Callable[[float], float], bool] | None:
    """What is done to each number, and whether it falls where the number grows.

    None where it does neither, or not between all of ``bounds``.
    """
    one_side = bounds.low > 0 or bounds.high < 0
    odd = bounds.low >= 0 or value % 2 == 1
    if op == "+":
        return lambda each: each + value, False
    if op == "-":
        return (lambda each: value - each, True) if reverse else (lambda each: each - value, False)
    if op == "*":
        return lambda each: value * each, value < 0
    if op == "/" and not reverse and value:
        return lambda each: each / value, value < 0
    if op == "/" and reverse and one_side:
        return lambda each: value / each, value > 0
    if op == "//" and not reverse and value:
        return lambda each: each // value, value < 0
    if op == "**" and not reverse and odd and value > 0 and bounds.size < 1e100 / value:
        return lambda each: float(each**value), False
    return None


def _rest(data: Data, value: float) -> dict[str, Any]:
    """What is known of a remainder: that it lies between 0 and the divisor."""
    if data.content is not None and items.are_exact(data.content):
        return items.facts_of(items.exactly(each.low % value for each in data.content))
    between = Range(min(0, value), max(0, value))
    return {"ranges": Ranges(between, reached=False)}


def _negative(ranges: Ranges) -> Ranges:
    return ranges.through(lambda each: -each, falls=True)


def _product(left: Range, right: Range) -> Range:
    ends = [a * b for a in left for b in right]
    return Range(min(ends), max(ends))


_INTERVALS = {
    "+": lambda left, right: Range(left.low + right.low, left.high + right.high),
    "-": lambda left, right: Range(left.low - right.high, left.high - right.low),
    "*": _product,
}


def _is(relation: Callable[[Range, Range], bool | None]) -> Callable[[Range, Range], Range]:
    """Bounds of a truth value: 0, 1, or both where the bounds compared do not decide."""

    def compared(left: Range, right: Range) -> Range:
        truth = relation(left, right)
        return Range(0, 1) if truth is None else Range(int(truth), int(truth))

    return compared


def _less(left: Range, right: Range) -> bool | None:
    return True if left.high < right.low else False if left.low >= right.high else None


def _least(left: Range, right: Range) -> bool | None:
    return True if left.high <= right.low else False if left.low > right.high else None


_RELATIONS = {
    "<": _is(_less),
    "<=": _is(_least),
    ">": _is(lambda left, right: _less(right, left)),
    ">=": _is(lambda left, right: _least(right, left)),
}


def data_unary(op: str, data: Data, site: Site) -> Value:
    ranges = data.ranges
    if op == "-" and ranges is not None:
        return _step(
            data,
            "-x",
            site,
            shape=data.shape,
            ranges=_negative(ranges),
            content=items.through(data.content, lambda each: -each, falls=True),
        )
    if op == "~":
        return Data("~x", site, Scaling.KEEPS, (data,), data.form, shape=data.shape)
    return _step(data, f"{op}x", site, shape=data.shape)


def data_compare(op: str, left: Value, right: Value, site: Site) -> Value:
    """A comparison: an array of truth values, which are labels of two classes."""
    data = left if isinstance(left, Data) else right
    assert isinstance(data, Data)
    # Two arrays may be compared each with each, which makes one-hot codes.
    single = not isinstance(left, Data) or not isinstance(right, Data)
    truths = _truths(op, left, right)
    return Data(
        f"x {op} …",
        site,
        Scaling.NOT_NUMBERS,
        (data,),
        data.form,
        shape=data.shape if single else None,
        dtype="bool",
        ranges=Ranges(Range(0, 1)),
        labels="integer" if single else None,
        classes=2 if single else None,
        content=truths,
    )


def _truths(op: str, left: Value, right: Value) -> items.Items | None:
    """The truth value of each item that is compared with a number."""
    constant = number(right)
    if not isinstance(left, Data) or constant is None or op not in _RELATIONS:
        return None
    bounds = Range(constant, constant)
    return items.together(lambda each: _RELATIONS[op](each, bounds), left)
