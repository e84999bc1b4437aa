"""Training sees the data once, as no number of epochs is given.

## What it does
Reports, where it is asked for, a `fit` without `epochs`, outside of any loop.

## Why is this bad?
The default is a single epoch, which is rarely enough for a model that begins from nothing.

## Example
```python
import keras
from sklearn.datasets import make_moons

x, y = make_moons(200)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(x, y)
```

## Use instead
```python
import keras
from sklearn.datasets import make_moons

x, y = make_moons(200)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(x, y, epochs=40)
```

## Fix safety
No fix: how many epochs are enough depends on model and data.

## What it does not claim
That one epoch is too few: `epochs=1`, written out, silences the rule.

## References
- [Keras: fit](https://keras.io/api/models/model_training_apis/#fit-method)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.rule import Draft, OptionValue, Rule, Severity
from tfcheck.script import Script

from .monitors import is_plain


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    if len(script.runs) != 1:
        return
    (run,) = script.runs
    if is_plain(run) and not run.in_loop and "epochs" not in run.arguments:
        yield Draft(
            run.site,
            "no epochs are given: training sees the data once",
            instead="epochs=...",
        )


RULE = Rule("TFC621", "one-epoch", Severity.NOTE, check, __doc__, opt_in=True)
