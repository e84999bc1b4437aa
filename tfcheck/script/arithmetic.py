"""Operators over values: constants are computed, data gets one more step."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tfcheck.rule import Site
from tfcheck.script.data import Data
from tfcheck.script.effects.data_arithmetic import data_binary, data_compare, data_unary
from tfcheck.script.effects.keras_layers import tensor_operation
from tfcheck.script.store import ListState
from tfcheck.script.values import (
    Const,
    OneOf,
    Ref,
    Tensor,
    Tuple,
    Unknown,
    Value,
    constant,
    join,
    options,
    string,
)

if TYPE_CHECKING:
    from tfcheck.script.interpreter import Interpreter

MAX_TEXT = 10_000
MAX_EXPONENT = 1_000

_BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "**": operator.pow,
    "&": operator.and_,
    "|": operator.or_,
    "^": operator.xor,
    "<<": operator.lshift,
    ">>": operator.rshift,
}

_UNARY: dict[str, Callable[[Any], Any]] = {
    "-": operator.neg,
    "+": operator.pos,
    "~": operator.invert,
}

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "in": lambda left, right: left in right,
    "not in": lambda left, right: left not in right,
    "is": lambda left, right: left is right or left == right,
    "is not": lambda left, right: left is not right and left != right,
}

# Comparisons that a tensor surely makes item by item.
_ELEMENTWISE = frozenset({"<", "<=", ">", ">="})


def binary(interpreter: Interpreter, op: str, left: Value, right: Value, site: Site) -> Value:
    """The value of ``left op right``."""
    if isinstance(left, OneOf) or isinstance(right, OneOf):
        pairs = [(a, b) for a in options(left) for b in options(right)]
        return join(*(binary(interpreter, op, a, b, site) for a, b in pairs))
    if isinstance(left, Data) or isinstance(right, Data):
        return data_binary(interpreter, op, left, right, site)
    if isinstance(left, Tensor) or isinstance(right, Tensor):
        return tensor_operation(_NAMES.get(op, op), (left, right), site)
    lost = [each for each in (left, right) if isinstance(each, Unknown)]
    if lost:
        lost.sort(key=lambda each: (not each.symbolic, each.whole))
        return replace(lost[0], ending=_ending(op, right))
    if isinstance(left, Const) and isinstance(right, Const):
        return _constants(op, left, right, site)
    return _sequences(interpreter, op, left, right, site)


def _ending(op: str, right: Value) -> str:
    """How a sum surely ends, where it is one of texts."""
    if op != "+":
        return ""
    return right.ending if isinstance(right, Unknown) else string(right) or ""


def _constants(op: str, left: Const, right: Const, site: Site) -> Value:
    compute = _BINARY.get(op)
    if compute is None or _is_huge(op, left.value, right.value):
        return Unknown("arithmetic that is not followed", site)
    try:
        result = compute(left.value, right.value)
    except (TypeError, ValueError, ArithmeticError):
        return Unknown("arithmetic that fails", site)
    return Const(result, site, left.default or right.default)


def _is_huge(op: str, left: object, right: object) -> bool:
    """Whether computing it could take long: a checked script must not stop its reader."""
    if op in ("**", "<<"):
        return not isinstance(right, (int, float)) or abs(right) > MAX_EXPONENT
    if op == "*":
        sized = [each for each in (left, right) if isinstance(each, (str, bytes))]
        counts = [each for each in (left, right) if isinstance(each, int)]
        return bool(sized and counts) and len(sized[0]) * abs(counts[0]) > MAX_TEXT
    if op == "+" and isinstance(left, (str, bytes)) and isinstance(right, (str, bytes)):
        return len(left) + len(right) > MAX_TEXT
    if op == "%":
        return isinstance(left, (str, bytes))
    return isinstance(left, int) and abs(left) > 10**300


def _sequences(interpreter: Interpreter, op: str, left: Value, right: Value, site: Site) -> Value:
    calls = interpreter.calls
    if op == "+":
        first, second = calls.items(left), calls.items(right)
        if first is not None and second is not None and len(first) + len(second) <= MAX_TEXT:
            items = (*first, *second)
            both = isinstance(left, Tuple) and isinstance(right, Tuple)
            return Tuple(items) if both else interpreter.store.allocate(ListState(items))
        states = [interpreter.store.state(each, ListState) for each in (left, right)]
        if all(states):
            rest = calls.element(right, site)
            begun = first if first is not None and len(first) <= MAX_TEXT else []
            if len(begun) < len(first or ()):
                rest = join(rest, calls.element(left, site))
            return interpreter.store.allocate(ListState(tuple(begun), rest))
    if op == "*":
        sequence, count = (left, right) if not isinstance(left, Const) else (right, left)
        items_, times = calls.items(sequence), constant(count)
        if items_ is not None and isinstance(times, int) and len(items_) * times <= MAX_TEXT:
            repeated = tuple(items_) * times
            if isinstance(sequence, Tuple):
                return Tuple(repeated)
            return interpreter.store.allocate(ListState(repeated))
        if isinstance(sequence, Ref) and items_:
            return interpreter.store.allocate(ListState((), join(*items_)))
    return Unknown("arithmetic that is not followed", site)


def unary(op: str, operand: Value, site: Site) -> Value:
    if isinstance(operand, OneOf):
        return join(*(unary(op, option, site) for option in operand.options))
    if isinstance(operand, Data):
        return data_unary(op, operand, site)
    if isinstance(operand, Unknown):
        return replace(operand)
    compute = _UNARY.get(op)
    if not isinstance(operand, Const) or compute is None:
        return Unknown("arithmetic that is not followed", site)
    try:
        return Const(compute(operand.value), site, operand.default)
    except TypeError:
        return Unknown("arithmetic that fails", site)


def compare(interpreter: Interpreter, op: str, left: Value, right: Value, site: Site) -> Value:
    if isinstance(left, Data) or isinstance(right, Data):
        return data_compare(op, left, right, site)
    found = constant(left)
    others = _plain(interpreter, right)
    if found is ... or others is ...:
        return _identity(op, left, right, site)
    default = left.default if isinstance(left, Const) else None
    default = default or (right.default if isinstance(right, Const) else None)
    try:
        return Const(bool(_COMPARE[op](found, others)), site, default)
    except (TypeError, ValueError, KeyError):
        return Unknown("a comparison that fails", site)


def _plain(interpreter: Interpreter, value: Value) -> object:
    """A constant, or the constants of a sequence for ``in``."""
    if isinstance(value, Const):
        return value.value
    items = interpreter.calls.items(value)
    if items is None:
        return ...
    found = [constant(item) for item in items]
    return ... if ... in found else found


def _is_tensor(value: Value) -> bool:
    return isinstance(value, Tensor) or (isinstance(value, Unknown) and value.symbolic)


def _identity(op: str, left: Value, right: Value, site: Site) -> Value:
    """``x is None`` where x surely is something."""
    for value, other in ((left, right), (right, left)):
        surely = not isinstance(value, (Unknown, OneOf, Const))
        if surely and constant(other) is None and op in ("is", "is not", "==", "!="):
            return Const(op in ("is not", "!="), site)
    if op in _ELEMENTWISE and (_is_tensor(left) or _is_tensor(right)):
        return Unknown("a comparison of a tensor", site, symbolic=True)
    return Unknown("a comparison of things that are not known", site)


_NAMES = {"+": "add", "-": "subtract", "*": "multiply", "/": "divide", "@": "matmul"}
