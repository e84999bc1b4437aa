"""A dataset is shuffled after it is repeated, which mixes its epochs.

## What it does
Reports, where it is asked for, `shuffle` after `repeat` in a dataset that is trained on.

## Why is this bad?
An example may come twice before another one has come once, so that an epoch is no longer one pass
through the data. It is meant so at times, as it keeps the buffer full between epochs.

## Example
```python
import keras
import tensorflow as tf
from sklearn.datasets import make_moons

x, y = make_moons(200)
dataset = tf.data.Dataset.from_tensor_slices((x, y)).repeat().shuffle(200).batch(16)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(dataset, epochs=5, steps_per_epoch=13)
```

## Use instead
```python
import keras
import tensorflow as tf
from sklearn.datasets import make_moons

x, y = make_moons(200)
dataset = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(200).repeat().batch(16)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(dataset, epochs=5, steps_per_epoch=13)
```

## Fix safety
No fix: which of the two is wanted is your choice.

## What it does not claim
That the order hurts the model.

## References
- [tf.data: repeat and shuffle](https://www.tensorflow.org/guide/data#randomly_shuffling_input_data)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script

from .steps import trained_on


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for run in script.runs:
        dataset = trained_on(run)
        steps = dataset.chain()[::-1] if dataset is not None else []
        names = [step.what for step in steps]
        if "repeat" not in names or "shuffle" not in names:
            continue
        repeat, shuffle = steps[names.index("repeat")], steps[names.index("shuffle")]
        if names.index("repeat") > names.index("shuffle"):
            continue
        yield Draft(
            run.here(shuffle.site),
            "the epochs are mixed: it is shuffled after it is repeated",
            (Because(repeat.site, "it is repeated before"), Because(run.call, "it trains on it")),
            "shuffle(...) before repeat()",
        )


RULE = Rule("TFC709", "repeat-before-shuffle", Severity.NOTE, check, __doc__, opt_in=True)
