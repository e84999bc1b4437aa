"""Hidden units start alike, and stay alike or dead.

## What it does
Reports a Dense or convolution layer with relu whose kernel starts as zeros, and one whose kernel
starts constant where that of the next layer does too.

## Why is this bad?
From a kernel of zeros relu gives 0, where its gradient is 0 as well: the layer never learns. From
a constant kernel all units give the same, and with a constant kernel behind them they get the
same gradient at every step: however many units there are, they work as one.

## Example
```python
import keras
from sklearn.datasets import make_moons

x, y = make_moons(200)
model = keras.Sequential(
    [
        keras.layers.Dense(16, activation="relu", kernel_initializer="zeros"),
        keras.layers.Dense(1, activation="sigmoid"),
    ]
)
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(x, y, epochs=20)
```

## Use instead
```python
import keras
from sklearn.datasets import make_moons

x, y = make_moons(200)
model = keras.Sequential(
    [
        keras.layers.Dense(16, activation="relu"),
        keras.layers.Dense(1, activation="sigmoid"),
    ]
)
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(x, y, epochs=20)
```

## Fix safety
The fix leaves the initializer out, so that Keras takes its own. It is unsafe: the model trains
otherwise than before, as it should.

## What it does not claim
Anything about a constant kernel at the end of a model or of a residual branch, which starts a
model at zero on purpose, or in front of random ones, which soon tell its units apart.

## References
- [Keras: initializers](https://keras.io/api/layers/initializers/)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tfcheck.changes import Applicability, Cure, RemoveArgument
from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.training import Layer, Model, Node, TrainingRun
from tfcheck.script.values import Symbol, integer, string

from .chains import (
    CONVOLUTIONS,
    DENSE,
    STRAIGHT,
    activation,
    applied,
    consumers,
    is_keras,
    once,
    trained,
)

_KINDS = {
    "zero": "zeros",
    "zeros": "zeros",
    "one": "constant",
    "ones": "constant",
    "constant": "constant",
}
_WITH_KERNEL = DENSE | CONVOLUTIONS
_ON_THE_WAY = STRAIGHT | frozenset(
    "Activation AveragePooling2D Flatten GlobalAveragePooling2D LeakyReLU MaxPooling1D "
    "MaxPooling2D ReLU".split()
)


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    yield from once(draft for run, model in trained(script) for draft in _of_model(run, model))


def _of_model(run: TrainingRun, model: Model) -> Iterator[Draft]:
    feeds = consumers(model)
    for node in model.wiring.nodes:
        layer = node.layer
        if not is_keras(node, _WITH_KERNEL) or not isinstance(layer, Layer):
            continue
        kind = _kind(layer)
        if kind is None or layer.argument("weights") is not None:
            continue
        after = _next(node, feeds)
        if after is None or not isinstance(after.layer, Layer):
            continue
        if kind == "zeros" and _is_dead(node, feeds):
            message = "a kernel of zeros under relu: its gradient is 0, so the layer never learns"
        elif _kind(after.layer) is not None and _units(layer) != 1:
            message = "all units start alike and get the same gradients: they work as one unit"
        else:
            continue
        yield Draft(
            run.here(layer.site),
            message,
            (
                Because(after.layer.site, f"{after.layer.name} takes what it gives"),
                Because(run.call, "the model is trained"),
            ),
            "no kernel_initializer, for Keras' own",
            cure=Cure(
                Applicability.UNSAFE,
                "Let Keras initialize the kernel",
                (RemoveArgument(layer.site, "kernel_initializer"),),
            ),
        )


def _units(layer: Layer) -> int | None:
    return integer(layer.argument("units") or layer.argument("filters"))


def _kind(layer: Layer) -> str | None:
    """Whether a kernel starts as zeros, or as another constant; None where it does not."""
    given = layer.argument("kernel_initializer")
    name = given.name if isinstance(given, Symbol) else string(given)
    return _KINDS.get(name.lower()) if name else None


def _is_dead(node: Node, feeds: Mapping[Node, Sequence[Node]]) -> bool:
    """Whether relu comes directly on a kernel of zeros, with a bias of zeros."""
    layer = node.layer
    if not isinstance(layer, Layer) or layer.argument("bias_initializer") is not None:
        return False
    if activation(layer) == "relu":
        return True
    only = feeds[node][0] if len(feeds[node]) == 1 else None
    return activation(layer) == "linear" and only is not None and applied(only) == "relu"


def _next(node: Node, feeds: Mapping[Node, Sequence[Node]]) -> Node | None:
    """The next layer with a kernel, where it is the only one to take what ``node`` gives."""
    while len(feeds[node]) == 1:
        (node,) = feeds[node]
        if len(node.inputs) != 1:
            return None
        if is_keras(node, _WITH_KERNEL):
            return node
        if not is_keras(node, _ON_THE_WAY):
            return None
    return None


RULE = Rule(
    "TFC408",
    "constant-kernel-init",
    Severity.ERROR,
    check,
    __doc__,
    intervention="default-initializer",
)
