"""A validation split takes rows away from a handful.

## What it does
Reports `validation_split` on an array that is written out and has at most ten rows.

## Why is this bad?
Keras trains on the first rows and holds back the last, of any number of rows at least one: of two
rows with `validation_split=0.1` one is trained on, and the other is never seen. Of so few rows each
is a case of its own, as in the table of XOR, and the model cannot learn what it is not shown.

## Example
```python
import keras
import numpy as np

x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
y = np.array([[0], [1], [1], [0]])
model = keras.Sequential([keras.layers.Dense(8, "tanh"), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer=keras.optimizers.Adam(0.05), loss="binary_crossentropy")
model.fit(x, y, epochs=90, validation_split=0.1)
```

## Use instead
```python
import keras
import numpy as np

x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
y = np.array([[0], [1], [1], [0]])
model = keras.Sequential([keras.layers.Dense(8, "tanh"), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer=keras.optimizers.Adam(0.05), loss="binary_crossentropy")
model.fit(x, y, epochs=90)
```

## Options
- `rows` (10): data of more rows are not reported.

## Fix safety
No fix: callbacks may watch the validation.

## What it does not claim
Anything about data that are read or computed, of which there may be more another time.

## References
- [Keras: fit](https://keras.io/api/models/model_training_apis/#fit-method)
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.data import Data
from tfcheck.script.training import TrainingRun
from tfcheck.script.values import Answer, number

from .feeding import is_given


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for run in script.runs:
        split, data = number(run.arguments.get("validation_split")), _written_out(run)
        if run.method != "fit" or not split or data is None or not data.shape:
            continue
        rows = data.shape[0]
        if rows is None or rows > int(options["rows"]):
            continue
        if is_given(run, "validation_data") is not Answer.NO:
            continue
        left = math.floor(rows * (1.0 - split))
        yield Draft(
            run.site,
            f"validation_split={split:g} leaves {left} of {rows} rows to train on",
            (Because(data.site, f"there are {rows} rows"),),
            "all rows for training",
        )


def _written_out(run: TrainingRun) -> Data | None:
    """The features, where they are numbers that the script writes out, and nothing else."""
    data = run.features[0] if len(run.features) == 1 else None
    return data if isinstance(data, Data) and data.ground == "literal" else None


RULE = Rule("TFC625", "split-leaves-few-rows", Severity.WARNING, check, __doc__, {"rows": 10})
