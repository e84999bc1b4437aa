"""What a trained model is validated, evaluated and tried on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from tfcheck.rule import Site
from tfcheck.script.data import Data
from tfcheck.script.training import Model, TrainingRun
from tfcheck.script.uses import Use
from tfcheck.script.values import Tuple, Value

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
