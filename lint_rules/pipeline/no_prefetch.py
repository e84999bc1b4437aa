"""A dataset is trained on that prepares no batch while the model works.

## What it does
Reports, where it is asked for, a `tf.data.Dataset` in `fit` without `prefetch`.

## Why is this bad?
The accelerator waits while the next batch is read and mapped. With `prefetch` both go on at once.

## Example
```python
import keras
import tensorflow as tf
from sklearn.datasets import make_moons

x, y = make_moons(200)
dataset = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(200).batch(16)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(dataset, epochs=5)
```

## Use instead
```python
import keras
import tensorflow as tf
from sklearn.datasets import make_moons

x, y = make_moons(200)
dataset = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(200).batch(16)
dataset = dataset.prefetch(tf.data.AUTOTUNE)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(dataset, epochs=5)
```

## Fix safety
Safe: the elements and their order stay as they are.

## What it does not claim
That the data are what training waits for.

## References
- [Better performance with tf.data](https://www.tensorflow.org/guide/data_performance#prefetching)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.changes import Applicability, Cure, Surround
from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.data import Data

from .steps import made_by

_STEPS = frozenset("map batch padded_batch shuffle cache repeat filter interleave".split())


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for run in script.runs:
        x = run.arguments.get("x")
        if run.method != "fit" or not isinstance(x, Data) or x.form != "dataset":
            continue
        names = {step.what for step in x.chain()}
        if x.what not in _STEPS or "prefetch" in names or not made_by(script, x):
            continue
        yield Draft(
            run.here(x.site),
            "the model waits for each batch: nothing prepares the next one while it works",
            (Because(run.call, "it trains on it"),),
            "dataset.prefetch(tf.data.AUTOTUNE) as the last step",
            cure=_cure(script, x),
        )


def _cure(script: Script, last: Data) -> Cure | None:
    if last.site.unit not in script.units:
        return None
    change = Surround(last.site, "", ".prefetch({tensorflow.data.AUTOTUNE})")
    return Cure(Applicability.SAFE, "Prepare the next batch in time", (change,))


RULE = Rule("TFC710", "no-prefetch", Severity.NOTE, check, __doc__, opt_in=True)
