"""pandas: tables by columns, from the file to the array."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tfcheck.rule import Site
from tfcheck.script.data import Data, Range, Ranges, Scaling
from tfcheck.script.store import ListState
from tfcheck.script.values import (
    NONE,
    Const,
    Ref,
    Tuple,
    Unknown,
    Value,
    constant,
    integer,
    number,
    string,
)

from . import tables
from .array_sources import as_data, dtype_name
from .data_steps import opaque, same_values, step, together
from .registry import METHODS, Effect, function, method

if TYPE_CHECKING:
    from tfcheck.script.calls import Call
    from tfcheck.script.interpreter import Interpreter

# Rows are chosen, filled or put in another order; the columns stay what they are.
_ROWS = (
    "copy fillna head tail reset_index sort_index sort_values drop_duplicates query ffill bfill "
    "interpolate infer_objects convert_dtypes truncate nlargest nsmallest reindex dropna round "
    "asfreq between_time sample astype to_frame replace add_prefix set_index rename"
).split()
_RENAMES = ("rename", "add_prefix", "set_index", "reset_index")
# What has no column's name although it is written like one.
_API = frozenset(
    "apply applymap agg aggregate groupby plot describe info isnull isna notnull notna corr hist "
    "pivot pivot_table merge join index str dt cat iloc loc ix iat at T transpose shape size ndim "
    "dtype dtypes empty items iteritems iterrows itertuples keys columns values unique nunique "
    "value_counts map transform pipe eval assign insert melt stack unstack rolling resample shift "
    "diff pct_change cumsum to_numpy as_matrix to_csv to_dict to_json to_excel to_pickle "
    "memory_usage select_dtypes "
    "filter where mask isin between any all add sub mul div get pop drop explode "
    "boxplot skew kurt quantile rank cov ewm expanding name tolist to_list memory hist append "
    "idxmax idxmin first last nonzero ravel factorize".split()
)


# Columns


def column(data: Data, names: tuple[str, ...], site: Site, single: bool) -> Data:
    """Some columns of a table, by name."""
    what = f"column {names[0]}" if single else "some columns"
    assigned = data.assigned or {}
    found = [assigned[name] for name in names if name in assigned]
    form = "series" if single else "frame"
    if single and found and isinstance(found[0], Data):
        return (
            found[0]
            if found[0].form == "series"
            else same_values(found[0], what, site, form=form, assigned={})
        )
    beside = _numbers_beside_dummies(data, names, site)
    if beside is not None:
        return replace(beside, form=form)
    facts: dict[str, Any] = {"form": form, "columns": names, "labels": None}
    facts["assigned"] = {name: assigned[name] for name in names if name in assigned}
    facts["shape"] = (None,) if single else (None, len(names))
    ranges = _ranges(data, names)
    if ranges is not None and not found:
        facts["ranges"] = ranges
    if all(string(_codes(data).get(name)) == tables.TEXT for name in names) and not found:
        return step(data, what, site, Scaling.NOT_NUMBERS, **facts)
    classes = integer(_codes(data).get(names[0])) if single else None
    if classes is not None:
        facts.update(labels="integer", classes=max(classes, 2))
    return step(data, what, site, **facts)


def _codes(data: Data) -> Any:
    """The columns of a file that hold classes, as it was read."""
    return data.chain()[-1].settings if data.chain()[-1].what == "read_csv" else {}


def _ranges(data: Data, names: tuple[str, ...]) -> Ranges | None:
    if data.ranges is None or data.ranges.columns is None or data.columns is None:
        return None
    if len(data.columns) != len(data.ranges.columns) or not set(names) <= set(data.columns):
        return None
    by_name = dict(zip(data.columns, data.ranges.columns, strict=True))
    return Ranges.of_columns(tuple(by_name[name] for name in names))


def without(data: Data, names: tuple[str, ...], what: str, site: Site) -> Data:
    """A table without some columns."""
    assigned = data.assigned
    if assigned is not None:
        assigned = {name: each for name, each in assigned.items() if name not in names}
    if data.columns is None:
        least = max(data.least, 2)
        return step(data, what, site, assigned=assigned, least=least, labels=None)
    kept = tuple(name for name in data.columns if name not in names)
    return step(
        data,
        what,
        site,
        labels=None,
        columns=kept,
        assigned=assigned,
        shape=(data.shape[0] if data.shape else None, len(kept)),
        ranges=_ranges(data, kept) if kept else None,
    )


def frame_attribute(interpreter: Interpreter, data: Data, name: str, site: Site) -> Value | None:
    """``.values``, or a column that is written like an attribute; None for all else."""
    if name == "values":
        return same_values(data, "values", site, form="array")
    if name == "columns":
        names = tuple(Const(each, site) for each in data.columns or ())
        lost = Unknown("the columns of a table", site)
        return interpreter.store.allocate(ListState(names)) if names else lost
    if name in _API or any(name in METHODS.get(form, {}) for form in (data.form, "data")):
        return None
    known = {*(data.columns or ()), *(data.assigned or {})}
    if data.form == "frame" and (name in known or data.columns is None):
        return column(data, (name,), site, single=True)
    return None


def frame_item(interpreter: Interpreter, data: Data, index: Value, site: Site) -> Value:
    """``frame["a"]``, ``frame[["a", "b"]]``, ``frame[mask]``, ``frame[:100]``."""
    name = string(index)
    if name is not None and data.form == "frame":
        return column(data, (name,), site, single=True)
    if isinstance(index, Data) or isinstance(constant(index), slice):
        piece = index.part if isinstance(index, Data) else None
        return same_values(data, "some rows", site, shape=None, content=None, part=piece)
    names = _listed(interpreter, index)
    if names and data.form == "frame":
        return column(data, names, site, single=False)
    if data.form == "frame" and isinstance(index, Ref):
        return step(data, "some columns", site, assigned=data.assigned, least=2, labels=None)
    return step(data, "a part of it", site, assigned=data.assigned, labels=None)


def _listed(interpreter: Interpreter, index: Value) -> tuple[str, ...] | None:
    items = interpreter.calls.items(index) if isinstance(index, (Ref, Tuple)) else None
    names = [string(item) for item in items or ()]
    return tuple(name for name in names if name) if names and all(names) else None


def located(interpreter: Interpreter, data: Data, accessor: str, index: Value, site: Site) -> Value:
    """``frame.iloc[rows, columns]`` and ``frame.loc[rows, columns]``."""
    if not isinstance(index, Tuple) or len(index.items) != 2:
        return same_values(data, accessor, site, shape=None, content=None)
    where = index.items[1]
    if constant(index.items[0]) == slice(None):
        accessor = f"columns by {accessor}"
    names = _names_of(interpreter, data, where)
    if names:
        single = isinstance(where, Const) and not isinstance(where.value, slice)
        return column(data, names, site, single)
    facts: dict[str, Any] = {"assigned": data.assigned, "labels": None}
    found = constant(where)
    if isinstance(found, slice):
        facts.update(_sliced(found))
    elif isinstance(found, (int, str)):
        facts.update(
            form="series", shape=(None,), assigned={} if not data.assigned else data.assigned
        )
    return step(data, accessor, site, **facts)


def _names_of(interpreter: Interpreter, data: Data, where: Value) -> tuple[str, ...] | None:
    """The names of the columns that ``iloc`` or ``loc`` keeps, where the columns are known."""
    found = constant(where)
    if isinstance(found, str):
        return (found,)
    listed = _listed(interpreter, where)
    if listed or data.columns is None:
        return listed
    if isinstance(found, slice):
        return _between(data.columns, found)
    positions: list[int | None] | None = [found] if isinstance(found, int) else None
    if positions is None and isinstance(where, Ref):
        items = interpreter.calls.items(where)
        positions = [integer(item) for item in items] if items is not None else None
    if positions is None or any(each is None for each in positions):
        return None
    size = len(data.columns)
    return tuple(
        data.columns[each] for each in positions if each is not None and -size <= each < size
    )


def _between(columns: tuple[str, ...], part: slice) -> tuple[str, ...] | None:
    if all(each is None or isinstance(each, int) for each in (part.start, part.stop, part.step)):
        return columns[part]
    ends = [part.start, part.stop]
    if part.step is not None or any(each is not None and each not in columns for each in ends):
        return None
    first = 0 if part.start is None else columns.index(part.start)
    last = len(columns) if part.stop is None else columns.index(part.stop) + 1
    return columns[first:last]


def _sliced(part: slice) -> dict[str, Any]:
    """What is known of the columns of an unknown table that a slice keeps."""
    start, stop = part.start or 0, part.stop
    least = least_of(part)
    if isinstance(start, int) and isinstance(stop, int) and start >= 0 and stop > 0:
        return {"shape": (None, least), "least": least}
    return {"least": least}


def least_of(part: slice) -> int:
    """How many columns of an unknown table a slice keeps, as far as it says so."""
    start, stop = part.start or 0, part.stop
    if isinstance(start, int) and isinstance(stop, int) and start >= 0 and stop > 0:
        return max(0, stop - start)
    return 2


def set_frame_item(
    interpreter: Interpreter, data: Data, index: Value, value: Value, site: Site
) -> None:
    """``frame["a"] = value``: the table changes, under every name that it has."""
    name = string(index)
    names = (name,) if name is not None else _listed(interpreter, index)
    if not names or data.form != "frame":
        also = (value,) if isinstance(value, Data) else ()
        changed = opaque(data, Unknown("a part of it is set", site), *also)
    else:
        array = as_data(interpreter, value, site) or value
        assigned = {**(data.assigned or {}), **dict.fromkeys(names, array)}
        added = tuple(each for each in names if data.columns and each not in data.columns)
        columns = (*data.columns, *added) if data.columns else None
        changed = step(
            data,
            f"column {names[0]} is set",
            site,
            assigned=assigned,
            columns=columns,
            least=data.least,
            ranges=data.ranges if not added else None,
        )
    interpreter.store.write(interpreter.store.moved, data, changed)


def set_located(
    interpreter: Interpreter, data: Data, index: Value, value: Value, site: Site
) -> None:
    """``frame.loc[:, "a"] = value``; of some rows only, it could be anything."""
    rows = constant(index.items[0]) if isinstance(index, Tuple) and len(index.items) == 2 else None
    if isinstance(index, Tuple) and rows == slice(None):
        set_frame_item(interpreter, data, index.items[1], value, site)
        return
    lost = opaque(data, Unknown("a part of it is set", site))
    interpreter.store.write(interpreter.store.moved, data, lost)


def delete_frame_column(interpreter: Interpreter, data: Data, index: Value, site: Site) -> None:
    """``del frame["a"]``"""
    name = string(index)
    changed = (
        without(data, (name,), f"column {name} is deleted", site)
        if name is not None
        else opaque(data, Unknown("one of its columns is deleted", site))
    )
    interpreter.store.write(interpreter.store.moved, data, changed)


# Methods


def _of_frame(effect: Callable[[Call, Data], Value]) -> Effect:
    """An effect of a method that with ``inplace=True`` changes the table itself."""

    def run(call: Call) -> Value:
        data = call.receiver
        assert isinstance(data, Data)
        result = effect(call, data)
        if constant(call.arg(None, "inplace")) is True and isinstance(result, Data):
            call.interpreter.store.write(call.interpreter.store.moved, data, result)
            return NONE
        return result

    return run


def _rows(call: Call, data: Data) -> Value:
    facts: dict[str, Any] = {"shape": None, "content": None}
    name = call.method
    if name in _RENAMES and (name != "reset_index" or constant(call.arg(None, "drop")) is not True):
        facts.update(columns=None, ranges=together(data.ranges))
        facts["least"] = max(data.least, 2 if data.columns is None or len(data.columns) > 2 else 0)
    if name == "fillna":
        facts["ranges"] = _filled(data, call.arg(0, "value"))
    if name == "replace" or (name == "dropna" and constant(call.arg(0, "axis")) in (1, "columns")):
        facts.update(ranges=None, labels="other" if data.form == "series" else None)
    if name == "astype":
        facts["dtype"] = dtype_name(call.arg(0, "dtype"))
    if name in {"sample", "sort_values"}:
        facts["order"] = "shuffled" if name == "sample" else "ordered"
    return same_values(data, name, call.site, **facts)


def _filled(data: Data, value: Value | None) -> Ranges | None:
    """The bounds of a table whose gaps are filled, by a statistic of it or with a number."""
    filling = number(value)
    if data.ranges is None or filling is None or value is None:
        return data.ranges if isinstance(value, Data) or value is None else None
    filled = Range(filling, filling)
    if data.ranges.overall.hull(filled) == data.ranges.overall:
        return data.ranges
    return data.ranges.with_some(filled)


def _drop(call: Call, data: Data) -> Value:
    columns = call.arg(None, "columns")
    axis = constant(call.arg(1, "axis") or Const(0))
    if columns is None and axis in (1, "columns"):
        columns = call.arg(0, "labels")
    if columns is None:
        return same_values(data, "drop", call.site, shape=None, content=None)
    name = string(columns)
    names = (name,) if name is not None else _listed(call.interpreter, columns)
    if names is None:
        least = max(data.least, 2)
        return step(data, "drop", call.site, assigned=data.assigned, least=least, labels=None)
    return without(data, names, "drop", call.site)


def _pop(call: Call, data: Data) -> Value:
    name = string(call.arg(0, "item"))
    if name is None:
        return opaque(data, call.lost("a column whose name is not known"))
    rest = without(data, (name,), "pop", call.site)
    call.interpreter.store.write(call.interpreter.store.moved, data, rest)
    return column(data, (name,), call.site, single=True)


def _numpy(call: Call, data: Data) -> Value:
    return same_values(data, call.method, call.site, form="array")


for _form in ("frame", "series"):
    method(_form, *_ROWS)(_of_frame(_rows))
    method(_form, "drop")(_of_frame(_drop))
    method(_form, "pop")(_of_frame(_pop))
    method(_form, "to_numpy", "as_matrix", "get_values", "to_list", "tolist")(_of_frame(_numpy))


@method("frame", "info", "describe", "corr", "hist", "plot", "to_csv", "isnull", "isna", "groupby")
@method("series", "plot", "hist", "unique", "value_counts", "describe", "isnull", "nunique")
def _look(call: Call) -> Value:
    return call.lost(f"what {call.method} gives")


@method("frame", "select_dtypes")
def _select_dtypes(call: Call) -> Value:
    assert isinstance(call.receiver, Data)
    data = call.receiver
    return step(data, "select_dtypes", call.site, assigned=data.assigned)


@method("series", "factorize")
@function("pandas.factorize")
def _factorize(call: Call) -> Value:
    data = call.receiver if isinstance(call.receiver, Data) else call.arg(0)
    if not isinstance(data, Data):
        return call.lost("codes of something that is not known")
    codes = step(data, "factorize", call.site, Scaling.NOT_NUMBERS, labels="integer")
    return Tuple((codes, call.lost("the values behind codes")))


@function("pandas.get_dummies")
def _get_dummies(call: Call) -> Value:
    data = call.arg(0, "data")
    if not isinstance(data, Data):
        return data if isinstance(data, Unknown) else call.lost("dummies of no table")
    if data.form == "series":
        return step(
            data,
            "get_dummies",
            call.site,
            Scaling.NOT_NUMBERS,
            form="frame",
            labels="one-hot",
            classes=data.classes,
        )
    names = _listed(call.interpreter, call.arg(None, "columns") or NONE)
    if names is None:
        plain = len(call.args) == 1 and not call.keywords.keys() - _KEEP_NAMES
        return _coded(data, call.site) or opaque(data, call.lost(_DUMMIES if plain else _CODES))
    codes = step(data, "get_dummies", call.site, Scaling.NOT_NUMBERS)
    assigned = {**(data.assigned or {}), **dict.fromkeys(names, codes)}
    return step(data, "get_dummies", call.site, assigned=assigned, least=data.least)


_KEEP_NAMES = frozenset(("dtype", "drop_first", "dummy_na", "sparse"))
_CODES = "get_dummies of columns that are not known"
_DUMMIES = "get_dummies of columns that may be text or numbers"


def _coded(data: Data, site: Site) -> Data | None:
    """Dummies of a file that was seen: its numbers, then one column for each that was text."""
    if data.columns is None or data.ranges is None or data.ranges.columns is None:
        return None
    texts = [name for name in data.columns if string(_codes(data).get(name)) == tables.TEXT]
    if not texts or set(texts) & set(data.assigned or ()):
        return None
    kept = tuple(name for name in data.columns if name not in texts)
    ranges = _ranges(data, kept)
    if ranges is None or ranges.columns is None:
        return None
    return step(
        data,
        "get_dummies",
        site,
        columns=(*kept, *(f"{name}_" for name in texts)),
        ranges=Ranges.of_columns((*ranges.columns, *(Range(0, 1) for _ in texts))),
        assigned=data.assigned,
    )


def _numbers_beside_dummies(data: Data, names: tuple[str, ...], site: Site) -> Data | None:
    """Named columns after ``get_dummies`` of an unknown table, where some surely are numbers.

    What is text became columns of names with a ``_``: a name without one is of a number.
    """
    table = next((each.main for each in _kept(data) if each.reason == _DUMMIES), None)
    plain = tuple(name for name in names if "_" not in name)
    assigned = {name: each for name, each in (data.assigned or {}).items() if name in names}
    numbers = tuple(name for name in plain if name not in assigned)
    if table is None or not numbers:
        return None
    found = column(table, numbers, site, single=False)
    return step(found, "some columns", site, assigned=assigned, least=len(plain), labels=None)


def _kept(data: Data) -> Iterator[Data]:
    """The steps up to the first that does more than keep numbers, and that one."""
    for each in data.chain():
        yield each
        if each.scaling is not Scaling.KEEPS or len(each.before) > 1:
            return


@function("pandas.to_numeric")
def _to_numeric(call: Call) -> Value:
    data = call.arg(0)
    return (
        same_values(data, "to_numeric", call.site)
        if isinstance(data, Data)
        else call.lost("numbers")
    )
