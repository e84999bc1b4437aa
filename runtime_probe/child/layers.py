"""How each layer of a model fares: its gradients and updates, dead units and flat activations."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import tensorflow as tf

from runtime_probe.child.endings import activation_of
from runtime_probe.child.frameworks import call_arguments, makes_own
from runtime_probe.child.setup import Array, Setup, State
from runtime_probe.child.state import assign
from runtime_probe.child.surface import Surface, taken, tensors
from runtime_probe.child.taps import Call, layers, listening
from runtime_probe.child.training import train
from runtime_probe.records import Layer

_GRADIENT_ROWS = 256
_OUTPUT_ROWS = 512
_UPDATES = 10  # the last of which is measured: moments need some to be about what they come to be

_CUT = frozenset({"relu", "relu6"})  # give exactly 0 for whatever is below 0

# The share of outputs in the flat parts: |z| > 4 of a sigmoid and > 2.3 of a tanh, where their
# slope is below 7 % of the steepest, and rows in which a softmax is as sure as that sigmoid.
_SURE = 1 / (1 + math.exp(-4))
_FLAT: Mapping[str, Callable[[Array], float]] = {
    "sigmoid": lambda given: float(np.mean((given > _SURE) | (given < 1 - _SURE))),
    "tanh": lambda given: float(np.mean(np.abs(given) > math.tanh(2.3))),
    "softmax": lambda given: float(np.mean(given.max(axis=-1) > _SURE)),
}

# Between weights and the activation that belongs to them.
_BETWEEN = frozenset("BatchNormalization LayerNormalization Dropout SpatialDropout2D".split())


@dataclass(frozen=True)
class Unit:
    """A layer that is trained, and which of the trained variables of the model are its own."""

    name: str
    kind: str
    layer: Any
    places: Sequence[int]

    def norm(self, arrays: Sequence[Array]) -> float:
        with np.errstate(over="ignore", invalid="ignore"):
            return math.sqrt(sum(float(np.sum(np.square(arrays[each]))) for each in self.places))


@dataclass(frozen=True)
class _Acting:
    """What a layer gives behind its activation, which may be a layer of its own."""

    activation: str
    outputs: Sequence[Array]

    @property
    def dead(self) -> float | None:
        """The share of units that are 0 for every row and position."""
        if self.activation not in _CUT or not self.outputs:
            return None
        silent = [np.all(each == 0, axis=0) for each in self.outputs]
        return float(np.mean(np.logical_and.reduce(silent)))

    @property
    def saturated(self) -> float | None:
        if self.activation not in _FLAT or not self.outputs:
            return None
        return float(np.mean([_FLAT[self.activation](each) for each in self.outputs]))


@dataclass(frozen=True)
class _Health:
    """All trained layers in one state."""

    gradients: Sequence[float]
    weights: Sequence[float]
    updates: Sequence[float]
    acting: Sequence[_Acting]


def layer_records(
    setup: Setup, start: State, end: State, deadline: float, fit: int = 0
) -> tuple[Layer, ...]:
    """The layers of the model of ``setup`` that are trained, in the order in which it holds them.

    The update is the one that the optimizer makes in its tenth step from each state, as it is not
    known what its moments were there; schedules are at their beginning. Gradients are NaN where a
    model makes its loss by code of its own, and updates where ``deadline``, a time of
    ``time.monotonic``, leaves no time for ten steps. The model is left at ``end``.
    """
    units = trained_layers(setup.model)
    first, last = (_health(setup, units, each, deadline) for each in (start, end))
    assign(setup.model, end)
    return tuple(
        Layer(
            fit=fit,
            name=unit.name,
            kind=unit.kind,
            activation=first.acting[place].activation,
            gradient_norms=(first.gradients[place], last.gradients[place]),
            weight_norms=(first.weights[place], last.weights[place]),
            update_ratios=(first.updates[place], last.updates[place]),
            dead=_pair(first.acting[place].dead, last.acting[place].dead),
            saturated=_pair(first.acting[place].saturated, last.acting[place].saturated),
        )
        for place, unit in enumerate(units)
    )


def _pair(first: float | None, last: float | None) -> tuple[float, float] | None:
    return None if first is None or last is None else (first, last)


def trained_layers(model: Any) -> Sequence[Unit]:
    """The layers that are trained, in the model's own order; behind them the model, if it is."""
    places = {id(each): place for place, each in enumerate(model.trainable_variables)}
    units = []
    for layer in layers(model):
        own = [places.pop(id(each)) for each in layer.trainable_variables if id(each) in places]
        if own:
            units.append(Unit(layer.name, type(layer).__name__, layer, own))
    if places:  # variables that the model holds itself
        units.append(Unit(model.name, type(model).__name__, None, list(places.values())))
    return units


