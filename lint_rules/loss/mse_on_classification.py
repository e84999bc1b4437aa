"""A classifier is trained with a loss for regression.

## What it does
Reports a softmax over two units or more under a squared or absolute error, and a sigmoid unit
under one where the labels are known to be classes.

## Why is this bad?
Where the model is sure and wrong, the gradient of the squared error through softmax or sigmoid
vanishes, and that is where it should be largest. Training begins slowly and may stay stuck.

## Example
```python
import keras
from sklearn.datasets import load_digits

x, y = load_digits(return_X_y=True)
model = keras.Sequential([keras.layers.Dense(32, "relu"), keras.layers.Dense(10, "softmax")])
model.compile(optimizer="adam", loss="mse")
model.fit(x / 16, keras.utils.to_categorical(y), epochs=5)
```

## Use instead
```python
import keras
from sklearn.datasets import load_digits

x, y = load_digits(return_X_y=True)
model = keras.Sequential([keras.layers.Dense(32, "relu"), keras.layers.Dense(10, "softmax")])
model.compile(optimizer="adam", loss="categorical_crossentropy")
model.fit(x / 16, keras.utils.to_categorical(y), epochs=5)
```

## Fix safety
Unsafe, where the encoding of the labels is known: the loss becomes the crossentropy for them, and
the model trains differently, as it should.

## What it does not claim
That the model cannot learn. Silent for sigmoid outputs whose targets may be fractions, as in
autoencoders or scaled regression targets, and for models that predict their own input. Targets that
are surely beyond 0 to 1 are none of classes: `unreachable-target` reports them. A note where the
script also trains a softmax by a crossentropy: it compares the two.

## References
- [Keras: probabilistic losses](https://keras.io/api/losses/probabilistic_losses/)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.changes import Cure
from tfcheck.rule import Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.judgements import label_kind
from tfcheck.script.training import Output, TrainingRun

from . import cures
from .families import CROSSENTROPIES, REGRESSION, evidence
from .reaching import beyond


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    compares = any(
        output.head.activation == "softmax" and output.loss.name in CROSSENTROPIES
        for run in script.compilations
        for output in run.outputs()
    )
    for run in script.compilations:
        for output in run.outputs():
            head, loss = output.head, output.loss
            if loss.name not in REGRESSION or not _classifies(output) or beyond(output):
                continue
            if output.labels is not None and output.labels in run.features:
                continue
            better = "binary_crossentropy" if head.units == 1 else "categorical_crossentropy"
            yield Draft(
                run.here(loss.site),
                f"{loss.name} on a {head.activation} output: where the model is sure and wrong, "
                "the gradient vanishes",
                evidence(run, output),
                f"loss='{better}'",
                Severity.NOTE if compares else None,
                cure=_cure(script, run, output),
            )


def _cure(script: Script, run: TrainingRun, output: Output) -> Cure | None:
    kind = label_kind(output.labels) if output.labels is not None else None
    loss = cures.loss_for(kind[0]) if kind is not None else None
    if output.head.activation == "sigmoid":
        loss = "binary_crossentropy" if output.head.units == 1 else None
    if loss is None:
        return None
    return cures.cure(f"Train with {loss}", cures.loss(script, run, output.loss, loss))


def _classifies(output: Output) -> bool:
    head = output.head
    if head.activation == "softmax":
        return head.units is not None and head.units > 1 and head.layer.name == "Dense"
    if head.activation != "sigmoid" or output.labels is None:
        return False
    kind = label_kind(output.labels)
    return kind is not None and kind[0] in ("integer", "one-hot")


RULE = Rule(
    "TFC308",
    "mse-on-classification",
    Severity.WARNING,
    check,
    __doc__,
    intervention="matching-loss",
)
