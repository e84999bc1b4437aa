"""A gradient is asked for a constant that no tape watches.

## What it does
Reports `tape.gradient(target, x)` where `x` was made by `tf.constant` or its kin, and the tape has
no `watch`.

## Why is this bad?
A tape records variables only, unless it is told otherwise. The gradient is `None`.

## Example
```python
import keras
import tensorflow as tf

x = tf.constant(3.0)
with tf.GradientTape() as tape:
    y = x * x
slope = tape.gradient(y, x)
```

## Use instead
```python
import keras
import tensorflow as tf

x = tf.constant(3.0)
with tf.GradientTape() as tape:
    tape.watch(x)
    y = x * x
slope = tape.gradient(y, x)
```

## Fix safety
No fix: `tape.watch(x)` as the first line under the tape is what is missing.

## What it does not claim
Anything about tensors that come from elsewhere, or about a tape that watches anything.

## References
- [tf.GradientTape: controlling what the tape watches](https://www.tensorflow.org/guide/autodiff#controlling_what_the_tape_watches)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script

from .tapes import gradients, origin

_CONSTANTS = frozenset(
    f"tensorflow.{name}"
    for name in (
        "constant convert_to_tensor zeros ones linspace eye random.normal random.uniform "
        "random.truncated_normal"
    ).split()
)


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    if script.uses.named("watch"):
        return
    for use, made in gradients(script):
        source = origin(script, use.argument(1, "sources"))
        if source is None or source.path not in _CONSTANTS or source.tapes:
            continue
        yield Draft(
            use.site,
            "the gradient is None: the tape does not watch what it is asked for",
            (
                Because(source.call, f"{source.name} makes no variable"),
                Because(made.call, "this tape records variables only"),
            ),
            "tape.watch(...) under the tape, or a tf.Variable",
        )


RULE = Rule("TFC808", "gradient-of-constant", Severity.ERROR, check, __doc__)
