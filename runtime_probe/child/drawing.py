"""Which rows are drawn where there are more than a trial needs: the same ones for every trial."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from runtime_probe.child.setup import Array

KEPT_OF_A_CLASS = 32  # rows of a rare class that stay, whatever its share
BLOCKS = 8
_MOST_CLASSES = 200


class Drawn(NamedTuple):
    """Indices of rows, in the order of the data, and how they were chosen, in words."""

    rows: NDArray[np.intp]
    how: str


def in_blocks(rows: int, limit: int) -> Drawn:
    """Blocks of neighbours, evenly over all rows, for data whose order means something."""
    size = limit // BLOCKS
    starts = np.linspace(0, rows - size, BLOCKS).astype(np.intp)
    picked = np.concatenate([np.arange(start, start + size) for start in starts])
    return Drawn(picked, f"{BLOCKS} blocks of {size:,} neighbouring rows of {rows:,}")


def stratified(y: Array | None, rows: int, limit: int, seed: int) -> Drawn:
    """Rows with the classes, or the deciles of a numeric target, in their true shares.

    A class too rare for its share to be seen keeps up to ``KEPT_OF_A_CLASS`` of its rows.
    """
    groups, of_what = _groups(y)
    if groups is None:
        random = np.random.default_rng(seed).choice(rows, limit, replace=False)
        return Drawn(np.sort(random), f"{limit:,} of {rows:,} rows at random")
    counts = np.bincount(groups)
    share = limit / rows
    rare = np.flatnonzero((counts > 0) & (counts * share < KEPT_OF_A_CLASS / 4))
    is_rare = np.isin(groups, rare)
    kept = _kept(groups, rare)
    if len(kept) > limit // 2:
        return stratified(None, rows, limit, seed)
    common = np.flatnonzero(~is_rare)
    picked = np.sort(np.concatenate([kept, _shares(groups, common, limit - len(kept), seed)]))
    words = f"{len(picked):,} of {rows:,} rows, stratified by {of_what}"
    return Drawn(picked, f"{words}; rare classes kept" if len(kept) else words)


def _kept(groups: NDArray[np.intp], rare: NDArray[np.intp]) -> NDArray[np.intp]:
    of_each = (np.flatnonzero(groups == each)[:KEPT_OF_A_CLASS] for each in rare)
    return np.concatenate([np.empty(0, dtype=np.intp), *of_each])


def _shares(
    groups: NDArray[np.intp], rows: NDArray[np.intp], count: int, seed: int
) -> NDArray[np.intp]:
    if len(rows) <= count:
        return rows
    if len(rows) - count < _MOST_CLASSES:  # too few are left out to be of every class
        return np.sort(np.random.default_rng(seed).choice(rows, count, replace=False))
    from sklearn.model_selection import StratifiedShuffleSplit  # takes a second to import

    split = StratifiedShuffleSplit(n_splits=1, train_size=count, random_state=seed)
    chosen, _ = next(split.split(np.zeros((len(rows), 1)), groups[rows]))
    return np.asarray(rows[chosen])


def _groups(y: Array | None) -> tuple[NDArray[np.intp] | None, str]:
    """The group of each row, None where the target has no groups."""
    if y is None or y.dtype.kind not in "biuf" or y.ndim > 2:
        return None, ""
    if y.ndim == 2 and y.shape[1] > 1:
        one_hot = bool(((y == 0) | (y == 1)).all() and (y.sum(axis=1) == 1).all())
        return (y.argmax(axis=1), "class") if one_hot else (None, "")
    flat = y.reshape(len(y))
    classes, groups = np.unique(flat, return_inverse=True)
    if len(classes) <= min(_MOST_CLASSES, len(y) // 2) and (classes == np.round(classes)).all():
        return groups, "class"
    if not np.isfinite(flat).all():
        return None, ""
    edges = np.unique(np.quantile(flat, np.linspace(0, 1, 11)[1:-1]))
    return np.searchsorted(edges, flat, side="right"), "decile of the target"
