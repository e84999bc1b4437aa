"""The formats that findings are written in, one module each."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, TypeAlias

Writer: TypeAlias = Callable[..., Any]
"""``write(report, stream, *, color)`` of a format's module."""

FORMATS = ("full", "concise", "json", "github", "sarif")


def writer(name: str) -> Writer:
    """The function that writes a format; its module is loaded now and not before."""
    write: Writer = import_module(f"tfcheck.output.{name}").write
    return write
