"""The learning rate is so small that training does not get anywhere.

## What it does
Reports a rate for Adam and its kin, in a model whose weights are new, that is below 0.000001, or
a tenth of the usual one with which all steps of the run together move a weight by less than 0.01.

## Why is this bad?
Adam divides by the size of the gradient: a step moves a weight by about the rate, whatever the
data are. At 1e-7 it takes a million steps to move it by 0.1, about the size that it begins with.

## Example
```python
import keras
from sklearn.datasets import make_moons

x, y = make_moons(200)
model = keras.Sequential([keras.layers.Dense(64, "relu"), keras.layers.Dense(1, "sigmoid")])
optimizer = keras.optimizers.Adam(learning_rate=1e-8)
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
- `least` (1e-06): a rate below this is reported.
- `least-reach` (0.01): and one below this, times the number of steps, where that is known.

## Fix safety
No fix: which rate is right depends on model and data.

## What it does not claim
Anything about SGD, whose steps grow with the gradients, about models that are loaded, come with
weights or were trained before, and where a callback may set the rate or a schedule warms up.

## References
- [Keras: Adam](https://keras.io/api/optimizers/adam/)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.training import Optimizer, TrainingRun
from tfcheck.script.values import number

from .beginning import is_new
from .rates import NORMALISED, first_rate, most_steps, optimizer_of


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for run in script.runs:
        optimizer = optimizer_of(run)
        if optimizer is None or optimizer.name not in NORMALISED or not is_new(script, run):
            continue
        rate = first_rate(script, optimizer)
        if rate is None or rate <= 0:
            continue
        reach = _reach(script, run, optimizer, rate)
        if reach is not None and reach < float(options["least-reach"]):
            moves = f"all steps together move a weight by about {reach:.1g}"
        elif rate < float(options["least"]):
            moves = "a step moves weights by no more"
        else:
            continue
        yield Draft(
            run.here(optimizer.site),
            f"a learning rate of {rate:g} for {optimizer.name}: {moves}",
            (Because(run.call, "it trains a model from its first weights"),),
            "learning_rate=0.001",
        )


def _reach(script: Script, run: TrainingRun, optimizer: Optimizer, rate: float) -> float | None:
    """How far all steps move a weight, if all went the same way.

    A run of a few steps at a usual rate is short, as demonstrations are, and not slow.
    """
    steps, usual = most_steps(script, run), number(optimizer.defaults["learning_rate"])
    if steps is None or usual is None or rate > usual / 10 or run.method != "fit":
        return None
    return rate * steps


RULE = Rule(
    "TFC503",
    "vanishing-learning-rate",
    Severity.WARNING,
    check,
    __doc__,
    {"least": 1e-06, "least-reach": 0.01},
    intervention="stable-learning-rate",
)
