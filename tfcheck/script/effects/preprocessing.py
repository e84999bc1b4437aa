"""Preprocessing layers applied to data: ``Rescaling(1 / 255)(images)``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfcheck.script.data import Data
from tfcheck.script.store import ObjectState
from tfcheck.script.values import Value

from .data_steps import opaque

if TYPE_CHECKING:
    from tfcheck.script.calls import Call


def apply_layer(call: Call, layer: ObjectState, data: Data) -> Value:
    """What a layer makes of data that it is called on."""
    return opaque(data, call.lost(f"{layer.path} is applied to it"))
