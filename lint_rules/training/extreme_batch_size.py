"""A step is made of a single row, or of all of them.

## What it does
Reports, as a note, `batch_size=1` on a thousand rows or more, and a batch size that holds all
rows of as many.

## Why is this bad?
A single row makes noisy steps, uses a fraction of the machine, and leaves batch normalisation
nothing to compare. All rows at once make one step an epoch, so that training takes as many epochs
as it needs steps.

## Example
```python
import keras
from sklearn.datasets import make_moons

x, y = make_moons(2000)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(x, y, epochs=40, batch_size=1, validation_split=0.2)
```

## Use instead
```python
import keras
from sklearn.datasets import make_moons

x, y = make_moons(2000)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(x, y, epochs=40, batch_size=32, validation_split=0.2)
```

## Options
- `rows` (1000): data of fewer rows are not reported.

## Fix safety
No fix: which size is right depends on model and data.

## What it does not claim
Anything about recurrent layers that keep their state from batch to batch, or where it is not
known how many rows there are.

## References
- [Keras: fit](https://keras.io/api/models/model_training_apis/#fit-method)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.data import Data
from tfcheck.script.training import Layer, Model, TrainingRun
from tfcheck.script.values import Const, constant, integer

from .monitors import is_plain


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for run in script.runs:
        size, rows = integer(run.arguments.get("batch_size")), _rows(run)
        if size is None or rows is None or rows < int(options["rows"]) or not is_plain(run):
            continue
        if (size != 1 and size < rows) or _keeps_state(run):
            continue
        what = "a single row" if size == 1 else f"all {rows:,} rows"
        yield Draft(
            run.site,
            f"batch_size={size}: each step is made of {what}",
            (Because(run.call, f"it is trained on {rows:,} rows"),),
            "batch_size=32, or another between 16 and 512",
        )


def _rows(run: TrainingRun) -> int | None:
    data = run.features[0] if run.features else None
    return data.shape[0] if isinstance(data, Data) and data.shape else None


def _keeps_state(run: TrainingRun) -> bool:
    assert isinstance(run.model, Model)
    return any(
        not isinstance(each, Layer)
        or constant(each.argument("stateful") or Const(False)) is not False
        for each in run.model.layers
    )


RULE = Rule("TFC622", "extreme-batch-size", Severity.NOTE, check, __doc__, {"rows": 1000})
