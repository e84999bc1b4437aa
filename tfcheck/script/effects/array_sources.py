"""Arrays that NumPy makes: out of literals, counters and chance."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from tfcheck.rule import Site
from tfcheck.script.data import Data, Range, Ranges, Scaling, Shape
from tfcheck.script.store import ListState, ObjectState
from tfcheck.script.values import (
    Const,
    OneOf,
    Ref,
    Symbol,
    Tuple,
    Unknown,
    Value,
    constant,
    integer,
    number,
    options,
    string,
)

from . import tables
from .data_steps import same_values, source
from .items import MAX_ITEMS, exactly
from .paths import path_of
from .registry import FUNCTIONS, Effect, Register, function, method

if TYPE_CHECKING:
    from tfcheck.script.calls import Call
    from tfcheck.script.interpreter import Interpreter

MAX_PARTS = 64
MAX_NUMBERS = 4_000  # of an array that is written out; longer ones come from files


def as_data(interpreter: Interpreter, value: Value, site: Site) -> Data | None:
    """The array that a value is, or that NumPy would make of numbers; None where it is none."""
    if isinstance(value, Data):
        return value
    if isinstance(value, OneOf):
        found = [as_data(interpreter, option, site) for option in value.options]
        arrays = [each for each in found if each is not None]
        return either(arrays, site) if len(arrays) == len(found) else None
    content = _numbers(interpreter, value, [MAX_NUMBERS])
    if isinstance(content, (int, float)):
        return None
    return _of_one_row(interpreter, value, site) if content is None else literal(content, site)


def _of_one_row(interpreter: Interpreter, value: Value, site: Site) -> Data | None:
    """``[x]``: an array with one axis more."""
    items = interpreter.calls.items(value) if isinstance(value, Ref) else None
    row = items[0] if items is not None and len(items) == 1 else None
    if not isinstance(row, Data) or row.form not in ("array", "series"):
        return None
    shape = None if row.shape is None else (1, *row.shape)
    kept = {"shape": shape, "form": "array", "content": None, "columns": None, "least": 0}
    return same_values(row, "one row of it", site, **kept)


def either(arrays: Sequence[Data], site: Site) -> Data:
    """One of several arrays: what is known of it is what they have in common."""

    def common(fact: str) -> Any:
        first = getattr(arrays[0], fact)
        return first if all(getattr(each, fact) == first for each in arrays) else None

    return Data(
        "one of several arrays",
        site,
        before=tuple(arrays),
        form=common("form") or "array",
        shape=common("shape"),
        dtype=common("dtype"),
        ranges=common("ranges"),
        labels=common("labels"),
        classes=common("classes"),
    )


def _numbers(interpreter: Interpreter, value: Value, left: list[int]) -> Any:
    """Nested lists of numbers behind a value; None where one is not known or too many are.

    ``left`` holds how many may still come.
    """
    if isinstance(value, Const) and not isinstance(value.value, range):
        return value.value if isinstance(value.value, (int, float)) else None
    items = interpreter.calls.items(value)
    if items is None or len(items) > left[0]:
        return None
    left[0] -= len(items)
    numbers: list[Any] = []
    for item in items:
        found = _numbers(interpreter, item, left)
        if found is None:
            return None
        numbers.append(found)
    return numbers


def literal(content: Sequence[Any], site: Site) -> Data | None:
    """An array of numbers that are written out, with the exact ranges of its columns."""
    shape = _shape_of(content)
    if shape is None or not all(shape):
        return None
    rows = _rows(content)
    flat = [each for row in rows for each in row]
    columns = tuple(Range(min(column), max(column)) for column in zip(*rows, strict=True))
    whole = all(isinstance(each, int) for each in flat)
    return source(
        "an array that is written out",
        site,
        Scaling.RAW,
        shape=shape,
        dtype="int64" if whole else "float64",
        ranges=Ranges.of_columns(columns) if len(shape) > 1 else _overall(flat),
        content=exactly(content) if len(shape) == 1 else None,
        ground="literal",
        **_labels_of(flat, shape, whole),
    )


def _overall(flat: Sequence[float]) -> Ranges:
    return Ranges(Range(min(flat), max(flat)))


def _shape_of(content: Any) -> tuple[int, ...] | None:
    if not isinstance(content, list):
        return ()
    shapes = {_shape_of(each) for each in content}
    if len(shapes) != 1:
        return None if shapes else (0,)
    inner = shapes.pop()
    return None if inner is None else (len(content), *inner)


def _rows(content: Any) -> list[list[float]]:
    """The numbers as rows of the last axis."""
    if not isinstance(content[0], list):
        return [content]
    if not isinstance(content[0][0], list):
        return list(content)
    return [row for each in content for row in _rows(each)]


def _labels_of(flat: Sequence[float], shape: Shape, whole: bool) -> dict[str, Any]:
    """Whole numbers from 0 up, each of them more than once on the whole, are classes."""
    distinct = set(flat)
    column = len(shape) == 1 or shape[-1] == 1
    if whole and column and distinct == set(range(len(distinct))) and len(distinct) < len(flat):
        return {"labels": "integer", "classes": max(len(distinct), 2)}
    one_hot = len(shape) == 2 and distinct == {0, 1} and sum(flat) == shape[0] and shape[1] != 1
    if one_hot and all(sum(row) == 1 for row in zip(*[iter(flat)] * (shape[1] or 1), strict=True)):
        return {"labels": "one-hot", "classes": shape[1]}
    return {}


@function(
    "numpy.array",
    "numpy.asarray",
    "numpy.asanyarray",
    "numpy.asfarray",
    "numpy.ascontiguousarray",
    "numpy.float32",
    "numpy.float64",
    "numpy.copy",
)
def _array(call: Call) -> Value:
    value = call.arg(0, "object", "a")
    if value is None or isinstance(value, Unknown):
        return value or call.lost("an array of nothing")
    data = as_data(call.interpreter, value, call.site)
    if data is not None:
        facts = {"form": "array"}
        dtype = dtype_name(call.arg(1, "dtype"))
        if dtype is not None:
            facts["dtype"] = dtype
        return (
            data
            if data.ground == "literal" and dtype is None
            else same_values(data, "np.array", call.site, **facts)
        )
    return stacked(call, value)


def stacked(call: Call, value: Value) -> Value:
    """An array made of a list of arrays: it has the numbers of them all."""
    state = call.interpreter.store.state(value, ListState)
    items = value.items if isinstance(value, Tuple) else state.items if state else ()
    count = len(items) if isinstance(value, Tuple) or (state and state.rest is None) else None
    repeated = [*items, *([state.rest] if state and state.rest is not None else [])]
    parts = list({id(each): each for each in repeated}.values())  # [row] * 1000 is one row
    if len(parts) > MAX_PARTS:
        return call.lost("an array of more parts than are followed")
    found = [as_data(call.interpreter, each, call.site) for each in parts]
    arrays = [each for each in found if each is not None]
    if not arrays or len(arrays) < len(parts):
        lost = next(
            (each for part in parts for each in options(part) if isinstance(each, Unknown)), None
        )
        return lost or call.lost("an array of something that is not known")
    inner = None if call.path in ("numpy.c_", "numpy.r_") else arrays[0].shape
    known = [each.ranges for each in arrays]
    ranges = None
    if all(known):
        ranges = Ranges.of_several([each for each in known if each is not None])
    return Data(
        "an array of several",
        call.site,
        before=tuple(dict.fromkeys(arrays)),
        shape=None if inner is None else (count, *inner),
        dtype=arrays[0].dtype,
        ranges=ranges,
    )


def dtype_name(value: Value | None) -> str | None:
    """``float32`` for ``'float32'``, ``np.float32`` and ``tf.float32``; None where not known."""
    found = constant(value)
    name = found if isinstance(found, str) else value.name if isinstance(value, Symbol) else None
    return {"float": "float64", "int": "int64", "f": "float32"}.get(name or "", name)


def shape_of(call: Call, value: Value | None) -> Shape | None:
    """A shape that is passed as a number or a tuple of numbers."""
    if value is None:
        return None
    if integer(value) is not None:
        return (integer(value),)
    items = call.interpreter.calls.items(value) if isinstance(value, (Tuple, Ref)) else None
    return None if items is None else tuple(integer(item) for item in items)


# Arrays of one number, counters


def _filled(low: float, high: float) -> Callable[[Call], Value]:
    def effect(call: Call) -> Value:
        shape = shape_of(call, call.arg(0, "shape"))
        dtype = dtype_name(call.arg(1, "dtype")) or "float64"
        name = f"np.{call.path.rpartition('.')[2]}"
        return source(
            name,
            call.site,
            Scaling.SMALL,
            shape=shape,
            dtype=dtype,
            ranges=Ranges(Range(low, high)),
        )

    return effect


for _name, _low, _high in (("zeros", 0, 0), ("empty", 0, 0), ("ndarray", 0, 0), ("ones", 1, 1)):
    FUNCTIONS[f"numpy.{_name}"] = _filled(_low, _high)


@function("numpy.zeros_like", "numpy.ones_like", "numpy.empty_like", "numpy.full_like")
def _like(call: Call) -> Value:
    shape = call.args[0].shape if call.args and isinstance(call.args[0], Data) else None
    fill = number(call.arg(1, "fill_value")) if call.path.endswith("full_like") else 1.0
    ranges = None if fill is None else Ranges(Range(min(0.0, fill), max(0.0, fill)))
    return source("np.zeros", call.site, Scaling.SMALL, shape=shape, ranges=ranges)


@function("numpy.full")
def _full(call: Call) -> Value:
    fill = number(call.arg(1, "fill_value"))
    if fill is None:
        return call.lost("an array of a number that is not known")
    shape = shape_of(call, call.arg(0, "shape"))
    return source("np.full", call.site, Scaling.RAW, shape=shape, ranges=Ranges(Range(fill, fill)))


@function("numpy.eye", "numpy.identity")
def _eye(call: Call) -> Value:
    size = integer(call.arg(0, "N", "n"))
    return source(
        "np.eye",
        call.site,
        Scaling.NOT_NUMBERS,
        shape=(size, size),
        labels="one-hot",
        classes=size,
    )


@function("numpy.arange", "tensorflow.range", "keras.ops.arange")
def _arange(call: Call) -> Value:
    found = [number(each) for each in call.args[:3]]
    if not found or any(each is None for each in found):
        return call.lost("a counter whose bounds are not known")
    bounds = [each for each in found if each is not None]
    start, stop, step = (0.0, bounds[0], 1.0) if len(bounds) == 1 else (*bounds, 1.0)[:3]
    count = math.ceil((stop - start) / step) if step else 0
    if count < 1:
        return call.lost("a counter that counts nothing")
    return _counted("np.arange", call, count, start, start + step * (count - 1))


@function("numpy.linspace", "tensorflow.linspace", "keras.ops.linspace")
def _linspace(call: Call) -> Value:
    start, stop = number(call.arg(0, "start")), number(call.arg(1, "stop"))
    if start is None or stop is None:
        return call.lost("a counter whose bounds are not known")
    size = integer(call.arg(2, "num") or Const(50))
    if constant(call.arg(3, "endpoint") or Const(True)) is not True and size:
        stop -= (stop - start) / size
    return _counted("np.linspace", call, size, start, stop)


def _counted(what: str, call: Call, size: int | None, first: float, last: float) -> Data:
    ranges = Ranges(Range(*sorted((first, last))))
    content = None
    if size is not None and 0 < size <= MAX_ITEMS:
        step = (last - first) / max(size - 1, 1)
        content = exactly(first + step * number for number in range(size))
    return source(
        what,
        call.site,
        Scaling.RAW,
        shape=(size,),
        ranges=ranges,
        content=content,
        ground="literal",
    )


# Chance

# In standard deviations: of a hundred million values less than one lies farther out.
_FAR = 6
_GENERATORS = ("numpy.random.RandomState", "numpy.random.Generator")


def _chance(name: str) -> Register:
    """Register a function of ``numpy.random`` and the method that generators have for it."""

    def register(effect: Effect) -> Effect:
        for generator in _GENERATORS:
            method(generator, name)(effect)
        return function(f"numpy.random.{name}")(effect)

    return register


@function("numpy.random.default_rng")
def _default_rng(call: Call) -> Value:
    state = ObjectState("numpy.random.Generator", {}, call.site)
    return call.interpreter.store.allocate(state)


def _drawn(call: Call, shape: Shape | None, ranges: Ranges | None, **facts: Any) -> Data:
    scaling = facts.pop("scaling", Scaling.RAW)
    name = f"np.random.{call.path.rpartition('.')[2] or call.method}"
    return source(name, call.site, scaling, shape=shape, ranges=ranges, **facts)


@_chance("rand")
def _rand(call: Call) -> Value:
    return _drawn(call, tuple(map(integer, call.args)), Ranges(Range(0.0, 1.0)), dtype="float64")


@_chance("random")
@_chance("random_sample")
@_chance("sample")
@_chance("ranf")
def _random(call: Call) -> Value:
    shape = shape_of(call, call.arg(0, "size"))
    return _drawn(call, shape, Ranges(Range(0.0, 1.0)), dtype="float64")


@_chance("uniform")
def _uniform(call: Call) -> Value:
    low, high = number(call.arg(0, "low") or Const(0.0)), number(call.arg(1, "high") or Const(1.0))
    if low is None or high is None:
        return call.lost("chance between bounds that are not known")
    return _drawn(call, shape_of(call, call.arg(2, "size")), Ranges(Range(low, high)))


@_chance("randn")
def _randn(call: Call) -> Value:
    return _standard(call, tuple(map(integer, call.args)))


@_chance("standard_normal")
def _standard_normal(call: Call) -> Value:
    return _standard(call, shape_of(call, call.arg(0, "size")))


def _standard(call: Call, shape: Shape | None) -> Data:
    ranges = Ranges(Range(-_FAR, _FAR), reached=False)
    return _drawn(call, shape, ranges, scaling=Scaling.SMALL)


@_chance("normal")
def _normal(call: Call) -> Value:
    middle = number(call.arg(0, "loc") or Const(0.0))
    spread = number(call.arg(1, "scale") or Const(1.0))
    if middle is None or spread is None:
        return call.lost("chance of a spread that is not known")
    ranges = Ranges(Range(middle - _FAR * spread, middle + _FAR * spread))
    return _drawn(call, shape_of(call, call.arg(2, "size")), ranges)


@_chance("randint")
@_chance("integers")
@_chance("random_integers")
def _randint(call: Call) -> Value:
    low, high = integer(call.arg(0, "low")), integer(call.arg(1, "high"))
    if call.arg(1, "high") is None:
        low, high = 0, low
    if low is None or high is None or high <= low:
        return call.lost("whole numbers between bounds that are not known")
    shape = shape_of(call, call.arg(2, "size"))
    # Several columns may be one for each class, or answers to several questions.
    single = shape is not None and (len(shape) < 2 or shape[-1] == 1)
    facts: dict[str, Any] = {"labels": "integer", "classes": high} if low == 0 and single else {}
    return _drawn(call, shape, Ranges(Range(low, high - 1)), dtype="int64", **facts)


# Other distributions, by the place of their size: how far their values reach is not asked.
_SIZE_AT = {
    **dict.fromkeys(("chisquare", "exponential", "geometric", "poisson", "rayleigh"), 1),
    **dict.fromkeys(("beta", "binomial", "gamma", "gumbel", "laplace", "lognormal"), 2),
}


def _of_distribution(call: Call) -> Value:
    name = call.path.rpartition(".")[2] or call.method
    shape = shape_of(call, call.arg(_SIZE_AT[name], "size"))
    reason = f"how far the values of {name} reach"
    return _drawn(call, shape, None, scaling=Scaling.OPAQUE, reason=reason)


for _name in _SIZE_AT:
    _chance(_name)(_of_distribution)


@function("numpy.loadtxt", "numpy.genfromtxt")
def _loadtxt(call: Call) -> Value:
    """A table of numbers, where its columns are divided by commas."""
    path = path_of(call.arg(0, "fname"))
    skipped = integer(call.arg(None, "skiprows", "skip_header") or Const(0))
    understood = not call.keywords.keys() - _OF_TEXT and len(call.args) == 1
    if path is None or not understood or string(call.arg(None, "delimiter")) != ",":
        return _load(call)
    if dtype_name(call.arg(None, "dtype") or Const("float")) not in ("float64", "float32"):
        return _load(call)
    file = Data(f"np.{call.path.rpartition('.')[2]}", call.site)
    table = None
    if skipped in (0, 1):
        table = tables.columns_of(call.interpreter, path, ",", header=skipped == 1)
    if table is None or any(column.ranges is None for column in table):
        return tables.unseen(file, path)
    return tables.seen(file, table)


_OF_TEXT = frozenset("fname delimiter skiprows skip_header dtype encoding".split())


@function("numpy.load", "numpy.fromfile", "numpy.memmap")
def _load(call: Call) -> Value:
    name = f"np.{call.path.rpartition('.')[2]}"
    reason = f"{name} reads a file that was not seen"
    return source(name, call.site, Scaling.OPAQUE, reason=reason)
