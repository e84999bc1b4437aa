"""Kernels start so small that the signal dies on its way through the layers.

## What it does
Reports four Dense or convolution layers or more in a row, with relu, tanh or no activation, whose
kernel initializer is `"normal"` or `"uniform"`, where together they make the signal more than fifty
times smaller.

## Why is this bad?
`"normal"` draws with a deviation of 0.05 and `"uniform"` between -0.05 and 0.05, whatever the size
of the layer. A layer of 50 relu units behind 33 numbers makes its signal eight times smaller, and
so it does with the gradient on its way back. After some of them all rows give the same output, and
training stands still at the loss of guessing for many epochs. Keras' own initializer, Glorot's,
chooses the width by the size of the layer, so that the signal keeps its size.

## Example
```python
import keras
from sklearn.datasets import load_digits

x, y = load_digits(return_X_y=True)
hidden = [keras.layers.Dense(32, "relu", kernel_initializer="uniform") for _ in range(4)]
model = keras.Sequential([*hidden, keras.layers.Dense(10, "softmax")])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x / 16, y, epochs=5)
```

## Use instead
```python
import keras
from sklearn.datasets import load_digits

x, y = load_digits(return_X_y=True)
hidden = [keras.layers.Dense(32, "relu") for _ in range(4)]
model = keras.Sequential([*hidden, keras.layers.Dense(10, "softmax")])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x / 16, y, epochs=5)
```

## Options
- `least-layers` (4): fewer layers in a row are not reported: Adam soon makes up for them.
- `least-signal` (0.02): the part of the signal that has to be left.

## Fix safety
Unsafe: the initializers are left out, so that Keras takes its own, and the model trains otherwise.

## What it does not claim
Anything about layers with normalisation or a way around between them, which bring the signal back
to its size, or about a single narrow layer. A run of a hundred epochs or more may have time enough
to get over it: there the finding is a note.

## References
- [He et al., 2015](https://arxiv.org/abs/1502.01852)
- [Keras: initializers](https://keras.io/api/layers/initializers/)
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from tfcheck.changes import Applicability, Cure, RemoveArgument
from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.shapes.arguments import Arguments, product
from tfcheck.script.training import LINEAR, Layer, Model, Node, TrainingRun
from tfcheck.script.values import integer, string

from .chains import DENSE, activation, applied, consumers, is_keras, once, trained

_MANY_EPOCHS = 100

_RANK = {"Conv1D": 1, "Conv2D": 2, "Conv3D": 3}
_WITH_KERNEL = DENSE | _RANK.keys()
_HANDS_ON = frozenset(
    "AveragePooling1D AveragePooling2D Dropout Flatten GlobalAveragePooling1D "
    "GlobalAveragePooling2D GlobalMaxPooling1D GlobalMaxPooling2D MaxPooling1D MaxPooling2D "
    "SpatialDropout1D SpatialDropout2D".split()
)

# The deviations with which Keras draws where only the distribution is named.
_DEVIATIONS = {
    "normal": 0.05,
    "random_normal": 0.05,
    "RandomNormal": 0.05,
    "uniform": 0.05 / math.sqrt(3),
    "random_uniform": 0.05 / math.sqrt(3),
    "RandomUniform": 0.05 / math.sqrt(3),
}

# The part of a small signal's mean square that activations let through. What is behind others
# has a size of its own.
_PASSES = {"relu": 0.5, "tanh": 1.0, LINEAR: 1.0}


class _Stack(NamedTuple):
    """Layers in a row whose kernels are drawn small, and how much they leave of a signal."""

    layers: tuple[Layer, ...] = ()
    signal: float = 1.0


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    yield from once(
        draft
        for run, model in trained(script)
        for stack in _stacks(model)
        if len(stack.layers) >= int(options["least-layers"])
        if stack.signal < float(options["least-signal"])
        for draft in (_draft(run, stack),)
    )


def _draft(run: TrainingRun, stack: _Stack) -> Draft:
    sites = dict.fromkeys(each.site for each in stack.layers)
    return Draft(
        run.here(stack.layers[0].site),
        f"{len(stack.layers)} kernels in a row start so small that the signal gets "
        f"{1 / stack.signal:,.0f} times smaller",
        (
            *(Because(each, "its kernel is drawn as small, whatever its size") for each in sites),
            Because(run.call, "the model is trained"),
        ),
        "no kernel_initializer, for Keras' own",
        Severity.NOTE if _is_long(run) else None,
        cure=Cure(
            Applicability.UNSAFE,
            "Let Keras initialize the kernels",
            tuple(RemoveArgument(each, "kernel_initializer") for each in sites),
        ),
    )


def _is_long(run: TrainingRun) -> bool:
    """Whether it may go on after it has stood still."""
    epochs = integer(run.epochs)
    return epochs is not None and epochs >= _MANY_EPOCHS


def _stacks(model: Model) -> Iterator[_Stack]:
    """The longest rows of layers with small kernels."""
    feeds = consumers(model)
    stacks: dict[Node, _Stack] = {}
    for node in model.wiring.nodes:
        below = stacks.get(node.inputs[0], _Stack()) if len(node.inputs) == 1 else _Stack()
        stack, goes_on = _through(node, below, model)
        if goes_on and len(feeds[node]) == 1:
            stacks[node] = stack
        else:
            yield stack


def _through(node: Node, below: _Stack, model: Model) -> tuple[_Stack, bool]:
    """The row with one more node, and whether the signal keeps its size behind that."""
    layer = node.layer
    if is_keras(node, _HANDS_ON):
        return below, True
    passes = _PASSES.get(applied(node) or "")
    if passes is not None:
        return below._replace(signal=below.signal * math.sqrt(passes)), True
    if not is_keras(node, _WITH_KERNEL) or not isinstance(layer, Layer):
        return below, False
    deviation, inputs = _deviation(layer), _inputs(node, model)
    if deviation is None or inputs is None:
        return below, False
    passes = _PASSES.get(activation(layer) or "")
    signal = below.signal * deviation * math.sqrt(inputs * (passes or 1.0))
    return _Stack((*below.layers, layer), signal), passes is not None


def _deviation(layer: Layer) -> float | None:
    return _DEVIATIONS.get(string(layer.argument("kernel_initializer")) or "")


def _inputs(node: Node, model: Model) -> int | None:
    """How many numbers each unit adds up."""
    assert isinstance(node.layer, Layer)
    (given,) = model.shapes.flow(node).inputs or (None,)
    if not given or given[-1] is None:
        return None
    rank = _RANK.get(node.layer.name)
    if rank is None:
        return given[-1]
    return product((given[-1], *Arguments(node.layer).sizes("kernel_size", rank)))


RULE = Rule(
    "TFC415",
    "shrinking-init",
    Severity.WARNING,
    check,
    __doc__,
    {"least-layers": 4, "least-signal": 0.02},
    intervention="default-initializer",
)
