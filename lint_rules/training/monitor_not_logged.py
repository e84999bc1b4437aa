"""A callback watches a metric that `fit` does not log under that name.

## What it does
Reports a `monitor` of `EarlyStopping`, `ReduceLROnPlateau` or `ModelCheckpoint` that is neither
the loss nor one of the metrics of `compile`.

## Why is this bad?
A metric is logged as it was written: `metrics=["accuracy"]` gives `accuracy` and `val_accuracy`,
never `val_acc`. Keras 3 raises a `ValueError` when the first epoch ends. With a `mode` it only
warns: training never stops early, and a checkpoint saves each epoch, better or not.

## Example
```python
import keras
from sklearn.datasets import make_moons

x, y = make_moons(200)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
stop = keras.callbacks.EarlyStopping(monitor="val_acc", patience=5, restore_best_weights=True)
model.fit(x, y, epochs=40, validation_split=0.2, callbacks=[stop])
```

## Use instead
```python
import keras
from sklearn.datasets import make_moons

x, y = make_moons(200)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
stop = keras.callbacks.EarlyStopping(monitor="val_accuracy", patience=5, restore_best_weights=True)
model.fit(x, y, epochs=40, validation_split=0.2, callbacks=[stop])
```

## Fix safety
Safe where the same metric is logged under another name and Keras raises. Unsafe where a `mode`
is given, as the callback then begins to act.

## What it does not claim
Anything where one of the metrics is not known, the model has several outputs, whose names come
in front, or another callback may write into the logs.

## References
- [Keras: metrics](https://keras.io/api/metrics/)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tfcheck.changes import Applicability, Cure, SetArgument
from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.names import function_name
from tfcheck.script.reports import Reported
from tfcheck.script.training import Compiled, TrainingRun
from tfcheck.script.values import Answer

from .monitors import RATES, Monitor, is_plain, monitors, reports_of


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for run in script.runs:
        logged = reports_of(run)
        if logged is None or not is_plain(run):
            continue
        for monitor in monitors(run):
            if _is_missing(run, monitor, logged):
                yield _draft(run, monitor, logged)


def _is_missing(run: TrainingRun, monitor: Monitor, logged: Sequence[Reported]) -> bool:
    if monitor.of_validation and run.validated is Answer.NO:
        return False  # nothing of the kind exists, which is another rule's to say
    if monitor.base in RATES or any(each.is_called(monitor.base) for each in logged):
        return False
    return monitor.mode == "auto" or (monitor.mode in ("min", "max") and monitor.acts)


def _draft(run: TrainingRun, monitor: Monitor, logged: Sequence[Reported]) -> Draft:
    assert isinstance(run.compiled, Compiled)
    callback, raises = monitor.callback, monitor.mode == "auto"
    names = ", ".join(each.name for each in logged)
    effect = "it raises a ValueError in Keras 3" if raises else "it never sees one improve"
    prefix = "val_" if monitor.of_validation else ""
    same = [each for each in logged if each.function == function_name(monitor.base)]
    right = f"{prefix}{same[0].name}" if len(same) == 1 else None
    cure = None
    if right is not None and callback.site.unit in run.units:
        cure = Cure(
            Applicability.SAFE if raises else Applicability.UNSAFE,
            f"Watch {right!r}",
            (SetArgument(callback.site, "monitor", f'"{right}"', monitor.place),),
        )
    return Draft(
        run.here(callback.site),
        f"{callback.name} watches {monitor.name!r}, which is not logged: {effect}",
        (
            Because(run.compiled.site, f"what is logged is set here: {names}"),
            Because(run.call, "it is trained with this callback"),
        ),
        f"monitor={right!r}" if right else f"one of these: {names}, or val_ and one of these",
        cure=cure,
    )


RULE = Rule("TFC603", "monitor-not-logged", Severity.ERROR, check, __doc__)
