"""Two activations that give probabilities, one on top of the other.

## What it does
Reports a model that ends in softmax or sigmoid applied to what already went through softmax
or sigmoid, as in `Dense(10, activation="softmax")` followed by `Activation("softmax")`.

## Why is this bad?
The second one gets values between 0 and 1, so its outputs lie close together: of ten classes
none can get more than 0.23. The loss cannot fall below a floor and the gradients are small.

## Example
```python
import keras
from sklearn.datasets import load_digits

x, y = load_digits(return_X_y=True)
layers = [keras.layers.Dense(32, "relu"), keras.layers.Dense(10, "softmax"), keras.layers.Softmax()]
model = keras.Sequential(layers)
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
Unsafe: the activation of the layer itself is taken out, so that the one after it remains. The
model trains differently from then on, as it should. No fix where both stand apart from the layer.

## What it does not claim
Anything about a second softmax in a model that is only used to predict.

## References
- [Keras: activations](https://keras.io/api/layers/activations/)
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from tfcheck.changes import Cure, RemoveArgument
from tfcheck.rule import Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.training import Output, TrainingRun

from . import cures
from .families import evidence

_PROBABILITIES = ("softmax", "sigmoid")


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for run in script.compilations:
        for output in run.outputs():
            last = output.head.activations[-2:]
            if len(last) < 2 or any(each.name not in _PROBABILITIES for each in last):
                continue
            yield Draft(
                run.here(last[1].site),
                f"{last[1].name} is applied to what went through {last[0].name} already"
                f"{_limit(output)}",
                evidence(run, output),
                f"leave out one of the two, the {last[0].name} on the layer or the one after it",
                cure=_cure(script, run, output),
            )


def _cure(script: Script, run: TrainingRun, output: Output) -> Cure | None:
    """Without the first one, where that is the activation of the layer itself."""
    first, last = output.head.activations[-2:]
    layer = output.head.layer
    if first.site != layer.site or last.site == layer.site:
        return None
    changes = (RemoveArgument(layer.site, "activation", 1),)
    return cures.cure(f"Leave the {first.name} of {layer.name} out", changes)


def _limit(output: Output) -> str:
    """How large an output can get: softmax of one 1 among zeros."""
    units = output.head.units
    if output.head.activation != "softmax" or units is None or units < 2:
        return ""
    return f": none of the {units} outputs can pass {math.e / (math.e + units - 1):.2f}"


RULE = Rule(
    "TFC304", "double-softmax", Severity.ERROR, check, __doc__, intervention="matching-output"
)
