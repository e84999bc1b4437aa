"""The parts of a split are taken for one another.

## What it does
Reports a training run whose features are the training part of a split and whose labels are the
test part, of the same split, as after `x_train, y_train, x_test, y_test = train_test_split(x, y)`.

## Why is this bad?
`train_test_split(x, y)` gives both parts of `x` and then both parts of `y`. In another order,
labels are features, or those of other rows. Where the sizes differ, Keras raises an error once
all data were loaded; where they fit, it trains on labels that belong to other rows.

## Example
```python
import keras
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

x, y = load_digits(return_X_y=True)
x_train, y_train, x_test, y_test = train_test_split(x / 16, y, test_size=0.5, random_state=0)
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
x_train, x_test, y_train, y_test = train_test_split(x / 16, y, test_size=0.5, random_state=0)
model = keras.Sequential([keras.layers.Dense(32, "relu"), keras.layers.Dense(10, "softmax")])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x_train, y_train, epochs=5)
```

## Fix safety
No fix yet.

## What it does not claim
Anything by the names of variables: both arrays are followed from the split to `fit`.

## References
- [scikit-learn: train_test_split](https://scikit-learn.org/stable/modules/generated/sklearn.model_selection.train_test_split.html)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.data import Data
from tfcheck.script.judgements import part


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for run in script.runs:
        for features in run.features:
            for labels in run.labels:
                if not isinstance(features, Data) or not isinstance(labels, Data):
                    continue
                of_features, of_labels = part(features), part(labels)
                if of_features is None or of_labels is None:
                    continue
                if of_features.split != of_labels.split or of_features.role == of_labels.role:
                    continue
                yield Draft(
                    run.site,
                    f"the features are a {of_features.role} part and the labels a "
                    f"{of_labels.role} part",
                    (Because(of_features.split, "both come from this split"),),
                    "x_train, x_test, y_train, y_test = train_test_split(x, y)",
                )


RULE = Rule("TFC209", "misordered-split", Severity.ERROR, check, __doc__)
