"""Targets, weights or a split are passed beside a dataset, which must hold them itself.

## What it does
Reports `y`, `sample_weight` and `validation_split` in a `fit` whose `x` is a `tf.data.Dataset` or
a generator.

## Why is this bad?
Keras raises a `ValueError`. What yields batches has to yield `(x, y)` or `(x, y, weights)`, and
Keras cannot split off a part of it.

## Example
```python
import keras
import tensorflow as tf
from sklearn.datasets import make_moons

x, y = make_moons(200)
dataset = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(200).batch(32)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(dataset, epochs=40, validation_split=0.2)
```

## Use instead
```python
import keras
import tensorflow as tf
from sklearn.datasets import make_moons

x, y = make_moons(200)
dataset = tf.data.Dataset.from_tensor_slices((x[:160], y[:160])).shuffle(160).batch(32)
validation = tf.data.Dataset.from_tensor_slices((x[160:], y[160:])).batch(32)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(dataset, epochs=40, validation_data=validation)
```

## Fix safety
Safe, for a `y` beside a dataset that is seen to hold targets: the call fails no longer.

## What it does not claim
Anything where it is not known what is passed.

## References
- [Keras: fit](https://keras.io/api/models/model_training_apis/#fit-method)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.training import TrainingRun
from tfcheck.script.values import Answer, number

from .feeding import batches, in_words, is_given, without


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for run in script.runs:
        data = batches(run)
        if data is None:
            continue
        for name, instead in _refused(run):
            held = name == "y" and len(data.elements or ()) > 1
            yield Draft(
                run.site,
                f"`{name}` beside {in_words(data)}: fit raises a ValueError",
                (Because(data.site, f"this is {in_words(data)}"),),
                instead,
                cure=without(script, run, name) if held else None,
            )


def _refused(run: TrainingRun) -> Iterator[tuple[str, str]]:
    for name, what in (("y", "targets"), ("sample_weight", "weights")):
        if is_given(run, name) is Answer.YES:
            yield name, f"batches that hold the {what} as well"
    if number(run.arguments.get("validation_split")) and is_given(run, "validation_data") is (
        Answer.NO
    ):
        yield "validation_split", "validation_data, held back before the batches are made"


RULE = Rule("TFC612", "dataset-with-targets", Severity.ERROR, check, __doc__)
