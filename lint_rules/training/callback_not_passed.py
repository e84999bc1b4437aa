"""A callback is made and never given to `fit`.

## What it does
Reports a variable that holds a callback, or a list of them, and is never mentioned again in a
script that trains.

## Why is this bad?
The script reads as if training were stopped early, or the model saved. Nothing of that happens.

## Example
```python
import keras
from sklearn.datasets import make_moons

x, y = make_moons(200)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy")
stop = keras.callbacks.EarlyStopping(monitor="loss", patience=5, restore_best_weights=True)
model.fit(x, y, epochs=40)
```

## Use instead
```python
import keras
from sklearn.datasets import make_moons

x, y = make_moons(200)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy")
stop = keras.callbacks.EarlyStopping(monitor="loss", patience=5, restore_best_weights=True)
model.fit(x, y, epochs=40, callbacks=[stop])
```

## Fix safety
No fix: which run the callback was made for only you know.

## What it does not claim
Anything where the name comes up once more, be it in a comment, or where `EarlyStopping` would wait
longer than every run lasts. A note where it is about `EarlyStopping` and all runs are in a loop:
those that are compared, or averaged, may be of one length on purpose.

## References
- [Keras: callbacks](https://keras.io/api/callbacks/)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.training import Callback, TrainingRun
from tfcheck.script.uses import Unread, Use
from tfcheck.script.values import integer

_FITS = frozenset({"fit", "fit_generator"})


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    runs = [run for run in script.runs if run.method in _FITS]
    passed = [each for run in runs for each in run.callbacks]
    if not runs or not all(isinstance(each, Callback) for each in passed):
        return
    taken = {each.name for each in passed if isinstance(each, Callback)}
    for unread in script.unread:
        made = _callbacks(script, unread)
        # Another of its kind may have taken its place.
        if not made or any(use.name in taken or _is_idle(runs, use) for use in made):
            continue
        names = " and ".join(dict.fromkeys(use.name for use in made))
        yield Draft(
            unread.site,
            f"{unread.name} is never used: training goes without {names}",
            (Because(runs[-1].call, "nothing of it is passed here"),),
            "callbacks=[...] with it in the call of fit",
            Severity.NOTE
            if names == "EarlyStopping" and all(run.in_loop for run in runs)
            else None,
        )


def _is_idle(runs: Sequence[TrainingRun], use: Use) -> bool:
    """Whether no run is long enough for the callback to do anything."""
    patience = integer(use.argument(2, "patience")) if use.name == "EarlyStopping" else None
    lengths = [integer(run.epochs) for run in runs]
    return patience is not None and all(each is not None and each <= patience for each in lengths)


def _callbacks(script: Script, unread: Unread) -> list[Use]:
    """The calls that made what a variable holds, where all of that are callbacks of Keras."""
    made = [use for use in script.uses if use.result in unread.values]
    known = len(made) == len(unread.values)
    return made if known and all(use.owner == "keras.callbacks" for use in made) else []


RULE = Rule("TFC611", "callback-not-passed", Severity.WARNING, check, __doc__)
