"""Softmax over a single unit is always 1.

## What it does
Reports a model that ends in one unit with softmax, whatever its loss.

## Why is this bad?
Softmax divides each output by the sum of all outputs. With one unit that is the output
divided by itself: the model predicts 1 for every sample. Keras 3 hides it, because it computes
the loss from what goes into the softmax: the loss falls as in a correct model while the
prediction never changes.

## Example
```python
import keras
from sklearn.datasets import make_moons

x, y = make_moons(200)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "softmax")])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(x, y, epochs=5)
```

## Use instead
```python
import keras
from sklearn.datasets import make_moons

x, y = make_moons(200)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(x, y, epochs=5)
```

## Fix safety
Unsafe, under binary crossentropy only: sigmoid takes the place of softmax. The model trains
differently from then on, as it should.

## What it does not claim
Anything about softmax along another axis, as in attention over a sequence.

## References
- [Keras: activations](https://keras.io/api/layers/activations/)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.changes import Cure
from tfcheck.rule import Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.training import Output, TrainingRun

from . import cures
from .families import BINARY, evidence


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for run in script.compilations:
        for output in run.outputs():
            head = output.head
            if head.units != 1 or head.activation != "softmax":
                continue
            yield Draft(
                run.here(head.activation_site),
                "softmax over one unit is always 1: every prediction is the same, however well "
                "the loss looks",
                evidence(run, output),
                "activation='sigmoid' for one unit, or one unit for each class",
                cure=_cure(script, run, output),
            )


def _cure(script: Script, run: TrainingRun, output: Output) -> Cure | None:
    if output.loss.name not in BINARY:
        return None
    sigmoid = cures.activation(script, run, output.head, "sigmoid")
    return cures.cure("Use sigmoid for a single unit", sigmoid)


RULE = Rule(
    "TFC301", "softmax-single-unit", Severity.ERROR, check, __doc__, intervention="matching-output"
)
