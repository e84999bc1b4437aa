"""A long training run that nothing ends when it no longer helps.

## What it does
Reports a `fit` of 100 epochs or more without `EarlyStopping` and without another callback that
could stop it, where validation data are there to stop by; from 50 epochs as a note. Without them it
is a note too, unless it is a classifier whose training nothing looks at, neither a validation nor
anything later: a crossentropy falls for ever on classes that can be told apart, and the guess is
then the only word on when it is enough. A note as well where a `ModelCheckpoint` keeps the best
weights, and where what validates is the test part, by which one should not choose when to stop, or
is not known, and where there are fewer than 200 rows, of which an epoch is a few steps.

## Why is this bad?
The number of epochs is a guess. Too many cost compute and overfit, and the weights that are
kept are the last ones, not the best.

## Example
```python
import keras
from sklearn.datasets import make_moons

x, y = make_moons(200)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(x, y, epochs=500, validation_split=0.2)
```

## Use instead
```python
import keras
from sklearn.datasets import make_moons

x, y = make_moons(200)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy")
stop = keras.callbacks.EarlyStopping(monitor="val_loss", patience=20, restore_best_weights=True)
model.fit(x, y, epochs=500, validation_split=0.2, callbacks=[stop])
```

## Options
- `epochs` (100): a run of this many is reported.
- `validated-epochs` (50): with validation data, a run of this many is a note.

## Fix safety
Unsafe: `EarlyStopping` is passed beside the callbacks that there are, with a patience of a tenth of
the epochs, 5 to 50, and training ends sooner, as it should. Where there are no validation data
`validation_split=0.1` is added, which takes the end of the arrays: of arrays that are shuffled,
or the training part of a split. Else it stops by the training loss. No fix where it is not known
what is passed for the callbacks.

## What it does not claim
That the run is too long, only that nothing would notice. Silent where the length is part of
the method: a `train_step` of its own, a `fit` in a loop or with `initial_epoch`, a learning rate
that follows a schedule, a `fit` without targets; and wherever a callback is not known.

## References
- [Keras: EarlyStopping](https://keras.io/api/callbacks/early_stopping/)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lint_rules.loss.families import CROSSENTROPIES
from tfcheck.changes import AppendToArgument, Applicability, Change, Cure, SetArgument
from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.data import Data
from tfcheck.script.held_out import is_left
from tfcheck.script.judgements import part
from tfcheck.script.training import Callback, Compiled, Model, Optimizer, TrainingRun
from tfcheck.script.values import NONE, Answer, Const, Tuple, constant, number

# Callbacks of Keras that surely never end a run, nor plan it by its length.
_HARMLESS = frozenset(
    "BackupAndRestore BaseLogger CSVLogger History ModelCheckpoint ProgbarLogger RemoteMonitor "
    "SwapEMAWeights TensorBoard".split()
)

_LEAST_PATIENCE, _MOST_PATIENCE = 5, 50
_FEW_ROWS = 200
_LEAST_ROWS = 100  # of which a tenth still says something


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for run in script.runs:
        epochs = run.epochs
        if not isinstance(epochs, Const) or not isinstance(epochs.value, int):
            continue
        long = epochs.value >= int(options["epochs"])
        noteworthy = run.validated is Answer.YES and epochs.value >= int(
            options["validated-epochs"]
        )
        if not (long or noteworthy) or not _could_end_sooner(run) or not _never_stops(run):
            continue
        assumed = " by default" if epochs.default else ""
        monitor = "val_loss" if run.validated is Answer.YES else "loss"
        yield Draft(
            run.site,
            f"{epochs.value:,} epochs{assumed}, and nothing stops training when it no longer helps",
            tuple(
                Because(site, f"{epochs.value:,} epochs are set here")
                for site in (epochs.default or epochs.site,)
                if site is not None
            ),
            f"callbacks=[keras.callbacks.EarlyStopping(monitor='{monitor}', patience=..., "
            "restore_best_weights=True)]",
            None if long and _is_wanted(script, run) else Severity.NOTE,
            _cure(run, epochs.value),
        )


def _is_wanted(script: Script, run: TrainingRun) -> bool:
    """Whether there is something to stop by, or nothing else that would notice."""
    if run.validated is Answer.YES:
        return _has_rows_to_stop_by(run) and not (_keeps_the_best(run) or _has_few_rows(run))
    classifies = any(output.loss.name in CROSSENTROPIES for output in run.outputs())
    return classifies and run.validated is Answer.NO and is_left(script, run)


def _keeps_the_best(run: TrainingRun) -> bool:
    best = (each.argument("save_best_only") for each in run.callbacks if isinstance(each, Callback))
    return any(each is not None and constant(each) is not False for each in best)


def _has_few_rows(run: TrainingRun) -> bool:
    """Whether the data are surely few, or were before a part of them was taken."""
    sizes = [
        step.shape[0]
        for each in run.features
        if isinstance(each, Data)
        for step in each.chain()
        if step.shape and step.form in ("array", "frame") and step.shape[0] is not None
    ]
    return bool(sizes) and max(sizes) < _FEW_ROWS


def _has_rows_to_stop_by(run: TrainingRun) -> bool:
    """Whether what validates is surely not a test part, by which one should not choose."""
    given = run.arguments.get("validation_data")
    while isinstance(given, Tuple) and given.items:
        given = given.items[0]
    if given is None:
        return True
    piece = part(given) if isinstance(given, Data) else None
    return isinstance(given, Data) and (piece is None or piece.role != "test")


def _cure(run: TrainingRun, epochs: int) -> Cure | None:
    """``EarlyStopping`` beside what is passed, with something to stop by where that can be had."""
    given = run.arguments.get("callbacks")
    if run.validated is Answer.UNKNOWN or not (run.listed or constant(given or NONE) is None):
        return None
    changes: list[Change] = []
    monitor = "loss"
    if run.validated is Answer.YES:
        monitor = "val_loss"
    elif run.method == "fit" and _can_be_split(run):
        monitor = "val_loss"
        changes.append(SetArgument(run.call, "validation_split", "0.1", 6))
    patience = min(max(epochs // 10, _LEAST_PATIENCE), _MOST_PATIENCE)
    stop = (
        f'{{keras.callbacks.EarlyStopping}}(monitor="{monitor}", patience={patience}, '
        "restore_best_weights=True)"
    )
    position = 5 if run.method == "fit" else 4
    changes.append(AppendToArgument(run.call, "callbacks", stop, position))
    message = f"Stop when {monitor} has not improved for {patience} epochs"
    return Cure(Applicability.UNSAFE, message, tuple(changes))


def _can_be_split(run: TrainingRun) -> bool:
    """Whether a tenth says something; Keras takes it from the end of arrays, and of no dataset."""
    data = (*run.features, *run.labels)
    return "y" in run.arguments and all(isinstance(each, Data) and _is_mixed(each) for each in data)


def _is_mixed(data: Data) -> bool:
    if data.form not in ("array", "frame", "series"):
        return False
    rows = data.shape[0] if data.shape else None
    order = next((each.order for each in data.chain() if each.order is not None), None)
    piece = part(data)
    mixed = order == "shuffled" or (piece is not None and piece.role == "train")
    return mixed and (rows is None or rows >= _LEAST_ROWS)


def _could_end_sooner(run: TrainingRun) -> bool:
    """Whether this is a plain run, whose length is not part of the method."""
    if run.method not in ("fit", "fit_generator") or run.in_loop or run.more is not None:
        return False
    if not isinstance(run.model, Model) or run.model.own_training or run.model.kind == "loaded":
        return False
    return bool(run.labels) and "initial_epoch" not in run.arguments and _has_constant_rate(run)


def _has_constant_rate(run: TrainingRun) -> bool:
    if not isinstance(run.compiled, Compiled) or not isinstance(run.compiled.optimizer, Optimizer):
        return False
    optimizer = run.compiled.optimizer
    rate = optimizer.learning_rate
    return optimizer.argument("decay") is None and (rate is None or number(rate) is not None)


def _never_stops(run: TrainingRun) -> bool:
    return all(
        isinstance(each, Callback) and each.of is None and each.name in _HARMLESS
        for each in run.callbacks
    )


RULE = Rule(
    "TFC601",
    "no-early-stopping",
    Severity.WARNING,
    check,
    __doc__,
    {"epochs": 100, "validated-epochs": 50},
    intervention="early-stopping",
)