def _health(setup: Setup, units: Sequence[Unit], state: State, deadline: float) -> _Health:
    there = replace(setup, states=(state,))
    gradients = _gradients(there)
    weights, updates = _updates(there, deadline)
    norms = [unit.norm(weights) for unit in units]
    return _Health(
        [math.nan if gradients is None else unit.norm(gradients) for unit in units],
        norms,
        [
            math.nan if updates is None or not norm else unit.norm(updates) / norm
            for unit, norm in zip(units, norms, strict=True)
        ],
        _acting(there, units),
    )


def _gradients(setup: Setup) -> Sequence[Array] | None:
    if makes_own(setup.model, "train_step"):
        return None
    surface = Surface(setup, 0)
    with surface.at_start():
        return surface.split(surface.gradient(surface.rows(_GRADIENT_ROWS)))


def _updates(setup: Setup, deadline: float) -> tuple[Sequence[Array], Sequence[Array] | None]:
    """The weights at the state, and what one update there changes."""
    before: list[State] = []

    def keep(step: int) -> None:
        before.append(_trained(setup.model))

    assign(setup.model, setup.states[0])
    weights = _trained(setup.model)
    run = train(setup, 0, _UPDATES, deadline, looks=(_UPDATES - 1,), look=keep)
    if run.steps < _UPDATES or not before:
        return weights, None
    after = _trained(setup.model)
    return weights, [new - old for new, old in zip(after, before[0], strict=True)]


def _trained(model: Any) -> State:
    return [np.asarray(each).astype(np.float64) for each in model.trainable_variables]


def _acting(setup: Setup, units: Sequence[Unit]) -> Sequence[_Acting]:
    model, sample = setup.model, setup.sample
    assign(model, setup.states[0])
    rows = np.linspace(0, sample.rows - 1, min(sample.rows, _OUTPUT_ROWS)).astype(int)
    with listening(model) as calls:
        model(tensors(taken(sample.x, rows)), **call_arguments(model.call, training=False))
    return [_acting_of(unit.layer, calls) for unit in units]


def _acting_of(layer: Any, calls: Sequence[Call]) -> _Acting:
    own: Sequence[Call] = [call for call in calls if call.layer is layer]
    if not own or hasattr(layer, "cell"):  # what a cell gives is a product of two activations
        return _Acting("", ())
    activation = activation_of(layer)
    if activation == "linear":
        own, activation = _followed(own, calls)
    return _Acting(activation, [each for call in own for each in _outputs(layer, call)])


def _followed(own: Sequence[Call], calls: Sequence[Call]) -> tuple[Sequence[Call], str]:
    """The activation layers that take these results, if need be through a normalization."""
    following = {id(call.given): call for call in calls}
    ends = list(own)
    for place, call in enumerate(own):
        at = call
        while (behind := following.get(id(at.result))) is not None:
            at = behind
            kind = type(behind.layer).__name__
            if kind not in _BETWEEN:
                break
        ends[place] = at
    activations = {activation_of(each.layer) for each in ends}
    alone = len(activations) == 1 and not any(each.layer.weights for each in ends)
    return (ends, activations.pop()) if alone else (own, "linear")


def _outputs(layer: Any, call: Call) -> Iterable[Array]:
    """Results with a row for every row and position, and a column for every unit."""
    for each in tf.nest.flatten(call.result):
        result = np.asarray(each)
        if getattr(layer, "data_format", None) == "channels_first":
            result = np.moveaxis(result, 1, -1)
        yield result.reshape(-1, result.shape[-1])
