"""The learning rate is a whole number, which Keras 3 does not take.

## What it does
Reports an optimizer whose learning rate is written as an integer.

## Why is this bad?
Keras 3 raises a `ValueError`: `learning_rate` should be float.

## Example
```python
import keras
from sklearn.datasets import make_moons

x, y = make_moons(200)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
optimizer = keras.optimizers.Adadelta(learning_rate=1)
model.compile(optimizer=optimizer, loss="binary_crossentropy")
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
Safe: the program fails no longer.

## What it does not claim
That the rate is a good one.

## References
- [Keras: optimizers](https://keras.io/api/optimizers/)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.changes import Applicability, Cure, SetArgument
from tfcheck.rule import Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.effects.keras_objects import OPTIMIZER_DEFAULTS
from tfcheck.script.values import integer


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for use in script.uses.owned("keras.optimizers"):
        if use.name.lower() not in OPTIMIZER_DEFAULTS:
            continue
        rate = integer(use.argument(0, "learning_rate"))
        # TensorFlow's private copy of Keras 2 takes integers.
        if rate is None or use.guarded or use.spelled.startswith("tensorflow.python."):
            continue
        change = SetArgument(use.call, "learning_rate", f"{rate}.0", 0)
        yield Draft(
            use.site,
            f"learning_rate={rate} is an integer: {use.name} raises a ValueError in Keras 3",
            instead=f"learning_rate={rate}.0",
            cure=Cure(Applicability.SAFE, "Write the rate as a float", (change,))
            if use.call == use.site
            else None,
        )


RULE = Rule("TFC505", "integer-learning-rate", Severity.ERROR, check, __doc__)
