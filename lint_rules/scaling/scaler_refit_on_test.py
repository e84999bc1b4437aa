"""A scaler is fitted again, on the test part.

## What it does
Reports `fit_transform` or `fit` of a scaler on the test part of a split whose training part a
scaler was fitted on as well.

## Why is this bad?
Each part is scaled by its own mean and spread, so that the same value means one thing in training
and another in the test. The score is of a mapping that cannot be used on new rows, one by one;
with few rows, or parts that differ, it can be anything.

## Example
```python
import keras
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

x, y = load_wine(return_X_y=True)
x_train, x_test, y_train, y_test = train_test_split(x, y, random_state=0)
scaler = StandardScaler()
x_train = scaler.fit_transform(x_train)
x_test = scaler.fit_transform(x_test)
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
from sklearn.preprocessing import StandardScaler

x, y = load_wine(return_X_y=True)
x_train, x_test, y_train, y_test = train_test_split(x, y, random_state=0)
scaler = StandardScaler()
x_train = scaler.fit_transform(x_train)
x_test = scaler.transform(x_test)
model = keras.Sequential([keras.layers.Dense(16, "relu"), keras.layers.Dense(3, "softmax")])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x_train, y_train, epochs=30)
model.evaluate(x_test, y_test)
```

## Fix safety
No fix yet.

## What it does not claim
Anything by the names of variables: the test part is followed from the split. Encoders of labels
are not reported, nor is what scales each row by itself.

## References
- [scikit-learn: inconsistent preprocessing](https://scikit-learn.org/stable/common_pitfalls.html#inconsistent-preprocessing)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity, Site
from tfcheck.script import Script
from tfcheck.script.judgements import part
from tfcheck.script.lineage import arrays
from tfcheck.script.uses import Use

_SCALERS = frozenset(
    f"sklearn.preprocessing.{name}"
    for name in (
        "StandardScaler",
        "MinMaxScaler",
        "RobustScaler",
        "MaxAbsScaler",
        "QuantileTransformer",
        "PowerTransformer",
    )
)


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    fits = [use for use in script.uses.named(*_FITS) if use.owner in _SCALERS]
    trained = {split: use for use in fits for split in _splits(use, "train")}
    for use in fits:
        for split in _splits(use, "test"):
            first = trained.get(split)
            if first is None or use.excludes(first):
                continue
            yield Draft(
                use.site,
                f"{use.owner.rpartition('.')[2]} is fitted again, on the test part",
                (
                    Because(split, "the test part comes from this split"),
                    Because(first.site, "the training part has a scaler fitted to it"),
                ),
                "transform the test part by what was fitted on the training part",
            )


_FITS = frozenset({"fit", "fit_transform"})


def _splits(use: Use, role: str) -> Iterator[Site]:
    """The splits of which the part with this role is what a scaler is fitted on."""
    for data in arrays(use.argument(0, "X")):
        found = part(data)
        if found is not None and found.role == role:
            yield found.split


RULE = Rule("TFC103", "scaler-refit-on-test", Severity.WARNING, check, __doc__)
