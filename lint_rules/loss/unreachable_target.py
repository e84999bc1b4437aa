"""The output cannot reach the targets that it is trained on.

## What it does
Reports an output whose activation gives numbers within fixed bounds, under a loss for regression or
under binary crossentropy, where the targets surely go beyond them: sigmoid and softmax (0 to 1) or
tanh (-1 to 1) for targets of 7 to 12, relu for targets that were standardised.

## Why is this bad?
However long it trains, the model predicts the bound at best. The loss falls until all outputs are
there, where sigmoid and tanh have no gradient, and stays. Binary crossentropy of targets beyond 0
to 1 has no least value: it falls below 0, and the outputs are driven to 0 or 1.

## Example
```python
import keras
import numpy as np

x = np.array([[0.1, 1.0], [0.4, 2.0], [0.7, 1.5], [0.9, 3.0]])
y = np.array([7.0, 9.5, 8.0, 12.0])
model = keras.Sequential([keras.layers.Dense(16, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, epochs=300)
```

## Use instead
```python
import keras
import numpy as np

x = np.array([[0.1, 1.0], [0.4, 2.0], [0.7, 1.5], [0.9, 3.0]])
y = np.array([7.0, 9.5, 8.0, 12.0])
model = keras.Sequential([keras.layers.Dense(16, "relu"), keras.layers.Dense(1)])
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, epochs=300)
```

## Fix safety
Unsafe, under a loss for regression: the last layer gets a linear activation, and the model trains
differently, as it should. Targets that are brought between the bounds are the other way.

## What it does not claim
Anything about targets whose numbers could not be followed, or about classes, which
`mse-on-classification` and `units-against-classes` look at.

## References
- [Keras: activations](https://keras.io/api/layers/activations/)
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from tfcheck.changes import Cure
from tfcheck.rule import Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.data import Range
from tfcheck.script.training import TrainingRun

from . import cures
from .families import BINARY, evidence
from .reaching import Beyond, beyond


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for run in script.compilations:
        for output in run.outputs():
            found = beyond(output)
            if found is None:
                continue
            binary = output.loss.name in BINARY
            yield Draft(
                run.here(output.head.activation_site),
                _message(found, output.loss.name, binary),
                (
                    *found.reached.because,
                    *evidence(run, output),
                ),
                "targets scaled to 0 to 1" if binary else "no activation on the last layer",
                cure=None if binary else _cure(script, run, found),
            )


def _message(found: Beyond, loss: str, binary: bool) -> str:
    without = f"{loss} has no least value" if binary else "it can never predict them"
    return (
        f"{found.activation} outputs {_span(found.bounds)}, but the targets {found.reached.how}: "
        f"{without}"
    )


def _span(bounds: Range) -> str:
    if math.isinf(bounds.high):
        return f"never fall below {bounds.low:g}"
    return f"lie in {bounds.low:g} to {bounds.high:g}"


def _cure(script: Script, run: TrainingRun, found: Beyond) -> Cure | None:
    if found.output.loss.name == "poisson":
        return None
    changes = cures.activation(script, run, found.output.head, "linear")
    return cures.cure("Let the output be linear", changes)


RULE = Rule(
    "TFC313",
    "unreachable-target",
    Severity.ERROR,
    check,
    __doc__,
    intervention="matching-output",
)
