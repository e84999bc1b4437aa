"""A callback watches a metric of the project and does not say which way is better.

## What it does
Reports a `monitor` of `EarlyStopping`, `ReduceLROnPlateau` or `ModelCheckpoint` that names a
metric function of your own, where no `mode` is given.

## Why is this bad?
Keras knows the direction of its own metrics only. For another it raises a `ValueError` when the
first epoch ends.

## Example
```python
import keras
from sklearn.datasets import make_moons

def closeness(y_true, y_pred):
    return 1 - keras.ops.mean(keras.ops.abs(y_true - y_pred))

x, y = make_moons(200)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=[closeness])
stop = keras.callbacks.EarlyStopping("val_closeness", patience=5, restore_best_weights=True)
model.fit(x, y, epochs=40, validation_split=0.2, callbacks=[stop])
```

## Use instead
```python
import keras
from sklearn.datasets import make_moons

def closeness(y_true, y_pred):
    return 1 - keras.ops.mean(keras.ops.abs(y_true - y_pred))

x, y = make_moons(200)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=[closeness])
stop = keras.callbacks.EarlyStopping(
    "val_closeness", patience=5, mode="max", restore_best_weights=True
)
model.fit(x, y, epochs=40, validation_split=0.2, callbacks=[stop])
```

## Fix safety
No fix: only you know which way is better.

## What it does not claim
Anything about classes of metrics, which may know their direction. Keras 2 guessed, and took
whatever has no `acc` in its name for something to make small.

## References
- [Keras: EarlyStopping](https://keras.io/api/callbacks/early_stopping/)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.training import Compiled

from .monitors import is_plain, monitors, report_of


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for run in script.runs:
        if not is_plain(run):
            continue
        for monitor in monitors(run):
            report = report_of(run, monitor)
            if report is None or not report.own or monitor.mode != "auto":
                continue
            assert isinstance(run.compiled, Compiled)
            yield Draft(
                run.here(monitor.callback.site),
                f"{monitor.callback.name} watches {monitor.name!r}, of which Keras 3 does not "
                "know which way is better: it raises a ValueError",
                (
                    Because(run.compiled.site, f"{report.name} is a function of the project"),
                    Because(run.call, "it is trained with this callback"),
                ),
                "mode='max' or mode='min'",
            )


RULE = Rule("TFC604", "monitor-without-mode", Severity.ERROR, check, __doc__)
