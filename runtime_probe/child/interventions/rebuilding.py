"""A model with other layers in place of some of its own, and the states that go with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np

from runtime_probe.child import state
from runtime_probe.child.frameworks import framework
from runtime_probe.child.interventions.contract import Refusal
from runtime_probe.child.setup import Array, Setup, State

Edit: TypeAlias = Any  # what changes in the configuration of a layer, or one in its place

# What building a layer of the script's own from its configuration may raise.
_UNCLONABLE = (NotImplementedError, TypeError, ValueError, AttributeError, KeyError, RuntimeError)


def rebuilt(setup: Setup, edits: Mapping[int, Edit], anew: Sequence[int] = ()) -> Setup | Refusal:
    """``setup`` with a model whose layers are changed, by ``id`` of the layer.

    Every variable keeps its value where its shape is the same; others, and the kernels of layers
    in ``anew``, are drawn for each seed. A refusal for models that only their own code can build.
    """
    keras = framework(setup.model)
    if not isinstance(setup.model, keras.Sequential) and not _is_functional(setup.model):
        return Refusal("the model is a class of its own, whose layers cannot be exchanged")
    drawn: list[Any] = []

    def copied(layer: Any) -> Any:
        if hasattr(layer, "layers") and (_is_functional(layer)):
            return keras.models.clone_model(layer, clone_function=copied)
        if hasattr(layer, "adapt"):
            return layer  # what it has adapted to is not in its configuration
        edit = edits.get(id(layer), {})
        if not isinstance(edit, Mapping):
            return edit
        copy = type(layer).from_config({**layer.get_config(), **edit})
        if id(layer) in anew:
            drawn.append(copy)
        return copy

    try:
        model = keras.models.clone_model(setup.model, clone_function=copied)
    except _UNCLONABLE as error:
        return Refusal(f"the model cannot be built a second time: {_first_line(error)}")
    fresh = state.values(model)
    if len(fresh) != len(setup.states[0]):
        return Refusal("the model has other variables when it is built a second time")
    kernels = {id(layer.kernel) for layer in drawn}
    afresh = [id(each) in kernels for each in model.variables]
    states = [_carried(each, fresh, afresh, seed) for seed, each in enumerate(setup.states)]
    return replace(setup, model=model, states=states)


def glorot(shape: tuple[int, ...], seed: np.random.Generator, scale: float = 1.0) -> Array:
    """A kernel as Keras draws it by default; ``scale`` 2 with all fans coming in is He's."""
    field = int(np.prod(shape[:-2]))
    fan_in, fan_out = shape[-2] * field, shape[-1] * field
    fans = (fan_in + fan_out) / 2 if scale == 1.0 else fan_in
    limit = float(np.sqrt(3 * scale / max(fans, 1)))
    return seed.uniform(-limit, limit, shape).astype(np.float32)


HE = 2.0


def _is_functional(model: Any) -> bool:
    keras = framework(model)
    return (
        isinstance(model, keras.Sequential)
        or type(model).__name__ == "Functional"
        or (type(model) is keras.Model)
    )


def _carried(old: State, fresh: State, afresh: Sequence[bool], seed: int) -> State:
    generator = np.random.default_rng(seed)
    return [
        _value(before, new, again, generator)
        for before, new, again in zip(old, fresh, afresh, strict=True)
    ]


def _value(before: Array, new: Array, again: bool, generator: np.random.Generator) -> Array:
    if again and new.ndim >= 2:
        return glorot(new.shape, generator, HE)
    if before.shape == new.shape:
        return before
    return glorot(new.shape, generator) if new.ndim >= 2 else np.zeros_like(new)


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
