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
Anything where the name comes up once more, be it in a comment.

## References
- [Keras: callbacks](https://keras.io/api/callbacks/)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.training import Callback
from tfcheck.script.uses import Unread, Use

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
        if not made or any(use.name in taken for use in made):
            continue
        names = " and ".join(dict.fromkeys(use.name for use in made))
        yield Draft(
            unread.site,
            f"{unread.name} is never used: training goes without {names}",
            (Because(runs[-1].call, "nothing of it is passed here"),),
            "callbacks=[...] with it in the call of fit",
        )


def _callbacks(script: Script, unread: Unread) -> list[Use]:
    """The calls that made what a variable holds, where all of that are callbacks of Keras."""
    made = [use for use in script.uses if use.result in unread.values]
    known = len(made) == len(unread.values)
    return made if known and all(use.owner == "keras.callbacks" for use in made) else []


RULE = Rule("TFC611", "callback-not-passed", Severity.WARNING, check, __doc__)
