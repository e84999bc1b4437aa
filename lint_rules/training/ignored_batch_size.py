"""A batch size is passed beside a dataset, which comes in batches of its own.

## What it does
Reports `batch_size` in a `fit` whose `x` is a `tf.data.Dataset` or a generator.

## Why is this bad?
Keras 3 ignores it without a word, so that training runs with another batch size than the line
says. Before, TensorFlow raised a `ValueError`.

## Example
```python
import keras
import tensorflow as tf
from sklearn.datasets import make_moons

x, y = make_moons(200)
dataset = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(200).batch(16)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(dataset, epochs=40, batch_size=64)
```

## Use instead
```python
import keras
import tensorflow as tf
from sklearn.datasets import make_moons

x, y = make_moons(200)
dataset = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(200).batch(64)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(dataset, epochs=40)
```

## Fix safety
Safe: the argument has no effect.

## What it does not claim
Which of the two sizes is the one that was meant.

## References
- [Keras: fit](https://keras.io/api/models/model_training_apis/#fit-method)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.values import integer

from .feeding import batches, in_words, without


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for run in script.runs:
        data, size = batches(run), integer(run.arguments.get("batch_size"))
        if data is None or size is None:
            continue
        yield Draft(
            run.site,
            f"batch_size={size} is ignored: {in_words(data)} comes in batches of its own",
            (Because(data.site, f"this is {in_words(data)}"),),
            "the batch size where the batches are made, and no batch_size here",
            cure=without(script, run, "batch_size"),
        )


RULE = Rule("TFC613", "ignored-batch-size", Severity.WARNING, check, __doc__)
