"""The learning rate is larger than the weights that it is to adjust.

## What it does
Reports a rate of 0.1 or more for Adam and its kin, and of more than 1 for SGD, in a model with
hidden layers.

## Why is this bad?
Adam divides by the size of the gradient: its first steps move each weight by the rate itself.
The weights of a new layer are of about that size, so that they are gone after a few steps; units
die, and the loss stays where it is or jumps. SGD above 1 overshoots wherever the loss curves at
all.

## Example
```python
import keras
from sklearn.datasets import make_moons

x, y = make_moons(200)
model = keras.Sequential([keras.layers.Dense(64, "relu"), keras.layers.Dense(1, "sigmoid")])
optimizer = keras.optimizers.Adam(learning_rate=0.5)
model.compile(optimizer=optimizer, loss="binary_crossentropy")
model.fit(x, y, epochs=40)
```

## Use instead
```python
import keras
from sklearn.datasets import make_moons

x, y = make_moons(200)
model = keras.Sequential([keras.layers.Dense(64, "relu"), keras.layers.Dense(1, "sigmoid")])
optimizer = keras.optimizers.Adam(learning_rate=0.001)
model.compile(optimizer=optimizer, loss="binary_crossentropy")
model.fit(x, y, epochs=40)
```

## Options
- `normalised` (0.1): Adam, AdamW, Adamax, Nadam, RMSprop and Lamb are reported from here on.
- `sgd` (1.0): SGD is reported above this.

## Fix safety
No fix: which rate is right depends on model and data.

## What it does not claim
That training fails: small problems forgive much. Silent for a model of one layer, for which such
rates can be right, and where a callback may set the rate.

## References
- [Keras: Adam](https://keras.io/api/optimizers/adam/)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.training import Model, Optimizer, TrainingRun
from tfcheck.script.values import constant

from .rates import NORMALISED, first_rate, layers_within, optimizer_of

_SENSIBLE = {"sgd": "0.1 or 0.01, with momentum=0.9"}


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for run in script.runs:
        optimizer = optimizer_of(run)
        if optimizer is None or not _has_hidden_layers(run):
            continue
        rate = first_rate(script, optimizer)
        if rate is None or not _is_high(optimizer, rate, options):
            continue
        yield Draft(
            run.here(optimizer.site),
            f"a learning rate of {rate:g} for {optimizer.name}, which is as large as the weights",
            (Because(run.call, "it trains a model with hidden layers"),),
            f"learning_rate={_SENSIBLE.get(optimizer.name, '0.001')}",
        )


def _is_high(optimizer: Optimizer, rate: float, options: Mapping[str, OptionValue]) -> bool:
    if optimizer.name == "sgd":
        return rate > float(options["sgd"])
    return optimizer.name in NORMALISED and rate >= float(options["normalised"])


def _has_hidden_layers(run: TrainingRun) -> bool:
    """Whether a layer with an activation lies below the last one with weights."""
    assert isinstance(run.model, Model)
    learning = [each for each in layers_within(run.model) if "units" in each.config]
    bent = [each for each in learning if constant(each.config.get("activation")) not in (..., None)]
    return len(learning) > 1 and len(bent) > 1


RULE = Rule(
    "TFC502",
    "high-learning-rate",
    Severity.WARNING,
    check,
    __doc__,
    {"normalised": 0.1, "sgd": 1.0},
)
