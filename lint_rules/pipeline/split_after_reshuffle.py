"""A dataset is split by `take` and `skip` after a `shuffle` that shuffles anew each time.

## What it does
Reports `take(n)` and `skip(n)` of one dataset that `shuffle` reshuffles on each iteration, which it
does by default. So do `list_files` and Keras' `..._dataset_from_directory`.

## Why is this bad?
Each of the two parts goes through the shuffled dataset on its own, in an order of its own, and in
another one each epoch. What is held out in one epoch is trained on in the next: the scores on the
held-out part are those of data that the model has seen.

## Example
```python
import keras
import tensorflow as tf
from sklearn.datasets import make_moons

x, y = make_moons(200)
dataset = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(200)
train = dataset.take(160).batch(16)
held_out = dataset.skip(160).batch(16)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(train, epochs=5, validation_data=held_out)
```

## Use instead
```python
import keras
import tensorflow as tf
from sklearn.datasets import make_moons

x, y = make_moons(200)
dataset = tf.data.Dataset.from_tensor_slices((x, y))
dataset = dataset.shuffle(200, reshuffle_each_iteration=False)
train = dataset.take(160).shuffle(160).batch(16)
held_out = dataset.skip(160).batch(16)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(train, epochs=5, validation_data=held_out)
```

## Fix safety
Unsafe: `reshuffle_each_iteration=False` keeps the parts apart, and the order of the training part
then is the same in each epoch, unless it is shuffled once more.

## What it does not claim
Anything about a dataset that is cached between the two, about counts that differ, or about a
`take` alone, as for a look at the data. A `seed` does not help: the order still changes.

## References
- [tf.data: shuffle](https://www.tensorflow.org/api_docs/python/tf/data/Dataset#shuffle)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.changes import Applicability, Cure, SetArgument
from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.data import Data
from tfcheck.script.uses import Use
from tfcheck.script.values import Unknown, constant

from .steps import IN_ORDER, before, calls, is_said, made_by

# What shuffles, by the position of the argument that says so.
_SHUFFLES: Mapping[str, int | None] = {
    "list_files": 1,
    "image_dataset_from_directory": 7,
    "text_dataset_from_directory": 6,
}


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    takes = [(use, _reshuffled(script, use)) for use in calls(script, "take")]
    for skip in calls(script, "skip"):
        step = _reshuffled(script, skip)
        if step is None:
            continue
        taken = [use for use, other in takes if other is step and _are_a_split(use, skip)]
        for take in taken[:1]:
            yield Draft(
                skip.site,
                "the two parts of this split overlap: the dataset is shuffled anew for each of "
                "them, and in each epoch",
                (
                    Because(step.site, f"{step.what} gives another order each time"),
                    Because(take.call, "the one part is taken here"),
                    Because(skip.call, "the other part is the rest of another order"),
                ),
                "shuffle(..., reshuffle_each_iteration=False) before the split, and another "
                "shuffle of the training part after it",
                cure=_cure(script, step),
            )


def _reshuffled(script: Script, use: Use) -> Data | None:
    """The step before a call that gives another order each time, with nothing that keeps one."""
    for step in before(use):
        made = made_by(script, step)
        if step.what == "shuffle":
            return step if is_said(made, 2, "reshuffle_each_iteration", None, True) else None
        if step.what in _SHUFFLES:
            return step if is_said(made, _SHUFFLES[step.what], "shuffle", None, True) else None
        if step.what not in IN_ORDER:
            return None
    return None


def _are_a_split(take: Use, skip: Use) -> bool:
    counts = [use.argument(0, "count") for use in (take, skip)]
    if take.excludes(skip) or skip.result in before(take):
        return False  # a piece of the rest is no part beside it
    if all(isinstance(each, Unknown) for each in counts):
        return True
    found = [constant(each) for each in counts]
    return ... not in found and found[0] == found[1]


def _cure(script: Script, step: Data) -> Cure | None:
    if step.what != "shuffle" or step.site.unit not in script.units:
        return None
    change = SetArgument(step.site, "reshuffle_each_iteration", "False", 2)
    return Cure(Applicability.UNSAFE, "Keep the order in which it was shuffled", (change,))


RULE = Rule("TFC701", "split-after-reshuffle", Severity.ERROR, check, __doc__)
