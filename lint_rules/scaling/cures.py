"""Changes that bring features to scale, in the way that the script is made for.

A script that splits with scikit-learn gets a scaler that is fitted on the training part and
applied to all parts. Images of Keras' data sets are divided by 255. Else the first layers of a
model that is a plain stack scale: ``Rescaling``, or a ``Normalization`` that is adapted.
"""

from __future__ import annotations

from dataclasses import replace

from tfcheck.changes import (
    Applicability,
    Change,
    Cure,
    InsertAfter,
    InsertBefore,
    LayerBefore,
    Passed,
    RemoveArgument,
    Target,
    Written,
)
from tfcheck.script import Script
from tfcheck.script.data import Data
from tfcheck.script.judgements import scaled
from tfcheck.script.training import Entry, Layer, Model, TrainingRun
from tfcheck.script.values import Answer, integer

_SCALER = """\
{+scaler} = {sklearn.preprocessing.StandardScaler}()OUTPUT
{0} = {+scaler}.fit_transform({0})"""
_SHAPES = {"input_dim": "({0},)", "input_shape": "{0}"}  # how the first layer tells it, or does
_OUTPUT = '.set_output(transform="pandas")'  # what follows may ask a frame for its columns


def first(preferred: Cure | None, other: Cure | None) -> Cure | None:
    """The one that is preferred, and the other where that cannot be made."""
    return replace(preferred, otherwise=other) if preferred is not None else other


def by_scaler(script: Script, data: Data) -> Cure | None:
    """A ``StandardScaler`` after the newest split, for its parts and what others put aside."""
    splits = [each for each in data.chain() if each.what == "train_test_split"]
    if not splits or not all(each.part and each.part.role == "train" for each in splits):
        return None
    newest = splits[0]
    two_axes = newest.shape is not None and len(newest.shape) == 2
    if not (newest.form == "frame" or two_axes):
        return None
    if not script.together(*(each.site for each in splits)):
        return None
    names = [Target(newest.site, (_piece(newest),))]
    names += (Target(each.site, (_piece(each) + 1,)) for each in splits)
    text = _SCALER.replace("OUTPUT", _OUTPUT if newest.form == "frame" else "")
    for index in range(1, len(names)):
        text += f"\n{{{index}}} = {{+scaler}}.transform({{{index}}})"
    return _unsafe("Scale by the training part", InsertAfter(newest.site, text, tuple(names)))


def by_division(data: Data) -> Cure | None:
    """Pixels of a data set of Keras, divided by 255 where they are loaded."""
    source = data.chain()[-1]
    if source.ground != "data set" or source.part is None or source.part.role != "train":
        return None
    names = (Target(source.site, (0, 0)), Target(source.site, (1, 0)))
    text = "{0} = {0} / 255.0\n{1} = {1} / 255.0"
    return _unsafe("Divide the pixels by 255", InsertAfter(source.site, text, names))


def by_rescaling(script: Script, run: TrainingRun, entry: Entry) -> Cure | None:
    """A ``Rescaling`` before the first layer that learns, where all that is fed to it needs it."""
    if not _is_stack(run) or not isinstance(entry.layer, Layer):
        return None
    fed = [value for each in script.runs if _same(each, run) for value in each.features]
    if not all(isinstance(each, Data) and scaled(each).answer is Answer.NO for each in fed):
        return None
    layer = LayerBefore(entry.layer.site, "{keras.layers.Rescaling}(1 / 255)")
    return _unsafe("Divide the pixels by 255 in the model", layer)


def by_normalization(script: Script, run: TrainingRun, data: Data, entry: Entry) -> Cure | None:
    """A ``Normalization`` before the first layer, adapted before the only ``fit``."""
    model, layer = run.model, entry.layer
    if not _is_stack(run) or not isinstance(model, Model) or not isinstance(layer, Layer):
        return None
    calls = {each.call for each in script.runs if _same(each, run)}
    first = next((each for each in model.layers if _is_layer(each)), None)
    if first is not layer or layer.name != "Dense" or calls != {run.call} or run.in_loop:
        return None
    if run.method != "fit" or data.form not in ("array", "frame"):
        return None
    if not script.together(model.site, layer.site, run.call):
        return None
    passed = Passed(run.call, "x", 0)
    given = "{numpy.asarray}({0})" if data.form == "frame" else "{0}"
    made: tuple[Change, ...] = (
        InsertBefore(model.site, "{+normalization} = {keras.layers.Normalization}()"),
    )
    for name, shape in _SHAPES.items():
        if name in layer.config:
            text = f"{{+normalization}} = {{keras.layers.Normalization}}(input_shape={shape})"
            written = (Written(layer.site, name),)
            made = InsertBefore(layer.site, text, written), RemoveArgument(layer.site, name)
    return _unsafe(
        "Begin the model with a Normalization that is adapted",
        *made,
        LayerBefore(layer.site, "{+normalization}"),
        InsertBefore(run.call, f"{{+normalization}}.adapt({given})", (passed,)),
    )


def _unsafe(message: str, *changes: Change) -> Cure:
    return Cure(Applicability.UNSAFE, message, changes)


def _piece(split: Data) -> int:
    """Which of the values of a split an array is."""
    piece = integer(split.settings.get("piece"))
    assert piece is not None
    return piece


def _is_stack(run: TrainingRun) -> bool:
    return isinstance(run.model, Model) and run.model.kind == "sequential"


def _same(run: TrainingRun, other: TrainingRun) -> bool:
    models = (run.model, other.model)
    return all(isinstance(each, Model) for each in models) and (
        getattr(run.model, "site", None) == getattr(other.model, "site", None)
    )


def _is_layer(layer: object) -> bool:
    return not (isinstance(layer, Layer) and layer.name == "InputLayer")
