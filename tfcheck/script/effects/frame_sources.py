"""pandas: where tables come from: files, columns, and other tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfcheck.script.data import Data, Ranges, Scaling
from tfcheck.script.store import DictState
from tfcheck.script.values import Const, Unknown, Value, constant, string

from . import tables
from .array_sources import as_data, stacked
from .csv_files import Column
from .data_steps import same_values, source, together
from .paths import path_of
from .registry import function, method

if TYPE_CHECKING:
    from tfcheck.script.calls import Call


@function("pandas.read_csv", "pandas.read_table")
def _read_csv(call: Call) -> Value:
    path = path_of(call.arg(0, "filepath_or_buffer"))
    table = _seen(call, path) if path is not None else None
    columns = _names(call, call.arg(None, "names", "usecols"))
    if table is None and not call.keywords and len(call.args) == 1:
        table = tables.known(path or "")
    file = Data("read_csv", call.site, form="frame", columns=columns)
    return tables.unseen(file, path) if table is None else tables.seen(file, table)


def _seen(call: Call, path: str) -> tuple[Column, ...] | None:
    """The columns of a file beside the script; None where anything about it is not plain."""
    if "://" in path or call.keywords.keys() - _UNDERSTOOD or call.more is not None:
        return None
    separator = string(call.arg(1, "sep", "delimiter") or Const(_separator(call)))
    header = call.arg(None, "header")
    names = _names(call, call.arg(None, "names"))
    if separator is None or len(separator) != 1 or constant(header) not in (..., None, 0):
        return None
    if (header is not None and constant(header) is ...) or ("names" in call.keywords and not names):
        return None
    headed = constant(header) == 0 or (header is None and names is None)
    return tables.columns_of(call.interpreter, path, separator, headed, names)


_UNDERSTOOD = frozenset(
    "filepath_or_buffer sep delimiter header names encoding engine dtype".split()
)


def _separator(call: Call) -> str:
    return "\t" if call.path.endswith("table") else ","


def _names(call: Call, value: Value | None) -> tuple[str, ...] | None:
    items = call.interpreter.calls.items(value) if value is not None else None
    names = [string(item) for item in items or ()]
    return tuple(name for name in names if name) if names and all(names) else None


@function("pandas.read_excel", "pandas.read_sql", "pandas.read_parquet", "pandas.read_json")
def _read_other(call: Call) -> Value:
    name = call.path.rpartition(".")[2]
    reason = f"{name} reads something that was not seen"
    return source(name, call.site, Scaling.OPAQUE, form="frame", reason=reason)


@function("pandas.DataFrame", "pandas.Series")
def _frame(call: Call) -> Value:
    value = call.arg(0, "data")
    form = "frame" if call.path.endswith("DataFrame") else "series"
    columns = _names(call, call.arg(2, "columns"))
    if isinstance(value, Unknown) or value is None:
        return value or call.lost("an empty table")
    table = call.interpreter.store.state(value, DictState)
    if table is not None:
        return _of_columns(call, table)
    data = as_data(call.interpreter, value, call.site)
    if data is None:
        return call.lost("a table of something that is not known")
    return same_values(data, call.path.rpartition(".")[2], call.site, form=form, columns=columns)


def _of_columns(call: Call, table: DictState) -> Value:
    columns = {
        name: as_data(call.interpreter, each, call.site) for name, each in table.items.items()
    }
    known = {str(name): each for name, each in columns.items() if each is not None}
    if table.more is not None or len(known) < len(columns) or not known:
        return call.lost("a table of columns that are not known")
    ranges = [each.ranges for each in known.values()]
    overall = tuple(each.overall for each in ranges if each is not None)
    rows = {each.shape[0] if each.shape else None for each in known.values()}
    told = len(rows) == 1 and call.arg(1, "index") is None
    return Data(
        "DataFrame",
        call.site,
        before=tuple(known.values()),
        form="frame",
        shape=(rows.pop() if told else None, len(known)),
        columns=tuple(known),
        ranges=Ranges.of_columns(overall) if len(overall) == len(known) else None,
    )


@function("pandas.concat")
def _concat(call: Call) -> Value:
    value = call.arg(0, "objs")
    if value is None or isinstance(value, Unknown):
        return value or call.lost("no tables")
    found = stacked(call, value)
    if not isinstance(found, Data):
        return found
    ranges = together(found.ranges)
    what = "concat by columns" if _by_columns(call) else "concat"
    return Data(what, call.site, before=found.before, form="frame", least=2, ranges=ranges)


def _by_columns(call: Call) -> bool:
    return constant(call.arg(None, "axis")) in (1, "columns")


@function("pandas.merge")
@method("frame", "merge", "join")
def _merge(call: Call) -> Value:
    """Rows of two tables side by side: both keep their numbers."""
    given = [*call.args, *(call.keywords[name] for name in _SIDES if name in call.keywords)]
    sides = [call.receiver, *given[:1]] if isinstance(call.receiver, Data) else given[:2]
    known = tuple(each for each in sides if isinstance(each, Data) and each.form == "frame")
    if len(known) < 2:
        lost = next((each for each in sides if isinstance(each, Unknown)), None)
        return lost or call.lost("a table merged with something that is not known")
    return Data("merge", call.site, before=known, form="frame", least=2)


_SIDES = ("left", "right", "other")
