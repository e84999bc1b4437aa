"""validation_split takes the last rows, and those are of one class.

## What it does
Reports `validation_split` on data that were put together class by class and not shuffled since:
arrays of one label each one after the other, labels that are written out in order, and the output
of an oversampler, which appends the rows that it makes.

## Why is this bad?
Keras takes the last rows for validation, before it shuffles. They are all of one class, or all
made up; the model is validated by what says nothing of the others, and may never see the class.

## Example
```python
import keras
import numpy as np

x = np.random.rand(200, 8)
y = np.concatenate([np.zeros(100), np.ones(100)])
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(x, y, epochs=5, validation_split=0.2)
```

## Use instead
```python
import keras
import numpy as np
from sklearn.utils import shuffle

x = np.random.rand(200, 8)
y = np.concatenate([np.zeros(100), np.ones(100)])
x, y = shuffle(x, y, random_state=0)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(x, y, epochs=5, validation_split=0.2)
```

## Fix safety
No fix yet.

## What it does not claim
Anything about data whose order is not known, or that are in order of time.

## References
- [Keras: fit](https://keras.io/api/models/model_training_apis/#fit-method)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.data import Data, Range
from tfcheck.script.values import number

from .oversampling import repeats


class _Ordered(NamedTuple):
    step: Data
    why: str
    last: str


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for run in script.runs:
        share = number(run.arguments.get("validation_split"))
        labels = [each for each in run.labels if isinstance(each, Data)] if share else []
        for data in labels:
            found = _in_order(data, share or 0)
            if found is None:
                continue
            yield Draft(
                run.site,
                f"validation_split takes the last rows, and those are {found.last}",
                (Because(found.step.site, found.why),),
                "shuffle features and labels together first, or use a stratified train_test_split",
            )


def _in_order(data: Data, share: float) -> _Ordered | None:
    for step in data.chain():
        if step.order == "shuffled" or step.part is not None:
            return None
        name = repeats(step)
        if name is not None:
            return _Ordered(step, f"{name} appends the rows that it makes", f"made by {name}")
        if step.content is not None:
            return _Ordered(step, _WRITTEN, _ONE) if _ends_alike(step.content, share) else None
        if len(step.before) > 1:
            return _Ordered(step, _JOINED, _ONE) if _is_by_class(step) else None
    return None


_ONE = "of one class"
_WRITTEN = "the labels are written out in order"
_JOINED = "arrays of one label each are put one after the other"


def _is_by_class(step: Data) -> bool:
    bounds = [each.ranges.overall if each.ranges is not None else None for each in step.before]
    if not all(each is not None and each.low == each.high for each in bounds):
        return False
    return bounds[0] != bounds[-1] and step.what in ("concatenate", "append", "vstack", "hstack")


def _ends_alike(content: Sequence[Range], share: float) -> bool:
    """Whether the labels that are split off are alike, and others come before."""
    cut = int(len(content) * (1 - share))
    tail = content[cut:]
    known = all(each.low == each.high for each in content)
    return known and len(tail) > 1 and len(set(tail)) == 1 and content[0] != tail[0]


RULE = Rule("TFC208", "validation-split-on-ordered-data", Severity.WARNING, check, __doc__)
