"""Adadelta is used at Keras' default rate, a thousandth of what it was made for.

## What it does
Reports `optimizer="adadelta"` and `Adadelta()` without a learning rate.

## Why is this bad?
Adadelta finds the size of its steps by itself and was published with a rate of 1.0, which was
Keras' default up to version 2.2. Today the default is 0.001, so that each step is a thousandth of
what it should be, and training hardly moves.

## Example
```python
import keras
from sklearn.datasets import make_moons

x, y = make_moons(200)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer="adadelta", loss="binary_crossentropy")
model.fit(x, y, epochs=40)
```

## Use instead
```python
import keras
from sklearn.datasets import make_moons

x, y = make_moons(200)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
optimizer = keras.optimizers.Adadelta(learning_rate=1.0)
model.compile(optimizer=optimizer, loss="binary_crossentropy")
model.fit(x, y, epochs=40)
```

## Fix safety
Unsafe: the model is trained with other steps.

## What it does not claim
Anything where a rate is written out, or a callback may set it.

## References
- [Keras: Adadelta](https://keras.io/api/optimizers/adadelta/)
- [ADADELTA: an adaptive learning rate method](https://arxiv.org/abs/1212.5701)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.changes import Applicability, Cure, SetArgument
from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.training import Compiled, Optimizer, TrainingRun

from .rates import optimizer_of

_SMALL_SINCE = (2, 3)  # before, Keras took 1.0


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    target = script.targets.keras
    if target is not None and target < _SMALL_SINCE:
        return
    for run in script.runs:
        optimizer = optimizer_of(run)
        if optimizer is None or optimizer.name != "adadelta":
            continue
        if "learning_rate" in optimizer.config or "lr" in optimizer.config:
            continue
        written = repr(optimizer.string) if optimizer.string else "Adadelta()"
        yield Draft(
            run.here(optimizer.site),
            f"{written} means a learning rate of 0.001, where Adadelta expects 1.0",
            (Because(run.call, "it trains the model"),),
            "keras.optimizers.Adadelta(learning_rate=1.0), or 'adam'",
            cure=_cure(run, optimizer),
        )


def _cure(run: TrainingRun, optimizer: Optimizer) -> Cure | None:
    assert isinstance(run.compiled, Compiled)
    change = SetArgument(optimizer.site, "learning_rate", "1.0", 0)
    if optimizer.string is not None:
        made = "{keras.optimizers.Adadelta}(learning_rate=1.0)"
        change = SetArgument(run.compiled.site, "optimizer", made, 0)
    here = change.site.unit in run.units and optimizer.default is None
    return Cure(Applicability.UNSAFE, "Set the rate to 1.0", (change,)) if here else None


RULE = Rule("TFC504", "default-adadelta", Severity.WARNING, check, __doc__, intervention="adam")
