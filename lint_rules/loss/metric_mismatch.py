"""A metric does not fit the output or the labels.

## What it does
Reports metrics of Keras that are given by name or class and cannot be computed, or mean something
else, with the output layer and the loss that the model has.

## Why is this bad?
`SparseCategoricalAccuracy` and `CategoricalAccuracy` differ in what labels they take: the first
raises on one-hot codes, the second takes the position of the largest of a single number. Precision,
recall and AUC raise on class numbers beside several units. `BinaryAccuracy` counts each unit of a
softmax as a prediction of its own, so it is far above the accuracy. `keras.metrics.Accuracy` counts
predictions that equal the label exactly, which probabilities never do: the string `'accuracy'`
means another metric.

## Example
```python
import keras
from sklearn.datasets import load_digits

x, y = load_digits(return_X_y=True)
model = keras.Sequential(
    [keras.Input((64,)), keras.layers.Rescaling(1 / 16), keras.layers.Dense(10, "softmax")]
)
model.compile(
    optimizer="adam",
    loss="sparse_categorical_crossentropy",
    metrics=[keras.metrics.CategoricalAccuracy()],
)
model.fit(x, y, epochs=5)
```

## Use instead
```python
import keras
from sklearn.datasets import load_digits

x, y = load_digits(return_X_y=True)
model = keras.Sequential(
    [keras.Input((64,)), keras.layers.Rescaling(1 / 16), keras.layers.Dense(10, "softmax")]
)
model.compile(
    optimizer="adam",
    loss="sparse_categorical_crossentropy",
    metrics=[keras.metrics.SparseCategoricalAccuracy()],
)
model.fit(x, y, epochs=5)
```

## Fix safety
No fix.

## What it does not claim
Anything about training, which metrics do not touch, nor about models with several outputs.

## References
- [Keras: accuracy metrics](https://keras.io/api/metrics/accuracy_metrics/)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from tfcheck.rule import Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.training import Compiled, Metric, Model, Output

from .families import BINARY, CATEGORICAL, SPARSE, evidence

_ONE_OF_MANY = frozenset({"categorical_accuracy", "top_k_categorical_accuracy"})
_SPARSE = frozenset({"sparse_categorical_accuracy", "sparse_top_k_categorical_accuracy"})
_COUNTED = frozenset({"precision", "recall", "auc"})


class Misfit(NamedTuple):
    """What happens, and what to write instead."""

    message: str
    instead: str
    severity: Severity | None = None


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for run in script.compilations:
        outputs = list(run.outputs())
        if len(outputs) != 1:
            continue
        assert isinstance(run.compiled, Compiled)
        assert isinstance(run.model, Model)
        if len(run.model.heads) != 1:
            continue  # which metric is about which output is not read
        for metric in run.compiled.metrics:
            if not isinstance(metric, Metric):
                continue
            misfit = _misfit(outputs[0], metric)
            if misfit is None:
                continue
            message, instead, severity = misfit
            yield Draft(
                run.here(metric.site), message, evidence(run, outputs[0]), instead, severity
            )


def _misfit(output: Output, metric: Metric) -> Misfit | None:
    head, loss, name = output.head, output.loss.name, metric.name
    if metric.path == "keras.metrics.Accuracy" and head.activation in ("softmax", "sigmoid"):
        return Misfit(
            "keras.metrics.Accuracy counts predictions that equal the label exactly, which "
            "probabilities never do",
            "metrics=['accuracy']",
        )
    if metric.path and not metric.path.startswith("keras.metrics."):
        return None
    if head.units == 1 and head.activation == "sigmoid" and loss in BINARY:
        return _of_one_unit(name)
    if head.activation != "softmax" or not head.units or head.units < 2:
        return None
    if loss in CATEGORICAL and name in _SPARSE:
        return Misfit(f"{name} raises a ValueError on one-hot labels", "metrics=['accuracy']")
    if loss in SPARSE and name in _ONE_OF_MANY:
        return Misfit(
            f"{name} expects one-hot labels: of class numbers it says nothing",
            f"sparse_{name}",
        )
    if loss in SPARSE and name in _COUNTED:
        return Misfit(
            f"{name} raises a ValueError on class numbers beside {head.units} units",
            f"one-hot labels and categorical_crossentropy for {name}, or metrics=['accuracy']",
        )
    if loss in CATEGORICAL | SPARSE and name == "binary_accuracy":
        return Misfit(
            f"binary_accuracy takes each of the {head.units} units of a softmax for a prediction "
            "of its own",
            "metrics=['accuracy']",
            Severity.WARNING if loss in CATEGORICAL else None,
        )
    return None


def _of_one_unit(name: str) -> Misfit | None:
    if name not in _ONE_OF_MANY | _SPARSE:
        return None
    return Misfit(
        f"{name} takes the position of the largest unit, and there is one: it says nothing of the "
        "predictions",
        "metrics=['accuracy']",
    )


RULE = Rule("TFC320", "metric-mismatch", Severity.ERROR, check, __doc__)
