"""Layers are merged whose shapes do not fit.

## What it does
Reports Add, Multiply, Concatenate and their kin, and `+` and `*`, on inputs of which an axis that
has to agree does not.

## Why is this bad?
Keras refuses to build the model: `Inputs have incompatible shapes`. In a residual block the
number of filters, the strides or the padding of the two ways differ.

## Example
```python
import keras
from keras import layers

(x, y), _ = keras.datasets.cifar10.load_data()
inputs = keras.Input((32, 32, 3))
h = layers.Conv2D(16, 3, padding="same", activation="relu")(inputs)
h = layers.add([h, layers.Conv2D(32, 3, padding="same", activation="relu")(h)])
outputs = layers.Dense(10, activation="softmax")(layers.GlobalAveragePooling2D()(h))
model = keras.Model(inputs, outputs)
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x / 255, y, epochs=5)
```

## Use instead
```python
import keras
from keras import layers

(x, y), _ = keras.datasets.cifar10.load_data()
inputs = keras.Input((32, 32, 3))
h = layers.Conv2D(16, 3, padding="same", activation="relu")(inputs)
h = layers.add([h, layers.Conv2D(16, 3, padding="same", activation="relu")(h)])
outputs = layers.Dense(10, activation="softmax")(layers.GlobalAveragePooling2D()(h))
model = keras.Model(inputs, outputs)
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x / 255, y, epochs=5)
```

## Fix safety
No fix yet: either way may be the wrong one.

## What it does not claim
Anything where an axis is not known.

## References
- [Keras: merging layers](https://keras.io/api/layers/merging_layers/)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity, Site
from tfcheck.script import Script
from tfcheck.script.shapes import Break
from tfcheck.script.training import Layer, TrainingRun

from .chains import once, trained, written


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    yield from once(
        Draft(
            run.here(broken.node.site),
            broken.message,
            (*_inputs(run, broken), Because(run.call, "the model is trained")),
        )
        for run, model in trained(script)
        for broken in model.shapes.breaks
        if broken.kind == "merge"
    )


def _inputs(run: TrainingRun, broken: Break) -> Iterator[Because]:
    seen: set[Site] = set()
    for node, shape in zip(broken.node.inputs, broken.inputs, strict=True):
        if shape is None or not isinstance(node.layer, Layer) or node.layer.site in seen:
            continue
        seen.add(node.layer.site)
        yield Because(node.layer.site, f"{node.layer.name} gives {written(shape)}")


RULE = Rule("TFC407", "merge-mismatch", Severity.ERROR, check, __doc__)
