"""A loss is computed where the gradient tape does not record.

## What it does
Reports `tape.gradient(loss, ...)` where the call that gave the loss stands outside of
`with tf.GradientTape() as tape`.

## Why is this bad?
The tape has no record of how the loss came about, so each gradient is `None`. An optimizer then
raises a `ValueError`.

## Example
```python
import keras
import tensorflow as tf

model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
optimizer = keras.optimizers.Adam()
for x, y in tf.data.Dataset.from_tensor_slices((tf.ones((64, 2)), tf.ones((64, 1)))).batch(8):
    with tf.GradientTape() as tape:
        predicted = model(x, training=True)
    loss = tf.reduce_mean(tf.square(predicted - y))
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
```

## Use instead
```python
import keras
import tensorflow as tf

model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
optimizer = keras.optimizers.Adam()
for x, y in tf.data.Dataset.from_tensor_slices((tf.ones((64, 2)), tf.ones((64, 1)))).batch(8):
    with tf.GradientTape() as tape:
        predicted = model(x, training=True)
        loss = tf.reduce_mean(tf.square(predicted - y))
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
```

## Fix safety
No fix: all lines from the model to the loss belong under the tape.

## What it does not claim
Anything about a loss that several calls or plain arithmetic gave.

## References
- [tf.GradientTape](https://www.tensorflow.org/api_docs/python/tf/GradientTape)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script

from .tapes import gradients, is_entered_by_with, origin

_LOSSES = (
    "keras.losses.",
    "keras.ops.",
    "tensorflow.reduce_",
    "tensorflow.math.",
    "tensorflow.nn.",
)


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for use, made in gradients(script):
        tape = use.receiver
        loss = origin(script, use.argument(0, "target"))
        if loss is None or not loss.path.startswith(_LOSSES) or tape in loss.tapes:
            continue
        if not is_entered_by_with(script, tape) or not loss.surely_with(use):
            continue
        yield Draft(
            use.site,
            "the gradient is None: the tape did not record how this came about",
            (
                Because(loss.call, "it is computed here"),
                Because(made.call, "the tape records what stands under it, and no more"),
            ),
            "the loss computed under the tape",
        )


RULE = Rule("TFC809", "loss-outside-tape", Severity.ERROR, check, __doc__)
