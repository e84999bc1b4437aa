"""NumPy is given a tensor of a graph, which has no value yet.

## What it does
Reports functions of NumPy and `.numpy()` on what a function of TensorFlow gave, in a function that
is decorated with `tf.function` or mapped over a dataset, or in `call` or `train_step` of Keras.

## Why is this bad?
While the graph is made its tensors have no values. TensorFlow raises a `NotImplementedError`, or an
`AttributeError` for `.numpy()`.

## Example
```python
import numpy as np
import keras
import tensorflow as tf

@tf.function
def step(x):
    loss = tf.reduce_mean(x)
    return np.sqrt(loss)
```

## Use instead
```python
import keras
import tensorflow as tf

@tf.function
def step(x):
    loss = tf.reduce_mean(x)
    return tf.sqrt(loss)
```

## Fix safety
No fix: the functions of TensorFlow and `keras.ops` take other arguments here and there.

## What it does not claim
Anything about scripts that have functions run eagerly, or about arrays that are constants of the
graph.

## References
- [tf.function](https://www.tensorflow.org/guide/function)
- [keras.ops](https://keras.io/api/ops/)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.uses import Use
from tfcheck.script.values import Tensor, Unknown, Value

from .graphs import in_words, is_graph

# Functions that ask a tensor for its shape only, which is known.
_OF_SHAPES = frozenset("shape ndim size isscalar iterable".split())


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    if script.uses.of("tensorflow.init_scope"):
        return
    for use in script.uses:
        traced = use.traced
        if traced is None or use.guarded or not _needs_a_value(use):
            continue
        if not is_graph(script, traced):
            continue
        what = use.spelled or ".numpy()"
        yield Draft(
            use.site,
            f"{what} needs a value, and a tensor of a graph has none: it raises an error",
            (Because(traced.site, in_words(traced)),),
            "a function of TensorFlow or keras.ops",
        )


def _needs_a_value(use: Use) -> bool:
    if use.name == "numpy" and not use.spelled:
        return use.receiver is not None and _is_tensor(use.receiver)
    function = use.owner in ("numpy", "numpy.linalg") and use.name.islower()
    return function and use.name not in _OF_SHAPES and any(map(_is_tensor, use.every()))


def _is_tensor(value: Value) -> bool:
    return isinstance(value, Tensor) or (isinstance(value, Unknown) and value.symbolic)


RULE = Rule("TFC805", "numpy-in-graph", Severity.ERROR, check, __doc__)
