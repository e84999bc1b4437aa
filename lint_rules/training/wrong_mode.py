"""A callback takes the worst value of a metric for the best.

## What it does
Reports `mode="min"` with a metric that should be large, as accuracy, and `mode="max"` with one
that should be small, as the loss.

## Why is this bad?
Early stopping then ends training as soon as the metric improves for a while, and a checkpoint
keeps the worst model of all.

## Example
```python
import keras
from sklearn.datasets import make_moons

x, y = make_moons(200)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
best = keras.callbacks.ModelCheckpoint(
    "best.keras", monitor="val_accuracy", mode="min", save_best_only=True
)
model.fit(x, y, epochs=40, validation_split=0.2, callbacks=[best])
```

## Use instead
```python
import keras
from sklearn.datasets import make_moons

x, y = make_moons(200)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
best = keras.callbacks.ModelCheckpoint(
    "best.keras", monitor="val_accuracy", mode="max", save_best_only=True
)
model.fit(x, y, epochs=40, validation_split=0.2, callbacks=[best])
```

## Fix safety
Unsafe: training stops at another epoch, or another model is kept.

## What it does not claim
Anything about metrics of your own, or where a metric is not known.

## References
- [Keras: ModelCheckpoint](https://keras.io/api/callbacks/model_checkpoint/)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.changes import Applicability, Cure, SetArgument
from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.reports import DOWN, UP

from .monitors import Monitor, is_plain, monitors, report_of

_MODES = {UP: "max", DOWN: "min"}
_WORTH = {UP: "more of it is better", DOWN: "less of it is better"}
_KEPT = {
    "EarlyStopping": "it stops while training helps",
    "ModelCheckpoint": "it keeps the worst model",
    "ReduceLROnPlateau": "it lowers the learning rate while training helps",
}


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for run in script.runs:
        if not is_plain(run):
            continue
        for monitor in monitors(run):
            report = report_of(run, monitor)
            if report is None or report.direction is None or not monitor.acts:
                continue
            right = _MODES[report.direction]
            if monitor.mode not in ("min", "max") or monitor.mode == right:
                continue
            site = monitor.callback.site
            yield Draft(
                run.here(site),
                f"mode={monitor.mode!r} with {monitor.name!r}: {_KEPT[monitor.callback.name]}",
                (
                    Because(site, f"{monitor.name!r} is watched, and {_WORTH[report.direction]}"),
                    Because(run.call, "it is trained with this callback"),
                ),
                f"mode={right!r}",
                cure=_cure(monitor, right) if site.unit in run.units else None,
            )


def _cure(monitor: Monitor, right: str) -> Cure:
    place = 5 if monitor.callback.name == "ModelCheckpoint" else 4
    change = SetArgument(monitor.callback.site, "mode", f'"{right}"', place)
    return Cure(Applicability.UNSAFE, f"Set the mode to {right!r}", (change,))


RULE = Rule("TFC608", "wrong-mode", Severity.ERROR, check, __doc__)
