"""The result of a dataset's method is thrown away.

## What it does
Reports calls such as `dataset.shuffle(100)` that stand alone as a statement.

## Why is this bad?
A dataset never changes. Its methods give a new one, and the old one goes on as it was: not
shuffled, not in batches, not mapped.

## Example
```python
import tensorflow as tf
from sklearn.datasets import make_moons

dataset = tf.data.Dataset.from_tensor_slices(make_moons(200))
dataset.shuffle(200)
dataset = dataset.batch(32)
```

## Use instead
```python
import tensorflow as tf
from sklearn.datasets import make_moons

dataset = tf.data.Dataset.from_tensor_slices(make_moons(200))
dataset = dataset.shuffle(200)
dataset = dataset.batch(32)
```

## Fix safety
Unsafe: the result is assigned to what the method is called on, so that the step is made.

## What it does not claim
Anything about a `map` of a dataset that nothing uses later, as in a test that only wants to see its
function run.

## References
- [tf.data.Dataset](https://www.tensorflow.org/api_docs/python/tf/data/Dataset)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.changes import Applicability, Cure, KeepResult
from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.uses import Use

from .steps import before, calls

_STEPS = (
    "apply batch cache concatenate filter flat_map interleave map padded_batch prefetch repeat "
    "shard shuffle skip take unbatch with_options"
).split()

# Steps that run code of the project once, which a test may want no more than.
_CALL = frozenset("apply filter flat_map interleave map".split())


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for use in calls(script, *_STEPS):
        if not use.discarded or use.call.unit not in script.units:
            continue
        if use.name in _CALL and not _is_used_later(script, use):
            continue
        yield Draft(
            use.call,
            f"{use.name} changes nothing: it gives a new dataset, which is thrown away",
            (Because(before(use)[0].site, "the dataset stays what it is here"),),
            f"dataset = dataset.{use.name}(...)",
            cure=Cure(Applicability.UNSAFE, "Keep the new dataset", (KeepResult(use.call),)),
        )


def _is_used_later(script: Script, use: Use) -> bool:
    later = script.uses[script.uses.index(use) + 1 :]
    return any(use.receiver in (each.receiver, *each.every()) for each in later)


RULE = Rule("TFC702", "dataset-not-kept", Severity.ERROR, check, __doc__)
