"""How targets are encoded, and what kind of task they make with an output and a loss."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from runtime_probe.child.losses import BINARY, CATEGORICAL, MARGIN, SPARSE
from runtime_probe.child.setup import Array

_MOST_CLASSES = 20  # that integers under a loss which does not say so can stand for
_LEAST_PER_CLASS = 3


@dataclass(frozen=True)
class Labels:
    """Targets of one output: one value a prediction in ``values``, or several in ``columns``.

    ``values`` has the shape of the output without its last axis, ``columns`` that of the output.
    """

    values: Array
    columns: Array | None = None

    @property
    def one_hot(self) -> bool:
        if self.columns is None or self.columns.shape[-1] < 2:
            return False
        return self.zero_one and bool((self.columns.sum(axis=-1) == 1).all())

    @property
    def shares(self) -> bool:
        """Whether the columns are a distribution, as smoothed one-hot labels are."""
        if self.columns is None:
            return False
        sums = self.columns.sum(axis=-1)
        return bool((self.columns >= 0).all() and np.allclose(sums, 1, atol=1e-3))

    @property
    def zero_one(self) -> bool:
        y = self.values if self.columns is None else self.columns
        return bool(np.isin(y, (0, 1)).all())

    @property
    def integer(self) -> bool:
        return self.columns is None and bool(np.equal(np.round(self.values), self.values).all())

    def codes(self) -> Array:
        """The class of every prediction in one dimension: the label as written, or its column."""
        chosen = self.values if self.columns is None else self.columns.argmax(axis=-1)
        return np.round(chosen).astype(int).reshape(-1)

    def pair(self) -> tuple[int, int]:
        """The two labels of a yes-or-no question; 0 and 1 where there are others or only one."""
        found = np.unique(self.codes())
        if len(found) == 2:
            return int(found[0]), int(found[1])
        return (-1, 1) if found[0] == -1 else (0, 1)


def read(y: Array, dimensions: int) -> Labels:
    """The labels ``y`` for an output of as many ``dimensions``, the rows counted."""
    y = np.asarray(y, dtype=float)
    if y.ndim >= 2 and y.shape[-1] == 1:
        return Labels(y[..., 0])
    if y.ndim >= max(dimensions, 2):
        return Labels(y, y)
    return Labels(y)


def kind_of(labels: Labels, width: int, loss: str, activation: str | None) -> str:
    """binary, multiclass, multilabel or regression: what ``labels`` are meant as.

    The loss decides where it can, then the activation, then the labels alone: integers under a
    squared error and a linear output are counts, unless there are only two of them.
    """
    if not np.isfinite(labels.values).all():
        return "unknown"
    if labels.columns is not None:
        return _kind_of_columns(labels, loss, activation)
    if not labels.integer:
        return "unknown" if loss in SPARSE else "regression"
    found = np.unique(labels.values)
    few = len(found) <= min(_MOST_CLASSES, labels.values.size / _LEAST_PER_CLASS)
    two = "binary" if len(found) <= 2 else "multiclass"
    if loss in SPARSE:
        return two
    if loss in CATEGORICAL:
        return two if width > 1 or few or len(found) <= 2 else "regression"
    if loss in BINARY | MARGIN:
        return two if len(found) <= 2 or few else "regression"
    if activation == "softmax":
        return two if width > 1 or few or len(found) <= 2 else "regression"
    usual = tuple(found) in {(0.0, 1.0), (-1.0, 1.0)}
    return "binary" if usual or (len(found) == 2 and activation == "sigmoid") else "regression"


def _kind_of_columns(labels: Labels, loss: str, activation: str | None) -> str:
    columns = np.asarray(labels.columns)
    if labels.one_hot:
        return "binary" if columns.shape[-1] == 2 else "multiclass"
    if labels.shares and (loss in CATEGORICAL or activation == "softmax"):
        return "multiclass"
    if labels.zero_one and (loss in BINARY or activation == "sigmoid"):
        return "multilabel"
    return "unknown" if loss in CATEGORICAL | SPARSE else "regression"
