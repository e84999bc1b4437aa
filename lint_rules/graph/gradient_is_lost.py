"""Something without a gradient stands between the model and the loss.

## What it does
Reports `tape.gradient(loss, ...)` of a loss whose predictions went through NumPy, `.numpy()`,
`argmax` or `round`.

## Why is this bad?
The tape cannot follow NumPy, and a choice or a rounded number has no slope. The gradient is `None`,
so that nothing is learnt; an optimizer raises a `ValueError`.

## Example
```python
import keras
import tensorflow as tf

model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
optimizer = keras.optimizers.Adam()
for x, y in tf.data.Dataset.from_tensor_slices((tf.ones((64, 2)), tf.ones((64, 1)))).batch(8):
    with tf.GradientTape() as tape:
        predicted = tf.round(model(x, training=True))
        loss = keras.losses.mean_squared_error(y, predicted)
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
        loss = keras.losses.mean_squared_error(y, predicted)
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
```

## Fix safety
No fix: the loss has to be computed from what the model gives.

## What it does not claim
Anything about predictions that went through arithmetic or functions that are not followed.

## References
- [Automatic differentiation: getting a gradient of None](https://www.tensorflow.org/guide/autodiff#getting_a_gradient_of_none)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.uses import Use
from tfcheck.script.values import Value

from .tapes import gradients, origin

_WITHOUT = frozenset("argmax argmin argsort round floor ceil".split())
_FOLLOWED = ("keras.ops.", "tensorflow.")
_DEEPEST = 8


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for use, _ in gradients(script):
        target = use.argument(0, "target")
        lost = _lost(script, target, use.receiver)
        if lost is None:
            continue
        yield Draft(
            use.site,
            f"the gradient is None: {lost.spelled or '.numpy()'} has none",
            (Because(lost.call, "the way from the model to the loss ends here"),),
            "a loss of what the model gives",
        )


def _lost(script: Script, value: Value | None, tape: Value | None) -> Use | None:
    """The call on the way to a value, backwards, that has no gradient."""
    for _ in range(_DEEPEST):
        use = origin(script, value)
        if use is None or tape not in use.tapes:
            return None
        if _has_none(use):
            return use
        value = _predictions(use)
    return None


def _has_none(use: Use) -> bool:
    if use.owner.partition(".")[0] == "numpy" or (use.name == "numpy" and not use.spelled):
        return True
    return use.name in _WITHOUT and use.path.startswith(_FOLLOWED)


def _predictions(use: Use) -> Value | None:
    """The argument through which the model's variables reach what a call gives."""
    if use.path.startswith("keras.losses."):
        return use.argument(1, "y_pred")
    return use.argument(0, "x", "input", "input_tensor") if use.path.startswith(_FOLLOWED) else None


RULE = Rule("TFC810", "gradient-is-lost", Severity.ERROR, check, __doc__)
