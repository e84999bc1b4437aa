"""Rows are trained on in the same order in each epoch.

## What it does
Reports, where it is asked for, `shuffle=False` in a `fit` of arrays, for models without recurrent
layers.

## Why is this bad?
Rows that lie together come into the same batches again and again. Where they are sorted by class
each batch pulls the model to another one.

## Example
```python
import keras
from sklearn.datasets import make_moons

x, y = make_moons(200)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(x, y, epochs=40, shuffle=False, validation_split=0.2)
```

## Use instead
```python
import keras
from sklearn.datasets import make_moons

x, y = make_moons(200)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(x, y, epochs=40, validation_split=0.2)
```

## Fix safety
Unsafe: the model is trained on other batches.

## What it does not claim
That the rows are in any order.

## References
- [Keras: fit](https://keras.io/api/models/model_training_apis/#fit-method)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.changes import Applicability, Cure, RemoveArgument
from tfcheck.rule import Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.data import Data
from tfcheck.script.training import Layer, Model, TrainingRun
from tfcheck.script.values import constant

from .monitors import is_plain

_PLAIN_LAYERS = ("Activation", "BatchNormalization", "Dense", "Dropout", "Flatten", "Input")
_IMAGES = ("Conv2D", "MaxPooling2D", "AveragePooling2D", "GlobalAveragePooling2D")


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for run in script.runs:
        if constant(run.arguments.get("shuffle")) is not False or not is_plain(run):
            continue
        if _is_of_arrays(run) and not _may_need_the_order(run):
            change = RemoveArgument(run.call, "shuffle")
            cure = Cure(Applicability.UNSAFE, "Remove `shuffle`", (change,))
            yield Draft(
                run.site,
                "shuffle=False: each epoch has the same batches in the same order",
                instead="no shuffle=False",
                cure=cure if run.call.unit in run.units else None,
            )


def _is_of_arrays(run: TrainingRun) -> bool:
    x = run.arguments.get("x")
    return isinstance(x, Data) and x.form in ("array", "frame")


def _may_need_the_order(run: TrainingRun) -> bool:
    assert isinstance(run.model, Model)
    known = _PLAIN_LAYERS + _IMAGES
    return not all(
        isinstance(each, Layer) and each.name.startswith(known) for each in run.model.layers
    )


RULE = Rule(
    "TFC623",
    "unshuffled-training",
    Severity.NOTE,
    check,
    __doc__,
    opt_in=True,
    intervention="shuffled-order",
)
