"""A validation dataset never ends, and nothing says how much of it to use.

## What it does
Reports `validation_data` that is repeated for ever, in a `fit` without `validation_steps`.

## Why is this bad?
Validation ends when its data do. These never do, so the first epoch never ends.

## Example
```python
import keras
import tensorflow as tf
from sklearn.datasets import make_moons

x, y = make_moons(200)
dataset = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(200).batch(16)
held_out = tf.data.Dataset.from_tensor_slices(make_moons(100)).batch(16).repeat()
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(dataset, epochs=5, validation_data=held_out)
```

## Use instead
```python
import keras
import tensorflow as tf
from sklearn.datasets import make_moons

x, y = make_moons(200)
dataset = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(200).batch(16)
held_out = tf.data.Dataset.from_tensor_slices(make_moons(100)).batch(16)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(dataset, epochs=5, validation_data=held_out)
```

## Fix safety
No fix: leave out `repeat`, or say how many steps validation has.

## What it does not claim
Anything where a later `take` ends the dataset.

## References
- [tf.data: repeat](https://www.tensorflow.org/api_docs/python/tf/data/Dataset#repeat)
- [Keras: fit](https://keras.io/api/models/model_training_apis/#fit-method)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lint_rules.training.feeding import is_given, never_ends
from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.data import Data
from tfcheck.script.values import Answer


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for run in script.runs:
        data = run.arguments.get("validation_data")
        if run.method != "fit" or not isinstance(data, Data) or data.form != "dataset":
            continue
        repeat = never_ends(script, data)
        if repeat is None or is_given(run, "validation_steps") is not Answer.NO:
            continue
        yield Draft(
            run.site,
            "the validation dataset never ends, and there is no validation_steps: nor does the "
            "first epoch",
            (Because(repeat, "it is repeated for ever"),),
            "the dataset without repeat(), or validation_steps=...",
        )


RULE = Rule("TFC706", "endless-validation", Severity.ERROR, check, __doc__)
