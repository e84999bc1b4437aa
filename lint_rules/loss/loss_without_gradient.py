"""A loss of your own has no gradient.

## What it does
Reports a loss function that uses the predictions only through operations without a gradient:
`argmax`, `round`, `floor`, `one_hot`, comparisons, a cast to integers.

## Why is this bad?
These operations are flat: a small change of a weight changes nothing, so they tell the optimizer
nothing. Keras raises a `ValueError` in the first step: no gradients provided for any variable. A
metric such as the F1 score becomes a loss only when it is computed on probabilities.

## Example
```python
import keras
import tensorflow as tf
from sklearn.datasets import make_moons


def wrong_answers(y_true, y_pred):
    return tf.reduce_mean(tf.abs(y_true - tf.round(y_pred)))


x, y = make_moons(200)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer="adam", loss=wrong_answers)
model.fit(x, y, epochs=5)
```

## Use instead
```python
import keras
import tensorflow as tf
from sklearn.datasets import make_moons


def distance(y_true, y_pred):
    return tf.reduce_mean(tf.abs(y_true - y_pred))


x, y = make_moons(200)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer="adam", loss=distance)
model.fit(x, y, epochs=5)
```

## Fix safety
No fix.

## What it does not claim
Anything where the predictions reach the result by another way as well, as with a mask, nor about
losses with branches, loops or functions of their own inside. Silent where layers are regularised,
whose penalty has a gradient.

## References
- [TensorFlow: getting a gradient of None](https://www.tensorflow.org/guide/autodiff#getting_a_gradient_of_none)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.losses import blocked
from tfcheck.script.training import Compiled, Model
from tfcheck.script.values import Function, Unknown


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    fitted = {
        run.compiled.site
        for run in script.runs
        if isinstance(run.compiled, Compiled) and run.method == "fit" and _has_one_loss(run.model)
    }
    for use in script.uses if fitted else ():
        loss = use.argument(1, "loss") if use.call in fitted else None
        if not isinstance(loss, Function) or loss.decorators:
            continue
        parameters = [each.name for each in loss.code.parameters if each.kind == "plain"]
        ends = blocked(loss, parameters[1], script.uses) if len(parameters) > 1 else ()
        if not ends:
            continue
        site = ends[0].call if ends[0].call.unit in script.units else use.site
        names = " and ".join(dict.fromkeys(each.name for each in ends))
        yield Draft(
            site,
            f"{names} has no gradient, and {parameters[1]} reaches the loss by no other way: fit "
            "raises a ValueError",
            (Because(use.call, f"the model is compiled with {loss.code.name}"),),
            "a loss that is computed on the predictions as they are",
        )


def _has_one_loss(model: Model | Unknown) -> bool:
    """Whether nothing but the compiled loss has a gradient: no layer adds one of its own."""
    if isinstance(model, Unknown) or model.lost or model.touched or model.own_training:
        return False
    return model.of is None and not any(
        layer.of or layer.more or any("regularizer" in name for name in layer.config)
        for layer in model.all_layers()
    )


RULE = Rule("TFC322", "loss-without-gradient", Severity.ERROR, check, __doc__)
