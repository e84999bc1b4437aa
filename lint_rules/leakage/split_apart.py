"""Features and labels are split by two calls that do not draw the same rows.

## What it does
Reports a training run whose features come from one `train_test_split` and whose labels from
another, where the two do not have the same `random_state`.

## Why is this bad?
Each call draws its own rows. The labels belong to other rows than the features: the model learns
chance, and nothing fails.

## Example
```python
import keras
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

x, y = load_digits(return_X_y=True)
x_train, x_test = train_test_split(x / 16)
y_train, y_test = train_test_split(y)
model = keras.Sequential([keras.layers.Dense(32, "relu"), keras.layers.Dense(10, "softmax")])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x_train, y_train, epochs=5)
```

## Use instead
```python
import keras
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

x, y = load_digits(return_X_y=True)
x_train, x_test, y_train, y_test = train_test_split(x / 16, y)
model = keras.Sequential([keras.layers.Dense(32, "relu"), keras.layers.Dense(10, "softmax")])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x_train, y_train, epochs=5)
```

## Fix safety
No fix yet.

## What it does not claim
Anything where one of the seeds is not known, or where neither call shuffles.

## References
- [scikit-learn: train_test_split](https://scikit-learn.org/stable/modules/generated/sklearn.model_selection.train_test_split.html)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity, Site
from tfcheck.script import Script
from tfcheck.script.data import Data
from tfcheck.script.lineage import is_part
from tfcheck.script.uses import Use
from tfcheck.script.values import Value, constant

_SPLIT = "train_test_split"


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    calls = {use.call: use for use in script.uses.named(_SPLIT)}
    for run in script.runs if calls else ():
        for features in map(_split_of, run.features):
            for labels in map(_split_of, run.labels):
                if features is None or labels is None or features == labels:
                    continue
                first, second = calls[features], calls[labels]
                if not _differ(first, second) or first.excludes(second):
                    continue
                yield Draft(
                    run.site,
                    "the features are of other rows than the labels: two splits drew them",
                    (
                        Because(first.site, "the features are split here"),
                        Because(second.site, "the labels are split here"),
                    ),
                    "x_train, x_test, y_train, y_test = train_test_split(x, y)",
                )


def _split_of(value: Value) -> Site | None:
    """Where an array was split, once and by train_test_split."""
    if not isinstance(value, Data):
        return None
    step = next((each for each in value.chain() if each.part is not None), None)
    if step is None or step.part is None or step.what != _SPLIT or step.main is None:
        return None
    return None if is_part(step.main) else step.part.split


def _differ(first: Use, second: Use) -> bool:
    """Whether the two surely draw different rows."""
    if any(constant(each.argument(None, "shuffle")) is False for each in (first, second)):
        return False
    seeds = [each.argument(None, "random_state") for each in (first, second)]
    if any(seed is not None and constant(seed) is ... for seed in seeds):
        return False
    drawn = [constant(seed) if seed is not None else None for seed in seeds]
    return None in drawn or drawn[0] != drawn[1]


RULE = Rule("TFC210", "split-apart", Severity.ERROR, check, __doc__)
