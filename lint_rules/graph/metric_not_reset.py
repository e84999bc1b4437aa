"""A metric goes on from epoch to epoch, as nothing resets it.

## What it does
Reports a metric of Keras that a training loop of your own updates for each batch and reads for each
epoch, where nothing calls `reset_state`.

## Why is this bad?
What it says of an epoch is taken over all epochs so far: it lags behind, and the later the more.

## Example
```python
import keras
import tensorflow as tf

mean = keras.metrics.Mean()
data = tf.data.Dataset.from_tensor_slices(tf.ones(64)).batch(8)
for epoch in range(50):
    for loss in data:
        mean.update_state(loss)
    print(mean.result())
```

## Use instead
```python
import keras
import tensorflow as tf

mean = keras.metrics.Mean()
data = tf.data.Dataset.from_tensor_slices(tf.ones(64)).batch(8)
for epoch in range(50):
    mean.reset_state()
    for loss in data:
        mean.update_state(loss)
    print(mean.result())
```

## Fix safety
No fix: at the start or at the end of the epoch is the same, and yours to say.

## What it does not claim
Anything about metrics that are handed to code which could not be read.

## References
- [Keras: base metric class](https://keras.io/api/metrics/base_metric/)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.uses import Use
from tfcheck.script.values import Ref

_METRICS = "keras.metrics."
_UPDATES = ("update_state", "__call__")
_RESETS = ("reset_state", "reset_states")


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    by_metric: dict[Ref, list[Use]] = {}
    for use in script.uses:
        if use.name in _RESETS and not use.path.startswith(_METRICS):
            return  # of which metrics is not known
        if isinstance(use.receiver, Ref) and use.path.startswith(_METRICS):
            by_metric.setdefault(use.receiver, []).append(use)
    made = {use.result: use for use in script.uses if isinstance(use.result, Ref)}
    for metric, uses in by_metric.items():
        if metric not in made or any(use.name in _RESETS for use in uses):
            continue
        if _is_handed_on(script, metric):
            continue
        found = _update_and_result(uses, made[metric])
        if found is None:
            continue
        update, result = found
        yield Draft(
            result.site,
            f"{made[metric].name} covers all epochs so far: nothing resets it",
            (
                Because(made[metric].call, "it is made once"),
                Because(update.call, "it is updated for each batch"),
            ),
            "reset_state() at the start of each epoch",
        )


def _update_and_result(uses: list[Use], made: Use) -> tuple[Use, Use] | None:
    """An update in a loop over batches, within a loop over epochs that asks for the result."""
    for result in (use for use in uses if use.name == "result"):
        depth = len(result.loops)
        if depth <= len(made.loops) or result.branches != made.branches:
            continue
        for use in uses:
            deeper = len(use.loops) > depth and use.loops[:depth] == result.loops
            if use.name in _UPDATES and deeper:
                return use, result
    return None


def _is_handed_on(script: Script, metric: Ref) -> bool:
    return any(metric in (*use.args, *use.keywords.values()) for use in script.uses)


RULE = Rule("TFC812", "metric-not-reset", Severity.WARNING, check, __doc__)
