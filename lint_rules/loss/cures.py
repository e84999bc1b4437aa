"""Changes that make output layer and loss fit each other.

What is changed is written out where it is used: a loss in the call of ``compile``, an activation
in the call that makes its layer. What comes by way of a variable may be meant for others as well.
"""

from __future__ import annotations

from typing import TypeAlias

from tfcheck.changes import Applicability, Change, Cure, SetArgument
from tfcheck.rule import Site
from tfcheck.script import Script
from tfcheck.script.training import Compiled, Head, Layer, Loss, Model, TrainingRun
from tfcheck.script.values import Answer, Const

from .families import BINARY, CATEGORICAL, SPARSE

Changes: TypeAlias = "tuple[Change, ...] | None"

_POSITION = {"Activation": 0, "Dense": 1}
_LOSS_FOR = {"one-hot": "categorical_crossentropy", "integer": "sparse_categorical_crossentropy"}


def cure(message: str, *parts: Changes) -> Cure | None:
    """All parts together; no cure where one of them is None."""
    changes: list[Change] = []
    for part in parts:
        if part is None:
            return None
        changes += part
    return Cure(Applicability.UNSAFE, message, tuple(changes))


def activation(script: Script, run: TrainingRun, head: Head, name: str) -> Changes:
    """Let an output end in the activation ``name`` in place of the last one, or of none."""
    layer = _layer(run, head.activation_site)
    if layer is None or layer.name not in _POSITION or layer.more is not None:
        return None
    given = layer.config.get("activation")
    if given is not None and not _is_written_in(script, layer.site, given):
        return None
    return (SetArgument(layer.site, "activation", f'"{name}"', _POSITION[layer.name]),)


def units(run: TrainingRun, head: Head, count: int) -> Changes:
    """Give the last layer as many units."""
    layer = _layer(run, head.layer.site)
    if layer is None or layer.name != "Dense" or layer.more is not None:
        return None
    return (SetArgument(layer.site, "units", str(count), 0),)


def loss(script: Script, run: TrainingRun, given: Loss, name: str) -> Changes:
    """Compile with the loss ``name``, which takes logits where the one that was given does."""
    compiled = run.compiled
    if not isinstance(compiled, Compiled) or len(compiled.losses) != 1:
        return None
    if given.site == compiled.site or not script.holds(compiled.site, given.site):
        return None
    text = f'"{name}"'
    if given.from_logits is Answer.YES:
        text = f"{{keras.losses.{_class_of(name)}}}(from_logits=True)"
    if set(given.config) - {"from_logits"} or given.from_logits is Answer.UNKNOWN:
        return None
    return (SetArgument(compiled.site, "loss", text, 1),)


def loss_for(encoding: str) -> str | None:
    """The crossentropy over classes that takes labels of this encoding."""
    return _LOSS_FOR.get(encoding)


def activation_for(loss: Loss, head: Head) -> str | None:
    """The activation whose probabilities a crossentropy takes."""
    if loss.name in BINARY:
        return "sigmoid"
    several = head.units is not None and head.units > 1
    return "softmax" if several and loss.name in CATEGORICAL | SPARSE else None


def _layer(run: TrainingRun, site: Site) -> Layer | None:
    """The one layer of the model that is made at ``site``."""
    layers = run.model.layers if isinstance(run.model, Model) else ()
    made = [each for each in layers if isinstance(each, Layer) and each.site == site]
    return made[0] if len(made) == 1 else None


def _is_written_in(script: Script, call: Site, value: object) -> bool:
    return isinstance(value, Const) and value.site is not None and script.holds(call, value.site)


def _class_of(name: str) -> str:
    return "".join(map(str.capitalize, name.split("_")))
