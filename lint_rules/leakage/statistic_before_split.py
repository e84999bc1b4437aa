"""Numbers are scaled by a statistic of rows that are held out afterwards.

## What it does
Reports a division by the spread, the largest value or another statistic of an array, if the rows
of that array are then split into a part to train on and a part to judge by.

## Why is this bad?
The mean and the spread of the test rows are part of what training sees, so the score on them is
no longer that of rows nobody has seen: a little too good where there are many, and more so where
there are few or where values drift in time.

## Example
```python
import keras
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split

x, y = load_wine(return_X_y=True)
x = (x - x.mean(axis=0)) / x.std(axis=0)
x_train, x_test, y_train, y_test = train_test_split(x, y, random_state=0)
model = keras.Sequential([keras.layers.Dense(16, "relu"), keras.layers.Dense(3, "softmax")])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x_train, y_train, epochs=30)
model.evaluate(x_test, y_test)
```

## Use instead
```python
import keras
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split

x, y = load_wine(return_X_y=True)
x_train, x_test, y_train, y_test = train_test_split(x, y, random_state=0)
mean, spread = x_train.mean(axis=0), x_train.std(axis=0)
x_train, x_test = (x_train - mean) / spread, (x_test - mean) / spread
model = keras.Sequential([keras.layers.Dense(16, "relu"), keras.layers.Dense(3, "softmax")])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x_train, y_train, epochs=30)
model.evaluate(x_test, y_test)
```

## Fix safety
No fix: the split has to move, and what lies between with it.

## What it does not claim
That the score is far off. A constant (`/ 255`) is no statistic, and the largest value of pixels
is as good as one; what is computed for each row by itself tells nothing of other rows.

## References
- [scikit-learn: data leakage](https://scikit-learn.org/stable/common_pitfalls.html#data-leakage)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.rule import Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.data import Data

from .leaks import leaks, place, split

_DIVIDED = "division by its "
_PIXELS = (0, 255)


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for leak in leaks(script):
        if not leak.step.what.startswith(_DIVIDED) or _are_pixels(leak.fitted):
            continue
        site = place(script, leak.step.site)
        if site is None:
            continue
        statistic = leak.step.what.removeprefix(_DIVIDED)
        yield Draft(
            site,
            f"it is divided by the {statistic} of rows that are held out afterwards",
            (split(leak.piece),),
            "split first, and scale both parts by statistics of the training part",
        )


def _are_pixels(data: Data) -> bool:
    ranges = next((step.ranges for step in data.chain() if step.ranges is not None), None)
    return ranges is not None and tuple(ranges.overall) == _PIXELS


RULE = Rule("TFC202", "statistic-before-split", Severity.WARNING, check, __doc__)
