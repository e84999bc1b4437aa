"""A scaler is fitted on rows that are held out afterwards.

## What it does
Reports a scaler, an imputer, a selection of features or a PCA that is fitted on an array, if the
rows of that array are then split into a part to train on and a part to judge by: with
`train_test_split`, by the positions of a fold, or by place. So also a `Normalization` layer that
is adapted to all rows.

## Why is this bad?
The mean and the spread of the test rows are part of what training sees. The score on them is no
longer that of rows nobody has seen: a little too good where there are many rows, and much too
good where there are few, where values drift in time, or where features are selected.

## Example
```python
import keras
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

x, y = load_wine(return_X_y=True)
x = StandardScaler().fit_transform(x)
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
from sklearn.preprocessing import StandardScaler

x, y = load_wine(return_X_y=True)
x_train, x_test, y_train, y_test = train_test_split(x, y, random_state=0)
scaler = StandardScaler().fit(x_train)
x_train, x_test = scaler.transform(x_train), scaler.transform(x_test)
model = keras.Sequential([keras.layers.Dense(16, "relu"), keras.layers.Dense(3, "softmax")])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x_train, y_train, epochs=30)
model.evaluate(x_test, y_test)
```

## Fix safety
No fix: the split has to move, and what lies between with it.

## What it does not claim
That the score is far off. Encoders of labels and categories, and what works on each row by itself
(`Normalizer`, `normalize`, a scaler fitted anew on each item of a loop) learn nothing of other
rows and are not reported; nor is a second split, of what the scaler was trained on, into a part
to train on and one to validate by.

## References
- [scikit-learn: data leakage](https://scikit-learn.org/stable/common_pitfalls.html#data-leakage)
- [Keras: Normalization](https://keras.io/api/layers/preprocessing_layers/numerical/normalization/)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.rule import Draft, OptionValue, Rule, Severity
from tfcheck.script import Script

from .leaks import fitting, leaks, place, split

# What learns numbers of the rows that it is fitted on.
_LEARNS = frozenset(
    "StandardScaler MinMaxScaler RobustScaler MaxAbsScaler QuantileTransformer PowerTransformer "
    "SimpleImputer Imputer KNNImputer IterativeImputer SelectKBest VarianceThreshold RFE PCA "
    "TruncatedSVD LinearDiscriminantAnalysis centering scale minmax_scale maxabs_scale "
    "robust_scale quantile_transform power_transform zscore Normalization".split()
)


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for leak in leaks(script):
        name = leak.step.what.partition(".")[0]
        if name not in _LEARNS:
            continue
        use = fitting(script, leak)
        site = use.site if use is not None else place(script, leak.step.site)
        if site is None:
            continue
        yield Draft(
            site,
            f"{name} is fitted on rows that are held out afterwards",
            (split(leak.piece),),
            "split first, fit on the training part, and transform both parts with it",
        )


RULE = Rule("TFC201", "fit-before-split", Severity.WARNING, check, __doc__)
