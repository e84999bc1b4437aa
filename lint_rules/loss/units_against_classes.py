"""The output layer has another number of units than there are classes.

## What it does
Reports a softmax whose units differ from the columns of one-hot labels or are fewer than the
classes of integer labels, and a single sigmoid unit for more than two classes.

## Why is this bad?
With too few units sparse categorical crossentropy raises an error on the CPU and gives NaN,
without a word, on a GPU; one-hot labels of another width raise an error at the first batch. A
single sigmoid unit cannot tell ten classes apart, and the loss goes far below 0.

## Example
```python
import keras
from sklearn.datasets import load_digits

x, y = load_digits(return_X_y=True)
model = keras.Sequential([keras.layers.Dense(32, "relu"), keras.layers.Dense(9, "softmax")])
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
Unsafe, for a last layer that is `Dense`: it gets as many units as there are classes, and softmax
with the loss for it where it had a single sigmoid unit.

## What it does not claim
Anything about spare units under integer labels, which only cost a little.

## References
- [Keras: probabilistic losses](https://keras.io/api/losses/probabilistic_losses/)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.changes import Cure
from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.judgements import label_kind
from tfcheck.script.training import Output, TrainingRun

from . import cures
from .families import BINARY, CATEGORICAL, SPARSE, evidence


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for run in script.compilations:
        for output in run.outputs():
            kind = label_kind(output.labels) if output.labels is not None else None
            units = output.head.units
            if kind is None or kind[1] is None or units is None:
                continue
            if not _differs(output.loss.name, units, kind[0], kind[1]):
                continue
            yield Draft(
                run.here(output.head.layer.site),
                f"{units} unit{'s' if units > 1 else ''} for labels of {kind[1]} classes",
                (
                    Because(kind[2].site, f"{kind[2].what} gives {kind[1]} classes"),
                    *evidence(run, output),
                ),
                f"{kind[1]} units, with softmax and "
                f"{'sparse_' if kind[0] == 'integer' else ''}categorical_crossentropy",
                cure=_cure(script, run, output, kind[1]),
            )


def _cure(script: Script, run: TrainingRun, output: Output, classes: int) -> Cure | None:
    message = f"Give the output {classes} units"
    changes = cures.units(run, output.head, classes)
    if output.head.units == 1 and output.loss.name in BINARY:
        softmax = cures.activation(script, run, output.head, "softmax")
        loss = cures.loss(script, run, output.loss, "sparse_categorical_crossentropy")
        return cures.cure(f"{message}, with softmax", changes, softmax, loss)
    return cures.cure(message, changes)


def _differs(loss: str, units: int, encoding: str, classes: int) -> bool:
    if encoding == "integer" and loss in SPARSE:
        return units < classes
    if encoding == "integer" and loss in BINARY:
        return units == 1 and classes > 2
    if encoding == "one-hot" and loss in CATEGORICAL | BINARY:
        return units != classes
    return False


RULE = Rule(
    "TFC311",
    "units-against-classes",
    Severity.ERROR,
    check,
    __doc__,
    intervention="matching-output",
)
