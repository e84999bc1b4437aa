"""Where the effects of library calls are registered and looked up.

An effect is a function from a :class:`~tfcheck.script.calls.Call` to a value. Functions
and classes of libraries are registered by their canonical path, methods by the family of
what they are called on and their name. A family is ``list``, ``dict``, ``tuple``, ``str``,
``model``, ``tensor``, the form of data (``array``, ``frame``, ``dataset``, …), ``data``
for all forms, or the path of a library class.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from tfcheck.script.calls import Call
    from tfcheck.script.values import Value

Effect: TypeAlias = "Callable[[Call], Value]"
Register: TypeAlias = "Callable[[Effect], Effect]"

FUNCTIONS: dict[str, Effect] = {}
METHODS: dict[str, dict[str, Effect]] = {}


def function(*paths: str) -> Register:
    """Register an effect for functions or classes of libraries."""

    def register(effect: Effect) -> Effect:
        for path in paths:
            FUNCTIONS[path] = effect
        return effect

    return register


def method(family: str, *names: str) -> Register:
    """Register an effect for methods of one family of receivers."""

    def register(effect: Effect) -> Effect:
        METHODS.setdefault(family, {}).update(dict.fromkeys(names, effect))
        return effect

    return register


def find_method(families: tuple[str, ...], name: str) -> Effect | None:
    """The effect of method ``name`` for the first family that has one."""
    for family in families:
        effect = METHODS.get(family, {}).get(name)
        if effect is not None:
            return effect
    return None
