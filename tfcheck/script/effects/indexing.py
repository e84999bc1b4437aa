"""Attributes and items of data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfcheck.rule import Site
from tfcheck.script.data import Data
from tfcheck.script.values import Method, Ref, Tensor, Unknown, Value

from .data_steps import opaque

if TYPE_CHECKING:
    from tfcheck.script.interpreter import Interpreter


def data_attribute(interpreter: Interpreter, value: Data | Tensor, name: str, site: Site) -> Value:
    """An attribute of data: ``.values``, ``.shape``, a column; a method where it is neither."""
    return Method(value, name)


def get_item(interpreter: Interpreter, value: Value, index: Value, site: Site) -> Value:
    """``value[index]`` for data and objects of libraries."""
    if isinstance(value, Data):
        return opaque(value, Unknown("an index that is not followed", site))
    return Unknown("an item of something that is not followed", site)


def set_item(interpreter: Interpreter, data: Data, index: Value, value: Value, site: Site) -> None:
    """``data[index] = value``: the array itself changes, under every name that it has."""
    lost = opaque(data, Unknown("a part of it is set to something", site))
    interpreter.store.write(interpreter.store.moved, data, lost)


def set_column(interpreter: Interpreter, data: Data, name: str, value: Value) -> None:
    """``frame.name = value``"""


def delete_column(interpreter: Interpreter, data: Data, index: Value, site: Site) -> None:
    """``del frame["name"]``"""


def unpack(interpreter: Interpreter, value: Data, count: int, site: Site) -> list[Value] | None:
    """The parts of data that is assigned to several names."""
    if value.elements is not None and len(value.elements) == count:
        return list(value.elements)
    return None


__all__ = ["Ref"]
