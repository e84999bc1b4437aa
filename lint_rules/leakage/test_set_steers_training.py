"""The score is of the rows by which training was stopped, or its best epoch chosen.

## What it does
Reports a model that is evaluated on the test part by which it was validated, where the validation
loss or metric decides when training ends (`EarlyStopping`) or which weights are kept and loaded
again (`ModelCheckpoint(save_best_only=True)`), and where it is evaluated on nothing else. A test
part is one of a data set of Keras, or the second part of a split.

## Why is this bad?
The best of many epochs is chosen for these rows, so the score on them is the best of many draws:
too good, the more so the fewer rows there are and the more epochs were tried. Nothing
is left that could tell how the model does on new rows.

## Example
```python
import keras
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

x, y = load_digits(return_X_y=True)
x_train, x_test, y_train, y_test = train_test_split(x / 16, y, random_state=0)
model = keras.Sequential([keras.layers.Dense(32, "relu"), keras.layers.Dense(10, "softmax")])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
stop = keras.callbacks.EarlyStopping(patience=5, restore_best_weights=True)
model.fit(x_train, y_train, epochs=100, validation_data=(x_test, y_test), callbacks=[stop])
model.evaluate(x_test, y_test)
```

## Use instead
```python
import keras
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

x, y = load_digits(return_X_y=True)
x_train, x_test, y_train, y_test = train_test_split(x / 16, y, random_state=0)
x_train, x_val, y_train, y_val = train_test_split(x_train, y_train, random_state=0)
model = keras.Sequential([keras.layers.Dense(32, "relu"), keras.layers.Dense(10, "softmax")])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
stop = keras.callbacks.EarlyStopping(patience=5, restore_best_weights=True)
model.fit(x_train, y_train, epochs=100, validation_data=(x_val, y_val), callbacks=[stop])
model.evaluate(x_test, y_test)
```

## Fix safety
No fix: it takes rows that were held out from the start.

## What it does not claim
That validating by the test part is wrong where nothing depends on it: then it is only watched.
Silent where the run is of five epochs at most, which leave nothing to choose from.

## References
- [Keras: training and evaluation](https://keras.io/guides/training_with_built_in_methods/)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.data import Data
from tfcheck.script.held_out import VALIDATION, held_out
from tfcheck.script.judgements import part
from tfcheck.script.training import Callback, Model, TrainingRun
from tfcheck.script.values import Value, constant, string


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for run in script.runs:
        decides = () if run.short else _decides(script, run)
        held = list(held_out(script, run)) if decides else []
        validation = next((each for each in held if each.how == VALIDATION), None)
        if validation is None or not _is_test_part(validation.x):
            continue
        later = [each for each in held if each.how != VALIDATION]
        known = validation.data, run.arguments.get("x")
        if not all(any(each.data is data for data in known) for each in later):
            continue
        for each in later:
            if each.how == "evaluate" and each.data is validation.data:
                yield Draft(
                    each.site,
                    "the score is of the rows that training was steered by",
                    (Because(run.call, "the model is validated by the same data"), *decides),
                    "hold out a third part, and evaluate on that",
                )


def _decides(script: Script, run: TrainingRun) -> tuple[Because, ...]:
    """What chooses an epoch by the validation data."""
    lines: list[Because] = []
    for each in run.callbacks:
        if not isinstance(each, Callback) or each.more is not None or not _by_validation(each):
            continue
        if each.name == "EarlyStopping":
            lines.append(Because(each.site, "EarlyStopping ends training by it"))
        best = constant(each.config.get("save_best_only")) is True
        if each.name == "ModelCheckpoint" and best and _loads(script, run):
            lines.append(Because(each.site, "the best weights by it are loaded again"))
    return tuple(lines)


def _by_validation(callback: Callback) -> bool:
    monitor = callback.config.get("monitor")
    return monitor is None or (string(monitor) or "").startswith("val_")


def _loads(script: Script, run: TrainingRun) -> bool:
    if not isinstance(run.model, Model):
        return False
    loads = script.uses.of("model.load_weights")
    return any(use.receiver == run.model.reference for use in loads)


def _is_test_part(value: Value) -> bool:
    """What nothing says to be a test part is taken for validation data, and its score for that."""
    found = part(value) if isinstance(value, Data) else None
    return found is not None and found.role == "test"


RULE = Rule("TFC205", "test-set-steers-training", Severity.WARNING, check, __doc__)
