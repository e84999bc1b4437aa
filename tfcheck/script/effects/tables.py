"""Tables in files: seen beside the script, known by name, or neither."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from tfcheck.script.data import Data, Range, Ranges, Scaling
from tfcheck.script.values import Const

from .csv_files import Column, read_columns
from .data_steps import source
from .known_data import FILES, SMALL_FILES

if TYPE_CHECKING:
    from tfcheck.script.interpreter import Interpreter

TEXT = "text"

# What a name may do is to silence: a file of such a name holds no longer what was collected.
_PREPARED = re.compile("scal|norm|standard|process|prepar|transform|encod|feature|embed|vector|pca")


def columns_of(
    interpreter: Interpreter,
    path: str,
    separator: str,
    header: bool,
    names: tuple[str, ...] | None = None,
) -> tuple[Column, ...] | None:
    """The columns of a file beside the script; None where it is not there or is no such table."""
    return read_columns(Path(interpreter.modules.folder) / path, separator, header, names)


def known(path: str) -> tuple[Column, ...] | None:
    """The columns of a file that lies at a well-known place of the web."""
    columns = next((each for place, each in FILES.items() if path.endswith(place)), None)
    if columns is None or "://" not in path:
        return None
    return tuple(Column(name, ranges, None) for name, ranges in columns.items())


def seen(source_: Data, table: tuple[Column, ...]) -> Data:
    """A table whose columns were read."""
    ranges = tuple(column.ranges or Range(0, 0) for column in table)
    codes: dict[str, object] = {each.name: each.classes for each in table if each.classes}
    codes.update({each.name: TEXT for each in table if each.ranges is None})
    return source(
        source_.what,
        source_.site,
        Scaling.RAW,
        form=source_.form,
        shape=(None, len(table)),
        columns=tuple(column.name for column in table),
        ranges=Ranges.of_columns(ranges),
        ground="csv file",
        settings={name: Const(kind) for name, kind in codes.items()},
    )


def unseen(source_: Data, path: str | None) -> Data:
    """A table of which nothing is known but where it lies, and perhaps the names of columns."""
    what, site, form, columns = source_.what, source_.site, source_.form, source_.columns
    if path is not None and _PREPARED.search(path.lower()):
        reason = "its name says that the file was prepared, perhaps scaled"
        return source(what, site, Scaling.OPAQUE, form=form, reason=reason)
    small = _small(path or "", columns or ())
    if small is not None:
        ranges = Ranges(small)
        return source(
            what, site, Scaling.RAW, form=form, columns=columns, ranges=ranges, ground="data set"
        )
    return source(
        what,
        site,
        Scaling.RAW,
        form=form,
        columns=columns,
        least=2 if columns is None else 0,
        ground="unseen csv",
    )


def _small(path: str, columns: tuple[str, ...]) -> Range | None:
    """The values of a well-known table of small ones, by the name of its file or its columns."""
    name = path.replace("\\", "/").rpartition("/")[2].lower()
    if any(each.lower().startswith("sepal") for each in columns):
        name = "iris"
    return next((values for known, values in SMALL_FILES.items() if known in name), None)
