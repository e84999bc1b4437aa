"""A dataset that never ends is trained on without a number of steps.

## What it does
Reports a `tf.data.Dataset` with `repeat()` in a `fit` without `steps_per_epoch`.

## Why is this bad?
An epoch ends when the data do. These never do: the first epoch goes on for ever, nothing is
validated, saved or stopped.

## Example
```python
import keras
import tensorflow as tf
from sklearn.datasets import make_moons

x, y = make_moons(200)
dataset = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(200).repeat().batch(32)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(dataset, epochs=40)
```

## Use instead
```python
import keras
import tensorflow as tf
from sklearn.datasets import make_moons

x, y = make_moons(200)
dataset = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(200).batch(32)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(dataset, epochs=40)
```

## Fix safety
No fix: leave out `repeat`, or say how many steps an epoch has.

## What it does not claim
Anything where a later `take` ends the dataset, or where a callback of your own may stop training.

## References
- [tf.data: repeat](https://www.tensorflow.org/api_docs/python/tf/data/Dataset#repeat)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.values import Answer

from .feeding import batches, is_given, never_ends
from .monitors import is_plain


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for run in script.runs:
        data = batches(run)
        if data is None or data.form != "dataset" or not is_plain(run):
            continue
        repeat = never_ends(script, data)
        if repeat is None or is_given(run, "steps_per_epoch") is not Answer.NO:
            continue
        yield Draft(
            run.site,
            "the dataset never ends, and there is no steps_per_epoch: nor does the first epoch",
            (Because(repeat, "it is repeated for ever"),),
            "the dataset without repeat(), or steps_per_epoch=...",
        )


RULE = Rule("TFC615", "endless-dataset", Severity.ERROR, check, __doc__)
