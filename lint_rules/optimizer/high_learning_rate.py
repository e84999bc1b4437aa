"""The learning rate is as large as the weights that it is to adjust.

## What it does
Reports a rate of 0.1 or more for Adam and its kin, in a model with several hidden layers.

## Why is this bad?
Adam divides by the size of the gradient: its first steps move each weight by the rate itself.
The weights of a new layer are of about that size, so that they are gone after a few steps. One
hidden layer may get over it. With more of them the model ends worse, or with dead units that answer
the same to everything.

## Example
```python
import keras
from sklearn.datasets import make_moons

x, y = make_moons(200)
model = keras.Sequential(
    [
        keras.layers.Dense(64, "relu"),
        keras.layers.Dense(64, "relu"),
        keras.layers.Dense(1, "sigmoid"),
    ]
)
optimizer = keras.optimizers.Adam(learning_rate=0.5)
model.compile(optimizer=optimizer, loss="binary_crossentropy")
model.fit(x, y, epochs=40)
```

## Use instead
```python
import keras
from sklearn.datasets import make_moons

x, y = make_moons(200)
model = keras.Sequential(
    [
        keras.layers.Dense(64, "relu"),
        keras.layers.Dense(64, "relu"),
        keras.layers.Dense(1, "sigmoid"),
    ]
)
optimizer = keras.optimizers.Adam(learning_rate=0.001)
model.compile(optimizer=optimizer, loss="binary_crossentropy")
model.fit(x, y, epochs=40)
```

## Options
- `rate` (0.1): Adam, AdamW, Adamax, Nadam, RMSprop and Lamb are reported from here on.

## Fix safety
No fix: which rate is right depends on model and data.

## What it does not claim
Anything about SGD, whose steps shrink with the gradients, about a model with a single hidden layer
or none, for which such rates can be right, and where a callback may set the rate.

## References
- [Keras: Adam](https://keras.io/api/optimizers/adam/)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.training import Model, TrainingRun
from tfcheck.script.values import constant

from .rates import NORMALISED, first_rate, optimizer_of

HIDDEN_LAYERS = 2


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for run in script.runs:
        optimizer = optimizer_of(run)
        if optimizer is None or optimizer.name not in NORMALISED or not _is_deep(run):
            continue
        rate = first_rate(script, optimizer)
        if rate is None or rate < float(options["rate"]):
            continue
        yield Draft(
            run.here(optimizer.site),
            f"a learning rate of {rate:g} for {optimizer.name} is as large as the weights",
            (Because(run.call, "it trains a model with several hidden layers"),),
            "learning_rate=0.001",
        )


def _is_deep(run: TrainingRun) -> bool:
    """Whether several layers with an activation lie below the last one with weights."""
    assert isinstance(run.model, Model)
    learning = [
        each for each in run.model.all_layers() if {"units", "filters"} & each.config.keys()
    ]
    bent = [each for each in learning if constant(each.config.get("activation")) not in (..., None)]
    return len(learning) > HIDDEN_LAYERS and len(bent) >= HIDDEN_LAYERS


RULE = Rule(
    "TFC502",
    "high-learning-rate",
    Severity.NOTE,
    check,
    __doc__,
    {"rate": 0.1},
    intervention="stable-learning-rate",
)
