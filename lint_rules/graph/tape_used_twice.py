"""A gradient tape is asked for two gradients, and keeps its record for one.

## What it does
Reports a second `gradient` or `jacobian` of a `tf.GradientTape` that is not persistent.

## Why is this bad?
The tape is emptied by the first one. The second raises a `RuntimeError`.

## Example
```python
import keras
import tensorflow as tf

x = tf.Variable(3.0)
with tf.GradientTape() as tape:
    y = x * x
    z = y * y
first = tape.gradient(y, x)
second = tape.gradient(z, x)
```

## Use instead
```python
import keras
import tensorflow as tf

x = tf.Variable(3.0)
with tf.GradientTape(persistent=True) as tape:
    y = x * x
    z = y * y
first = tape.gradient(y, x)
second = tape.gradient(z, x)
```

## Fix safety
Safe: with `persistent=True` the program no longer fails. The tape holds its memory until it is
deleted.

## What it does not claim
Anything about calls of which the script makes only one, or about a tape that records anew.

## References
- [tf.GradientTape](https://www.tensorflow.org/api_docs/python/tf/GradientTape)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.changes import Applicability, Cure, SetArgument
from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.uses import Use
from tfcheck.script.values import Ref, constant

from .tapes import gradients


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    before: dict[Ref, Use] = {}
    renewed = {use.receiver for use in script.uses.named("reset")}
    for use, made in gradients(script):
        assert isinstance(use.receiver, Ref)
        first = before.setdefault(use.receiver, use)
        if first is use or use.receiver in renewed or not _is_brief(made):
            continue
        if not first.surely_with(use) or _entries(script, use) > 1:
            continue
        yield Draft(
            use.site,
            f"the tape is empty: a second {use.name} of it raises a RuntimeError",
            (
                Because(made.call, "the tape is not persistent"),
                Because(first.call, "it is used up here"),
            ),
            "tf.GradientTape(persistent=True)",
            cure=_cure(script, made),
        )


def _is_brief(made: Use) -> bool:
    persistent = made.argument(0, "persistent")
    return persistent is None or constant(persistent) is False


def _entries(script: Script, use: Use) -> int:
    return sum(each.receiver == use.receiver for each in script.uses.named("__enter__"))


def _cure(script: Script, made: Use) -> Cure | None:
    if made.call.unit not in script.units:
        return None
    change = SetArgument(made.call, "persistent", "True", 0)
    return Cure(Applicability.SAFE, "Make the tape persistent", (change,))


RULE = Rule("TFC807", "tape-used-twice", Severity.ERROR, check, __doc__)
