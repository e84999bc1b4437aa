"""Accuracy is asked of a regression.

## What it does
Reports `accuracy` among the metrics of a model with a linear output and a squared or absolute
error: as a warning where the labels are known to be numbers, as a note where nothing is known of
them.

## Why is this bad?
Accuracy counts predictions that equal the target. For one output Keras compares the target
with whether the prediction is above 0.5, for several it compares the positions of the largest:
in a regression neither says anything. The figure stays near 0, or worse, looks plausible.

## Example
```python
import keras
from sklearn.datasets import make_regression

x, y = make_regression(200, 4)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1)])
model.compile(optimizer="adam", loss="mse", metrics=["accuracy"])
model.fit(x, y, epochs=5)
```

## Use instead
```python
import keras
from sklearn.datasets import make_regression

x, y = make_regression(200, 4)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1)])
model.compile(optimizer="adam", loss="mse", metrics=["mae"])
model.fit(x, y, epochs=5)
```

## Fix safety
Shown, and never made: code that reads `history.history["accuracy"]` would have to follow.

## What it does not claim
Anything about training, which accuracy does not touch; nor where the labels are known classes.
Silent for `train_on_batch`: discriminators with a squared error have labels 0 and 1, of which
accuracy says something.

## References
- [Keras: regression metrics](https://keras.io/api/metrics/regression_metrics/)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.changes import Applicability, Cure, Replace
from tfcheck.rule import Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.judgements import label_kind
from tfcheck.script.training import LINEAR, Compiled, Metric, Output, TrainingRun

from .families import REGRESSION, evidence


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for run in script.compilations:
        outputs = list(run.outputs())
        if len(outputs) != 1 or run.method == "train_on_batch" or not _is_regression(outputs[0]):
            continue
        assert isinstance(run.compiled, Compiled)
        for metric in run.compiled.metrics:
            if not isinstance(metric, Metric) or metric.name != "accuracy":
                continue
            yield Draft(
                run.here(metric.site),
                f"accuracy says nothing of a regression: the output is linear and the loss is "
                f"{outputs[0].loss.name}",
                evidence(run, outputs[0]),
                "metrics=['mae']",
                None if _is_continuous(outputs[0]) else Severity.NOTE,
                _cure(script, run, metric),
            )


def _cure(script: Script, run: TrainingRun, metric: Metric) -> Cure | None:
    assert isinstance(run.compiled, Compiled)
    if run.compiled.site == metric.site or not script.holds(run.compiled.site, metric.site):
        return None
    changes = (Replace(metric.site, '"mae"'),)
    return Cure(Applicability.DISPLAY, "Ask for the mean absolute error", changes)


def _is_regression(output: Output) -> bool:
    if output.loss.name not in REGRESSION or output.head.activation != LINEAR:
        return False
    kind = label_kind(output.labels) if output.labels is not None else None
    return kind is None or kind[0] == "continuous"


def _is_continuous(output: Output) -> bool:
    """Whether the labels are known to be numbers, and not classes that a loss is misused for."""
    return output.labels is not None and label_kind(output.labels) is not None


RULE = Rule("TFC309", "accuracy-on-regression", Severity.WARNING, check, __doc__)
