"""A training loop calls `predict` for each batch.

## What it does
Reports `model.predict` in the loop that also trains, by `train_on_batch` or a gradient tape, each
time that it trains.

## Why is this bad?
`predict` is made for many batches: each call sets up a dataset, a loop and callbacks, which takes
longer than a small batch itself, and it prints a progress bar.

## Example
```python
import keras
import tensorflow as tf

generator = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
judge = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
judge.compile("adam", "mse")
for step in range(1000):
    made = generator.predict(tf.random.normal([16, 4]))
    judge.train_on_batch(made, tf.ones([16, 1]))
```

## Use instead
```python
import keras
import tensorflow as tf

generator = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
judge = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
judge.compile("adam", "mse")
for step in range(1000):
    made = generator(tf.random.normal([16, 4]), training=False)
    judge.train_on_batch(made, tf.ones([16, 1]))
```

## Fix safety
No fix: `predict` gives a NumPy array, and a call gives a tensor.

## What it does not claim
Anything about predictions that are made now and then, as for a picture every hundred steps.

## References
- [Keras: predict](https://keras.io/api/models/model_training_apis/#predict-method)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script

_TRAINS = ("model.train_on_batch", "tensorflow.GradientTape.gradient")


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    trained = [use for use in script.uses.of(*_TRAINS) if use.loops]
    for use in script.uses.of("model.predict"):
        if not use.loops:
            continue
        beside = [step for step in trained if step.loops == use.loops and use.surely_with(step)]
        for step in beside[:1]:
            yield Draft(
                use.site,
                "predict is called for each batch, and takes longer to set up than to run",
                (Because(step.call, "each round trains here"),),
                "model(x, training=False)",
            )


RULE = Rule("TFC813", "predict-in-training-loop", Severity.NOTE, check, __doc__)
