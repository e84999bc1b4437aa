"""Early stopping ends training before the learning rate would be lowered.

## What it does
Reports `ReduceLROnPlateau` whose patience is not shorter than that of an `EarlyStopping` which
watches the same metric.

## Why is this bad?
Both count epochs without improvement. The one that waits longer never has its turn: training is
over before the rate is lowered, or in the same epoch.

## Example
```python
import keras
from sklearn.datasets import make_moons

x, y = make_moons(200)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy")
callbacks = [
    keras.callbacks.EarlyStopping(monitor="val_loss", patience=5, restore_best_weights=True),
    keras.callbacks.ReduceLROnPlateau(monitor="val_loss", patience=10),
]
model.fit(x, y, epochs=40, validation_split=0.2, callbacks=callbacks)
```

## Use instead
```python
import keras
from sklearn.datasets import make_moons

x, y = make_moons(200)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy")
callbacks = [
    keras.callbacks.EarlyStopping(monitor="val_loss", patience=12, restore_best_weights=True),
    keras.callbacks.ReduceLROnPlateau(monitor="val_loss", patience=4),
]
model.fit(x, y, epochs=40, validation_split=0.2, callbacks=callbacks)
```

## Fix safety
No fix: which of the two should wait how long is a choice.

## What it does not claim
That the rate is never lowered: each callback has a smallest change that it counts, `min_delta`,
and with the defaults an improvement below 0.0001 counts for the one and not for the other. Silent
where `ReduceLROnPlateau` is given one above 0.001.

## References
- [Keras: ReduceLROnPlateau](https://keras.io/api/callbacks/reduce_lr_on_plateau/)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.values import Const, integer, number

from .monitors import Monitor, count, is_plain, monitors

# An improvement below this hardly is one.
_HARDLY = 0.001


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for run in script.runs:
        if not is_plain(run):
            continue
        for stop in monitors(run, "EarlyStopping"):
            for plateau in monitors(run, "ReduceLROnPlateau"):
                longer, shorter = _patience(plateau, 10), _patience(stop, 0)
                if longer is None or not shorter or longer < shorter or plateau.name != stop.name:
                    continue
                if not _counts_alike(stop, plateau):
                    continue
                yield Draft(
                    run.here(plateau.callback.site),
                    f"ReduceLROnPlateau waits {count(longer)}, and EarlyStopping ends training "
                    f"after {shorter:,}",
                    (
                        Because(stop.callback.site, f"it watches {stop.name!r} as well"),
                        Because(run.call, "it is trained with both"),
                    ),
                    f"ReduceLROnPlateau(patience=...) below {shorter:,}",
                )


def _patience(monitor: Monitor, default: int) -> int | None:
    return integer(monitor.callback.argument("patience") or Const(default))


def _counts_alike(stop: Monitor, plateau: Monitor) -> bool:
    """Whether the two take much the same epochs for improvements."""
    if any(stop.callback.argument(name) is not None for name in ("baseline", "start_from_epoch")):
        return False
    smallest = (plateau.callback.argument(name) for name in ("min_delta", "epsilon"))
    return all((number(each) or 1) <= _HARDLY for each in smallest if each is not None)


RULE = Rule("TFC609", "plateau-after-early-stopping", Severity.WARNING, check, __doc__)
