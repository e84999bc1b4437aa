"""Early stopping leaves the last weights in the model, not the best.

## What it does
Reports `EarlyStopping` that watches validation data with some patience, without
`restore_best_weights` and without a `ModelCheckpoint` that keeps the best model.

## Why is this bad?
Training stops `patience` epochs after the best one, and the model keeps the weights of the last:
those of `patience` epochs that were all worse. A note where nothing is done with the model later,
or where the run is of five epochs at most.

## Example
```python
import keras
from sklearn.datasets import make_moons

x, y = make_moons(200)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy")
stop = keras.callbacks.EarlyStopping(monitor="val_loss", patience=5)
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
Unsafe: the model that is left is another one.

## What it does not claim
Anything where `restore_best_weights=False` is written out, which says that it was meant, or
where another callback is not known and may keep the best weights. Silent where the callback watches
what is never logged, or takes the worst for the best by its `mode`: `monitor-not-logged` and
`wrong-mode` say so, and until then the weights that it would restore are not the best.

## References
- [Keras: EarlyStopping](https://keras.io/api/callbacks/early_stopping/)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.changes import Applicability, Cure, SetArgument
from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.held_out import is_left
from tfcheck.script.training import Callback, TrainingRun
from tfcheck.script.values import Answer, constant, integer

from .monitors import count, is_plain, is_sound, monitors


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for run in script.runs:
        if run.validated is Answer.NO or not is_plain(run) or _keeps_the_best(run):
            continue
        for monitor in monitors(run, "EarlyStopping"):
            callback = monitor.callback
            patience = integer(callback.argument("patience"))
            if not monitor.of_validation or not patience or _is_idle(run, patience):
                continue
            if not is_sound(run, monitor):
                continue
            change = SetArgument(callback.site, "restore_best_weights", "True", 6)
            cure = Cure(Applicability.UNSAFE, "Restore the best weights", (change,))
            yield Draft(
                run.here(callback.site),
                "EarlyStopping leaves the last weights in the model, "
                f"{count(patience)} after the best",
                (Because(run.call, "it trains the model"),),
                "restore_best_weights=True",
                Severity.NOTE if run.short or is_left(script, run) else None,
                cure=cure if callback.site.unit in run.units else None,
            )


def _keeps_the_best(run: TrainingRun) -> bool:
    """Whether the best weights are kept, or that was surely thought of."""
    for each in run.callbacks:
        assert isinstance(each, Callback)
        if each.argument("restore_best_weights") is not None:
            return True
        best = each.argument("save_best_only")
        if each.name == "ModelCheckpoint" and best is not None and constant(best) is not False:
            return True
    return False


def _is_idle(run: TrainingRun, patience: int) -> bool:
    """Whether the run is over before the patience is."""
    epochs = integer(run.epochs)
    return epochs is not None and epochs <= patience


RULE = Rule("TFC606", "best-weights-not-restored", Severity.WARNING, check, __doc__)
