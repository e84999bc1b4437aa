"""Nothing tells how the model does on data that it was not trained on.

## What it does
Reports, where it is asked for, a model that is trained for 5 epochs or more without validation
data, and is never evaluated or asked for predictions.

## Why is this bad?
The training loss falls also while a model learns its data by heart. Without other data nobody
sees when that begins.

## Example
```python
import keras
from sklearn.datasets import make_moons

x, y = make_moons(200)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(x, y, epochs=40)
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

## Options
- `epochs` (5): a run of this many is reported.

## Fix safety
No fix: only you know which data to hold back.

## What it does not claim
Anything about a `fit` without targets or in a loop, or where a callback or code that is not known
may evaluate the model.

## References
- [Keras: fit](https://keras.io/api/models/model_training_apis/#fit-method)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.training import Model, TrainingRun
from tfcheck.script.values import Answer, integer

from .monitors import is_plain

# Methods that do not ask a model what it makes of data.
_SILENT = frozenset("compile fit add summary build pop get_config count_params save".split())


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    if any(run.validated is not Answer.NO for run in script.runs):
        return
    for run in script.runs:
        epochs = integer(run.epochs)
        if epochs is None or epochs < int(options["epochs"]) or not run.labels or run.in_loop:
            continue
        if is_plain(run) and not _is_asked(script, run):
            yield Draft(
                run.site,
                f"{epochs:,} epochs, and nothing tells how the model does on other data",
                (Because(run.call, "it is trained without validation data"),),
                "validation_data or validation_split",
            )


def _is_asked(script: Script, run: TrainingRun) -> bool:
    """Whether the model may be evaluated, here or by whoever gets hold of it."""
    assert isinstance(run.model, Model)
    model = run.model.reference
    called = script.uses.on(model)
    handed = any(model in (*use.args, *use.keywords.values()) for use in script.uses)
    outside = any(use.functions for use in script.uses.at(run.call))
    return handed or outside or any(use.name not in _SILENT for use in called)


RULE = Rule("TFC620", "no-validation", Severity.NOTE, check, __doc__, {"epochs": 5}, opt_in=True)
