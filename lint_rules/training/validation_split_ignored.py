"""Both a validation split and validation data are given, and the split is ignored.

## What it does
Reports a `fit` with `validation_split` and `validation_data`.

## Why is this bad?
Keras takes the data and ignores the split without a word. The line says that a part of the
training data is held back, and nothing is.

## Example
```python
import keras
from sklearn.datasets import make_moons

x, y = make_moons(200)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(
    x[:160], y[:160], epochs=40, validation_split=0.2, validation_data=(x[160:], y[160:])
)
```

## Use instead
```python
import keras
from sklearn.datasets import make_moons

x, y = make_moons(200)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(x[:160], y[:160], epochs=40, validation_data=(x[160:], y[160:]))
```

## Fix safety
Safe: the argument has no effect.

## What it does not claim
Which of the two was meant.

## References
- [Keras: fit](https://keras.io/api/models/model_training_apis/#fit-method)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.values import Answer, number

from .feeding import is_given, without


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for run in script.runs:
        split = number(run.arguments.get("validation_split"))
        if run.method != "fit" or not split or is_given(run, "validation_data") is not Answer.YES:
            continue
        yield Draft(
            run.site,
            f"validation_split={split:g} is ignored, as validation_data is given as well",
            (Because(run.call, "both are passed here"),),
            "one of the two",
            cure=without(script, run, "validation_split"),
        )


RULE = Rule("TFC619", "validation-split-ignored", Severity.WARNING, check, __doc__)
