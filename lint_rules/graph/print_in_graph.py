"""Python's `print` is given a tensor while a graph is made.

## What it does
Reports `print` of what a function of TensorFlow gave, in a function that is decorated with
`tf.function` or mapped over a dataset, or in `call` or `train_step` of Keras.

## Why is this bad?
It prints once, and then the tensor of the graph, which has no value: `Tensor("Mean:0", shape=(),
dtype=float32)`.

## Example
```python
import keras
import tensorflow as tf

@tf.function
def step(x):
    loss = tf.reduce_mean(x)
    print("loss", loss)
    return loss
```

## Use instead
```python
import keras
import tensorflow as tf

@tf.function
def step(x):
    loss = tf.reduce_mean(x)
    tf.print("loss", loss)
    return loss
```

## Fix safety
No fix: `tf.print` writes to another stream, each time.

## What it does not claim
Anything about prints of shapes and names, which are known while a graph is made.

## References
- [tf.print](https://www.tensorflow.org/api_docs/python/tf/print)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.values import Unknown

from .graphs import in_words, is_graph


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for use in script.uses.of("print"):
        if use.traced is None or not is_graph(script, use.traced):
            continue
        if not any(isinstance(each, Unknown) and each.symbolic for each in use.args):
            continue
        yield Draft(
            use.site,
            "it prints once, while the graph is made, and a tensor without a value",
            (Because(use.traced.site, in_words(use.traced)),),
            "tf.print(...)",
        )


RULE = Rule("TFC802", "print-in-graph", Severity.WARNING, check, __doc__)
