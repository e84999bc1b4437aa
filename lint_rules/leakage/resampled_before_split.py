"""Rows are repeated, or made up between others, before some are held out.

## What it does
Reports oversampling (`RandomOverSampler`, `SMOTE` and its kin, `sklearn.utils.resample` with
replacement) of rows that are then split into a part to train on and a part to judge by.

## Why is this bad?
Copies of a row, and points between a row and its neighbours, come to lie on both sides of the
split. The model is judged on rows that it has learned by heart: scores of 99 % that fall to
chance on real data are the known sign. And the test part no longer has the classes as they occur.

## Example
```python
import keras
from imblearn.over_sampling import SMOTE
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split

x, y = load_breast_cancer(return_X_y=True)
x, y = SMOTE().fit_resample(x, y)
x_train, x_test, y_train, y_test = train_test_split(x, y, random_state=0)
model = keras.Sequential([keras.layers.Normalization(), keras.layers.Dense(1, "sigmoid")])
model.layers[0].adapt(x_train)
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(x_train, y_train, epochs=30)
model.evaluate(x_test, y_test)
```

## Use instead
```python
import keras
from imblearn.over_sampling import SMOTE
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split

x, y = load_breast_cancer(return_X_y=True)
x_train, x_test, y_train, y_test = train_test_split(x, y, random_state=0)
x_train, y_train = SMOTE().fit_resample(x_train, y_train)
model = keras.Sequential([keras.layers.Normalization(), keras.layers.Dense(1, "sigmoid")])
model.layers[0].adapt(x_train)
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(x_train, y_train, epochs=30)
model.evaluate(x_test, y_test)
```

## Fix safety
No fix: the split has to move, and what lies between with it.

## What it does not claim
Anything about undersampling, or about resampling the training part.

## References
- [imbalanced-learn: common pitfalls](https://imbalanced-learn.org/stable/common_pitfalls.html)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.rule import Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.data import Data
from tfcheck.script.lineage import every_piece, made_of, steps

from .leaks import place, split
from .oversampling import repeats


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for piece in every_piece(steps(script.uses)):
        for step in made_of(piece.whole):
            name = _repeats(step)
            site = place(script, step.site) if name else None
            if site is None:
                continue
            yield Draft(
                site,
                f"{name} comes before the split: copies of test rows are in the training part",
                (split(piece),),
                "split first, and resample the training part alone",
            )


def _repeats(step: Data) -> str | None:
    return "resample" if step.what == "resample with replacement" else repeats(step)


RULE = Rule("TFC204", "resampled-before-split", Severity.ERROR, check, __doc__)
