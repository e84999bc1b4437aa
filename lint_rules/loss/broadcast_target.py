"""A single target column is compared with several outputs.

## What it does
Reports a regression whose output has several units while the targets have one column.

## Why is this bad?
Keras broadcasts the column: every unit is trained to give the same value, and no error is
raised. Most often a `Dense(1)` was meant, or a column was lost on the way.

## Example
```python
import keras
from sklearn.datasets import make_regression

x, y = make_regression(200, 4)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(3)])
model.compile(optimizer="adam", loss="mse")
model.fit(x, y.reshape(-1, 1), epochs=5)
```

## Use instead
```python
import keras
from sklearn.datasets import make_regression

x, y = make_regression(200, 4)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1)])
model.compile(optimizer="adam", loss="mse")
model.fit(x, y.reshape(-1, 1), epochs=5)
```

## Fix safety
No fix: whether the units or the target's columns are wrong, only the author knows.

## What it does not claim
Anything about targets whose shape could not be followed.

## References
- [Keras: regression losses](https://keras.io/api/losses/regression_losses/)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script

from .families import REGRESSION, evidence


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for run in script.compilations:
        for output in run.outputs():
            units, labels = output.head.units, output.labels
            if output.loss.name not in REGRESSION or units is None or units < 2:
                continue
            if labels is None or labels.shape is None or len(labels.shape) != 2:
                continue
            if labels.shape[1] != 1 or output.head.layer.name != "Dense":
                continue
            yield Draft(
                run.here(output.head.layer.site),
                f"{units} units are compared with one target column: each learns the same value",
                (Because(labels.site, "the targets have one column"), *evidence(run, output)),
                "Dense(1), or one column for each unit",
            )


RULE = Rule("TFC312", "broadcast-target", Severity.ERROR, check, __doc__)
