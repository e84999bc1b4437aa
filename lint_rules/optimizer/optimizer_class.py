"""The class of an optimizer is passed, and no optimizer.

## What it does
Reports `compile` with the class of an optimizer, as in `optimizer=keras.optimizers.Adam`.

## Why is this bad?
Keras raises a `ValueError`: it could not interpret the optimizer.

## Example
```python
import keras
from sklearn.datasets import make_moons

x, y = make_moons(200)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer=keras.optimizers.Adam, loss="binary_crossentropy")
model.fit(x, y, epochs=40)
```

## Use instead
```python
import keras
from sklearn.datasets import make_moons

x, y = make_moons(200)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer=keras.optimizers.Adam(), loss="binary_crossentropy")
model.fit(x, y, epochs=40)
```

## Fix safety
Safe: the program fails no longer.

## What it does not claim
That the defaults of the optimizer suit.

## References
- [Keras: compile](https://keras.io/api/models/model_training_apis/#compile-method)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.changes import Applicability, Cure, SetArgument
from tfcheck.rule import Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.effects.keras_objects import OPTIMIZER_DEFAULTS
from tfcheck.script.values import Symbol


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for use in script.uses.of("model.compile"):
        given = use.argument(0, "optimizer")
        if not isinstance(given, Symbol) or use.guarded:
            continue
        owner, _, name = given.path.rpartition(".")
        if owner != "keras.optimizers" or name.lower() not in OPTIMIZER_DEFAULTS:
            continue
        change = SetArgument(use.call, "optimizer", f"{{{given.path}}}()", 0)
        yield Draft(
            use.site,
            f"{name} is a class: compile raises a ValueError",
            instead=f"optimizer={name}()",
            cure=Cure(Applicability.SAFE, f"Make a {name} of it", (change,))
            if use.call == use.site
            else None,
        )


RULE = Rule("TFC510", "optimizer-class", Severity.ERROR, check, __doc__)
