"""Paths of files, as far as a script writes them out: ``Path(__file__).parent / "data.csv"``."""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from tfcheck.rule import Site
from tfcheck.script.values import Const, Value, constant

from .registry import FUNCTIONS, function, method

if TYPE_CHECKING:
    from tfcheck.script.calls import Call

_OF_TEXT: dict[str, Callable[..., str]] = {
    "join": posixpath.join,
    "basename": posixpath.basename,
    "dirname": posixpath.dirname,
    # Where a script stands is known with its links followed, and where it is started is not.
    "abspath": str,
    "realpath": str,
    "normpath": posixpath.normpath,
}
_PARTS = ("parent", "name", "stem", "suffix")


def path_of(value: Value | None) -> str | None:
    """The path that is written as a text or a ``pathlib.Path``."""
    found = constant(value)
    return str(found) if isinstance(found, (str, PurePosixPath)) else None


def _texts(call: Call) -> list[str] | None:
    found = [path_of(each) for each in call.args]
    known = [each for each in found if each is not None]
    complete = len(known) == len(found) and not call.keywords and not call.more
    return known if complete else None


def _of_text(call: Call) -> Value:
    texts = _texts(call)
    name = call.path.rpartition(".")[2]
    if not texts or (len(texts) > 1 and name != "join"):
        return call.lost("a path that is not known")
    return Const(_OF_TEXT[name](*texts), call.site)


FUNCTIONS.update({f"os.path.{name}": _of_text for name in _OF_TEXT})


@function("pathlib.Path", "pathlib.PurePath", "pathlib.PosixPath")
def _path(call: Call) -> Value:
    texts = _texts(call)
    return call.lost("a path that is not known") if texts is None else Const(PurePosixPath(*texts))


def path_attribute(path: PurePosixPath, name: str, site: Site) -> Value | None:
    """``.parent`` and its kin; None where it is a method."""
    return Const(getattr(path, name), site) if name in _PARTS else None


@method("path", "resolve", "absolute", "expanduser")
def _itself(call: Call) -> Value:
    return call.receiver


@method("path", "joinpath", "with_name", "with_suffix", "as_posix")
def _other(call: Call) -> Value:
    texts, path = _texts(call), constant(call.receiver)
    if texts is None:
        return call.lost("a path that is not known")
    try:
        return Const(getattr(path, call.method)(*texts), call.site)
    except (TypeError, ValueError):
        return call.lost("a path that cannot be")
