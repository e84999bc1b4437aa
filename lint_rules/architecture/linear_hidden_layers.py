"""Two linear layers in a row compute no more than one.

## What it does
Reports a Dense layer without an activation whose output goes straight into another Dense layer,
where the two can compute nothing that the second could not compute alone.

## Why is this bad?
A linear map of a linear map is a linear map. The model has more weights and is trained longer,
and can still draw only the lines that one layer draws. Most often the activation was forgotten:
Dense has none by default.

## Example
```python
import keras
from sklearn.datasets import make_moons

x, y = make_moons(200)
model = keras.Sequential([keras.layers.Dense(16), keras.layers.Dense(1, activation="sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(x, y, epochs=20)
```

## Use instead
```python
import keras
from sklearn.datasets import make_moons

x, y = make_moons(200)
model = keras.Sequential(
    [keras.layers.Dense(16, activation="relu"), keras.layers.Dense(1, activation="sigmoid")]
)
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(x, y, epochs=20)
```

## Fix safety
The fix adds `activation="relu"` to the first of the two. It is unsafe: the model computes, and
learns, something else. Weights that were saved still fit.

## What it does not claim
Anything where `linear` is written out, or the model is of a class that is called linear: both say
that it was meant. Nor about a bottleneck, a layer with fewer units than what goes in and what
comes out: two layers then make a map of low rank, which is a choice. Nor about convolutions, of
which two make a larger window with fewer weights, nor about a model that another one ends on: it
may have been trained before.

## References
- [Keras: Dense](https://keras.io/api/layers/core_layers/dense/)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tfcheck.changes import Applicability, Cure, SetArgument
from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.training import LINEAR, Layer, Model, Node, TrainingRun
from tfcheck.script.values import constant, integer

from .chains import DENSE, STRAIGHT, activation, applied, consumers, ends, is_keras, once, trained


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    yield from once(
        draft for run, model in trained(script) for draft in _of_model(script, run, model)
    )


def _of_model(script: Script, run: TrainingRun, model: Model) -> Iterator[Draft]:
    feeds, last = consumers(model), ends(model)
    for node in model.wiring.nodes:
        layer = node.layer
        if not is_keras(node, DENSE) or not isinstance(layer, Layer):
            continue
        if activation(layer) != LINEAR or layer.argument("activity_regularizer") is not None:
            continue
        if _is_meant(script, layer):
            continue
        second = _next(node, feeds, last)
        if second is None or not _is_enough(node, second, model):
            continue
        yield Draft(
            run.here(layer.site),
            "nothing bends between this Dense and the next one: together they compute no more "
            "than the next one alone",
            (
                Because(second.layer.site or run.call, "the next Dense takes it as it is"),
                Because(run.call, "the model is trained"),
            ),
            "activation='relu' on the first, or one layer in place of the two",
            cure=Cure(
                Applicability.UNSAFE,
                "Give the layer an activation",
                (SetArgument(layer.site, "activation", '"relu"', 1),),
            ),
        )


def _is_meant(script: Script, layer: Layer) -> bool:
    """Whether a linear activation is asked for by its name, or the class is called linear."""
    given = layer.argument("activation")
    if given is not None and constant(given) is not None:
        return True
    makers = (each for use in script.uses.at(layer.site) for each in use.functions)
    return any(each.owner is not None and "linear" in each.owner.name.lower() for each in makers)


def _next(node: Node, feeds: Mapping[Node, Sequence[Node]], last: frozenset[Node]) -> Node | None:
    """The Dense that alone takes what a layer gives, with only straight layers between."""
    while node not in last and len(feeds[node]) == 1:
        (follows,) = feeds[node]
        if len(follows.inputs) != 1:
            return None
        if is_keras(follows, DENSE):
            return follows
        if not is_keras(follows, STRAIGHT) and applied(follows) != LINEAR:
            return None
        node = follows
    return None


def _is_enough(first: Node, second: Node, model: Model) -> bool:
    """Whether the first has units enough to lose nothing: the rank of the product is not less."""
    units = _units(first)
    (given,) = model.shapes.flow(first).inputs or (None,)
    least = [each for each in (given[-1] if given else None, _units(second)) if each is not None]
    return units is not None and bool(least) and any(units >= each for each in least)


def _units(node: Node) -> int | None:
    return integer(node.layer.argument("units")) if isinstance(node.layer, Layer) else None


RULE = Rule(
    "TFC401",
    "linear-hidden-layers",
    Severity.WARNING,
    check,
    __doc__,
    intervention="hidden-activation",
)
