"""What a loss of the project does with the predictions: whether gradients get through it.

A walk over the code of the function. What it cannot follow lets gradients through.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping

from tfcheck.rule import Site
from tfcheck.script import ir
from tfcheck.script.uses import Use
from tfcheck.script.values import Function, Symbol, string

# Operations without a gradient, under tensorflow, tensorflow.math, keras.backend and keras.ops.
_STOPS = frozenset(
    "argmax argmin argsort ceil equal floor greater greater_equal less less_equal not_equal "
    "one_hot round stop_gradient".split()
)
_OWNERS = frozenset({"tensorflow", "tensorflow.math", "keras.backend", "keras.ops"})
_WHOLE = frozenset(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)) | {"bool"}


def blocked(function: Function, parameter: str, uses: Iterable[Use]) -> tuple[Use, ...]:
    """The calls at which all gradients of ``parameter`` end; none where some may get through.

    ``uses`` are those of the script: they say what is called where.
    """
    calls = {use.call: use for use in uses if use.call.unit == function.unit}
    walk = _Walk(function.unit, calls, {parameter})
    return tuple(walk.ends) if walk.stops(function.code.body) else ()


class _Walk:
    """Follows the names that carry gradients through the statements of a function."""

    def __init__(self, unit: int, calls: Mapping[Site, Use], live: set[str]) -> None:
        self.unit, self.calls, self.live = unit, calls, live
        self.ends: list[Use] = []

    def stops(self, body: ir.Body) -> bool:
        """Whether nothing that carries gradients is returned."""
        for statement in body:
            if isinstance(statement, ir.Return):
                return statement.value is not None and not self._carries(statement.value)
            if not self._assign(statement):
                return False
        return False

    def _assign(self, statement: ir.Stmt) -> bool:
        """Follow an assignment to names; False for what may carry gradients elsewhere."""
        if isinstance(statement, ir.AugAssign) and isinstance(statement.target, ir.Name):
            if self._carries(statement.value):
                self.live.add(statement.target.id)
            return True
        if isinstance(statement, ir.Evaluate):
            return not self._carries(statement.value)
        if not isinstance(statement, ir.Assign):
            return False
        change = self.live.add if self._carries(statement.value) else self.live.discard
        for target in statement.targets:
            if not isinstance(target, ir.Name):
                return False
            change(target.id)
        return True

    def _carries(self, node: object) -> bool:
        """Whether the value of an expression may have a gradient."""
        if isinstance(node, ir.Name):
            return node.id in self.live
        inside = True in [self._carries(each) for each in _children(node)]
        if isinstance(node, ir.Compare):
            return False
        use = self.calls.get(Site(self.unit, node.at)) if isinstance(node, ir.Call) else None
        if inside and use is not None and _ends(use):
            self.ends.append(use)
            return False
        return inside or isinstance(node, ir.Walrus)


def _ends(use: Use) -> bool:
    """Whether a call gives something of which no gradient is known."""
    if use.owner not in _OWNERS:
        return False
    if use.name != "cast":
        return use.name in _STOPS
    to = use.argument(1, "dtype")
    name = to.name if isinstance(to, Symbol) else string(to)
    return name in _WHOLE


def _children(node: object) -> Iterator[object]:
    """The parts of an operation, whatever it is."""
    if isinstance(node, tuple):
        yield from node
    elif dataclasses.is_dataclass(node) and not isinstance(node, type):
        yield from (getattr(node, field.name) for field in dataclasses.fields(node))
