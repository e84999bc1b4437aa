"""Arithmetic on data: what it does to ranges and scale."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfcheck.rule import Site
from tfcheck.script.data import Data, Scaling
from tfcheck.script.values import Unknown, Value

from .data_steps import opaque

if TYPE_CHECKING:
    from tfcheck.script.interpreter import Interpreter


def data_binary(interpreter: Interpreter, op: str, left: Value, right: Value, site: Site) -> Value:
    """``left op right`` where one of them is data."""
    data = left if isinstance(left, Data) else right
    assert isinstance(data, Data)
    return opaque(data, Unknown("arithmetic that is not followed", site))


def data_unary(op: str, data: Data, site: Site) -> Value:
    return Data(f"{op}x", site, Scaling.KEEPS, (data,), data.form, shape=data.shape)


def data_compare(op: str, left: Value, right: Value, site: Site) -> Value:
    """A comparison: an array of truth values."""
    data = left if isinstance(left, Data) else right
    assert isinstance(data, Data)
    return Data(
        f"x {op} …", site, Scaling.NOT_NUMBERS, (data,), data.form, shape=data.shape, dtype="bool"
    )
