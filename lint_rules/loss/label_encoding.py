"""The labels are encoded for another loss.

## What it does
Reports one-hot labels under sparse categorical crossentropy, and integer labels, or any that are
one number an example, under categorical crossentropy: those that are trained on, and those that
the model is validated by or evaluated on.

## Why is this bad?
Sparse categorical crossentropy wants one integer a sample, categorical crossentropy one column
a class. With the other kind Keras raises an error at the first batch, after the data were
loaded and the queue was waited for; for the labels of a test set only when the training is over.

## Example
```python
import keras
from sklearn.datasets import load_digits

x, y = load_digits(return_X_y=True)
model = keras.Sequential([keras.layers.Dense(32, "relu"), keras.layers.Dense(10, "softmax")])
model.compile(optimizer="adam", loss="categorical_crossentropy")
model.fit(x / 16, y, epochs=5)
```

## Use instead
```python
import keras
from sklearn.datasets import load_digits

x, y = load_digits(return_X_y=True)
model = keras.Sequential([keras.layers.Dense(32, "relu"), keras.layers.Dense(10, "softmax")])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x / 16, y, epochs=5)
```

## Fix safety
Unsafe: the loss for the labels takes the place of the one there is. What failed at the first batch
trains from then on. There is no fix where only the labels of a validation or an evaluation differ.

## What it does not claim
Anything about labels whose encoding could not be followed, and about an evaluation after another
`compile`.

## References
- [Keras: probabilistic losses](https://keras.io/api/losses/probabilistic_losses/)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfcheck.changes import Cure
from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.data import Data
from tfcheck.script.held_out import held_out
from tfcheck.script.judgements import label_kind
from tfcheck.script.training import Model, Output, TrainingRun
from tfcheck.script.values import Value

from . import cures
from .families import CATEGORICAL, SPARSE, evidence

# What a loss wants of labels, and the loss that wants what it gets.
_WANTS = {
    **dict.fromkeys(CATEGORICAL, ("one-hot", "sparse_categorical_crossentropy")),
    **dict.fromkeys(SPARSE, ("integer", "categorical_crossentropy")),
}
_ONE_NUMBER = "one number an example"
_GIVEN = {
    "validation_data": "those that validate it",
    "evaluate": "those that it is evaluated on",
}


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for run in script.compilations:
        for output in run.outputs():
            if output.loss.name not in _WANTS:
                continue
            found = _misfit(output, output.labels)
            if found is not None:
                yield _trained(script, run, output, *found)
                continue
            yield from _held_out(script, run, output)


def _trained(script: Script, run: TrainingRun, output: Output, kind: str, step: Data) -> Draft:
    wanted, other = _WANTS[output.loss.name]
    cure: Cure | None = None
    if kind != _ONE_NUMBER:
        cure = cures.cure(f"Train with {other}", cures.loss(script, run, output.loss, other))
    return Draft(
        run.here(output.loss.site),
        f"{output.loss.name} wants {wanted} labels, but these are {kind}",
        (Because(step.site, f"{step.what} makes them {kind}"), *evidence(run, output)),
        f"loss='{other}'",
        cure=cure,
    )


def _held_out(script: Script, run: TrainingRun, output: Output) -> Iterator[Draft]:
    """The labels of a validation or an evaluation, of a model with one output."""
    model = run.model
    if not isinstance(model, Model) or len(model.heads) != 1 or model.of is not None:
        return
    if sum(use.name == "compile" for use in script.uses.on(model.reference)) > 1:
        return
    for held in held_out(script, run):
        found = _misfit(output, held.y) if held.how in _GIVEN else None
        if found is None:
            continue
        kind, step = found
        yield Draft(
            run.here(held.site),
            f"{output.loss.name} wants {_WANTS[output.loss.name][0]} labels, "
            f"but {_GIVEN[held.how]} are {kind}",
            (
                Because(step.site, f"{step.what} makes them {kind}"),
                Because(output.loss.site, f"the loss is {output.loss.name}"),
            ),
            "the encoding of the labels that are trained on",
        )


def _misfit(output: Output, labels: Value | None) -> tuple[str, Data] | None:
    """How labels are encoded, and the step that makes them so, where the loss cannot take them."""
    if not isinstance(labels, Data):
        return None
    wanted, _ = _WANTS[output.loss.name]
    kind = label_kind(labels)
    if kind is not None:
        wrong = kind[0] != wanted and kind[0] in ("integer", "one-hot")
        return (kind[0], kind[2]) if wrong else None
    several = output.head.units is not None and output.head.units > 1
    if wanted != "one-hot" or not several or labels.form not in ("array", "series"):
        return None
    return (_ONE_NUMBER, labels) if labels.shape is not None and len(labels.shape) == 1 else None


RULE = Rule(
    "TFC310", "label-encoding", Severity.ERROR, check, __doc__, intervention="matching-labels"
)
