"""A callback sets a learning rate that follows a schedule.

## What it does
Reports `LearningRateScheduler` and `ReduceLROnPlateau` in a `fit` whose optimizer was made with a
`LearningRateSchedule`.

## Why is this bad?
The rate of such an optimizer cannot be set: Keras raises a `TypeError`. `LearningRateScheduler`
meets it at once, `ReduceLROnPlateau` only at the first plateau, which may be hours later.

## Example
```python
import keras
from sklearn.datasets import make_moons

x, y = make_moons(200)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
rate = keras.optimizers.schedules.ExponentialDecay(0.01, decay_steps=1000, decay_rate=0.9)
model.compile(optimizer=keras.optimizers.Adam(rate), loss="binary_crossentropy")
lower = keras.callbacks.ReduceLROnPlateau(monitor="loss", patience=3)
model.fit(x, y, epochs=40, callbacks=[lower])
```

## Use instead
```python
import keras
from sklearn.datasets import make_moons

x, y = make_moons(200)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer=keras.optimizers.Adam(0.01), loss="binary_crossentropy")
lower = keras.callbacks.ReduceLROnPlateau(monitor="loss", patience=3)
model.fit(x, y, epochs=40, callbacks=[lower])
```

## Fix safety
No fix: which of the two should set the rate is a choice.

## What it does not claim
That `ReduceLROnPlateau` meets a plateau.

## References
- [Keras: learning rate schedules](https://keras.io/api/optimizers/learning_rate_schedules/)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.training import Callback, Compiled, Optimizer

from .rates import SCHEDULES, made_by

_WHEN = {"LearningRateScheduler": "at once", "ReduceLROnPlateau": "at the first plateau"}


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for run in script.runs:
        optimizer = run.compiled.optimizer if isinstance(run.compiled, Compiled) else None
        if not isinstance(optimizer, Optimizer) or not optimizer.defaults:
            continue
        for each in run.callbacks:
            if not isinstance(each, Callback) or each.of is not None or each.name not in _WHEN:
                continue
            schedule = made_by(script, optimizer.config.get("learning_rate"), SCHEDULES)
            if schedule is None:
                continue
            yield Draft(
                run.here(each.site),
                f"{each.name} cannot set a rate that follows {schedule.name}: it raises a "
                f"TypeError {_WHEN[each.name]}",
                (
                    Because(schedule.call, "the rate follows this schedule"),
                    Because(run.call, "it is trained with this callback"),
                ),
                "a number for the learning rate, or no callback that sets it",
            )


RULE = Rule("TFC508", "schedule-and-callback", Severity.ERROR, check, __doc__)
