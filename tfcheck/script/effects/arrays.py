"""NumPy's functions and methods on arrays: what they do to numbers, shape and scale."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tfcheck.script.data import Data, Range, Ranges, Scaling, Shape
from tfcheck.script.values import Const, Tuple, Unknown, Value, constant, integer, number

from . import items
from .array_sources import as_data, dtype_name, shape_of, stacked
from .data_steps import of_some, opaque, same_values, step, together
from .registry import FUNCTIONS, METHODS, function, method

if TYPE_CHECKING:
    from tfcheck.script.calls import Call

__all__ = ["as_data", "dtype_name", "reshaped"]

# The numbers stay; what is known of the axes does not.
_MOVES = (
    "squeeze transpose swapaxes moveaxis rollaxis flip roll rot90 tile repeat pad delete take "
    "insert resize broadcast_to atleast_1d atleast_2d nan_to_num rollaxis partition "
    "flatten ravel expand_dims reshape trim_zeros compress extract"
).split()
# The numbers and the axes stay.
_KEEPS = (
    "copy sort fliplr flipud around round rint ascontiguousarray asfortranarray real tolist "
    "numpy view persist toarray todense"
).split()
# Each number stays where it is, too.
_EACH_STAYS = ("copy", "ascontiguousarray", "real", "numpy", "view")
_STATISTICS = (
    "mean std var min max amin amax ptp median percentile quantile sum average nanmean nanstd "
    "nanmin nanmax nanmedian norm count_nonzero prod bincount histogram"
).split()
# Statistics that leave the bounds of the numbers.
_ACCUMULATES = frozenset("sum prod norm count_nonzero bincount histogram".split())
# Functions that grow with their argument, so that bounds go through them.
_MONOTONE: dict[str, Callable[[float], float]] = {
    "log": math.log,
    "log1p": math.log1p,
    "log2": math.log2,
    "log10": math.log10,
    "sqrt": math.sqrt,
    "exp": math.exp,
    "tanh": math.tanh,
    "floor": math.floor,
    "ceil": math.ceil,
    "float32": float,
    "cbrt": lambda x: math.copysign(abs(x) ** (1 / 3), x),
}
_WAVES: dict[str, Callable[[float], float]] = {
    "sin": math.sin,
    "cos": math.cos,
    "sign": lambda x: (x > 0) - (x < 0),
}
_BETWEEN_ONES = (*_WAVES, "tanh")


def _data_and_rest(call: Call) -> tuple[Data | None, int]:
    """The array that a function or method works on, and where its other arguments begin."""
    if isinstance(call.receiver, Data):
        return call.receiver, 0
    value = call.arg(0, "a", "x", "arr", "array", "m", "ary")
    return (as_data(call.interpreter, value, call.site) if value is not None else None), 1


def _name(call: Call) -> str:
    return call.path.rpartition(".")[2] or call.method


def _on_array(effect: Callable[[Call, Data, int], Value]) -> Callable[[Call], Value]:
    def run(call: Call) -> Value:
        data, rest = _data_and_rest(call)
        if data is None:
            value = call.args[0] if call.args else None
            return value if isinstance(value, Unknown) else call.lost(f"{_name(call)} of no array")
        return _written(call, effect(call, data, rest))

    return run


def _written(call: Call, result: Value) -> Value:
    """A result that is also written into the array that ``out`` names."""
    out = call.keywords.get("out")
    if isinstance(out, Data):
        call.interpreter.store.write(call.interpreter.store.moved, out, result)
    return result


def _register(names: list[str], effect: Callable[[Call, Data, int], Value]) -> None:
    wrapped = _on_array(effect)
    for name in names:
        FUNCTIONS[f"numpy.{name}"] = wrapped
        METHODS.setdefault("data", {})[name] = wrapped


def _moved(call: Call, data: Data, rest: int) -> Value:
    facts: dict[str, Any] = {"shape": _new_shape(call, data, rest), "labels": None}
    facts["ranges"] = together(data.ranges)
    if _name(call) == "pad" and data.ranges is not None:
        facts["ranges"] = replace(facts["ranges"], overall=data.ranges.overall.hull(Range(0, 0)))
    if data.labels is None and data.dtype is not None:
        facts["dtype"] = data.dtype
    return step(data, _name(call), call.site, **facts)


def _new_shape(call: Call, data: Data, rest: int) -> Shape | None:
    shape, name = data.shape, _name(call)
    if name == "reshape":
        given = call.args[rest:]
        target = (
            shape_of(call, given[0]) if len(given) == 1 else tuple(map(integer, given))
        ) or shape_of(call, call.arg(None, "newshape", "shape"))
        return reshaped(shape, target)
    if shape is None:
        return None
    if name in ("flatten", "ravel"):
        return (_product(shape),)
    if name == "transpose" and len(call.args) == rest:
        return shape[::-1]
    if name == "expand_dims":
        axis = integer(call.arg(rest, "axis"))
        if axis is None or not -len(shape) - 1 <= axis <= len(shape):
            return None
        axis = axis + len(shape) + 1 if axis < 0 else axis
        return (*shape[:axis], 1, *shape[axis:])
    if name == "squeeze" and None not in shape and len(call.args) == rest:
        return tuple(size for size in shape if size != 1)
    return None


def _product(sizes: Shape) -> int | None:
    known = [size for size in sizes if size is not None]
    return math.prod(known) if len(known) == len(sizes) else None


def reshaped(shape: Shape | None, target: Shape | None) -> Shape | None:
    """The shape after a reshape, with -1 computed where all else is known."""
    if target is None or -1 not in target:
        return target
    others = [size for size in target if size != -1]
    total, rest = _product(shape) if shape else None, _product(tuple(others))
    missing = total // rest if total is not None and rest else None
    return tuple(missing if size == -1 else size for size in target)


def _kept(call: Call, data: Data, rest: int) -> Value:
    content = data.content if _name(call) in _EACH_STAYS else None
    return same_values(data, _name(call), call.site, content=content)


def _statistic(call: Call, data: Data, rest: int) -> Value:
    if _name(call) in _ACCUMULATES:
        made = opaque(data, call.lost(f"{_name(call)} adds up numbers"))
        return replace(made, form="statistic", what=_name(call))
    return step(data, _name(call), call.site, form="statistic", settings=_axes(call))


def _axes(call: Call) -> dict[str, Value]:
    axis = call.arg(None, "axis")
    return {} if axis is None else {"axis": axis}


def _monotone(call: Call, data: Data, rest: int) -> Value:
    name = _name(call)
    if data.form == "statistic":
        return step(data, name, call.site)
    ranges = data.ranges
    if ranges is not None:
        try:
            bounds = ranges.through(_MONOTONE[name])
            content = items.through(data.content, _MONOTONE[name], falls=False)
        except (ValueError, OverflowError):
            ranges = None
        else:
            facts: dict[str, Any] = {"ranges": bounds, "content": content, "labels": "other"}
            return step(data, name, call.site, shape=data.shape, **facts)
    if name in _BETWEEN_ONES:
        return step(data, name, call.site, Scaling.SMALL, shape=data.shape, labels="other")
    return opaque(data, call.lost(f"{name} of numbers whose range is not known"))


def _between_ones(call: Call, data: Data, rest: int) -> Value:
    if data.content is not None and items.are_exact(data.content):
        wave = _WAVES[_name(call)]
        found = items.exactly(wave(each.low) for each in data.content)
        return step(data, _name(call), call.site, **items.facts_of(found))
    ranges = Ranges(Range(-1, 1), reached=False)
    return step(data, _name(call), call.site, ranges=ranges, shape=data.shape)


def _absolute(call: Call, data: Data, rest: int) -> Value:
    ranges = data.ranges
    if ranges is not None:
        low = (
            0.0 if ranges.overall.low <= 0 <= ranges.overall.high else min(map(abs, ranges.overall))
        )
        ranges = Ranges(Range(low, ranges.overall.size), reached=ranges.reached, mixed=ranges.mixed)
    return step(data, "abs", call.site, ranges=ranges, shape=data.shape, dtype=data.dtype)


def _clip(call: Call, data: Data, rest: int) -> Value:
    low, high = number(call.arg(rest, "min", "a_min")), number(call.arg(rest + 1, "max", "a_max"))
    if low is None or high is None:
        return opaque(data, call.lost("it is clipped to bounds that are not known"))
    clipped = Range(low, high)
    if data.ranges is None:
        ranges = Ranges(clipped, reached=False)
    else:
        ranges = data.ranges.through(lambda each: min(max(each, low), high))
    return step(data, "clip", call.site, ranges=ranges, shape=data.shape)


def _astype(call: Call, data: Data, rest: int) -> Value:
    dtype = dtype_name(call.arg(rest, "dtype"))
    if dtype == "bool":
        return step(data, "astype", call.site, Scaling.NOT_NUMBERS, shape=data.shape, dtype=dtype)
    if dtype in ("str", "object", "string"):
        return step(data, "astype", call.site, Scaling.NOT_NUMBERS, shape=data.shape)
    content = data.content if (dtype or "").startswith("float") else None
    return same_values(data, "astype", call.site, dtype=dtype, content=content)


def _argmax(call: Call, data: Data, rest: int) -> Value:
    """Positions along an axis: labels of as many classes as the last axis is long."""
    facts: dict[str, Any] = {"labels": "integer", "form": "array"}
    if constant(call.arg(rest, "axis")) in (-1, 1) and data.shape is not None:
        facts.update(shape=data.shape[:1], classes=data.shape[-1])
    return step(data, "argmax", call.site, Scaling.NOT_NUMBERS, **facts)


_register(_MOVES, _moved)
_register(_KEEPS, _kept)
_register(_STATISTICS, _statistic)
_register([*_MONOTONE], _monotone)
_register([*_WAVES], _between_ones)
_register(["abs", "absolute", "fabs"], _absolute)
_register(["clip"], _clip)
_register(["astype", "cast"], _astype)
_register(["argmax", "argmin"], _argmax)
METHODS["statistic"] = {name: _on_array(_statistic) for name in (*_STATISTICS, *_KEEPS)}


@method("data", "item", "fill", "setflags")
def _scalar(call: Call) -> Value:
    return call.lost("a number of an array")


@function("numpy.random.permutation", "numpy.random.shuffle", "random.shuffle")
def _shuffled(call: Call) -> Value:
    """``shuffle`` works in place, ``permutation`` gives an array, or the positions of one."""
    value = call.arg(0, "x")
    if not isinstance(value, Data):
        return call.lost("positions in a new order")
    shuffled = same_values(value, "shuffle", call.site, order="shuffled", content=None)
    if call.path.endswith("shuffle"):
        call.interpreter.store.write(call.interpreter.store.moved, value, shuffled)
        return Const(None)
    return shuffled


@function(
    "numpy.concatenate",
    "numpy.vstack",
    "numpy.hstack",
    "numpy.dstack",
    "numpy.stack",
    "numpy.column_stack",
    "numpy.row_stack",
    "tensorflow.concat",
    "tensorflow.stack",
    "keras.ops.concatenate",
    "keras.ops.stack",
)
def _combined(call: Call) -> Value:
    value = call.arg(0, "arrays", "tup", "values", "xs", "x")
    if value is None or isinstance(value, Unknown):
        return value or call.lost("arrays that are not known")
    literal = as_data(call.interpreter, value, call.site)
    found = literal if literal is not None else stacked(call, value)
    if not isinstance(found, Data):
        return found
    what = _name(call)
    if what == "concatenate" and constant(call.arg(1, "axis")) not in (..., None, 0):
        what = "concatenate by columns"
    return Data(what, call.site, before=found.before or (found,), ranges=together(found.ranges))


@function("numpy.append")
def _append(call: Call) -> Value:
    pair = Tuple(tuple(call.args[:2]))
    call.args = [pair]
    return _combined(call)


_BINARY = {
    "add": "+",
    "subtract": "-",
    "multiply": "*",
    "divide": "/",
    "true_divide": "/",
    "floor_divide": "//",
    "mod": "%",
    "power": "**",
}


@function(*(f"numpy.{name}" for name in _BINARY))
def _binary(call: Call) -> Value:
    from tfcheck.script import arithmetic

    values = [call.arg(0, "x1"), call.arg(1, "x2")]
    left, right = (
        as_data(call.interpreter, each, call.site) or each if each is not None else None
        for each in values
    )
    if left is None or right is None:
        return call.lost("arithmetic of nothing")
    if len(call.args) > 2:
        call.keywords.setdefault("out", call.args[2])
    result = arithmetic.binary(call.interpreter, _BINARY[_name(call)], left, right, call.site)
    return _written(call, result)


@function("numpy.where")
def _where(call: Call) -> Value:
    condition = call.arg(0)
    if not isinstance(condition, Data) or len(call.args) != 3:
        return call.lost("one of two arrays by a condition")
    then, otherwise = number(call.args[1]), number(call.args[2])
    if then is not None and otherwise is not None:
        return step(
            condition,
            "where",
            call.site,
            Scaling.RAW,
            shape=condition.shape,
            ranges=Ranges(Range(*sorted((then, otherwise))), reached=False),
            labels="integer" if {then, otherwise} == {0, 1} else "other",
            classes=2,
        )
    arrays = [as_data(call.interpreter, each, call.site) for each in call.args[1:]]
    first, second = arrays
    if first is None or second is None or first.ranges is None or second.ranges is None:
        return call.lost("one of two arrays by a condition")
    found = items.together(_chosen, condition, first, second)
    facts = items.facts_of(found) if found is not None else {"ranges": _either(first, second)}
    return Data("where", call.site, before=(first, second), **facts)


def _chosen(condition: Range, then: Range, otherwise: Range) -> Range:
    if condition.low == condition.high:
        return then if condition.low else otherwise
    return then.hull(otherwise)


def _either(first: Data, second: Data) -> Ranges | None:
    if first.ranges is None or second.ranges is None:
        return None
    return Ranges(first.ranges.overall.hull(second.ranges.overall), reached=False)


@function("tensorflow.gather", "tensorflow.boolean_mask", "keras.ops.take")
def _gathered(call: Call) -> Value:
    """Some rows of an array: of which, and of how many, nothing is known."""
    data = as_data(call.interpreter, call.args[0], call.site) if call.args else None
    if data is None:
        return call.args[0] if call.args else call.lost("rows of no array")
    along_rows = call.arg(2, "axis") is None and len(call.args) < 3
    ranges = data.ranges if along_rows else of_some(data.ranges)
    return step(data, "some rows", call.site, dtype=data.dtype, ranges=ranges, labels=None)


@function("numpy.array_split", "numpy.split", "numpy.hsplit", "numpy.vsplit")
def _split(call: Call) -> Value:
    data, pieces = call.arg(0), call.arg(1)
    if not isinstance(data, Data):
        return call.lost("pieces of an array")
    ranges = of_some(data.ranges)
    piece = step(data, "split", call.site, dtype=data.dtype, ranges=ranges, labels=None)
    count = integer(pieces)
    bounds = call.interpreter.calls.items(pieces) if pieces is not None and count is None else None
    count = len(bounds) + 1 if bounds is not None else count
    return Tuple((piece,) * count) if count and count < 17 else call.lost("pieces of an array")
