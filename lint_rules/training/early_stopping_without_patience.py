"""Early stopping ends training at the first epoch that is no better.

## What it does
Reports `EarlyStopping` whose `patience` is not set.

## Why is this bad?
The default is 0. A validation loss goes up and down from epoch to epoch, so that one unlucky
epoch ends the run, often the second or third.

## Example
```python
import keras
from sklearn.datasets import make_moons

x, y = make_moons(200)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy")
stop = keras.callbacks.EarlyStopping(monitor="val_loss")
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
No fix: how long to wait depends on how much the loss goes up and down.

## What it does not claim
Anything where `patience=0` is written out, which says that it was meant, or where a `baseline`
is given. Silent where the script makes another one with a patience: it compares the two.

## References
- [Keras: EarlyStopping](https://keras.io/api/callbacks/early_stopping/)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.values import integer

from .monitors import is_plain, monitors


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    if any("patience" in use.keywords for use in script.uses.named("EarlyStopping")):
        return
    for run in script.runs:
        if not is_plain(run) or integer(run.epochs) == 1:
            continue
        for monitor in monitors(run, "EarlyStopping"):
            callback = monitor.callback
            if any(callback.argument(name) is not None for name in ("patience", "baseline")):
                continue
            yield Draft(
                run.here(callback.site),
                "EarlyStopping has no patience: the first epoch that is no better ends training",
                (Because(run.call, "it is trained with this callback"),),
                "patience=..., and restore_best_weights=True",
            )


RULE = Rule("TFC607", "early-stopping-without-patience", Severity.WARNING, check, __doc__)
