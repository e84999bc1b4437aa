"""The target of a regression has large values.

## What it does
Reports a linear output with a squared error whose target, followed back to its source, has large
values that nothing scales. Checked only where it is selected.

## Why is this bad?
The error's gradient grows with the target. Plain SGD diverges on targets of hundreds; Adam needs
many epochs before the output's bias has walked there, in steps of the learning rate.

## Example
```python
import keras
import numpy as np

x = np.array([[0.1, 1.0], [0.4, 2.0], [0.7, 1.5], [0.9, 3.0]])
y = np.array([150_000.0, 240_000.0, 180_000.0, 310_000.0])
model = keras.Sequential([keras.layers.Dense(16, "relu"), keras.layers.Dense(1)])
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, epochs=300)
```

## Use instead
```python
import keras
import numpy as np

x = np.array([[0.1, 1.0], [0.4, 2.0], [0.7, 1.5], [0.9, 3.0]])
y = np.array([150_000.0, 240_000.0, 180_000.0, 310_000.0])
mean, spread = y.mean(), y.std()
model = keras.Sequential([keras.layers.Dense(16, "relu"), keras.layers.Dense(1)])
model.compile(optimizer="adam", loss="mse")
model.fit(x, (y - mean) / spread, epochs=300)
```

## Fix safety
No fix: what is predicted has to be scaled back.

## What it does not claim
That training fails. It is a note, and off by default, because most regressions get there in time.

## References
- [scikit-learn: TransformedTargetRegressor](https://scikit-learn.org/stable/modules/generated/sklearn.compose.TransformedTargetRegressor.html)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.judgements import scaled, span
from tfcheck.script.values import Answer


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for run in script.runs:
        for output in run.outputs():
            linear = output.head.activation == "linear" and output.loss.name == "mean_squared_error"
            judged = scaled(output.labels) if linear and output.labels is not None else None
            if judged is None or judged.answer is not Answer.NO or judged.ranges is None:
                continue
            yield Draft(
                run.site,
                f"the target runs from {span(judged.ranges.overall)}, and nothing scales it",
                (*judged.because, Because(output.loss.site, "the loss is mean_squared_error")),
                "train on (y - mean) / spread, and scale predictions back",
            )


RULE = Rule(
    "TFC106",
    "unscaled-regression-target",
    Severity.NOTE,
    check,
    __doc__,
    opt_in=True,
    intervention="standardised-target",
)
