"""Arithmetic on data: what it does to ranges and scale."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tfcheck.rule import Site
from tfcheck.script.data import Data, Range, Ranges, Scaling
from tfcheck.script.values import Unknown, Value, number

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
    if left.ranges is not None and right.ranges is not None and op in _INTERVALS:
        bounds = _INTERVALS[op](left.ranges.overall, right.ranges.overall)
        if bounds is not None:
            # Where one is large the other may be small: these bounds may not be reached.
            ranges = Ranges(bounds, reached=False)
            return _step(left, f"x {op} y", site, ranges=ranges, shape=left.shape)
    return opaque(left, Unknown("arithmetic of two arrays", site))


def _with_statistic(op: str, data: Data, statistic: Data, site: Site) -> Data:
    """``x - x.mean()`` moves, ``x / x.std()`` scales."""
    kept: dict[str, Any] = {"shape": data.shape, "form": data.form, "assigned": data.assigned}
    fitted = statistic.main
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


def _plain(statistic: Data) -> str:
    return statistic.what if statistic.what.isalpha() else "spread"


def _with_constant(op: str, data: Data, value: float, site: Site, reverse: bool) -> Data:
    what = f"{value:g} {op} x" if reverse else f"x {op} {value:g}"
    kept: dict[str, Any] = {"shape": data.shape, "assigned": data.assigned, "least": data.least}
    if op == "/" and not reverse and value:
        op, value = "*", 1 / value
    ranges = _moved(op, data.ranges, value, reverse) if data.ranges is not None else None
    if ranges is not None:
        return _step(data, what, site, ranges=ranges, **kept)
    if op in "+-":
        return _step(data, what, site, **kept)
    if op == "*" and abs(value) == 1:
        return _step(data, what, site, **kept)
    if op == "*" and abs(value) < 1:
        return _step(data, what, site, Scaling.SCALES, **kept)
    if op == "%" and not reverse:
        return _step(data, what, site, ranges=Ranges(Range(0, abs(value))), **kept)
    return opaque(data, Unknown(f"{what}, of numbers whose range is not known", site))


def _moved(op: str, ranges: Ranges, value: float, reverse: bool) -> Ranges | None:
    def through(bounds: Range) -> Range | None:
        if op == "+":
            return Range(bounds.low + value, bounds.high + value)
        if op == "-":
            ends = [value - each if reverse else each - value for each in bounds]
        elif op == "*":
            ends = [value * each for each in bounds]
        elif op == "**" and not reverse and (bounds.low >= 0 or value % 2 == 1) and value > 0:
            ends = [float(each**value) for each in bounds] if bounds.size < 1e100 else []
        elif op == "//" and not reverse and value:
            ends = [each // value for each in bounds]
        else:
            return None
        return Range(min(ends), max(ends)) if ends else None

    overall = through(ranges.overall)
    if overall is None:
        return None
    columns = [through(each) for each in ranges.columns or ()]
    known = tuple(each for each in columns if each is not None)
    return Ranges(overall, known if ranges.columns and len(known) == len(columns) else None)


def _product(left: Range, right: Range) -> Range:
    ends = [a * b for a in left for b in right]
    return Range(min(ends), max(ends))


_INTERVALS = {
    "+": lambda left, right: Range(left.low + right.low, left.high + right.high),
    "-": lambda left, right: Range(left.low - right.high, left.high - right.low),
    "*": _product,
}


def data_unary(op: str, data: Data, site: Site) -> Value:
    ranges = data.ranges
    if op == "-" and ranges is not None:
        return _step(
            data,
            "-x",
            site,
            shape=data.shape,
            ranges=Ranges(Range(-ranges.overall.high, -ranges.overall.low)),
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
    )
