"""Early stopping watches the training data while validation data are there.

## What it does
Reports `EarlyStopping` that monitors the loss or a metric of the training data in a `fit` with
validation data.

## Why is this bad?
The training loss goes on falling while the model overfits, so that training is stopped too late
or never. The validation data are computed each epoch and not asked.

## Example
```python
import keras
from sklearn.datasets import make_moons

x, y = make_moons(200)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy")
stop = keras.callbacks.EarlyStopping(monitor="loss", patience=5, restore_best_weights=True)
model.fit(x, y, epochs=40, validation_split=0.2, callbacks=[stop])
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
Unsafe: training stops at another epoch.

## What it does not claim
That the model overfits. Silent where another `EarlyStopping` watches the validation data.

## References
- [Keras: EarlyStopping](https://keras.io/api/callbacks/early_stopping/)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.changes import Applicability, Cure, SetArgument
from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.values import Answer

from .monitors import is_plain, monitors, report_of


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for run in script.runs:
        if run.validated is not Answer.YES or not is_plain(run):
            continue
        watched = list(monitors(run, "EarlyStopping"))
        if len(watched) != 1 or watched[0].of_validation or report_of(run, watched[0]) is None:
            continue
        (monitor,) = watched
        site, right = monitor.callback.site, f"val_{monitor.name}"
        change = SetArgument(site, "monitor", f'"{right}"', monitor.place)
        cure = Cure(Applicability.UNSAFE, f"Watch {right!r}", (change,))
        yield Draft(
            run.here(site),
            f"EarlyStopping watches {monitor.name!r} of the training data, and there are "
            "validation data",
            (Because(run.call, "it is trained with validation data"),),
            f"monitor={right!r}",
            cure=cure if site.unit in run.units else None,
        )


RULE = Rule("TFC605", "early-stopping-on-training-data", Severity.NOTE, check, __doc__)
