"""A window is larger than what is left of the image.

## What it does
Reports a convolution, a pooling or a cropping whose window does not fit into its input, by the
arithmetic of all layers before it.

## Why is this bad?
Keras refuses to build the model: `Computed output size would be zero or negative`. Each pooling
halves the image, so a model that was made for larger ones runs out of it.

## Example
```python
import keras
from keras import layers

(x, y), _ = keras.datasets.mnist.load_data()
model = keras.Sequential([keras.Input((28, 28, 1)), layers.Rescaling(1 / 255)])
for filters in (16, 32, 64, 128):
    model.add(layers.Conv2D(filters, 3, activation="relu"))
    model.add(layers.MaxPooling2D())
model.add(layers.Flatten())
model.add(layers.Dense(10, activation="softmax"))
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x, y, epochs=5)
```

## Use instead
```python
import keras
from keras import layers

(x, y), _ = keras.datasets.mnist.load_data()
model = keras.Sequential([keras.Input((28, 28, 1)), layers.Rescaling(1 / 255)])
for filters in (16, 32, 64, 128):
    model.add(layers.Conv2D(filters, 3, padding="same", activation="relu"))
    model.add(layers.MaxPooling2D())
model.add(layers.Flatten())
model.add(layers.Dense(10, activation="softmax"))
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x, y, epochs=5)
```

## Fix safety
No fix yet: padding, fewer layers and larger images are all possible.

## What it does not claim
Anything about images with their channels in front, unless the layers say so: they are written
for another setting of Keras, which a script need not show.

## References
- [Keras: Conv2D](https://keras.io/api/layers/convolution_layers/convolution2d/)
- [Keras: MaxPooling2D](https://keras.io/api/layers/pooling_layers/max_pooling2d/)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.data import Shape
from tfcheck.script.training import Layer, Model

from .chains import once, source_of, trained, written

_CHANNELS = (1, 3)


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    yield from once(
        Draft(
            run.here(layer.site),
            f"{layer.name} does not fit into {written(broken.inputs[0] or ())}: {broken.message}",
            (
                *filter(None, (source_of(broken.node, model),)),
                Because(run.call, "the model is trained"),
            ),
            "padding='same', fewer layers that shrink, or larger images",
        )
        for run, model in trained(script)
        for broken in model.shapes.breaks
        if broken.kind == "size"
        and isinstance(layer := broken.node.layer, Layer)
        and not _has_channels_in_front(model)
    )


def _has_channels_in_front(model: Model) -> bool:
    return any(_looks_turned(model.shapes.flow(node).output) for node in model.wiring.inputs)


def _looks_turned(shape: Shape | None) -> bool:
    """Whether an image has its channels before its height and width."""
    if shape is None or len(shape) < 4 or shape[-1] is None:
        return False
    square = shape[-1] == shape[-2] != shape[1]
    return square or (shape[1] in _CHANNELS and shape[-1] > max(_CHANNELS) + 1)


RULE = Rule("TFC405", "feature-map-too-small", Severity.ERROR, check, __doc__)
