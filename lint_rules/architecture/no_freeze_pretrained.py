"""A pretrained model is trained along from the first step, at a high learning rate.

## What it does
Reports a model of `keras.applications` with its weights from ImageNet and a new head on top,
none of it frozen, that is trained at a learning rate of 0.001 or more.

## Why is this bad?
The new head starts at random, and its first gradients are large and mean nothing. They run back
through the pretrained layers and undo what these had learned.

## Example
```python
import keras

(x, y), _ = keras.datasets.cifar10.load_data()
base = keras.applications.MobileNetV2(include_top=False, input_shape=(32, 32, 3), pooling="avg")
model = keras.Sequential(
    [keras.layers.Rescaling(1 / 127.5, -1), base, keras.layers.Dense(10, activation="softmax")]
)
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x, y, epochs=5)
```

## Use instead
```python
import keras

(x, y), _ = keras.datasets.cifar10.load_data()
base = keras.applications.MobileNetV2(include_top=False, input_shape=(32, 32, 3), pooling="avg")
base.trainable = False
model = keras.Sequential(
    [keras.layers.Rescaling(1 / 127.5, -1), base, keras.layers.Dense(10, activation="softmax")]
)
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x, y, epochs=5)
```

## Fix safety
No fix yet.

## What it does not claim
That training fails. With many images a whole model can be trained at that rate, so this is a note,
and it has to be selected by its name or code to be checked at all.

## References
- [Keras: transfer learning and fine-tuning](https://keras.io/guides/transfer_learning/)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.training import Compiled, Layer, Model, Optimizer, TrainingRun
from tfcheck.script.values import Answer, Const, constant, number

from .chains import DENSE, is_keras, once, trained

_HIGH = 1e-3
_IMAGENET = Const("imagenet")


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    yield from once(draft for run, model in trained(script) for draft in _of_model(run, model))


def _of_model(run: TrainingRun, model: Model) -> Iterator[Draft]:
    optimizer = run.compiled.optimizer if isinstance(run.compiled, Compiled) else None
    if not isinstance(optimizer, Optimizer) or model.lost is not None:
        return
    rate = number(optimizer.learning_rate)
    layers = [node.layer for node in model.wiring.nodes]
    layers += [whole.layer for whole in model.wiring.wholes]
    if rate is None or rate < _HIGH or not any(is_keras(n, DENSE) for n in model.wiring.nodes):
        return
    if any(isinstance(each, Layer) and each.trainable is not Answer.YES for each in layers):
        return
    for layer in layers:
        if isinstance(layer, Layer) and _is_pretrained(layer):
            yield Draft(
                run.here(layer.site),
                f"{layer.name} is trained from the first step, at a learning rate of {rate:g}",
                (
                    Because(optimizer.site, "the optimizer is made here"),
                    Because(run.call, "the model is trained"),
                ),
                "base.trainable = False until the head has learned, then a rate of 1e-5",
            )


def _is_pretrained(layer: Layer) -> bool:
    top = constant(layer.argument("include_top") or Const(True))
    weights = constant(layer.argument("weights") or _IMAGENET)
    return layer.path.startswith("keras.applications.") and top is False and weights == "imagenet"


RULE = Rule("TFC413", "no-freeze-pretrained", Severity.NOTE, check, __doc__, opt_in=True)
