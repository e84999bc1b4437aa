"""Where the script makes the parts of what it trains, so that what is said of them names a line."""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Mapping
from typing import Any

from runtime_probe.child.places import Place, called_at
from runtime_probe.job import Job

_Places = weakref.WeakKeyDictionary[Any, Place]


class Origins:
    """The places of layers, optimizers and calls of ``compile``, as they come."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._made: _Places = weakref.WeakKeyDictionary()
        self._compiled: _Places = weakref.WeakKeyDictionary()

    def made(self, part: Any) -> None:
        """``part``, a layer or an optimizer, is being made now."""
        self._note(self._made, part)

    def compiled(self, model: Any) -> None:
        """``model`` is being compiled now."""
        self._note(self._compiled, model)

    def lines(self, model: Any, filename: str) -> Mapping[str, int]:
        """The lines of the layers of ``model`` by their names, of ``compile`` and ``optimizer``.

        Only those in the file ``filename`` are known, as lines of others would be read as its own.
        """
        places = {name: place for name, place in self._places(model) if place is not None}
        return {name: at.line for name, at in places.items() if at.filename == filename}

    def _places(self, model: Any) -> Iterator[tuple[str, Place | None]]:
        compiled = self._compiled.get(model)
        yield "compile", compiled
        yield "optimizer", self._made.get(model.optimizer, compiled)
        for layer in _layers(model):
            yield layer.name, self._made.get(layer)

    def _note(self, places: _Places, part: Any) -> None:
        place = called_at(self._job)
        if place is not None:
            places[part] = place


def _layers(model: Any) -> Iterator[Any]:
    """All layers of a model, those in other layers too."""
    flat = getattr(model, "_flatten_layers", None)
    yield from (flat(include_self=False) if flat is not None else model.layers)
