"""Raw outputs go into a crossentropy that expects probabilities.

## What it does
Reports a model whose last layer has no activation, compiled with a crossentropy that was
not told `from_logits=True`.

## Why is this bad?
The loss takes the outputs for probabilities: it clips them into 0 to 1 and takes the
logarithm. Everything below 0 or above 1 has no gradient, so the model hardly learns, and what it
predicts are no probabilities. Keras says nothing.

## Example
```python
import keras
from sklearn.datasets import load_digits

x, y = load_digits(return_X_y=True)
model = keras.Sequential([keras.layers.Dense(32, "relu"), keras.layers.Dense(10)])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x / 16, y, epochs=5)
```

## Use instead
```python
import keras
from sklearn.datasets import load_digits

x, y = load_digits(return_X_y=True)
model = keras.Sequential([keras.layers.Dense(32, "relu"), keras.layers.Dense(10)])
loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
model.compile(optimizer="adam", loss=loss)
model.fit(x / 16, y, epochs=5)
```

## Fix safety
Unsafe: a last layer that is `Dense` gets the activation that the loss takes for granted. What the
model predicts are probabilities from then on, which code that applies softmax or sigmoid to
predictions, or compares them with 0, has to follow.

## What it does not claim
Anything about outputs that could not be followed to their last operation, or about a loss of
the project's own.

## References
- [Keras: probabilistic losses](https://keras.io/api/losses/probabilistic_losses/)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.changes import Cure
from tfcheck.rule import Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.training import LINEAR, Output, TrainingRun
from tfcheck.script.values import Answer

from . import cures
from .families import BINARY, CROSSENTROPIES, corrects_itself, evidence


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for run in script.compilations:
        for output in run.outputs():
            head, loss = output.head, output.loss
            if loss.name not in CROSSENTROPIES or loss.from_logits is not Answer.NO:
                continue
            if head.activation != LINEAR:
                continue
            activation = "sigmoid" if loss.name in BINARY else "softmax"
            yield Draft(
                run.here(head.layer.site),
                f"the last layer has no activation, but {loss.name} takes its outputs for "
                "probabilities",
                evidence(run, output),
                f"activation='{activation}' on the last layer, or from_logits=True in the loss",
                Severity.NOTE if corrects_itself(script, run, output) else None,
                cure=_cure(script, run, output),
            )


def _cure(script: Script, run: TrainingRun, output: Output) -> Cure | None:
    activation = cures.activation_for(output.loss, output.head)
    if activation is None or output.head.after:
        return None
    changes = cures.activation(script, run, output.head, activation)
    return cures.cure(f"End the model in {activation}", changes)


RULE = Rule(
    "TFC302",
    "logits-without-from-logits",
    Severity.ERROR,
    check,
    __doc__,
    intervention="matching-output",
)
