"""Targets encoded as the loss and the output take them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from runtime_probe.child.endings import endings
from runtime_probe.child.interventions.contract import Changed, Refusal, diff
from runtime_probe.child.labels import Labels, read
from runtime_probe.child.losses import BINARY, CATEGORICAL, REGRESSION, SPARSE, name_of
from runtime_probe.child.setup import Array, Sample, Setup
from runtime_probe.child.task import Part, Task
from runtime_probe.child.trees import leaves, map_leaves


@dataclass(frozen=True)
class Encoding:
    """How labels are written anew, in words and in code."""

    write: Callable[[Array], Array]
    words: str
    code: str


def matching_labels(setup: Setup, task: Task) -> Changed | Refusal:
    """Classes counted from 0, one-hot or not, as loss and last layer ask for them."""
    if len(task.parts) != 1 or task.parts[0] is None:
        return Refusal("the model has several outputs")
    if task.kind not in {"binary", "multiclass"}:
        return Refusal("the targets are no classes")
    (part,) = task.parts
    assert part is not None
    (end,) = endings(setup.model, 1)
    found = _encoding(setup, part, name_of(setup.loss), end.activation)
    if found is None:
        return Refusal("the labels are encoded as loss and output take them", already=True)
    changed = _changed(setup.sample, found.write)
    text = diff("model.fit(x, y, ...)", f"model.fit(x, {found.code}, ...)")
    return Changed(replace(setup, sample=changed), found.words, text)


def _encoding(setup: Setup, part: Part, loss: str, activation: str | None) -> Encoding | None:
    (y,) = leaves(setup.sample.y)
    labels = read(y, part.dimensions)
    if labels.columns is not None:
        if loss not in SPARSE:
            return None
        return Encoding(_numbers, "labels as class numbers", "y.argmax(axis=-1)")
    classes = _classes(setup.sample, labels, part.dimensions)
    if (loss in CATEGORICAL and part.width > 1) or (loss in REGRESSION and part.width > 1):
        return Encoding(
            _columns(classes, part), "labels as one column a class", "to_categorical(y)"
        )
    numbers = np.arange(len(classes))
    if np.array_equal(classes, numbers):
        return None
    yes_or_no = part.kind == "binary" and (loss in BINARY or activation == "sigmoid")
    if not yes_or_no and not (loss in SPARSE and (classes[0] < 0 or classes[-1] >= part.width)):
        return None
    first, last = int(classes[0]), int(classes[-1])
    words = f"labels from 0 to {len(classes) - 1} in place of {first} to {last}"
    shift = f"y - {first}" if np.array_equal(classes - first, numbers) else f"y == {last}"
    code = (
        shift
        if len(classes) == 2 or shift.startswith("y - ")
        else "LabelEncoder().fit_transform(y)"
    )
    return Encoding(lambda y: np.searchsorted(classes, y).astype(y.dtype), words, code)


def _classes(sample: Sample, labels: Labels, dimensions: int) -> Array:
    """Every label there is, of the validation data too, in order."""
    known = labels.codes()
    if sample.validation is not None and sample.validation.y is not None:
        (more,) = leaves(sample.validation.y)
        known = np.concatenate([known, read(more, dimensions).codes()])
    return np.unique(known)


def _numbers(y: Array) -> Array:
    numbers: Array = y.argmax(axis=-1)
    return numbers


def _columns(classes: Array, part: Part) -> Callable[[Array], Array]:
    width = max(part.width, len(classes))
    inside = classes[0] >= 0 and classes[-1] < width

    def write(y: Array) -> Array:
        plain = read(y, part.dimensions).values.astype(int)
        codes = plain if inside else np.searchsorted(classes, plain)
        columns: Array = np.eye(width, dtype=np.float32)[codes]
        return columns

    return write


def _changed(sample: Sample, write: Callable[[Array], Array]) -> Sample:
    validation = sample.validation and _changed(sample.validation, write)
    return replace(sample, y=map_leaves(write, sample.y), validation=validation)
