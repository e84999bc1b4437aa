"""The steps of a dataset and the calls that made them."""

from __future__ import annotations

from collections.abc import Iterator

from tfcheck.script import Script, TrainingRun
from tfcheck.script.data import Data
from tfcheck.script.uses import Use
from tfcheck.script.values import Unknown, constant, integer

# Steps that make batches.
BATCHES = ("batch", "padded_batch")

# Steps after which elements come in the order in which they came.
IN_ORDER = frozenset(
    "map prefetch batch padded_batch unbatch with_options take skip filter enumerate".split()
)


def calls(script: Script, *names: str) -> Iterator[Use]:
    """The calls of methods of datasets that the script itself makes."""
    found = script.uses.of(*(f"dataset.{name}" for name in names))
    return (use for use in found if not use.guarded)


def before(use: Use) -> list[Data]:
    """The steps of the dataset that a method is called on, newest first."""
    return use.receiver.chain() if isinstance(use.receiver, Data) else []


def made_by(script: Script, step: Data) -> list[Use]:
    """The calls that a step stands for."""
    return [use for use in script.uses.at(step.site) if use.name == step.what]


def is_said(uses: list[Use], position: int | None, name: str, *values: object) -> bool:
    """Whether all calls surely have an argument that is one of ``values``; None: it is absent."""
    found = [use.argument(position, name) for use in uses]
    return bool(uses) and all(
        (None if each is None else constant(each)) in values for each in found
    )


def may_be_said(uses: list[Use], position: int | None, name: str, *values: object) -> bool:
    """Whether one of the calls may have an argument that is one of ``values``."""
    found = [use.argument(position, name) for use in uses]
    return not uses or any(
        isinstance(each, Unknown) or (each is not None and constant(each) in (*values, ...))
        for each in found
    )


def trained_on(run: TrainingRun) -> Data | None:
    """The dataset that ``fit`` is given, trained on for more than one epoch."""
    x = run.arguments.get("x")
    dataset = x if isinstance(x, Data) and x.form == "dataset" else None
    epochs = integer(run.epochs)
    return dataset if run.method == "fit" and epochs is not None and epochs > 1 else None
