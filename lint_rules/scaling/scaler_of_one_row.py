"""A scaler is fitted on a single row.

## What it does
Reports a `fit` or `fit_transform` of a scaler of scikit-learn on an array of one row: `[y]`, or
`x.reshape(1, -1)`.

## Why is this bad?
Scalers work column by column. Each column of one row holds one number, whose mean is itself and
whose deviation and range are 0: whatever the numbers were, StandardScaler makes 0 of all of them,
and MinMaxScaler the lower end of its range. Nothing is left to learn.

## Example
```python
import keras
import numpy as np
from sklearn.preprocessing import MinMaxScaler

x = np.array([[0.1, 1.0], [0.4, 2.0], [0.7, 1.5], [0.9, 3.0]])
prices = np.array([120.0, 310.0, 240.0, 180.0])
y = MinMaxScaler().fit_transform(prices.reshape(1, -1))[0]
model = keras.Sequential([keras.layers.Dense(16, "relu"), keras.layers.Dense(1)])
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, epochs=300)
```

## Use instead
```python
import keras
import numpy as np
from sklearn.preprocessing import MinMaxScaler

x = np.array([[0.1, 1.0], [0.4, 2.0], [0.7, 1.5], [0.9, 3.0]])
prices = np.array([120.0, 310.0, 240.0, 180.0])
y = MinMaxScaler().fit_transform(prices.reshape(-1, 1))[:, 0]
model = keras.Sequential([keras.layers.Dense(16, "relu"), keras.layers.Dense(1)])
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, epochs=300)
```

## Fix safety
No fix: what takes the result expects its shape.

## What it does not claim
Anything about arrays whose shape could not be followed, or about Normalizer, which works row by
row.

## References
- [scikit-learn: StandardScaler](https://scikit-learn.org/stable/modules/generated/sklearn.preprocessing.StandardScaler.html)
- [scikit-learn: MinMaxScaler](https://scikit-learn.org/stable/modules/generated/sklearn.preprocessing.MinMaxScaler.html)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.data import Data
from tfcheck.script.uses import Use

_SCALERS = frozenset(
    f"sklearn.preprocessing.{name}"
    for name in ("StandardScaler", "MinMaxScaler", "RobustScaler", "MaxAbsScaler")
)


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for use in script.uses.named("fit", "fit_transform"):
        data = _fitted_on(use)
        if use.owner not in _SCALERS or data is None or not data.shape or data.shape[0] != 1:
            continue
        yield Draft(
            use.site,
            f"{use.owner.rpartition('.')[2]} is fitted on one row: every number becomes the same",
            (Because(data.site, "this array has one row"),),
            "reshape(-1, 1), for one column of many rows",
        )


def _fitted_on(use: Use) -> Data | None:
    if isinstance(use.result, Data):
        return use.result.fitted_on
    given = use.argument(0, "X")
    return given if isinstance(given, Data) else None


RULE = Rule("TFC109", "scaler-of-one-row", Severity.ERROR, check, __doc__)
