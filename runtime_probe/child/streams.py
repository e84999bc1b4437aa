"""Data that come as batches: ``tf.data``, ``PyDataset`` (``Sequence``), and Python generators."""

from __future__ import annotations

import itertools
import time
import types
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from runtime_probe.child.arrays import ALL, fed
from runtime_probe.child.feed import Feed, Sampled, UnknownData
from runtime_probe.child.setup import Array, Sample, Tree
from runtime_probe.child.trees import leaves, map_leaves, rows_of

MOST_BATCHES = 64
_COUNTING = 1.0  # seconds to find out how many batches a dataset has that does not say so


class Batch(NamedTuple):
    """What one step trains on, as arrays."""

    x: Tree
    y: Tree
    weights: Tree


def is_stream(data: Any) -> bool:
    """Whether it gives batches and not rows."""
    return _is_dataset(data) or _is_sequence(data) or isinstance(data, types.GeneratorType)


def _is_dataset(data: Any) -> bool:
    return hasattr(data, "element_spec") and hasattr(data, "__iter__")


def _is_sequence(data: Any) -> bool:
    return any(
        each.__name__ in {"PyDataset", "Sequence"} and "keras" in each.__module__
        for each in type(data).__mro__
    )


def read(feed: Feed, limit: int) -> Sampled:
    """The first batches, in their order: no more than are planned, than ``MOST_BATCHES``, or than
    hold ``limit`` rows.

    Raises :class:`UnknownData` for batches that Keras does not take.
    """
    length = _length(feed.x)
    planned = feed.steps_per_epoch * feed.epochs if feed.steps_per_epoch else length
    wanted = min(planned or MOST_BATCHES, length or MOST_BATCHES, MOST_BATCHES)
    batches = _batches(feed, length, wanted)
    taken = _taken(batches, wanted, limit, feed)
    if not taken:
        raise UnknownData("data without a batch")
    ended = False
    if not feed.steps_per_epoch and length is None:
        ended, length = _counted(batches, len(taken), feed.until)
    steps = feed.steps_per_epoch or length or len(taken)
    is_whole = len(taken) == length and (ended or not feed.steps_per_epoch)
    sample = joined(taken, _is_reordered(feed, taken[0]), is_whole)
    return Sampled(sample, sample.rows if is_whole else None, steps)


def _length(data: Any) -> int | None:
    """How many batches there are; None where that is not known, or there is no end."""
    if _is_dataset(data):
        cardinality = int(data.cardinality())
        return cardinality if cardinality >= 0 else None
    if not _is_sequence(data):
        return None
    if hasattr(data, "num_batches"):
        return None if data.num_batches is None else int(data.num_batches)
    return len(data)


def _batches(feed: Feed, length: int | None, wanted: int) -> Iterator[Any]:
    if not _is_sequence(feed.x):
        return iter(feed.x)
    if length is None or not feed.shuffle or length <= wanted:
        indices: Iterator[int] = iter(range(length)) if length else itertools.count()
    else:  # Keras takes the batches in any order: these are as good as the first ones
        indices = iter(np.linspace(0, length - 1, wanted).astype(int).tolist())
    return (feed.x[index] for index in indices)


def _taken(batches: Iterator[Any], wanted: int, limit: int, feed: Feed) -> list[Batch]:
    taken: list[Batch] = []
    rows = 0
    for each in itertools.islice(batches, wanted):
        taken.append(unpacked(each, feed.floatx))
        rows += rows_of(taken[-1].x)
        if rows >= limit or time.monotonic() > feed.until:
            break
    return taken


def unpacked(batch: Any, floatx: str) -> Batch:
    """A batch as ``keras.utils.unpack_x_y_sample_weight`` takes it apart."""
    parts = tuple(batch) if isinstance(batch, (tuple, list)) else (batch,)
    if not 1 <= len(parts) <= 3:
        raise UnknownData(f"batches of {len(parts)} parts")
    x, y, weights = (*(fed(_arrays(each), ALL, floatx) for each in parts), None, None)[:3]
    if any(leaf.ndim == 0 for leaf in leaves(x)):
        raise UnknownData("batches without rows")
    return Batch(x, y, weights)


def _arrays(tree: Tree) -> Tree:
    """Also what is no array yet, such as a number, which Keras makes one of."""
    return map_leaves(lambda leaf: leaf if hasattr(leaf, "shape") else np.asarray(leaf), tree)


def _counted(batches: Iterator[Any], taken: int, until: float) -> tuple[bool, int | None]:
    """Whether the batches end, and how many there are; at least so many where they may not."""
    stop = min(time.monotonic() + _COUNTING, until)
    count = taken
    for _ in batches:
        count += 1
        if time.monotonic() > stop:
            return False, count
    return True, count


def _is_reordered(feed: Feed, first: Batch) -> bool:
    """Whether a second epoch comes in another order. A generator has no second one to look at."""
    if _is_sequence(feed.x):
        return bool(feed.shuffle)
    if not _is_dataset(feed.x) or time.monotonic() > feed.until:
        return False
    again = unpacked(next(iter(feed.x)), feed.floatx)
    pairs = zip(leaves(tuple(first)), leaves(tuple(again)), strict=True)
    return not all(np.array_equal(*_comparable(*pair)) for pair in pairs)


def _comparable(one: Array, other: Array) -> tuple[Array, Array]:
    """NaN is equal to itself here."""
    if one.dtype.kind != "f":
        return one, other
    return np.nan_to_num(one), np.nan_to_num(other)


def joined(taken: list[Batch], shuffled: bool, is_whole: bool) -> Sample:
    """Batches as one sample of their size; ``is_whole``: they are all that an epoch has."""
    size = rows_of(taken[0].x)
    # A short batch in the middle would move the borders of all that follow.
    even = [each for each in taken[:-1] if rows_of(each.x) == size]
    even.append(taken[-1])
    if rows_of(taken[-1].x) > size:
        even.pop()
    x, y, weights = (
        map_leaves(_concatenated, first, *rest) for first, *rest in zip(*even, strict=True)
    )
    rows = rows_of(x)
    how = f"all {len(even):,} batches" if is_whole else f"the first {len(even):,} batches"
    return Sample(x, y, rows, size, shuffled, weights, drawn=f"{how}, in their order")


def _concatenated(*parts: Array) -> Array:
    """Batches one below the other; where they are of different lengths, filled up with zeros."""
    shape = tuple(max(sizes) for sizes in zip(*(each.shape[1:] for each in parts), strict=True))
    if all(each.shape[1:] == shape for each in parts):
        return np.concatenate(parts)
    filled = [
        np.pad(
            each,
            [(0, 0), *((0, full - has) for full, has in zip(shape, each.shape[1:], strict=True))],
        )
        for each in parts
    ]
    return np.concatenate(filled)
