"""A model is judged by the data that it was trained on.

## What it does
Reports `validation_data` that is the training data itself, data of a validation or an evaluation
that are a part of it, as where `fit` is given the array that was split and not its training part,
and, as a note, a model that is evaluated on its training data and on nothing else.

## Why is this bad?
A network can learn its training rows by heart. What it scores on them tells nothing of new rows,
and early stopping, checkpoints and plots of the validation loss only repeat the training loss.

## Example
```python
import keras
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

x, y = load_digits(return_X_y=True)
x_train, x_test, y_train, y_test = train_test_split(x / 16, y, random_state=0)
model = keras.Sequential([keras.layers.Dense(32, "relu"), keras.layers.Dense(10, "softmax")])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x_train, y_train, epochs=5, validation_data=(x_train, y_train))
```

## Use instead
```python
import keras
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

x, y = load_digits(return_X_y=True)
x_train, x_test, y_train, y_test = train_test_split(x / 16, y, random_state=0)
model = keras.Sequential([keras.layers.Dense(32, "relu"), keras.layers.Dense(10, "softmax")])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x_train, y_train, epochs=5, validation_data=(x_test, y_test))
```

## Fix safety
No fix: which data were held out is not known.

## What it does not claim
Anything about a score on training data next to one on other data, about predictions, or about
arrays that are written out, as those of a first example are. A model that is given its own inputs
as targets (an autoencoder) is judged like any other.

## References
- [Keras: training and evaluation](https://keras.io/guides/training_with_built_in_methods/)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.data import Data
from tfcheck.script.held_out import VALIDATION, HeldOut, held_out
from tfcheck.script.judgements import source
from tfcheck.script.training import TrainingRun

_JUDGES = {VALIDATION: "the model is validated by", "evaluate": "the model is evaluated on"}
_INSTEAD = "hold out a part of the data, and judge by that"


# Steps that keep each row, whatever they do to it, by their names and how these begin.
_KEEPS_ROWS = frozenset(
    "values to_numpy as_matrix astype copy reshape DataFrame Series np.array fillna expand_dims "
    "normalize ImageDataGenerator".split()
)
_BEGINS = ("column ", "some columns", "division by its ", "rescale=", "x - ", "x / ", "x * ")


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for run in script.runs:
        held = list(held_out(script, run))
        yield from _parts(run, held)
        because = (Because(run.call, "it is the training data"),)
        if not held or not all(_is_trained_on(each, run) for each in held):
            continue
        if held[0].how == VALIDATION:
            message = "the model is validated by its training data"
            yield Draft(run.site, message, because, _INSTEAD)
            continue
        evaluated = [each for each in held if each.how == "evaluate"]
        if evaluated and "validation_split" not in run.arguments and not run.in_loop:
            message = "the model is evaluated on its training data only"
            yield Draft(evaluated[0].site, message, because, _INSTEAD, Severity.NOTE)


def _parts(run: TrainingRun, held: list[HeldOut]) -> Iterator[Draft]:
    """What is a piece of a split of which the training data are the whole."""
    trained = [each for each in run.features if isinstance(each, Data)]
    wholes = {id(row): each for each in trained for row in _all_rows(each)}
    for each in held if len(trained) == 1 else ():
        if each.how not in _JUDGES or not isinstance(each.x, Data):
            continue
        piece = next((step for step in each.x.chain() if step.part is not None), None)
        whole = piece.main if piece is not None else None
        if piece is None or whole is None or not any(id(row) in wholes for row in _all_rows(whole)):
            continue
        yield Draft(
            each.site,
            f"{_JUDGES[each.how]} rows that it is trained on as well",
            (
                Because(piece.site, f"{piece.what} takes them from all rows"),
                Because(run.call, "the model is trained on all rows"),
            ),
            "train on the training part of the split",
        )
        return  # what else holds the same rows goes with it


def _all_rows(data: Data) -> Iterator[Data]:
    """Steps back while each holds the same rows, every one of them."""
    step: Data | None = data
    while step is not None:
        yield step
        keeps = step.what in _KEEPS_ROWS or step.what.startswith(_BEGINS)
        keeps = keeps or step.what.endswith("transform")
        step = step.main if keeps and len(step.before) == 1 and step.part is None else None


def _is_trained_on(held: HeldOut, run: TrainingRun) -> bool:
    if not isinstance(held.data, Data) or source(held.data).ground == "literal":
        return False
    return held.data is run.arguments.get("x")


RULE = Rule("TFC206", "train-equals-test", Severity.WARNING, check, __doc__)
