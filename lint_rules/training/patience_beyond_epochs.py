"""A callback waits for more epochs than there are.

## What it does
Reports `EarlyStopping` and `ReduceLROnPlateau` whose patience is not below the number of epochs.

## Why is this bad?
The callback can never act: before it has waited for as many epochs, training is over. The line
reads as if the run were guarded.

## Example
```python
import keras
from sklearn.datasets import make_moons

x, y = make_moons(200)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy")
stop = keras.callbacks.EarlyStopping(monitor="val_loss", patience=20)
model.fit(x, y, epochs=10, validation_split=0.2, callbacks=[stop])
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
No fix: whether the patience or the epochs are wrong only you know.

## What it does not claim
Anything about `restore_best_weights=True`: Keras 3 restores the best weights also where training
ends by itself, so that such a callback is of use. Silent where `fit` starts at an
`initial_epoch`, where only a command line assumes the number of epochs, or where the callback is
passed to a longer run as well.

## References
- [Keras: EarlyStopping](https://keras.io/api/callbacks/early_stopping/)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.training import Callback, TrainingRun
from tfcheck.script.values import Const, constant, integer

from .monitors import Monitor, count, is_plain, monitors

_DEFAULTS = {"EarlyStopping": 0, "ReduceLROnPlateau": 10}
_UNDONE = {
    "EarlyStopping": "it never stops training",
    "ReduceLROnPlateau": "it never lowers the learning rate",
}


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for run in script.runs:
        epochs = _epochs(run)
        # A single epoch is for trying out; no patience could fit it.
        if epochs is None or epochs == 1 or not is_plain(run):
            continue
        for monitor in monitors(run, *_DEFAULTS):
            name = monitor.callback.name
            patience = integer(monitor.callback.argument("patience") or Const(_DEFAULTS[name]))
            if patience is None or patience < epochs or _restores(monitor):
                continue
            if _serves_longer(script, monitor, patience):
                continue
            yield Draft(
                run.here(monitor.callback.site),
                f"{name} waits {count(patience)} in a run of {epochs:,}: {_UNDONE[name]}",
                (Because(run.call, f"it trains for {count(epochs)}"),),
                "a patience well below the number of epochs",
            )


def _epochs(run: TrainingRun) -> int | None:
    """The length of the run, where it is one piece and surely of that length."""
    epochs = run.epochs
    if not isinstance(epochs, Const) or epochs.default is not None:
        return None
    if "epochs" not in run.arguments or "initial_epoch" in run.arguments:
        return None
    return integer(epochs)


def _serves_longer(script: Script, monitor: Monitor, patience: int) -> bool:
    """Whether the same call made a callback of a run that may be long enough for it."""
    site = monitor.callback.site
    sharing = (
        run
        for run in script.runs
        if any(each.site == site for each in run.callbacks if isinstance(each, Callback))
    )
    return any((epochs := _epochs(run)) is None or epochs > patience for run in sharing)


def _restores(monitor: Monitor) -> bool:
    return constant(monitor.callback.argument("restore_best_weights") or Const(False)) is not False


RULE = Rule("TFC610", "patience-beyond-epochs", Severity.WARNING, check, __doc__)
