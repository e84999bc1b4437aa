"""Whether validation data look as if they came from elsewhere than those of training.

Only what no fair split brings about is reported: a column whose spread is several times smaller or
larger, as where one of two parts was scaled; or classes of which the other part has hardly any, as
where rows that are sorted were cut in two. A drift, as of prices over years, is neither.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import tensorflow as tf

from runtime_probe.child.setup import Array, Sample

_FEWEST_ROWS = 20  # of each part, for its quantiles to say something
_SPREAD_RATIO = 5.0
_FAR = 10.0  # medians, in units of the spread of training
_SHARE = 0.5  # of the columns that must be so
_APART = 0.5  # the total variation distance between the shares of classes; 1 has none in common
_MOST_CLASSES = 20
_MIDDLE = (0.05, 0.95)  # the quantiles between which a column is looked at: outliers lie beyond


def shifts(sample: Sample) -> Iterator[str]:
    """In words, how the validation rows of ``sample`` differ from its own."""
    validation = sample.validation
    if validation is None or min(sample.rows, validation.rows) < _FEWEST_ROWS:
        return
    for name, ours, theirs in (
        ("feature", sample.x, validation.x),
        ("target", sample.y, validation.y),
    ):
        parts = zip(tf.nest.flatten(ours), tf.nest.flatten(theirs), strict=False)
        for train, other in parts:
            if train is None or other is None:
                continue
            yield from _shifts(name, np.asarray(train), np.asarray(other), sample.names)


def _shifts(name: str, train: Array, other: Array, names: Sequence[str]) -> Iterator[str]:
    if train.dtype.kind not in "biuf" or other.dtype.kind not in "biuf":
        return
    if name == "target" and (classes := _classes(train)) is not None:
        if (found := _classes(other)) is not None:
            yield from _apart(classes, found)
        return
    columns, others = _columns(train), _columns(other)
    if columns.shape[1] != others.shape[1]:
        return
    low, high = np.quantile(columns, _MIDDLE, axis=0)
    their_low, their_high = np.quantile(others, _MIDDLE, axis=0)
    spread, their_spread = high - low, their_high - their_low
    compared = (spread > 0) & (their_spread > 0)
    if not compared.any():
        return
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = their_spread / spread
        distance = np.abs(np.median(others, axis=0) - np.median(columns, axis=0)) / spread
    shifted = compared & ((ratio > _SPREAD_RATIO) | (ratio < 1 / _SPREAD_RATIO) | (distance > _FAR))
    if shifted.sum() < _SHARE * compared.sum():
        return
    worst = int(np.argmax(np.where(shifted, np.abs(np.log(np.where(compared, ratio, 1))), -1)))
    column = f" {names[worst]!r}" if worst < len(names) and len(names) == len(ratio) else ""
    share = f"{shifted.sum()} of {compared.sum()} {name}s differ; " if compared.sum() > 1 else ""
    yield (
        f"{share}the {name}{column} lies between {low[worst]:.3g} and {high[worst]:.3g} in "
        f"training, and between {their_low[worst]:.3g} and {their_high[worst]:.3g} in validation"
    )


def _columns(array: Array) -> Array:
    """A matrix as it is, and of images and sequences all values as one column."""
    values = array.astype(float)
    return values if values.ndim == 2 else values.reshape(-1, 1)


def _classes(y: Array) -> dict[float, float] | None:
    """The shares of the classes, None where the target is a number."""
    if y.ndim > 1 and y.shape[-1] > 1:
        if not np.isin(y, (0, 1)).all() or not (y.sum(axis=-1) == 1).all():
            return None
        y = y.argmax(axis=-1)
    values, counts = np.unique(y, return_counts=True)
    if len(values) > _MOST_CLASSES or (values != np.round(values)).any():
        return None
    return dict(zip(values.tolist(), (counts / counts.sum()).tolist(), strict=True))


def _apart(ours: dict[float, float], theirs: dict[float, float]) -> Iterator[str]:
    known = ours.keys() | theirs.keys()
    differences = {each: theirs.get(each, 0.0) - ours.get(each, 0.0) for each in known}
    if sum(abs(each) for each in differences.values()) / 2 < _APART:
        return
    worst = max(differences, key=lambda each: abs(differences[each]))
    yield (
        f"class {worst:g} is {ours.get(worst, 0.0):.0%} of the training rows and "
        f"{theirs.get(worst, 0.0):.0%} of those of validation"
    )
