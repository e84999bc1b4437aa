"""The learning rate is so small that training does not get anywhere.

## What it does
Reports a rate below 0.000001 for Adam and its kin, in a model whose weights are new.

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

## Fix safety
No fix: which rate is right depends on model and data.

## What it does not claim
Anything about SGD, whose steps grow with the gradients, about models that are loaded or come
with weights, and where a callback may set the rate or a schedule warms up.

## References
- [Keras: Adam](https://keras.io/api/optimizers/adam/)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.training import Layer, Model, TrainingRun

from .rates import NORMALISED, first_rate, layers_within, optimizer_of


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for run in script.runs:
        optimizer = optimizer_of(run)
        if optimizer is None or optimizer.name not in NORMALISED or not _is_new(script, run):
            continue
        rate = first_rate(script, optimizer)
        if rate is None or not 0 < rate < float(options["least"]):
            continue
        yield Draft(
            run.here(optimizer.site),
            f"a learning rate of {rate:g} for {optimizer.name}: a step moves weights by no more",
            (Because(run.call, "it trains a model from its first weights"),),
            "learning_rate=0.001",
        )


def _is_new(script: Script, run: TrainingRun) -> bool:
    """Whether the model begins with weights that nobody trained."""
    model = run.model
    assert isinstance(model, Model)
    if model.lost is not None or model.kind not in ("sequential", "functional"):
        return False
    if not all(isinstance(each, Layer) for each in model.layers):
        return False
    if any(each.path.startswith("keras.applications.") for each in layers_within(model)):
        return False
    return not any(use.name in ("load_weights", "set_weights") for use in script.uses)


RULE = Rule("TFC503", "vanishing-learning-rate", Severity.WARNING, check, __doc__, {"least": 1e-06})
