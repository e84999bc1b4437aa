"""A list outside of a graph is appended to while the graph is made.

## What it does
Reports `append`, `extend` and `insert` of a list, in a function that is decorated with
`tf.function` or mapped over a dataset, where the list was made outside of it.

## Why is this bad?
TensorFlow runs the function once, to make a graph of it. The list gets one item, which is a tensor
without a value, however often the function is called.

## Example
```python
import keras
import tensorflow as tf

losses = []

@tf.function
def step(x):
    loss = tf.reduce_mean(x)
    losses.append(loss)
    return loss

for x in tf.data.Dataset.from_tensor_slices([1.0, 2.0, 3.0]):
    step(x)
```

## Use instead
```python
import keras
import tensorflow as tf

losses = []

@tf.function
def step(x):
    return tf.reduce_mean(x)

for x in tf.data.Dataset.from_tensor_slices([1.0, 2.0, 3.0]):
    losses.append(step(x))
```

## Fix safety
No fix: what the function returns has to be taken up where it is called.

## What it does not claim
Anything about constants that are appended, which may count how often a graph is made, or about
scripts that have functions run eagerly.

## References
- [tf.function: Python side effects](https://www.tensorflow.org/guide/function#executing_python_side_effects)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.values import Const

from .graphs import in_words, is_graph

_CHANGES = ("list.append", "list.extend", "list.insert")


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for use in script.uses.of(*_CHANGES):
        traced = use.traced
        if traced is None or traced.by == "keras":
            continue
        if use.receiver is None or traced.encloses(use.receiver) or not is_graph(script, traced):
            continue
        if all(isinstance(each, Const) for each in use.args):
            continue
        yield Draft(
            use.site,
            f"{use.name} runs once, while the graph is made: the list gets no values",
            (Because(traced.site, in_words(traced)),),
            "return the tensor, and append it where the function is called",
        )


RULE = Rule("TFC801", "append-in-graph", Severity.ERROR, check, __doc__)
