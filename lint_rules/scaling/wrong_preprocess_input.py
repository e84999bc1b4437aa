"""Pixels have another scale than the pretrained weights were trained on.

## What it does
Looks at a model of `keras.applications` with the weights of ImageNet, and at the pixels that it
is trained on. Reports a `preprocess_input` of another model that gives another scale, pixels of
0 to 255 where -1 to 1 are wanted, and pixels of 0 to 1 where the model rescales by itself
(EfficientNet, ConvNeXt, MobileNetV3) or wants them as VGG and ResNet do.

## Why is this bad?
Pretrained filters answer to the values they were trained on. Given pixels that are hundreds of
times smaller, or not centred, their answers are those to a grey image, and what was to be a head
start is lost. Nothing fails.

## Example
```python
import keras
from keras.applications.vgg16 import preprocess_input

(x, y), _ = keras.datasets.cifar10.load_data()
base = keras.applications.MobileNetV2(include_top=False, input_shape=(32, 32, 3), pooling="avg")
model = keras.Sequential([base, keras.layers.Dense(10, "softmax")])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(preprocess_input(x), y, epochs=5)
```

## Use instead
```python
import keras
from keras.applications.mobilenet_v2 import preprocess_input

(x, y), _ = keras.datasets.cifar10.load_data()
base = keras.applications.MobileNetV2(include_top=False, input_shape=(32, 32, 3), pooling="avg")
model = keras.Sequential([base, keras.layers.Dense(10, "softmax")])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(preprocess_input(x), y, epochs=5)
```

## Fix safety
No fix yet.

## What it does not claim
That training fails: with all layers trainable and many epochs, weights adapt. Weights that were
trained by others may want another scale, and are not looked at.

## References
- [Keras: applications](https://keras.io/api/applications/)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.data import Data, Range
from tfcheck.script.judgements import scaled
from tfcheck.script.training import Entry, Layer, Model, TrainingRun
from tfcheck.script.values import constant

from .pixels import AS_THEY_ARE, PIXELS, SCALES, UNIT, module_of, preprocessed, scalings


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for run in script.runs:
        for data, layer in _inputs(run):
            module = module_of(layer.name)
            step = next((each for each in data.chain() if each.scaling.value != "keeps"), None)
            found = _given(data, step, module) if module is not None and step is not None else None
            if module is None or found is None or step is None:
                continue
            yield Draft(
                run.site,
                f"{layer.name} was trained on pixels of {SCALES[module]}, and is given {found}",
                (
                    Because(_scaled_by(data, step).site, "the pixels have that scale from here"),
                    Because(layer.site, f"{layer.name} has the weights of ImageNet"),
                ),
                _instead(module),
            )


def _inputs(run: TrainingRun) -> Iterator[tuple[Data, Layer]]:
    """What is fed to an application with the weights of ImageNet, as the first of all layers."""
    model = run.model
    if not isinstance(model, Model) or model.touched or len(run.features) != len(model.entries):
        return
    for value, entry in zip(run.features, model.entries, strict=True):
        layer = _application(entry)
        if isinstance(value, Data) and layer is not None:
            yield value, layer


def _application(entry: Entry) -> Layer | None:
    layer = entry.layer
    if layer is None or layer.own or not layer.path.startswith("keras.applications."):
        return None
    weights = layer.argument("weights")
    plain = layer.more is None and layer.argument("include_preprocessing") is None
    return layer if plain and (weights is None or constant(weights) == "imagenet") else None


def _scaled_by(data: Data, source: Data) -> Data:
    return next(iter(scalings(data)), source)


def _given(data: Data, step: Data, module: str) -> str | None:
    """What scale the pixels have, where it is surely another than the model wants."""
    other = preprocessed(step)
    if other is not None:
        fits = SCALES[other] == SCALES[module]
        return None if fits else f"those of {other}.preprocess_input, {SCALES[other]}"
    ranges = scaled(data).ranges
    return _by_range(ranges.overall, SCALES[module]) if ranges is not None else None


def _by_range(found: Range, wanted: str) -> str | None:
    if found == PIXELS and wanted not in (AS_THEY_ARE, SCALES["vgg16"]):
        return "0 to 255"
    if found == UNIT and wanted in (AS_THEY_ARE, SCALES["vgg16"]):
        return "0 to 1"
    return None


def _instead(module: str) -> str:
    if SCALES[module] == AS_THEY_ARE:
        return "pixels as they are: the model rescales by itself"
    return f"keras.applications.{module}.preprocess_input"


RULE = Rule("TFC105", "wrong-preprocess-input", Severity.WARNING, check, __doc__)
