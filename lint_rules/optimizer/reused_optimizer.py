"""One optimizer object trains several models.

## What it does
Reports an optimizer that is compiled into a second model, or into a new model in each round of a
loop, while it was made once.

## Why is this bad?
An optimizer keeps its state for the variables of the first model that it trains. Keras 3 raises a
`ValueError` when it meets those of another one.

## Example
```python
import keras
from sklearn.datasets import make_moons

x, y = make_moons(200)
optimizer = keras.optimizers.Adam()
for units in (8, 16, 32):
    model = keras.Sequential([keras.layers.Dense(units, "relu"), keras.layers.Dense(1, "sigmoid")])
    model.compile(optimizer=optimizer, loss="binary_crossentropy")
    model.fit(x, y, epochs=40)
```

## Use instead
```python
import keras
from sklearn.datasets import make_moons

x, y = make_moons(200)
for units in (8, 16, 32):
    model = keras.Sequential([keras.layers.Dense(units, "relu"), keras.layers.Dense(1, "sigmoid")])
    optimizer = keras.optimizers.Adam()
    model.compile(optimizer=optimizer, loss="binary_crossentropy")
    model.fit(x, y, epochs=40)
```

## Fix safety
No fix: where the optimizer is to be made depends on the rest of the script.

## What it does not claim
Anything about models that share layers, whose variables may be the same.

## References
- [Keras: optimizers](https://keras.io/api/optimizers/)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from tfcheck.rule import Because, Draft, OptionValue, Rule, Severity
from tfcheck.script import Script
from tfcheck.script.training import Compiled, Model, TrainingRun
from tfcheck.script.uses import Use
from tfcheck.script.values import Ref

from .rates import made_by, optimizer_of

_FITS = frozenset({"fit", "train_on_batch"})


class _Trained(NamedTuple):
    """A model with the calls that compiled it and that made its optimizer."""

    model: Model
    run: TrainingRun
    compile: Use
    made: Use


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    first: dict[Ref, _Trained] = {}
    for each in _trained(script):
        assert isinstance(each.made.result, Ref)
        before = first.setdefault(each.made.result, each)
        if before is each and not _is_made_once_for_many(script, each):
            continue
        if before is not each and not _are_apart(script, before, each):
            continue
        yield Draft(
            each.run.here(each.compile.call),
            "one optimizer for several models: training the second raises a ValueError in Keras 3",
            (
                Because(each.made.call, "the optimizer is made once"),
                Because(each.run.call, "it trains a model, and another one"),
            ),
            "a new optimizer for each model",
        )


def _trained(script: Script) -> Iterator[_Trained]:
    for run in script.runs:
        if run.method not in _FITS or optimizer_of(run) is None:
            continue
        assert isinstance(run.model, Model)
        compiled = _last_compile(script, run)
        optimizer = compiled.argument(0, "optimizer") if compiled is not None else None
        made = made_by(script, optimizer, "keras.optimizers.")
        if compiled is not None and made is not None and isinstance(made.result, Ref):
            yield _Trained(run.model, run, compiled, made)


def _last_compile(script: Script, run: TrainingRun) -> Use | None:
    """The call that compiled the model as it is trained."""
    assert isinstance(run.model, Model)
    assert isinstance(run.compiled, Compiled)
    for use in script.uses.at(run.compiled.site):
        if use.receiver == run.model.reference:
            return None if use.guarded else use
    return None


def _are_apart(script: Script, before: _Trained, after: _Trained) -> bool:
    """Whether these are two models of different layers, and both are trained in one go."""
    if before.model.reference == after.model.reference or before.compile.excludes(after.compile):
        return False
    if before.compile.call == after.compile.call and not _is_made_before(after):
        return False  # one call, of either the one model or the other
    models = [_making(script, each.model) for each in (before, after)]
    if models[0] is None or models[1] is None or models[0].excludes(models[1]):
        return False
    lost = before.model.lost or after.model.lost
    ours, theirs = ({each.site for each in x.model.all_layers()} for x in (before, after))
    return lost is None and not ours & theirs


def _is_made_before(each: _Trained) -> bool:
    """Whether the optimizer is made outside of a loop or function that compiles it."""
    made, compiled = each.made, each.compile
    return len(made.loops) < len(compiled.loops) or len(made.functions) < len(compiled.functions)


def _making(script: Script, model: Model) -> Use | None:
    return next(iter(script.uses.giving(model.reference)), None)


def _is_made_once_for_many(script: Script, each: _Trained) -> bool:
    """Whether a loop makes new models and compiles the same optimizer into all of them."""
    model = _making(script, each.model)
    if model is None or each.made.functions != each.compile.functions[: len(each.made.functions)]:
        return False
    around = each.made.loops
    return (
        len(model.loops) > len(around)
        and model.loops[: len(around)] == around
        and each.compile.loops[: len(model.loops)] == model.loops
    )


RULE = Rule("TFC507", "reused-optimizer", Severity.ERROR, check, __doc__)
