"""Which models a script saves as a whole, and which it loads again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tfcheck.rule import Site
from tfcheck.script import Script
from tfcheck.script.training import Callback, Model
from tfcheck.script.uses import Use
from tfcheck.script.values import Const, Value, constant, string

# Files that hold a whole model in Keras 3.
_ENDINGS = (".keras", ".h5", ".hdf5")


class Saved(NamedTuple):
    """A model, where it is saved, and the call that loads it again, if there is one."""

    model: Model
    site: Site
    loaded: Use | None


def saved_models(script: Script) -> Iterator[Saved]:
    """The models that are trained or compiled, and saved to a file of a known kind."""
    loads = script.uses.of("keras.models.load_model")
    for run in script.compilations:
        model = run.model
        if not isinstance(model, Model) or model.lost or model.touched:
            continue
        for use in script.uses.of("model.save", "keras.models.save_model"):
            path = _target(use, model)
            if path is not None:
                yield Saved(model, use.call, _reader(loads, path))
        for each in run.callbacks:
            path = _checkpoint(each) if isinstance(each, Callback) else None
            if isinstance(each, Callback) and path is not None:
                yield Saved(model, each.site, _reader(loads, path))


def _target(use: Use, model: Model) -> str | None:
    """The file to which this call saves the model."""
    if use.path == "model.save" and use.receiver == model.reference:
        return _file(use.argument(0, "filepath"))
    if use.path == "keras.models.save_model" and use.argument(0, "model") == model.reference:
        return _file(use.argument(1, "filepath"))
    return None


def _checkpoint(callback: Callback) -> str | None:
    if callback.path != "keras.callbacks.ModelCheckpoint":
        return None
    weights = constant(callback.argument("save_weights_only") or Const(False))
    return _file(callback.argument("filepath")) if weights is False else None


def _file(value: Value | None) -> str | None:
    name = string(value)
    return name if name is not None and name.endswith(_ENDINGS) else None


def _reader(loads: list[Use], path: str) -> Use | None:
    found = (use for use in loads if string(use.argument(0, "filepath")) == path)
    return next((use for use in found if not use.guarded), None)
