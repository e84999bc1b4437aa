"""Attributes and items of data."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tfcheck.rule import Site
from tfcheck.script.data import Data, Range, Ranges, Scaling, Shape
from tfcheck.script.store import ObjectState
from tfcheck.script.values import (
    Const,
    Method,
    Symbol,
    Tensor,
    Tuple,
    Unknown,
    Value,
    constant,
    string,
)

from . import frames, items
from .array_sources import stacked
from .data_steps import opaque, step, together

if TYPE_CHECKING:
    from tfcheck.script.interpreter import Interpreter

_TABLES = ("frame", "series")
_ACCESSORS = ("iloc", "loc", "ix", "iat", "at")


def data_attribute(interpreter: Interpreter, value: Data | Tensor, name: str, site: Site) -> Value:
    """An attribute of data: ``.values``, ``.shape``, a column; a method where it is neither."""
    if not isinstance(value, Data):
        return Method(value, name)
    if value.form in _TABLES:
        found = frames.frame_attribute(interpreter, value, name, site)
        if found is not None:
            return found
    if name == "shape" and value.shape is not None:
        lost = Unknown("the size of an axis", site)
        return Tuple(tuple(lost if size is None else Const(size, site) for size in value.shape))
    if name == "shape":
        return Unknown("the shape of an array", site)
    if name in ("size", "ndim", "dtype", "element_spec"):
        return Unknown(f"the {name} of an array", site)
    if name == "T":
        shape = value.shape[::-1] if value.shape else None
        ranges = together(value.ranges)
        return step(value, "T", site, shape=shape, dtype=value.dtype, ranges=ranges, labels=None)
    return Method(value, name)


def get_item(interpreter: Interpreter, value: Value, index: Value, site: Site) -> Value:
    """``value[index]`` for data and objects of libraries."""
    if isinstance(value, Symbol) and value.path in ("numpy.c_", "numpy.r_"):
        from tfcheck.script.calls import Call

        return stacked(Call(interpreter, site, path=value.path), index)
    bunch = interpreter.store.state(value, ObjectState)
    if bunch is not None and bunch.of == "sklearn.Bunch" and string(index) in bunch.config:
        return bunch.config[str(string(index))]
    if isinstance(value, Method) and isinstance(value.receiver, Data) and value.name in _ACCESSORS:
        return frames.located(interpreter, value.receiver, value.name, index, site)
    if not isinstance(value, Data):
        return Unknown("an item of something that is not followed", site)
    if value.form in _TABLES:
        return frames.frame_item(interpreter, value, index, site)
    if value.what == "np.eye" and isinstance(index, Data):
        shape = None if index.shape is None else (*index.shape, value.classes)
        facts: dict[str, Any] = {"labels": "one-hot", "classes": value.classes, "shape": shape}
        return step(index, "np.eye", site, Scaling.NOT_NUMBERS, **facts)
    if value.form in ("dataset", "generator"):
        items = value.elements
        return Tuple(items) if items and len(items) > 1 else Unknown("an item of a dataset", site)
    return _selected(value, index, site)


def _selected(data: Data, index: Value, site: Site) -> Data:
    """A part of an array: its numbers are among those that it had."""
    parts = (isinstance(index, Tuple) and index.items) or (index,)  # x[()] is all of x
    facts: dict[str, Any] = {"dtype": data.dtype, "labels": None}
    facts["part"] = next((each.part for each in parts if isinstance(each, Data)), None)
    facts["shape"] = _shape(data.shape, parts)
    facts["ranges"] = _ranges(data, parts)
    facts["columns"] = _columns(data.columns, parts)
    found = constant(parts[0])
    if data.content is not None and len(parts) == 1 and isinstance(found, slice):
        content = data.content[found]
        facts.update(items.facts_of(content) if content else {})
    kept = constant(parts[1]) if len(parts) == 2 else None
    if isinstance(kept, slice):
        facts["least"] = frames.least_of(kept)
    by_place = all(isinstance(constant(part), (int, slice)) for part in parts)
    what = "a part of it" if by_place else "some rows"
    if len(parts) > 1 and constant(parts[0]) == slice(None):
        what = "columns by place"
    elif isinstance(constant(parts[0]), int):
        what = "a part by its number"
    return step(data, what, site, **facts)


def _shape(shape: Shape | None, parts: tuple[Value, ...]) -> Shape | None:
    if shape is None:
        return None
    result: list[int | None] = []
    axis = 0
    for part in parts:
        found = constant(part)
        if found is None:
            result.append(1)
            continue
        if (found is ... and isinstance(part, Const)) or axis >= len(shape):
            return None  # an ellipsis, or more indices than axes
        size = shape[axis]
        axis += 1
        if isinstance(found, slice):
            result.append(_sliced(size, found))
        elif isinstance(part, Data):
            result.append(None)
        elif not isinstance(found, int) and not (isinstance(part, Unknown) and part.whole):
            return None  # a number or an array: the axis goes or stays
    return (*result, *shape[axis:])


def _sliced(size: int | None, part: slice) -> int | None:
    if size is not None:
        return len(range(*part.indices(size)))
    whole = part == slice(None) or part == slice(None, None, 1)
    positive = all(
        each is None or (isinstance(each, int) and each >= 0) for each in (part.start, part.stop)
    )
    if whole or part.stop is None or not positive:
        return None
    return None if part.step not in (None, 1) else max(0, part.stop - (part.start or 0))


def _ranges(data: Data, parts: tuple[Value, ...]) -> Ranges | None:
    ranges = data.ranges
    if ranges is None:
        return None
    rows_only = len(parts) == 1 and data.shape is not None and len(data.shape) == 2
    if ranges.columns is None or data.shape is None or len(data.shape) != 2:
        return _cut(data, parts) if not ranges.together().mixed else ranges.of_some()
    if rows_only and not isinstance(constant(parts[0]), int):
        return ranges
    kept = _columns(ranges.columns, parts)
    return Ranges.of_columns(kept) if kept else ranges.of_some()


def _cut(data: Data, parts: tuple[Value, ...]) -> Ranges | None:
    """Bounds of a slice: of a counter its smaller half may be all that is left."""
    whole, found = data.shape, constant(parts[0])
    assert data.ranges is not None
    source = data.chain()[-1]
    if source.ground != "literal" or not whole or not isinstance(found, (int, slice)):
        return data.ranges.together()
    if isinstance(found, int):
        return _if_reached(data.ranges, whole[0] is None)
    left = _sliced(whole[0], found)
    most = whole[0] is None or left is None or 2 * left >= whole[0]
    return _if_reached(data.ranges, most)


def _if_reached(ranges: Ranges, reached: bool) -> Ranges:
    return ranges if reached else replace(ranges, reached=False, inner=None)


def _columns(columns: tuple[Any, ...] | None, parts: tuple[Value, ...]) -> tuple[Any, ...] | None:
    """What is known of each column, for the columns that an index keeps."""
    if columns is None or len(parts) != 2:
        return columns if len(parts) == 1 and not isinstance(constant(parts[0]), int) else None
    found = constant(parts[1])
    if isinstance(found, slice):
        try:
            return columns[found]
        except TypeError:
            return None
    if isinstance(found, int) and -len(columns) <= found < len(columns):
        return (columns[found],)
    return None


def set_item(interpreter: Interpreter, data: Data, index: Value, value: Value, site: Site) -> None:
    """``data[index] = value``: the array itself changes, under every name that it has."""
    if data.form in _TABLES:
        frames.set_frame_item(interpreter, data, index, value, site)
        return
    interpreter.store.write(
        interpreter.store.moved, data, _changed(data, index, value, site, interpreter.in_loop)
    )


def _is_placed(index: Value) -> bool:
    """Whether something surely lies where an index points."""
    parts = index.items if isinstance(index, Tuple) else (index,)
    return all(
        isinstance(part, Const) and (isinstance(part.value, int) or _is_whole(part.value))
        for part in parts
    )


def _is_fixed(index: Value) -> bool:
    """Whether each round of a loop sets the same part."""
    parts = index.items if isinstance(index, Tuple) else (index,)
    return all(isinstance(part, Const) for part in parts)


def _is_whole(part: object) -> bool:
    return part is ... or (isinstance(part, slice) and part == slice(None))


def _changed(data: Data, index: Value, value: Value, site: Site, in_loop: bool) -> Data:
    if isinstance(value, Const) and isinstance(value.value, (int, float)) and data.ranges:
        added = Range(value.value, value.value)
        changed = data.ranges.with_some(added, placed=_is_placed(index))
        return step(data, "a part is set", site, shape=data.shape, dtype=data.dtype, ranges=changed)
    if not isinstance(value, Data):
        return opaque(data, Unknown("a part of it is set to something that is not known", site))
    if in_loop and not _is_fixed(index) and any(each is data for each in value.chain()):
        # x[i] = x[i] / 255, in a loop: each item goes the same way.
        return step(value, "each of it", site, shape=data.shape, ranges=value.ranges)
    if data.what in _TO_BE_FILLED:
        return _filled(data, index, value, site)
    return opaque(data, Unknown("a part of it is set to another array", site))


_FILLED = "an array that is filled"
_TO_BE_FILLED = ("np.zeros", "np.empty", "np.ndarray", "np.ones", _FILLED)


def _filled(data: Data, index: Value, value: Data, site: Site) -> Data:
    """An array that was made to be written into, with all that was; a loop writes again."""
    others = data.before if data.what == _FILLED else ()
    parts = (*(each for each in others if each.site != value.site), value)
    known = [each.ranges for each in parts if each.ranges is not None]
    ranges = None
    if len(known) == len(parts) and data.ranges is not None:
        ranges = Ranges.of_several(known)
        mixed = ranges.mixed or not _is_of_rows(index)
        overall = ranges.overall.hull(data.ranges.overall)
        ranges = replace(ranges, overall=overall, mixed=mixed)
    return Data(_FILLED, site, before=parts, shape=data.shape, ranges=ranges, labels="other")


def _is_of_rows(index: Value) -> bool:
    """Whether whole rows are meant, and no columns."""
    others = index.items[1:] if isinstance(index, Tuple) else ()
    return all(isinstance(each, Const) and _is_whole(each.value) for each in others)


def set_column(interpreter: Interpreter, data: Data, name: str, value: Value, site: Site) -> None:
    """``frame.name = value``; what an attribute of another thing does is not known."""
    if data.form in ("generator", "dataset"):
        lost = Unknown(f"its attribute {name} is set", site)
        interpreter.store.write(interpreter.store.moved, data, opaque(data, lost))
    if data.form in _TABLES:
        frames.set_frame_item(interpreter, data, Const(name), value, site)


def delete_column(interpreter: Interpreter, data: Data, index: Value, site: Site) -> None:
    """``del frame["name"]``"""
    if data.form in _TABLES:
        frames.delete_frame_column(interpreter, data, index, site)


def unpack(interpreter: Interpreter, value: Data, count: int, site: Site) -> list[Value] | None:
    """The parts of data that is assigned to several names."""
    if value.elements is not None and len(value.elements) == count:
        return list(value.elements)
    return None
