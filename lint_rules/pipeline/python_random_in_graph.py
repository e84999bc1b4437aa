"""A random number of Python or NumPy is drawn while a graph is made, and never again.

## What it does
Reports functions of `random` and `numpy.random` in a function that is mapped over a dataset or
decorated with `tf.function`.

## Why is this bad?
TensorFlow runs such a function once, to make a graph of it. The number that Python draws then is a
constant of the graph: each example gets the same "random" change, in every epoch.

## Example
```python
import numpy as np
import keras
import tensorflow as tf
from sklearn.datasets import make_moons

x, y = make_moons(200)

def jitter(point, label):
    return point + np.random.normal(scale=0.1), label

dataset = tf.data.Dataset.from_tensor_slices((x, y)).map(jitter).shuffle(200).batch(16)
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
    return point + tf.random.normal([], stddev=0.1), label

dataset = tf.data.Dataset.from_tensor_slices((x, y)).map(jitter).shuffle(200).batch(16)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(dataset, epochs=5)
```

## Fix safety
No fix: the functions of TensorFlow take other arguments.

## What it does not claim
Anything about a function that seeds for itself, so that the number is the same by intent, about
functions that `tf.py_function` or `tf.numpy_function` calls, which run each time, or about scripts
that have functions run eagerly.

## References
- [tf.function: Python side effects](https://www.tensorflow.org/guide/function#executing_python_side_effects)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lint_rules.graph.graphs import in_words, is_graph
from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script

_OWNERS = ("random", "numpy.random")
_NOT_DRAWN = frozenset("seed default_rng RandomState Random Generator get_state set_state".split())


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    drawn = [use for use in script.uses.owned(*_OWNERS) if use.traced]
    seeded = {use.traced.function for use in drawn if use.traced and use.name == "seed"}
    for use in drawn:
        traced = use.traced
        if traced is None or use.name in _NOT_DRAWN or use.guarded:
            continue
        if traced.function in seeded or not is_graph(script, traced):
            continue
        yield Draft(
            use.site,
            f"{use.spelled} draws once, while the graph is made: the number is the same each time",
            (Because(traced.site, in_words(traced)),),
            "a function of tf.random",
        )


RULE = Rule("TFC707", "python-random-in-graph", Severity.ERROR, check, __doc__)
