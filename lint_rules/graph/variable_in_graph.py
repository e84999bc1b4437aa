"""A variable is made anew each time that a `tf.function` is called.

## What it does
Reports `tf.Variable(...)` in a function that is decorated with `tf.function`, where no condition
stands before it.

## Why is this bad?
A graph keeps its variables. TensorFlow makes the graph twice, finds a new variable the second time,
and raises a `ValueError`.

## Example
```python
import keras
import tensorflow as tf

@tf.function
def scale(x):
    factor = tf.Variable(2.0)
    return factor * x
```

## Use instead
```python
import keras
import tensorflow as tf

factor = tf.Variable(2.0)

@tf.function
def scale(x):
    return factor * x
```

## Fix safety
No fix: where the variable belongs is your choice.

## What it does not claim
Anything about a variable that is made once, as in `if self.factor is None:`.

## References
- [tf.function: creating variables](https://www.tensorflow.org/guide/function#creating_tfvariables)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script

from .graphs import in_words, is_graph


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    if script.uses.of("tensorflow.init_scope"):
        return
    for use in script.uses.of("tensorflow.Variable"):
        traced = use.traced
        if traced is None or use.guarded:
            continue
        if traced.by != "tensorflow.function" or use.branches != traced.branches:
            continue
        if not is_graph(script, traced):
            continue
        yield Draft(
            use.site,
            "a tf.function may not make a new variable: TensorFlow raises a ValueError",
            (Because(traced.site, in_words(traced)),),
            "the variable outside of the function",
        )


RULE = Rule("TFC804", "variable-in-graph", Severity.ERROR, check, __doc__)
