"""Python's `if`, `while` or `for` asks a tensor for its value, in what Keras makes a graph of.

## What it does
Reports such statements in `call` of a layer or model and in `train_step`, where they depend on what
a function of TensorFlow or `keras.ops` gave.

## Why is this bad?
Keras 3 no longer has AutoGraph turn them into parts of the graph. While `fit` or the functional API
makes one, they raise an `OperatorNotAllowedInGraphError`.

## Example
```python
import keras
import tensorflow as tf

class Clip(keras.layers.Layer):
    def call(self, inputs):
        if tf.reduce_max(inputs) > 1.0:
            return inputs / tf.reduce_max(inputs)
        return inputs
```

## Use instead
```python
import keras
import tensorflow as tf

class Clip(keras.layers.Layer):
    def call(self, inputs):
        highest = tf.reduce_max(inputs)
        return tf.where(highest > 1.0, inputs / highest, inputs)
```

## Fix safety
No fix: `keras.ops.cond`, `keras.ops.where` and `keras.ops.while_loop` take functions and tensors. A
`call` that is decorated with `tf.function` keeps the statements, with TensorFlow only.

## What it does not claim
Anything about Keras 2, which took these statements, or about models that run eagerly.

## References
- [keras.ops.cond](https://keras.io/api/ops/core/#cond-function)
- [AutoGraph](https://www.tensorflow.org/guide/function#autograph_transformations)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script

from .graphs import in_words, is_graph

_INSTEAD = {
    "if": "keras.ops.cond or keras.ops.where",
    "while": "keras.ops.while_loop",
    "for": "keras.ops.fori_loop, or range where the number is one of Python's",
}


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for decision in script.decisions:
        traced = decision.traced
        if traced.by != "keras" or decision.guarded or not is_graph(script, traced):
            continue
        yield Draft(
            decision.site,
            f"Keras 3 takes no Python `{decision.kind}` over a tensor here: it raises an error "
            "while the graph is made",
            (Because(traced.site, in_words(traced)),),
            _INSTEAD[decision.kind],
        )


RULE = Rule("TFC806", "python-branch-on-tensor", Severity.ERROR, check, __doc__)
