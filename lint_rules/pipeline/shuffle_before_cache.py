"""A dataset is cached after it is shuffled, which fixes the order.

## What it does
Reports a dataset that is trained on for more than one epoch, of which `cache` follows `shuffle` and
nothing shuffles after that.

## Why is this bad?
The cache keeps the elements in the order of the first epoch. All later epochs are the same, as if
nothing shuffled.

## Example
```python
import keras
import tensorflow as tf
from sklearn.datasets import make_moons

x, y = make_moons(200)
dataset = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(200).cache().batch(16)
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
dataset = tf.data.Dataset.from_tensor_slices((x, y)).cache().shuffle(200).batch(16)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(dataset, epochs=5)
```

## Fix safety
Unsafe: the cache is followed by another shuffle with the same buffer, where that is a number and
no batches are made in between.

## What it does not claim
Anything about a shuffle with `reshuffle_each_iteration=False`, which keeps one order by intent.

## References
- [tf.data: cache](https://www.tensorflow.org/api_docs/python/tf/data/Dataset#cache)
- [Better performance with tf.data](https://www.tensorflow.org/guide/data_performance)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.changes import Applicability, Cure, Surround
from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.data import Data
from tfcheck.script.values import integer

from .steps import is_said, made_by, trained_on

# Steps that keep elements as they are, so that they can as well be shuffled after them.
_SAME = frozenset("map prefetch with_options filter shuffle cache".split())


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for run in script.runs:
        dataset = trained_on(run)
        found = _shuffle_and_cache(dataset) if dataset is not None else None
        if found is None:
            continue
        shuffle, cache = found
        made = made_by(script, shuffle)
        if not is_said(made, 2, "reshuffle_each_iteration", None, True):
            continue
        yield Draft(
            run.here(cache.site),
            "the cache keeps the order of the first epoch: all others come in the same order",
            (
                Because(shuffle.site, "it is shuffled before it is cached"),
                Because(run.call, "it trains on that"),
            ),
            "cache() before shuffle(...)",
            cure=_cure(script, dataset, shuffle, cache),
        )


def _shuffle_and_cache(dataset: Data) -> tuple[Data, Data] | None:
    """The newest cache with a shuffle before and none after it."""
    cache = None
    for step in dataset.chain():
        if step.what == "shuffle":
            return None if cache is None else (step, cache)
        if step.what == "cache" and cache is None:
            cache = step
    return None


def _cure(script: Script, dataset: Data | None, shuffle: Data, cache: Data) -> Cure | None:
    steps = cache.chain()
    between = steps[: steps.index(shuffle)]
    size = integer(made_by(script, shuffle)[0].argument(0, "buffer_size"))
    plain = all(step.what in _SAME for step in between)
    if size is None or not plain or cache.site.unit not in script.units:
        return None
    change = Surround(cache.site, "", f".shuffle({size})")
    return Cure(Applicability.UNSAFE, "Shuffle once more after the cache", (change,))


RULE = Rule("TFC704", "shuffle-before-cache", Severity.WARNING, check, __doc__)
