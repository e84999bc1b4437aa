"""NumPy's functions on arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfcheck.rule import Site
from tfcheck.script.data import Data
from tfcheck.script.values import Value

if TYPE_CHECKING:
    from tfcheck.script.interpreter import Interpreter


def as_data(interpreter: Interpreter, value: Value, site: Site) -> Data | None:
    """The array that a value is, or that NumPy would make of it; None where it is none."""
    return value if isinstance(value, Data) else None
