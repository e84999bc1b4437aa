"""A training loop in half precision does not scale its loss.

## What it does
Reports a `GradientTape` over a model that is made under `mixed_float16`, in a script that scales
no loss.

## Why is this bad?
Gradients below 0.00000006 are 0 in float16. `compile` wraps its optimizer so that the loss is
scaled before the gradients are taken; a loop of your own has to do it, or small gradients vanish
and the layers behind them stop learning.

## Example
```python
import keras
import tensorflow as tf

keras.mixed_precision.set_global_policy("mixed_float16")
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, dtype="float32")])
optimizer = keras.optimizers.Adam()
x, y = tf.zeros((8, 4)), tf.zeros((8, 1))
for step in range(100):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(model(x) - y))
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
```

## Use instead
```python
import keras
import tensorflow as tf

keras.mixed_precision.set_global_policy("mixed_float16")
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, dtype="float32")])
optimizer = keras.mixed_precision.LossScaleOptimizer(keras.optimizers.Adam())
x, y = tf.zeros((8, 4)), tf.zeros((8, 1))
for step in range(100):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(model(x) - y))
        scaled = optimizer.scale_loss(loss)
    gradients = tape.gradient(scaled, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
```

## Fix safety
No fix.

## What it does not claim
Anything about `mixed_bfloat16`, whose range is that of float32, nor about `fit`.

## References
- [TensorFlow: mixed precision](https://www.tensorflow.org/guide/mixed_precision#training_the_model_with_a_custom_training_loop)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.training import Model

from .policies import policy_at

_SCALES = frozenset(
    {"scale_loss", "get_scaled_loss", "LossScaleOptimizer", "LossScaleGradientTape"}
)


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    if script.uses.named(*_SCALES):
        return
    for run in script.runs:
        if run.method != "GradientTape" or not isinstance(run.model, Model) or run.model.lost:
            continue
        policies = [policy_at(script, layer.site) for layer in run.model.all_layers()]
        policy = next((each for each in policies if each and each[0] == "mixed_float16"), None)
        if policy is None:
            continue
        yield Draft(
            run.site,
            "the loss is not scaled: small gradients vanish in float16",
            (Because(policy[1].call, f"the policy is {policy[0]}"),),
            "keras.mixed_precision.LossScaleOptimizer(optimizer), and its scale_loss in the tape",
        )


RULE = Rule("TFC842", "unscaled-half-precision-loss", Severity.WARNING, check, __doc__)
