"""A function of TensorFlow is called on what `keras.Input` stands for.

## What it does
Reports `tf.` functions that are applied to the symbolic tensors of a functional model.

## Why is this bad?
Since Keras 3, what a layer gives while a model is put together is a `KerasTensor`, which only
Keras takes: TensorFlow's functions raise `ValueError` on it.

## Example
```python
import keras
import tensorflow as tf

inputs = keras.Input((4, 1))
outputs = keras.layers.Dense(1)(tf.squeeze(inputs, axis=-1))
model = keras.Model(inputs, outputs)
```

## Use instead
```python
import keras

inputs = keras.Input((4, 1))
outputs = keras.layers.Dense(1)(keras.ops.squeeze(inputs, axis=-1))
model = keras.Model(inputs, outputs)
```

## Fix safety
No fix: the names and arguments of `keras.ops` are often others.

## What it does not claim
Anything about code in the `call` method of a layer or in a `Lambda`, which gets real tensors.

## References
- [Keras: migrating to Keras 3](https://keras.io/guides/migrating_to_keras_3/)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from typing import TypeGuard

from lint_rules.migration.asked import asked_of, shown
from lint_rules.migration.rows import KERAS_3, met
from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script, Use
from tfcheck.script.values import Function, Tensor, Value


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    target = script.targets.keras
    if target is not None and target < KERAS_3:
        return
    asked = asked_of(script)
    raised = set[int]()  # what calls would give that raise: what is done with that never comes
    for use in () if asked.legacy else asked.functions:
        if not use.path.startswith("tensorflow.") or _gets_real_tensors(script, use):
            continue
        symbolic = next((each for each in use.every() if _is_symbolic(each, raised)), None)
        if symbolic is None:
            continue
        raised.add(id(use.result))
        yield Draft(
            use.site,
            f"{met(script.targets)} lets no function of TensorFlow work on a symbolic tensor: "
            f"{shown(use.spelled)} raises ValueError",
            (Because(symbolic.site, "the tensor is made here"),),
            "the function of keras.ops, or a layer whose call method does it",
        )


def _is_symbolic(value: Value, raised: Set[int]) -> TypeGuard[Tensor]:
    """Whether a tensor comes from `keras.Input`: what a model makes of data is a real one."""
    pending, seen = [value], set[int]()
    while pending:
        tensor = pending.pop()
        if not isinstance(tensor, Tensor) or id(tensor) in seen:
            continue
        if tensor.op == "input":
            return True
        if id(tensor) in raised:
            return False
        seen.add(id(tensor))
        pending += tensor.inputs
    return False


def _gets_real_tensors(script: Script, use: Use) -> bool:
    """Whether the call is made when the model is used, and not when it is put together."""
    if any(each.code.name == "call" or each.owner is not None for each in use.functions):
        return True
    lambdas = script.uses.of("keras.layers.Lambda")
    given = {each.code for made in lambdas for each in made.every() if isinstance(each, Function)}
    return any(each.code in given for each in use.functions)


RULE = Rule("TFC909", "tensorflow-on-symbolic", Severity.ERROR, check, __doc__)
