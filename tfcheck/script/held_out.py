"""What a trained model is validated, evaluated and tried on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from tfcheck.rule import Site
from tfcheck.script.data import Data
from tfcheck.script.store import ModelState
from tfcheck.script.training import Model, TrainingRun
from tfcheck.script.uses import Use
from tfcheck.script.values import OneOf, Ref, Tensor, Tuple, Value

if TYPE_CHECKING:
    from tfcheck.script import Script

_EVALUATES = frozenset({"evaluate", "evaluate_generator"})
_PREDICTS = frozenset({"predict", "predict_generator", "predict_proba", "predict_classes"})
VALIDATION = "validation_data"


class HeldOut(NamedTuple):
    """Data that a model is held against: ``how`` is validation_data, evaluate or predict.

    ``given`` is what was passed, ``x`` and ``y`` its parts. ``use`` is the call, where it is not
    ``fit`` itself.
    """

    how: str
    site: Site
    given: Value
    x: Value
    y: Value | None
    use: Use | None = None

    @property
    def data(self) -> Value:
        """What is the same wherever the same rows are passed: a dataset, or the features."""
        return self.given if isinstance(self.given, Data) else self.x


def held_out(script: Script, run: TrainingRun) -> Iterator[HeldOut]:
    """What ``run`` validates by, and what its model is given later, until it is trained again."""
    validation = run.arguments.get("validation_data")
    if validation is not None:
        x, y = _pair(validation)
        yield HeldOut(VALIDATION, run.site, validation, x, y)
    for use in _later(script, run):
        given = use.argument(0, "x", "generator")
        if given is None or not use.name.startswith(("evaluate", "predict")):
            continue
        how = "evaluate" if use.name in _EVALUATES else "predict"
        x, y = _pair(given)
        yield HeldOut(how, use.site, given, x, use.argument(1, "y") if y is None else y, use)


def is_left(script: Script, run: TrainingRun) -> bool:
    """Whether nothing is done with the model of ``run`` after it, as in a demonstration.

    That can only be said of what a file does at its top level, and once.
    """
    if not isinstance(run.model, Model) or run.model.lost or run.model.touched:
        return False
    parts: set[int | Ref] = set()
    for use in script.uses:
        if parts and any(each in parts for each in _touched(use)):
            return False
        if use.call == run.call and use.receiver == run.model.reference:
            if use.functions or use.loops or not isinstance(use.state, ModelState):
                return False
            model = use.state
            parts = {run.model.reference, *_parts((*model.layers, *model.inputs, *model.outputs))}
    return bool(parts)


def _touched(use: Use) -> Iterator[int | Ref]:
    """What a call is one of, or is handed."""
    return _parts((*use.every(), *((use.receiver,) if use.receiver is not None else ())))


def _parts(values: Iterable[Value]) -> Iterator[int | Ref]:
    """Objects and tensors, tensors by identity, with all that they are made of."""
    pending, seen = list(values), set[int]()
    while pending:
        value = pending.pop()
        if isinstance(value, Ref):
            yield value
        elif isinstance(value, Tuple | OneOf):
            pending += value.items if isinstance(value, Tuple) else value.options
        elif isinstance(value, Tensor) and id(value) not in seen:
            seen.add(id(value))
            yield id(value)
            pending += (*value.inputs, *((value.op,) if isinstance(value.op, Ref) else ()))


def _later(script: Script, run: TrainingRun) -> Iterator[Use]:
    """The calls that evaluate the model of ``run`` before the next one trains it."""
    if not isinstance(run.model, Model):
        return
    trained = False
    for use in script.uses.on(run.model.reference):
        if use.name in ("fit", "fit_generator", "train_on_batch"):
            trained = use.call == run.call
        elif trained and use.name in _EVALUATES | _PREDICTS:
            yield use


def _pair(value: Value) -> tuple[Value, Value | None]:
    """Features and labels of a tuple, or of what yields both."""
    if isinstance(value, Tuple) and len(value.items) in (2, 3):
        return value.items[0], value.items[1]
    if isinstance(value, Data) and value.elements:
        return value.elements[0], value.elements[1] if len(value.elements) > 1 else None
    return value, None
