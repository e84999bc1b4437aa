"""A dataset is shuffled with a buffer of one element, which shuffles nothing.

## What it does
Reports `shuffle(1)`.

## Why is this bad?
`shuffle` draws the next element from its buffer. A buffer of one holds only the element that comes
next anyway.

## Example
```python
import keras
import tensorflow as tf
from sklearn.datasets import make_moons

x, y = make_moons(200)
dataset = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(1).batch(16)
```

## Use instead
```python
import keras
import tensorflow as tf
from sklearn.datasets import make_moons

x, y = make_moons(200)
dataset = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(len(x)).batch(16)
```

## Fix safety
No fix: how large the buffer can be is a matter of the data and of memory.

## What it does not claim
That any other buffer is large enough.

## References
- [tf.data: shuffle](https://www.tensorflow.org/api_docs/python/tf/data/Dataset#shuffle)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.rule import Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.values import Const, integer

from .steps import calls


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for use in calls(script, "shuffle"):
        size = use.argument(0, "buffer_size")
        if not isinstance(size, Const) or size.default or integer(size) != 1:
            continue
        yield Draft(
            use.site,
            "shuffle(1) leaves the order as it is: its buffer holds one element",
            instead="shuffle(n) with as many elements as memory allows",
        )


RULE = Rule("TFC708", "shuffle-of-one", Severity.WARNING, check, __doc__)
