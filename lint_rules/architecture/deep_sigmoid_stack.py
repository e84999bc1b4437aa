"""Many sigmoid layers on top of each other.

## What it does
Reports four or more hidden Dense or convolution layers in a row that all end in sigmoid, with no
normalisation and no way around between them.

## Why is this bad?
The slope of a sigmoid is at most a quarter. Through four of them a gradient shrinks by more than
a hundred, and the first layers hardly move while the last ones learn.

## Example
```python
import keras
from sklearn.datasets import load_digits

x, y = load_digits(return_X_y=True)
hidden = [keras.layers.Dense(32, activation="sigmoid") for _ in range(4)]
model = keras.Sequential([*hidden, keras.layers.Dense(10, activation="softmax")])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x / 16, y, epochs=5)
```

## Use instead
```python
import keras
from sklearn.datasets import load_digits

x, y = load_digits(return_X_y=True)
hidden = [keras.layers.Dense(32, activation="relu") for _ in range(4)]
model = keras.Sequential([*hidden, keras.layers.Dense(10, activation="softmax")])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x / 16, y, epochs=5)
```

## Fix safety
No fix yet.

## What it does not claim
Anything about tanh, whose slope is 1 in the middle: Keras initializes kernels so that a few such
layers train well.

## References
- [Glorot and Bengio, 2010](https://proceedings.mlr.press/v9/glorot10a.html)
- [Keras: activations](https://keras.io/api/layers/activations/)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.training import Layer, Model, Node, TrainingRun

from .chains import CONVOLUTIONS, DENSE, activation, applied, consumers, is_keras, once, trained

LEAST = 4

_HANDS_ON = frozenset(
    "AveragePooling1D AveragePooling2D Dropout Flatten GaussianNoise MaxPooling1D MaxPooling2D "
    "SpatialDropout1D SpatialDropout2D".split()
)


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    yield from once(draft for run, model in trained(script) for draft in _of_model(run, model))


def _of_model(run: TrainingRun, model: Model) -> Iterator[Draft]:
    feeds = consumers(model)
    stacks: dict[Node, tuple[Layer, ...]] = {}
    ends: dict[Node, tuple[Layer, ...]] = {}
    for node in model.wiring.nodes:
        below = stacks.get(node.inputs[0], ()) if len(node.inputs) == 1 else ()
        layer = node.layer
        squeezes = is_keras(node, DENSE | CONVOLUTIONS) and isinstance(layer, Layer)
        if squeezes and isinstance(layer, Layer) and activation(layer) == "sigmoid":
            stacks[node] = (*below, layer)
        elif is_keras(node, _HANDS_ON) or applied(node) == "linear":
            stacks[node] = below
        if len(feeds[node]) > 1:
            stacks.pop(node, None)
        if len(below) >= LEAST and node not in stacks:
            ends[node] = below
    for stack in ends.values():
        yield Draft(
            run.here(stack[0].site),
            f"{len(stack)} layers with sigmoid in a row: each makes gradients smaller at least "
            f"fourfold",
            (
                *(Because(each.site, "sigmoid once more") for each in stack[1:]),
                Because(run.call, "the model is trained"),
            ),
            "relu in hidden layers",
        )


RULE = Rule(
    "TFC411",
    "deep-sigmoid-stack",
    Severity.WARNING,
    check,
    __doc__,
    intervention="hidden-activation",
)
