"""The folds of a cross-validation go on training one model.

## What it does
Reports a `fit` on the folds of a splitter of scikit-learn, in a loop, of a model that was made
before the loop.

## Why is this bad?
`fit` goes on from the weights that the model has. From the second fold on it has seen the rows
that it is evaluated on, so that the scores are too good, the last one most of all.

## Example
```python
import keras
from sklearn.datasets import make_moons
from sklearn.model_selection import KFold

x, y = make_moons(200)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy")
for train, test in KFold(5, shuffle=True, random_state=0).split(x):
    model.fit(x[train], y[train], epochs=40)
    print(model.evaluate(x[test], y[test]))
```

## Use instead
```python
import keras
from sklearn.datasets import make_moons
from sklearn.model_selection import KFold

x, y = make_moons(200)
for train, test in KFold(5, shuffle=True, random_state=0).split(x):
    model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
    model.compile(optimizer="adam", loss="binary_crossentropy")
    model.fit(x[train], y[train], epochs=40)
    print(model.evaluate(x[test], y[test]))
```

## Fix safety
No fix: the lines that make the model have to move into the loop.

## What it does not claim
Anything where weights are set or loaded, which may take the model back to where it began.

## References
- [Keras: fit](https://keras.io/api/models/model_training_apis/#fit-method)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.data import Data
from tfcheck.script.judgements import part
from tfcheck.script.training import Model, TrainingRun
from tfcheck.script.uses import Use

from .feeding import call_of

_RESETS = frozenset({"load_model", "load_weights", "set_weights", "set_value"})


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for run in script.runs:
        model = run.model
        if not run.in_loop or not isinstance(model, Model) or model.touched:
            continue
        split, fit = _split(script, run), call_of(script, run)
        made = next(iter(script.uses.giving(model.reference)), None)
        if split is None or fit is None or made is None or not _goes_on(made, split, fit):
            continue
        if script.uses.named(*_RESETS):
            continue
        yield Draft(
            run.site,
            "each fold goes on training the same model, which has seen the rows it is tested on",
            (
                Because(made.call, "the model is made once"),
                Because(split.call, "the folds are made here"),
            ),
            "a new model for each fold",
        )


def _split(script: Script, run: TrainingRun) -> Use | None:
    """The call that made the folds which the run trains on."""
    data = run.features[0] if run.features else None
    piece = part(data) if isinstance(data, Data) else None
    if piece is None or piece.role != "train":
        return None
    for use in script.uses.at(piece.split):
        if use.owner.startswith("sklearn.model_selection."):
            return use
    return None


def _goes_on(made: Use, split: Use, fit: Use) -> bool:
    """Whether the loop over the folds stands between the making of the model and its training."""
    around = split.loops
    return (
        len(fit.loops) > len(around)
        and fit.loops[: len(around)] == around
        and around[: len(made.loops)] == made.loops
    )


RULE = Rule("TFC617", "folds-share-a-model", Severity.ERROR, check, __doc__)
