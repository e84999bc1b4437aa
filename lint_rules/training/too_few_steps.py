"""Training ends after a few steps.

## What it does
Reports a training run of a new model that makes five steps or fewer in all, and one on rows that
are written out, all in one batch, whose ten epochs or more together move a weight by no more than
0.05, where the number of rows, epochs and the batch size are known.

## Why is this bad?
What counts are steps: one for each batch, and for each epoch at least one. `fit` without `epochs`
makes a single epoch, a batch that holds all rows makes a single step of it. Weights begin at sizes
around 0.1 to 1, and a step of Adam moves each by about the learning rate, so that after 50 steps at
0.001 the model still gives what it gave by chance.

## Example
```python
import keras
from sklearn.datasets import load_iris

x, y = load_iris(return_X_y=True)
model = keras.Sequential([keras.layers.Dense(16, "tanh"), keras.layers.Dense(3, "softmax")])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x, y)
```

## Use instead
```python
import keras
from sklearn.datasets import load_iris

x, y = load_iris(return_X_y=True)
model = keras.Sequential([keras.layers.Dense(16, "tanh"), keras.layers.Dense(3, "softmax")])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x, y, epochs=40)
```

## Options
- `least-steps` (5): a run of no more steps is reported.
- `least-reach` (0.05): and one, on rows that are written out, that moves weights no further.

## Fix safety
No fix: how many epochs are enough depends on model and data.

## What it does not claim
Anything about random numbers and a few epochs on rows that are written out, which demonstrations
train on, about models that are loaded, come with weights or are trained again, and where the
number of rows is not known.

## References
- [Keras: fit](https://keras.io/api/models/model_training_apis/#fit-method)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lint_rules.optimizer.beginning import is_new, share
from lint_rules.optimizer.rates import NORMALISED, first_rate, most_steps, optimizer_of
from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.training import Model, TrainingRun
from tfcheck.script.values import constant

from .grounds import REAL, ground
from .monitors import count, is_plain

# Who trains on a handful of rows for fewer epochs only shows how it is called.
_MEANT = 10


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    for run in script.runs:
        steps = most_steps(script, run) if _is_of_arrays(run) else None
        if steps is None or not is_plain(run) or not _is_all(script, run):
            continue
        grounds = {ground(each) for each in run.features}
        reach = _reach(script, run, steps) if grounds == {"literal"} else None
        if grounds <= REAL and steps <= int(options["least-steps"]):
            moves = ""
        elif reach is not None and reach <= float(options["least-reach"]):
            moves = f", which together move a weight by about {reach:.1g}"
        else:
            continue
        yield Draft(
            run.site,
            f"{_epochs(run)} of {_made(run, steps)} in all{moves}",
            (Because(run.call, "it trains a model from its first weights"),),
            "epochs=..., so that there are some hundreds of steps",
        )


def _epochs(run: TrainingRun) -> str:
    return count(_number(run))


def _number(run: TrainingRun) -> int:
    epochs = constant(run.epochs)
    assert isinstance(epochs, int)
    return epochs


def _made(run: TrainingRun, steps: int) -> str:
    """Batches and steps, at most: of rows that were split off only that they are fewer is known."""
    each = steps // _number(run)
    if each == 1:
        return "1 batch: 1 step" if steps == 1 else f"1 batch: {steps} steps"
    return f"at most {each} batches: {steps} steps or fewer"


def _is_of_arrays(run: TrainingRun) -> bool:
    """Whether each epoch sees all rows of arrays: who gives steps knows how many there are."""
    return "y" in run.arguments and "steps_per_epoch" not in run.arguments


def _is_all(script: Script, run: TrainingRun) -> bool:
    """Whether this is all the training that the model gets."""
    if run.in_loop or not is_new(script, run):
        return False
    assert isinstance(run.model, Model)
    others = (each.model for each in script.runs if each is not run)
    return not any(isinstance(each, Model) and share(each, run.model) for each in others)


def _reach(script: Script, run: TrainingRun, steps: int) -> float | None:
    """How far all steps move a weight, where each is one of Adam's kin and sees all rows."""
    optimizer = optimizer_of(run)
    if optimizer is None or optimizer.name not in NORMALISED:
        return None
    rate = first_rate(script, optimizer)
    if rate is None or steps != _number(run) or steps < _MEANT:
        return None
    return rate * steps


RULE = Rule(
    "TFC624",
    "too-few-steps",
    Severity.WARNING,
    check,
    __doc__,
    {"least-steps": 5, "least-reach": 0.05},
)
