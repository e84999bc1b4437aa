"""A metric for probabilities is computed on logits.

## What it does
Reports binary accuracy, precision, recall and AUC of a model that ends in raw outputs and is
trained by a binary crossentropy with `from_logits=True`.

## Why is this bad?
The loss knows that it gets logits, the metrics do not. Their threshold of 0.5 is meant for
probabilities: as a logit it is a probability of 0.62, so what lies between is counted as
negative. AUC takes its thresholds from 0 to 1 and sees nothing of the logits outside.

## Example
```python
import keras
from sklearn.datasets import make_moons

x, y = make_moons(200)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1)])
loss = keras.losses.BinaryCrossentropy(from_logits=True)
model.compile(optimizer="adam", loss=loss, metrics=["accuracy"])
model.fit(x, y, epochs=5)
```

## Use instead
```python
import keras
from sklearn.datasets import make_moons

x, y = make_moons(200)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1)])
loss = keras.losses.BinaryCrossentropy(from_logits=True)
model.compile(optimizer="adam", loss=loss, metrics=[keras.metrics.BinaryAccuracy(threshold=0)])
model.fit(x, y, epochs=5)
```

## Fix safety
Unsafe: the metric gives other numbers, as it should. There is none for metrics that are made with
arguments.

## What it does not claim
Anything about training, which metrics do not touch.

## References
- [Keras: accuracy metrics](https://keras.io/api/metrics/accuracy_metrics/)
- [Keras: AUC](https://keras.io/api/metrics/classification_metrics/#auc-class)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.changes import Applicability, Change, Cure, Replace, SetArgument
from tfcheck.rule import Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.training import LINEAR, Compiled, Metric, Output
from tfcheck.script.values import Answer

from .families import BINARY, evidence

# What makes a metric right for logits: the argument and its value.
_CURES = {
    "accuracy": ("threshold", "0"),
    "binary_accuracy": ("threshold", "0"),
    "precision": ("thresholds", "0"),
    "recall": ("thresholds", "0"),
    "auc": ("from_logits", "True"),
}
_CLASSES = {
    "accuracy": "BinaryAccuracy",
    "binary_accuracy": "BinaryAccuracy",
    "precision": "Precision",
    "recall": "Recall",
    "auc": "AUC",
}


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for run in script.compilations:
        outputs = list(run.outputs())
        if len(outputs) != 1 or not _is_logit(outputs[0]):
            continue
        assert isinstance(run.compiled, Compiled)
        for metric in run.compiled.metrics:
            if not isinstance(metric, Metric) or not _expects_probabilities(metric):
                continue
            name, value = _CURES[metric.name]
            change = _change(metric)
            yield Draft(
                run.here(metric.site),
                f"{metric.name} expects probabilities, and the model gives logits",
                evidence(run, outputs[0]),
                f"keras.metrics.{_CLASSES[metric.name]}({name}={value})",
                cure=Cure(Applicability.UNSAFE, "Compute it on logits", (change,))
                if run.here(metric.site) == metric.site and metric.site != run.compiled.site
                else None,
            )


def _is_logit(output: Output) -> bool:
    head, loss = output.head, output.loss
    return (
        head.activation == LINEAR
        and not head.after
        and loss.name in BINARY
        and loss.from_logits is Answer.YES
    )


def _expects_probabilities(metric: Metric) -> bool:
    """Whether it is one of these metrics, as Keras makes it where nothing is said."""
    if metric.name not in _CURES or metric.path == "keras.metrics.Accuracy":
        return False
    if metric.path and not metric.path.startswith("keras.metrics."):
        return False
    return metric.more is None and set(metric.config) <= {"name"}


def _change(metric: Metric) -> Change:
    name, value = _CURES[metric.name]
    if metric.path:
        return SetArgument(metric.site, name, value)
    made = f"{{keras.metrics.{_CLASSES[metric.name]}}}({name}={value})"
    return Replace(metric.site, made)


RULE = Rule("TFC321", "metric-on-logits", Severity.WARNING, check, __doc__)
