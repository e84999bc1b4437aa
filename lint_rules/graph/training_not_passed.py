"""A training loop calls its model as if it were in use, so that dropout does nothing.

## What it does
Reports `model(x)` without `training` under a gradient tape, where the gradients of that model are
taken and it has layers that do something else in training: dropout, batch normalisation,
augmentation.

## Why is this bad?
A model that is called outside of `fit` takes `training` for false. Dropout drops nothing, batch
normalisation never learns its averages, augmentation leaves the data as they are.

## Example
```python
import keras
import tensorflow as tf

model = keras.Sequential([keras.Input((2,)), keras.layers.Dropout(0.5), keras.layers.Dense(1)])
optimizer = keras.optimizers.Adam()
for x, y in tf.data.Dataset.from_tensor_slices((tf.ones((64, 2)), tf.ones((64, 1)))).batch(8):
    with tf.GradientTape() as tape:
        loss = keras.losses.mean_squared_error(y, model(x))
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
```

## Use instead
```python
import keras
import tensorflow as tf

model = keras.Sequential([keras.Input((2,)), keras.layers.Dropout(0.5), keras.layers.Dense(1)])
optimizer = keras.optimizers.Adam()
for x, y in tf.data.Dataset.from_tensor_slices((tf.ones((64, 2)), tf.ones((64, 1)))).batch(8):
    with tf.GradientTape() as tape:
        loss = keras.losses.mean_squared_error(y, model(x, training=True))
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
```

## Fix safety
Unsafe: the model is trained in another way, as it should be.

## What it does not claim
Anything about models whose layers are not known, or about pretrained models, whose batch
normalisation is left alone at times.

## References
- [Writing a training loop from scratch](https://keras.io/guides/writing_a_custom_training_loop_in_tensorflow/)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.changes import Applicability, Cure, SetArgument
from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.training import Layer, Model
from tfcheck.script.uses import Use

from .tapes import gradients

_DIFFERS = ("Dropout", "SpatialDropout", "AlphaDropout", "Gaussian", "BatchNormalization", "Random")


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    models = {run.call: run.model for run in script.runs if run.method == "GradientTape"}
    for use, _ in gradients(script):
        model = models.get(use.call)
        if not isinstance(model, Model) or model.kind == "application":
            continue
        layer = _that_differs(model)
        if layer is None:
            continue
        for called in _calls(script, model, use):
            yield Draft(
                called.site,
                f"the model is trained as if it were in use: {layer.name} does nothing of what it "
                "does in training",
                (
                    Because(layer.site, f"this is its {layer.name}"),
                    Because(use.call, "the gradients of its variables are taken"),
                ),
                "model(..., training=True)",
                cure=_cure(script, called),
            )


def _that_differs(model: Model) -> Layer | None:
    known = (each for each in model.layers if isinstance(each, Layer))
    return next((each for each in known if each.name.startswith(_DIFFERS)), None)


def _calls(script: Script, model: Model, gradient: Use) -> Iterator[Use]:
    """The calls of a model under a tape that say nothing of training."""
    for use in script.uses.on(model.reference):
        if use.path != "model.__call__":
            continue
        if gradient.receiver in use.tapes and use.argument(1, "training") is None:
            yield use


def _cure(script: Script, called: Use) -> Cure | None:
    if called.call.unit not in script.units:
        return None
    change = SetArgument(called.call, "training", "True", 1)
    return Cure(Applicability.UNSAFE, "Call the model as in training", (change,))


RULE = Rule("TFC811", "training-not-passed", Severity.ERROR, check, __doc__)
