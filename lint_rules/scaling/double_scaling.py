"""Pixels are scaled twice.

## What it does
Follows pixels to `fit`, and reports two steps that each divide by 255 or do the like: in code, in
an `ImageDataGenerator` (`rescale`, `preprocess_input`), or in a `Rescaling` layer at the beginning
of the model.

## Why is this bad?
After the second step, pixels run from 0 to 0.004. Images then are all but black, and all but
alike: gradients of the first layer are hundreds of times too small, and pretrained weights see
nothing that they know.

## Example
```python
import keras

(x, y), _ = keras.datasets.mnist.load_data()
x = x / 255
model = keras.Sequential(
    [
        keras.layers.Rescaling(1 / 255),
        keras.layers.Flatten(),
        keras.layers.Dense(10, "softmax"),
    ]
)
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x, y, epochs=5)
```

## Use instead
```python
import keras

(x, y), _ = keras.datasets.mnist.load_data()
model = keras.Sequential(
    [
        keras.layers.Rescaling(1 / 255),
        keras.layers.Flatten(),
        keras.layers.Dense(10, "softmax"),
    ]
)
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x, y, epochs=5)
```

## Fix safety
No fix: which of the two steps the rest of the script relies on is not known.

## What it does not claim
Anything about a scaler after a division by 255, or about a layer that normalises: after these,
numbers have the same spread, however often they were divided before.

## References
- [Keras: Rescaling](https://keras.io/api/layers/preprocessing_layers/image_preprocessing/rescaling/)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity, Site
from tfcheck.script import Script
from tfcheck.script.data import Data
from tfcheck.script.training import Entry, Layer, Model, TrainingRun
from tfcheck.script.values import number

from .pixels import scalings


class _Step(NamedTuple):
    what: str
    site: Site


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for run in script.runs:
        for data, entry in _inputs(run):
            found = [_Step(step.what, step.site) for step in _last_scale(data)]
            if entry is not None and entry.layer is not None and _rescales(entry.layer):
                found.insert(0, _Step("Rescaling", entry.layer.site))
            if len(found) < 2:
                continue
            because = tuple(Because(each.site, f"{each.what} scales them") for each in found[::-1])
            yield Draft(
                run.site, "pixels are scaled twice before they are learned", because, "one of them"
            )


def _inputs(run: TrainingRun) -> Iterator[tuple[Data, Entry | None]]:
    """What is fed to each input, with the first layer there where it is known."""
    model = run.model
    known = isinstance(model, Model) and len(model.entries) == len(run.features)
    entries = model.entries if known and isinstance(model, Model) else (None,) * len(run.features)
    for value, entry in zip(run.features, entries, strict=True):
        if isinstance(value, Data):
            yield value, entry


def _last_scale(data: Data) -> list[Data]:
    """The scalings of pixels since the last step that gives any numbers the same spread."""
    fitted = next((step for step in data.chain() if step.fitted_on is not None), None)
    before = len(fitted.chain()) if fitted is not None else 0
    return [step for step in scalings(data) if len(step.chain()) > before]


def _rescales(layer: Layer) -> bool:
    if layer.name != "Rescaling":
        return False
    scale = number(layer.argument("scale"))
    return scale is not None and 0 < scale < 0.01


RULE = Rule("TFC104", "double-scaling", Severity.WARNING, check, __doc__)
