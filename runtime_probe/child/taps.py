"""What the layers of a model take and give while it is called, whatever kind of model it is.

Sequential, functional, nested and subclassed models all call their layers, so the call itself is
listened to: no second model is built, and the order is that of execution.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from runtime_probe.child.setup import Tree


@dataclass(frozen=True)
class Call:
    """One call of one layer that is no composition: its first argument and its result."""

    layer: Any
    given: Tree
    result: Tree


@contextmanager
def listening(model: Any) -> Iterator[list[Call]]:
    """The calls of the layers inside ``model``, in the order in which they end."""
    base: Any = next(each for each in type(model).__mro__ if each.__name__ == "Layer")
    original = base.__call__
    heard: list[Call] = []
    inside = {id(each) for each in layers(model)}

    def listen(layer: Any, *arguments: Any, **options: Any) -> Any:
        result = original(layer, *arguments, **options)
        if id(layer) in inside:
            heard.append(Call(layer, arguments[0] if arguments else None, result))
        return result

    base.__call__ = listen
    try:
        yield heard
    finally:
        base.__call__ = original


def layers(model: Any) -> Sequence[Any]:
    """The layers that do the work: Keras' own, and those of others that are no compositions."""
    found: list[Any] = []
    for layer in model._flatten_layers(include_self=False, recursive=False):
        inner = layers(layer) if _is_composition(layer) else []
        found += inner or [layer]
    return found


def _is_composition(layer: Any) -> bool:
    kind = type(layer)
    return hasattr(layer, "layers") or kind.__module__.split(".")[0] not in {"keras", "tf_keras"}
