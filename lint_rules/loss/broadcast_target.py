"""A single target column is compared with several outputs.

## What it does
Reports an output of several units while the targets have one column, under a loss for regression,
and where they are an array of one axis, under binary crossentropy as well.

## Why is this bad?
Keras broadcasts the column: every unit is trained to give the same value, and no error is
raised. An array of one axis it refuses to compare at the first batch. Most often a `Dense(1)`
was meant, or a column was lost on the way.

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
from tfcheck.script.data import Data
from tfcheck.script.training import Head, Model, Output, TrainingRun

from .families import BINARY, REGRESSION, evidence


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for run in script.compilations:
        for output in run.outputs():
            units, labels = output.head.units, output.labels
            if units is None or units < 2 or labels is None or output.head.layer.name != "Dense":
                continue
            message = _message(run, output, labels)
            if message is None:
                continue
            yield Draft(
                run.here(output.head.layer.site),
                f"{units} units are compared with one target column: {message}",
                (Because(labels.site, "the targets have one column"), *evidence(run, output)),
                "Dense(1), or one column for each unit",
            )


def _message(run: TrainingRun, output: Output, labels: Data) -> str | None:
    """What comes of a single column; None where there are more, or that is not known."""
    if output.loss.name in REGRESSION and labels.shape is not None and len(labels.shape) == 2:
        return "each learns the same value" if labels.shape[1] == 1 else None
    if output.loss.name not in REGRESSION | BINARY or labels.form != "array":
        return None
    if labels.shape is None or len(labels.shape) != 1 or not _has_rows(run, output.head):
        return None
    # A batch of a single row is broadcast.
    one = run.batch_size == 1 and output.loss.name in REGRESSION
    return "each learns the same value" if one else "Keras refuses an array of one axis"


def _has_rows(run: TrainingRun, head: Head) -> bool:
    """Whether an output has two axes, the batch and its units."""
    assert isinstance(run.model, Model)
    shapes = run.model.shapes
    made = [shapes.flow(each).output for each in run.model.wiring.nodes if each.layer == head.layer]
    return bool(made) and all(shape is not None and len(shape) == 2 for shape in made)


RULE = Rule("TFC312", "broadcast-target", Severity.ERROR, check, __doc__)
