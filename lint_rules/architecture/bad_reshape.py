"""Reshape asks for more or fewer numbers than there are.

## What it does
Reports a Reshape whose target holds another number of values than its input.

## Why is this bad?
Keras refuses to build the model: `The total size of the tensor must be unchanged`. Most often a
layer before it was changed, and the numbers in the target were not.

## Example
```python
import keras
from keras import layers

(x, _), _ = keras.datasets.mnist.load_data()
model = keras.Sequential(
    [
        keras.Input((28, 28)),
        layers.Rescaling(1 / 255),
        layers.Flatten(),
        layers.Dense(7 * 7 * 8, activation="relu"),
        layers.Reshape((7, 7, 16)),
        layers.Conv2DTranspose(1, 4, strides=4),
    ]
)
model.compile(optimizer="adam", loss="mse")
model.fit(x, x[..., None] / 255, epochs=5)
```

## Use instead
```python
import keras
from keras import layers

(x, _), _ = keras.datasets.mnist.load_data()
model = keras.Sequential(
    [
        keras.Input((28, 28)),
        layers.Rescaling(1 / 255),
        layers.Flatten(),
        layers.Dense(7 * 7 * 16, activation="relu"),
        layers.Reshape((7, 7, 16)),
        layers.Conv2DTranspose(1, 4, strides=4),
    ]
)
model.compile(optimizer="adam", loss="mse")
model.fit(x, x[..., None] / 255, epochs=5)
```

## Fix safety
No fix yet: either side may be the wrong one.

## What it does not claim
Anything where a size is not known.

## References
- [Keras: Reshape](https://keras.io/api/layers/reshaping_layers/reshape/)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.training import Layer

from .chains import once, source_of, trained


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    yield from once(
        Draft(
            run.here(layer.site),
            broken.message,
            (
                *filter(None, (source_of(broken.node, model),)),
                Because(run.call, "the model is trained"),
            ),
            "a target of the same size, or -1 for one of its axes",
        )
        for run, model in trained(script)
        for broken in model.shapes.breaks
        if broken.kind == "reshape" and isinstance(layer := broken.node.layer, Layer)
    )


RULE = Rule("TFC406", "bad-reshape", Severity.ERROR, check, __doc__)
