"""A function is mapped over a dataset, one element after the other.

## What it does
Reports, where it is asked for, `map` without `num_parallel_calls`.

## Why is this bad?
One core does all the work, while the others wait.

## Example
```python
import keras
import tensorflow as tf
from sklearn.datasets import make_moons

x, y = make_moons(200)
dataset = tf.data.Dataset.from_tensor_slices((x, y)).map(lambda point, label: (point, label))
```

## Use instead
```python
import keras
import tensorflow as tf
from sklearn.datasets import make_moons

x, y = make_moons(200)
dataset = tf.data.Dataset.from_tensor_slices((x, y))
dataset = dataset.map(lambda point, label: (point, label), num_parallel_calls=tf.data.AUTOTUNE)
```

## Fix safety
Safe: the elements come in the order in which they came. Random numbers may be drawn in another one.

## What it does not claim
That the work is worth it: a function that does next to nothing may be faster without.

## References
- [Better performance with tf.data](https://www.tensorflow.org/guide/data_performance#parallelizing_data_transformation)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.changes import Applicability, Cure, SetArgument
from tfcheck.rule import Draft, OptionValue, Rule, Severity
from tfcheck.script import Script

from .steps import calls


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for use in calls(script, "map"):
        if use.argument(1, "num_parallel_calls") is not None:
            continue
        change = SetArgument(use.call, "num_parallel_calls", "{tensorflow.data.AUTOTUNE}", 1)
        cure = Cure(Applicability.SAFE, "Use all cores", (change,))
        yield Draft(
            use.site,
            "the function is mapped on one core",
            instead="map(..., num_parallel_calls=tf.data.AUTOTUNE)",
            cure=cure if use.call.unit in script.units else None,
        )


RULE = Rule("TFC711", "serial-map", Severity.NOTE, check, __doc__, opt_in=True)
