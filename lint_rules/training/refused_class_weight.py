"""Class weights are passed where Keras cannot apply them.

## What it does
Reports `class_weight` in a `fit` of a model with several outputs, or of data from a Python
generator.

## Why is this bad?
Keras raises a `ValueError`: it does not know which output the classes belong to, and adds no
weights to what a generator yields.

## Example
```python
import keras
import numpy as np
from sklearn.datasets import make_moons

x, y = make_moons(200)

def batches():
    while True:
        rows = np.random.choice(200, 32)
        yield x[rows], y[rows]

model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(batches(), steps_per_epoch=7, epochs=40, class_weight={0: 1.0, 1: 2.0})
```

## Use instead
```python
import keras
import numpy as np
from sklearn.datasets import make_moons

x, y = make_moons(200)

def batches():
    while True:
        rows = np.random.choice(200, 32)
        yield x[rows], y[rows], np.where(y[rows] == 1, 2.0, 1.0)

model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(batches(), steps_per_epoch=7, epochs=40)
```

## Fix safety
No fix: the weights have to go to where the batches are made.

## What it does not claim
Anything about a `tf.data.Dataset` or an `ImageDataGenerator`, to which Keras does apply them.

## References
- [Keras: fit](https://keras.io/api/models/model_training_apis/#fit-method)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity, Site
from tfcheck.script import Script
from tfcheck.script.data import Data
from tfcheck.script.training import Head, Model, TrainingRun
from tfcheck.script.values import Answer

from .feeding import is_given


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for run in script.runs:
        if run.method != "fit" or is_given(run, "class_weight") is not Answer.YES:
            continue
        refusal = _refusal(run)
        if refusal is None:
            continue
        why, site = refusal
        yield Draft(
            run.site,
            f"class_weight with {why}: fit raises a ValueError",
            (Because(site, f"this is {why}"),),
            "weights of the examples, as sample_weight or from the generator",
        )


def _refusal(run: TrainingRun) -> tuple[str, Site] | None:
    model, x = run.model, run.arguments.get("x")
    if not isinstance(model, Model) or model.own_training:
        return None
    if isinstance(x, Data) and x.form == "generator" and x.what.startswith("the generator "):
        return "a Python generator", x.site
    if len(model.heads) > 1 and all(isinstance(each, Head) for each in model.heads):
        return f"a model of {len(model.heads)} outputs", model.site
    return None


RULE = Rule("TFC616", "refused-class-weight", Severity.ERROR, check, __doc__)
