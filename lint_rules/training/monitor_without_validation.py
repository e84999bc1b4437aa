"""A callback watches a validation metric, and `fit` has no validation data.

## What it does
Reports `EarlyStopping`, `ReduceLROnPlateau`, or `ModelCheckpoint(save_best_only=True)` that
watches `val_loss` (their default) or another `val_` metric in a `fit` without `validation_data`
and `validation_split`.

## Why is this bad?
The number does not exist. Keras warns once an epoch and goes on: training never stops early, the
learning rate is never lowered, and a checkpoint saves each epoch, whether it is better or not.

## Example
```python
import keras
from sklearn.datasets import make_moons

x, y = make_moons(200)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy")
stop = keras.callbacks.EarlyStopping(monitor="val_loss", patience=5, restore_best_weights=True)
model.fit(x, y, epochs=40, callbacks=[stop])
```

## Use instead
```python
import keras
from sklearn.datasets import make_moons

x, y = make_moons(200)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy")
stop = keras.callbacks.EarlyStopping(monitor="val_loss", patience=5, restore_best_weights=True)
model.fit(x, y, epochs=40, validation_split=0.2, callbacks=[stop])
```

## Fix safety
No fix: only you know which data to hold back.

## What it does not claim
Anything about a model that trains by itself, or next to a callback of your own that could write
the number into the logs.

## References
- [Keras: EarlyStopping](https://keras.io/api/callbacks/early_stopping/)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.values import Answer

from .monitors import is_plain, monitors

_UNDONE = {
    "EarlyStopping": "it cannot stop training",
    "ModelCheckpoint": "it cannot tell which epoch is the best",
    "ReduceLROnPlateau": "it cannot lower the learning rate",
}


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for run in script.runs:
        if run.validated is not Answer.NO or not is_plain(run):
            continue
        for monitor in monitors(run):
            if not monitor.of_validation or not monitor.acts:
                continue
            name = monitor.callback.name
            yield Draft(
                run.here(monitor.callback.site),
                f"{name} watches {monitor.name!r}, but there are no validation data: "
                f"{_UNDONE[name]}",
                (Because(run.call, "it is trained without validation data"),),
                f"validation_data or validation_split, or monitor={monitor.base!r}",
            )


RULE = Rule("TFC602", "monitor-without-validation", Severity.ERROR, check, __doc__)
