"""A `tf.function` is given the counter of a loop, and makes a graph for each number.

## What it does
Reports calls of a function that is decorated with `tf.function` which pass the counter of a loop of
more than a few rounds, a number of Python's.

## Why is this bad?
A graph holds Python's numbers as constants, so that each new one needs a new graph. Making one
takes far longer than running it, and all are kept.

## Example
```python
import keras
import tensorflow as tf

@tf.function
def step(x, number):
    return x * number

for number in range(100):
    step(tf.ones(3), number)
```

## Use instead
```python
import keras
import tensorflow as tf

@tf.function
def step(x, number):
    return x * number

for number in tf.range(100.0):
    step(tf.ones(3), number)
```

## Fix safety
No fix: `tf.constant(number)` in the call keeps to one graph; it is given another type than before.

## What it does not claim
Anything about loops of up to 16 rounds that are written out, or about other values of Python.

## References
- [tf.function: controlling retracing](https://www.tensorflow.org/guide/function#controlling_retracing)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity, Site
from tfcheck.script import Script
from tfcheck.script.values import COUNTER, Function, Unknown, Value

from .graphs import runs_eagerly


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for use in script.uses.of("tensorflow.function.__call__"):
        function = use.receiver
        if (
            not use.loops
            or not isinstance(function, Function)
            or not any(map(_counts, use.every()))
        ):
            continue
        if runs_eagerly(script):
            return
        yield Draft(
            use.site,
            f"{function.code.name} makes a new graph in each round: it is given a number of "
            "Python's that counts",
            (Because(Site(function.unit, function.code.at), "tf.function makes graphs of it"),),
            "tf.constant(...) around the number",
        )


def _counts(value: Value) -> bool:
    return isinstance(value, Unknown) and value.whole and value.reason == COUNTER


RULE = Rule("TFC803", "graph-per-number", Severity.WARNING, check, __doc__)
