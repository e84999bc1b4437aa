"""A dataset is shuffled after it is put into batches, so that only batches change places.

## What it does
Reports a dataset that is trained on, of which `shuffle` follows `batch` and nothing shuffles the
examples themselves.

## Why is this bad?
The same examples stay together in each epoch. Where the data are in the order of their classes,
each batch holds one class, and no shuffling of batches mends that.

## Example
```python
import keras
import tensorflow as tf
from sklearn.datasets import make_moons

x, y = make_moons(200)
dataset = tf.data.Dataset.from_tensor_slices((x, y)).batch(16).shuffle(200)
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
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(dataset, epochs=5)
```

## Fix safety
No fix: the buffer of the shuffle counts examples then, and not batches.

## What it does not claim
Anything about data that were shuffled before, or that are put into batches once more or taken
apart again.

## References
- [tf.data: shuffle](https://www.tensorflow.org/api_docs/python/tf/data/Dataset#shuffle)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.data import Data

from .steps import BATCHES, trained_on

# Steps that leave the examples where they are in their batches.
_PLAIN = frozenset("map prefetch cache repeat with_options from_tensor_slices shuffle".split())


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for run in script.runs:
        found = _batch_and_shuffle(trained_on(run))
        if found is None:
            continue
        batch, shuffle = found
        yield Draft(
            run.here(shuffle.site),
            "only whole batches are shuffled: each holds the same examples in every epoch",
            (
                Because(batch.site, "the batches are made before"),
                Because(run.call, "it trains on them"),
            ),
            "shuffle(...) before batch(...)",
        )


def _batch_and_shuffle(dataset: Data | None) -> tuple[Data, Data] | None:
    """The only batch and a shuffle after it, of examples that nothing else puts in order."""
    steps = dataset.chain()[::-1] if dataset is not None else []
    names = [step.what for step in steps]
    batches = [at for at, name in enumerate(names) if name in BATCHES]
    if len(batches) != 1 or not _PLAIN.issuperset({*names} - {*BATCHES}):
        return None
    (at,) = batches
    if names[0] != "from_tensor_slices" or "shuffle" in names[:at] or _is_shuffled(steps[0]):
        return None
    shuffles = [step for step in steps[at:] if step.what == "shuffle"]
    return (steps[at], shuffles[0]) if shuffles else None


def _is_shuffled(source: Data) -> bool:
    """Whether the arrays that were sliced were shuffled, as by a split."""
    elements = [each for each in source.elements or () if isinstance(each, Data)]
    return any(step.order == "shuffled" for each in elements for step in each.chain())


RULE = Rule("TFC703", "batch-before-shuffle", Severity.WARNING, check, __doc__)
