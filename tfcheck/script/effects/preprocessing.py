"""Preprocessing layers applied to data: ``Rescaling(1 / 255)(images)``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from tfcheck.script.data import Data, Scaling
from tfcheck.script.store import ModelState, ObjectState
from tfcheck.script.values import NONE, Const, Ref, Unknown, Value, number

from .data_steps import opaque, step, together
from .registry import method

if TYPE_CHECKING:
    from tfcheck.script.calls import Call

_KEEPS = frozenset(
    "Resizing CenterCrop RandomFlip RandomRotation RandomZoom RandomCrop RandomTranslation "
    "RandomHeight RandomWidth Flatten Reshape".split()
)
_CODES = frozenset(
    "TextVectorization StringLookup IntegerLookup CategoryEncoding Hashing HashedCrossing "
    "Discretization Embedding".split()
)


def apply_layer(call: Call, layer: ObjectState, data: Data) -> Data:
    """What a layer makes of data that it is called on."""
    name = layer.path.rpartition(".")[2]
    if not layer.path.startswith("keras.layers."):
        return opaque(data, call.lost(f"{name} is applied to it"))
    if name == "Rescaling":
        return _rescaled(call, layer, data)
    if name in ("Normalization", "UnitNormalization"):
        return step(data, name, call.site, Scaling.SCALES, fitted_on=layer.fitted_on)
    if name in _CODES:
        return step(data, name, call.site, Scaling.NOT_NUMBERS)
    if name in _KEEPS:
        return step(data, name, call.site, ranges=together(data.ranges))
    return opaque(data, call.lost(f"{name} is applied to it"))


def _rescaled(call: Call, layer: ObjectState, data: Data) -> Data:
    scale = number(layer.config.get("scale"))
    offset = number(layer.config.get("offset", Const(0)))
    if scale is None or offset is None:
        return opaque(data, call.lost("it is rescaled by a factor that is not known"))
    if data.ranges is None:
        return step(data, "Rescaling", call.site, Scaling.SCALES)
    ranges = data.ranges.through(lambda each: scale * each + offset, falls=scale < 0)
    return step(data, "Rescaling", call.site, ranges=ranges)


def apply_layers(call: Call, layers: Sequence[Value], data: Data) -> Value:
    """What a Sequential of layers makes of data that it is called on."""
    for value in layers:
        state = call.interpreter.store.state(value, ObjectState)
        nested = call.interpreter.store.state(value, ModelState)
        if state is not None:
            data = apply_layer(call, state, data)
        elif nested is not None and nested.kind == "sequential":
            result = apply_layers(call, nested.layers, data)
            assert isinstance(result, Data)
            data = result
        else:
            lost = value if isinstance(value, Unknown) and value.site else None
            return opaque(data, lost or call.lost("a layer that is not known"))
    return data


@method("layer", "adapt")
def _adapt(call: Call) -> Value:
    state, data = call.interpreter.store.state(call.receiver, ObjectState), call.arg(0, "data")
    if state is not None and isinstance(call.receiver, Ref):
        adapted = replace(state, fitted_on=data if isinstance(data, Data) else None)
        call.interpreter.store.set(call.receiver, adapted)
    return NONE
