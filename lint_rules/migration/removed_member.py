"""A method or attribute is used that objects of Keras have no longer.

## What it does
Reports methods and attributes of models, layers and optimizers that Keras took away:
`model.fit_generator`, `model.predict_classes`, `layer.output_shape`, `optimizer.lr`.

## Why is this bad?
The script ends with an `AttributeError` when it gets there: `predict_classes` stands after the
training.

## Example
```python
import keras
from sklearn.datasets import load_iris

x, y = load_iris(return_X_y=True)
model = keras.Sequential([keras.layers.Normalization(), keras.layers.Dense(3, "softmax")])
model.layers[0].adapt(x)
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x, y, epochs=20)
print(model.predict_classes(x))
```

## Use instead
```python
import keras
from sklearn.datasets import load_iris

x, y = load_iris(return_X_y=True)
model = keras.Sequential([keras.layers.Normalization(), keras.layers.Dense(3, "softmax")])
model.layers[0].adapt(x)
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x, y, epochs=20)
print(model.predict(x).argmax(axis=-1))
```

## Fix safety
Safe where the method has another name and takes the same arguments. Unsafe where arguments are
taken out that `fit` has not, and where `predict_classes` is written out.

## What it does not claim
Anything about objects of which it is not known that they are Keras' own, and about classes of the
project that have a method of that name.

## References
- [Keras: migrating to Keras 3](https://keras.io/guides/migrating_to_keras_3/)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lint_rules.migration.asked import asked_of
from lint_rules.migration.removed_members import REMOVED_MEMBERS
from lint_rules.migration.rows import SAFE, UNSAFE, Member, holds, met
from tfcheck.changes import (
    Change,
    Cure,
    RemoveArgument,
    RenameArgument,
    RenameAttribute,
    Surround,
)
from tfcheck.rule import Draft, OptionValue, Rule, Severity, Site
from tfcheck.script import Mention, Script, Use
from tfcheck.script.training import Head, Model

# What fit takes of what fit_generator took, and what has no use any more.
_KEPT = frozenset(
    "steps_per_epoch epochs verbose callbacks validation_data validation_steps validation_freq "
    "class_weight shuffle initial_epoch steps".split()
)
_RENAMED = {"generator": "x", "nb_epoch": "epochs", "nb_val_samples": "validation_steps"}
_SPEED = frozenset(
    "workers use_multiprocessing max_queue_size max_q_size nb_worker pickle_safe".split()
)


def check(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    calls = {use.named: use for use in script.uses if use.receiver is not None}
    for mention in asked_of(script).members():
        row = _row(mention)
        if row is None or not holds(row, script.targets):
            continue
        owner = mention.path.rpartition(".")[0].rpartition(".")[2]
        yield Draft(
            mention.site,
            f"a {owner} of {met(script.targets)} has no {row.name}",
            (),
            row.instead or (f".{row.to}" if row.to else None),
            cure=_cure(script, row, mention.site, calls.get(mention.site)),
        )


def _row(mention: Mention) -> Member | None:
    owner, _, name = mention.path.rpartition(".")
    for row in REMOVED_MEMBERS:
        if row.name == name and f"{owner}.".startswith(f"{row.of}."):
            return row
    return None


def _cure(script: Script, row: Member, site: Site, use: Use | None) -> Cure | None:
    if row.fix is not None and row.to is not None:
        return Cure(row.fix, f"use {row.to}", (RenameAttribute(site, row.to),))
    if use is None:
        return None
    if row.name == "predict_classes":
        return _classes(script, site, use)
    return _of_generator(row, site, use) if row.to is not None else None


def _of_generator(row: Member, site: Site, use: Use) -> Cure | None:
    """``fit_generator`` as ``fit``, where each argument has a place there."""
    passed = use.keywords.keys()
    if len(use.args) > 1 or use.more is not None or row.to is None:
        return None
    if not passed <= _KEPT | _RENAMED.keys() | _SPEED:
        return None
    changes: list[Change] = [RenameAttribute(site, row.to)]
    changes += (
        RenameArgument(use.call, once, today) for once, today in _RENAMED.items() if once in passed
    )
    changes += (RemoveArgument(use.call, each) for each in passed if each in _SPEED)
    fix = UNSAFE if passed & _SPEED else SAFE
    return Cure(fix, f"use {row.to}", tuple(changes))


def _classes(script: Script, site: Site, use: Use) -> Cure | None:
    """The classes that are predicted, by what the last layer of the model gives."""
    models = (run.model for run in script.runs if isinstance(run.model, Model))
    heads = {
        (head.units, head.activation)
        for model in models
        if model.reference == use.receiver
        for head in model.heads
        if isinstance(head, Head)
    }
    if len(heads) != 1 or use.discarded:
        return None
    units, activation = heads.pop()
    after = None
    if units == 1 and activation == "sigmoid":
        after = " > 0.5).astype('int32')"
    elif units is not None and units > 1 and activation == "softmax":
        after = ".argmax(axis=-1)"
    if after is None:
        return None
    around = Surround(use.call, "(" if after.startswith(" ") else "", after)
    return Cure(UNSAFE, "write out what it did", (RenameAttribute(site, "predict"), around))


RULE = Rule("TFC902", "removed-member", Severity.ERROR, check, __doc__)
