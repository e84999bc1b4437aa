"""A schedule counts steps and is given the number of epochs.

## What it does
Reports a learning rate schedule whose `decay_steps` is the very constant that `fit` takes for
`epochs`.

## Why is this bad?
A schedule counts steps, one for each batch. Where it is given epochs it runs through far too
early: the rate has decayed within the first epoch or a few.

## Example
```python
import keras
from sklearn.datasets import make_moons

epochs = 40
x, y = make_moons(2000)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
rate = keras.optimizers.schedules.CosineDecay(0.01, decay_steps=epochs)
model.compile(optimizer=keras.optimizers.Adam(rate), loss="binary_crossentropy")
model.fit(x, y, epochs=epochs, batch_size=32)
```

## Use instead
```python
import keras
from sklearn.datasets import make_moons

epochs = 40
x, y = make_moons(2000)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
rate = keras.optimizers.schedules.CosineDecay(0.01, decay_steps=epochs * len(x) // 32)
model.compile(optimizer=keras.optimizers.Adam(rate), loss="binary_crossentropy")
model.fit(x, y, epochs=epochs, batch_size=32)
```

## Fix safety
No fix: how many batches an epoch has depends on the data.

## What it does not claim
Anything about numbers that are equal by chance. Silent where an epoch may be one step.

## References
- [Keras: learning rate schedules](https://keras.io/api/optimizers/learning_rate_schedules/)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.data import Data
from tfcheck.script.training import TrainingRun
from tfcheck.script.uses import Use
from tfcheck.script.values import Const, integer

from .rates import SCHEDULES, made_by, optimizer_of


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for run in script.runs:
        optimizer, epochs = optimizer_of(run), run.epochs
        if optimizer is None or not isinstance(epochs, Const) or epochs.site is None:
            continue
        schedule = made_by(script, optimizer.learning_rate, SCHEDULES)
        steps = _steps(schedule)
        if schedule is None or steps is None or steps.site != epochs.site or _may_be_one_step(run):
            continue
        yield Draft(
            run.here(schedule.call),
            f"{schedule.name} counts steps, and {steps.value:,} is the number of epochs",
            (
                Because(epochs.site, "it is set here"),
                Because(run.call, f"it trains for {epochs.value:,} epochs, each of many steps"),
            ),
            "epochs times the number of batches in an epoch",
        )


def _steps(schedule: Use | None) -> Const | None:
    given = schedule.argument(1, "decay_steps") if schedule is not None else None
    known = isinstance(given, Const) and integer(given) is not None
    return given if known and isinstance(given, Const) else None


def _may_be_one_step(run: TrainingRun) -> bool:
    data, batch = run.features[0] if run.features else None, run.batch_size
    rows = data.shape[0] if isinstance(data, Data) and data.shape else None
    steps = run.arguments.get("steps_per_epoch")
    return batch is None or steps is not None or (rows is not None and rows <= batch)


RULE = Rule("TFC509", "decay-steps-in-epochs", Severity.WARNING, check, __doc__)
