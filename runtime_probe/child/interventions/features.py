"""Features on one scale: every column, or every channel of a series, or all pixels alike."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import count

import numpy as np

from runtime_probe.child.endings import consumers
from runtime_probe.child.interventions.contract import Changed, Refusal, diff
from runtime_probe.child.setup import Array, Sample, Setup
from runtime_probe.child.task import Task
from runtime_probe.child.trees import leaves, map_leaves

# Layers that look their input up, which are given no quantities, and those that scale it.
LOOKING_UP = frozenset(
    "CategoryEncoding Discretization Embedding Hashing IntegerLookup StringLookup "
    "TextVectorization".split()
)
SCALING = frozenset("BatchNormalization LayerNormalization Normalization Rescaling".split())

_PIXELS = 255


@dataclass(frozen=True)
class Scale:
    """Takes an array ``x`` to ``(x - center) / spread``; ``words`` say how they were found."""

    center: Array
    spread: Array
    words: str

    def __call__(self, x: Array) -> Array:
        scaled: Array = ((x - self.center) / self.spread).astype(np.float32)
        return scaled


def standardised_features(setup: Setup, task: Task) -> Changed | Refusal:
    """Scales every input that holds quantities, and the validation data as the training data."""
    arrays = list(leaves(setup.sample.x))
    takers = consumers(setup.model, setup.sample.x)
    numeric = [
        index
        for index, (array, kinds) in enumerate(zip(arrays, takers, strict=True))
        if array.dtype.kind in "biuf" and not _is_looked_up(array, kinds)
    ]
    if not numeric:
        return Refusal("the inputs are tokens or text, which have no scale")
    if all(takers[index] and takers[index] <= SCALING for index in numeric):
        return Refusal("the model scales its inputs in its first layer", already=True)
    scales = {index: scale_of(arrays[index]) for index in numeric if not near(arrays[index])}
    if not scales:
        return Refusal("the features are on a common scale", already=True)
    sample = _scaled(setup.sample, scales)
    (first, *_) = scales.values()
    return Changed(replace(setup, sample=sample), f"features scaled: {first.words}", _diff(first))


def scale_of(x: Array) -> Scale:
    """The scale of one input: by column, by channel of a series, by pixel range, or over all."""
    if x.ndim <= 3:
        axes = tuple(range(x.ndim - 1)) if x.ndim > 1 else (0,)
        spread = np.nanstd(x, axis=axes)
        spread = np.where(spread > _ROUNDING * np.abs(np.nanmean(x, axis=axes)), spread, 1.0)
        words = "each column to mean 0 and deviation 1"
        return Scale(np.nanmean(x, axis=axes), np.where(spread == 0, 1.0, spread), words)
    if x.min() >= 0 and 1 < x.max() <= _PIXELS:
        return Scale(np.array(0.0), np.array(float(_PIXELS)), "pixels divided by 255")
    spread = np.asarray(np.nanstd(x) or 1.0)
    return Scale(np.asarray(np.nanmean(x)), spread, "all values to mean 0 and deviation 1")


_ROUNDING = 1e-7  # a column whose deviation is below that of its own rounding is constant


def near(x: Array) -> bool:
    """Whether an input needs no scaling: about standard, or within -1 and 1 and not all tiny."""
    axes = tuple(range(x.ndim - 1)) if 1 < x.ndim <= 3 else None
    mean, deviation = np.abs(np.nanmean(x, axis=axes)), np.asarray(np.nanstd(x, axis=axes))
    if np.nanmax(np.abs(x)) <= 1:
        return bool(deviation.max() >= 0.05 or deviation.max() == 0)
    varied = deviation > 0
    return bool((mean <= 2).all() and (deviation[varied] >= 0.3).all() and deviation.max() <= 3)


def _is_looked_up(x: Array, takers: frozenset[str]) -> bool:
    if not takers & LOOKING_UP:
        return False
    return bool(takers <= LOOKING_UP or np.equal(np.round(x), x).all())


def _scaled(sample: Sample, scales: dict[int, Scale]) -> Sample:
    index = count()

    def scaled(leaf: Array) -> Array:
        scale = scales.get(next(index))
        return leaf if scale is None else scale(leaf)

    x = map_leaves(scaled, sample.x)
    validation = sample.validation and _scaled(sample.validation, scales)
    return replace(sample, x=x, validation=validation)


def _diff(scale: Scale) -> str:
    if scale.words.startswith("pixels"):
        return diff("model.fit(x, y, ...)", "model.fit(x / 255, y, ...)")
    return diff("model.fit(x, y, ...)", "model.fit(StandardScaler().fit_transform(x), y, ...)")
