"""Sigmoid outputs are trained as if they were one choice.

## What it does
Reports a sigmoid output with categorical or sparse categorical crossentropy.

## Why is this bad?
Sigmoid answers each class by itself; the loss wants probabilities that sum to 1. Keras 3
trains several units as if softmax stood there, so what the model predicts are not the
probabilities that were trained, and they do not sum to 1. With a single unit it is worse:
categorical crossentropy of one class is always 0, so nothing is learned at all, and sparse
categorical crossentropy has no place for the label 1.

## Example
```python
import keras
from sklearn.datasets import load_digits

x, y = load_digits(return_X_y=True)
model = keras.Sequential([keras.layers.Dense(32, "relu"), keras.layers.Dense(10, "sigmoid")])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x / 16, y, epochs=5)
```

## Use instead
```python
import keras
from sklearn.datasets import load_digits

x, y = load_digits(return_X_y=True)
model = keras.Sequential([keras.layers.Dense(32, "relu"), keras.layers.Dense(10, "softmax")])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x / 16, y, epochs=5)
```

## Fix safety
Unsafe: several units get softmax, a single one binary crossentropy. The model trains differently
from then on, as it should. Labels that may hold together want sigmoid and binary crossentropy
instead, which nobody but the author can know.

## What it does not claim
That training with several units fails: the class with the largest output is the same. It is
an error with one unit only.

## References
- [Keras: probabilistic losses](https://keras.io/api/losses/probabilistic_losses/)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.changes import Cure
from tfcheck.rule import Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.training import Output, TrainingRun

from . import cures
from .families import CATEGORICAL, SPARSE, evidence


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for run in script.compilations:
        for output in run.outputs():
            head, loss = output.head, output.loss
            if loss.name not in CATEGORICAL | SPARSE or head.activation != "sigmoid":
                continue
            single = head.units == 1
            happens = "the outputs are trained as one choice, but do not sum to 1"
            if single:
                happens = "over one unit there is no choice to learn"
            yield Draft(
                run.here(head.activation_site),
                f"sigmoid outputs with {loss.name}: {happens}",
                evidence(run, output),
                "loss='binary_crossentropy'"
                if single
                else "activation='softmax'; or loss='binary_crossentropy' for labels that may "
                "hold together",
                Severity.ERROR if single else None,
                _cure(script, run, output),
            )


def _cure(script: Script, run: TrainingRun, output: Output) -> Cure | None:
    if output.head.units == 1:
        loss = cures.loss(script, run, output.loss, "binary_crossentropy")
        return cures.cure("Train a single unit with binary_crossentropy", loss)
    if output.head.units is None:
        return None
    softmax = cures.activation(script, run, output.head, "softmax")
    return cures.cure("Let the outputs be one choice", softmax)


RULE = Rule(
    "TFC306",
    "sigmoid-with-categorical",
    Severity.WARNING,
    check,
    __doc__,
    intervention="matching-output",
)
