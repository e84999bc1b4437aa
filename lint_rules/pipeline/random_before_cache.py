"""A dataset is cached after it is changed at random, which fixes what chance gave.

## What it does
Reports a dataset that is trained on for more than one epoch, of which `cache` follows a `map` whose
function draws random numbers of TensorFlow, as `tf.image.random_flip_left_right` does.

## Why is this bad?
The cache keeps the first variant of each example. All epochs see the same one, so that the
augmentation adds nothing.

## Example
```python
import keras
import tensorflow as tf
from sklearn.datasets import make_moons

x, y = make_moons(200)

def jitter(point, label):
    return point + tf.random.normal([2], stddev=0.1), label

dataset = tf.data.Dataset.from_tensor_slices((x, y)).map(jitter).cache().shuffle(200).batch(16)
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

def jitter(point, label):
    return point + tf.random.normal([2], stddev=0.1), label

dataset = tf.data.Dataset.from_tensor_slices((x, y)).cache().map(jitter).shuffle(200).batch(16)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(dataset, epochs=5)
```

## Fix safety
No fix: what comes before the cache and is not random had better stay there.

## What it does not claim
Anything about layers of a model that augment, or about functions that could not be read.

## References
- [tf.data: cache](https://www.tensorflow.org/api_docs/python/tf/data/Dataset#cache)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.data import Data
from tfcheck.script.uses import Use

from .steps import trained_on

_RANDOM = ("tensorflow.image.random_", "tensorflow.random.", "keras.random.")
_NOT_DRAWN = ("set_seed", "Generator", "SeedGenerator", "get_global_generator")


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    drawn = {use.traced.site: use for use in script.uses if use.traced and _is_random(use)}
    for run in script.runs:
        cached = _cached_maps(trained_on(run))
        found = next((pair for pair in cached if pair[1].site in drawn), None)
        if found is None:
            continue
        cache, mapped = found
        yield Draft(
            run.here(cache.site),
            "the cache keeps what chance gave in the first epoch: all others see the same",
            (
                Because(drawn[mapped.site].call, "a random number is drawn here"),
                Because(mapped.site, "the examples are changed by that"),
                Because(run.call, "it trains on what is cached"),
            ),
            "cache() before the map that draws",
        )


def _is_random(use: Use) -> bool:
    layer = use.path.startswith("keras.layers.Random") and use.name == "__call__"
    return layer or (use.path.startswith(_RANDOM) and use.name not in _NOT_DRAWN)


def _cached_maps(dataset: Data | None) -> Iterator[tuple[Data, Data]]:
    """Each map with a cache that comes after it."""
    cache = None
    for step in dataset.chain() if dataset is not None else []:
        if step.what == "cache":
            cache = step
        if step.what == "map" and cache is not None:
            yield cache, step


RULE = Rule("TFC705", "random-before-cache", Severity.ERROR, check, __doc__)
