"""A model is trained and was never compiled.

## What it does
Reports a `fit` of a model that is built in the same function, or in the same module, and is
compiled nowhere.

## Why is this bad?
Keras raises a `ValueError`: you must call `compile()` before using the model.

## Example
```python
import keras
from sklearn.datasets import make_moons

x, y = make_moons(200)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.fit(x, y, epochs=40)
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
No fix: optimizer and loss are a choice.

## What it does not claim
Anything about models that are loaded, come from elsewhere, or were handed to code that could not
be read.

## References
- [Keras: compile](https://keras.io/api/models/model_training_apis/#compile-method)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.training import Model, TrainingRun

from .feeding import call_of

_BUILT = frozenset({"keras.Sequential", "keras.Model"})
_FITS = frozenset({"fit", "train_on_batch"})


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    if script.problems:
        return
    for run in script.runs:
        model = run.model
        if not run.uncompiled or run.method not in _FITS or not isinstance(model, Model):
            continue
        if not model.touched and not model.own_training and _is_seen_whole(script, run):
            yield Draft(
                run.site,
                f"the model was never compiled: {run.method} raises a ValueError",
                (Because(model.site, "the model is made here"),),
                "model.compile(optimizer=..., loss=...) before",
            )


def _is_seen_whole(script: Script, run: TrainingRun) -> bool:
    """Whether all between the making of the model and its training was read."""
    assert isinstance(run.model, Model)
    fit = call_of(script, run)
    made = next(iter(script.uses.giving(run.model.reference)), None)
    if fit is None or made is None or made.path not in _BUILT:
        return False
    return made.functions == fit.functions and not fit.guarded


RULE = Rule("TFC618", "fit-without-compile", Severity.ERROR, check, __doc__)
