"""The rows of the script's data that every trial trains on, as Keras would have fed them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from runtime_probe.child.arrays import (
    are_arrays,
    bytes_per_row,
    column_names,
    fed,
    split_at,
    weights_by_class,
)
from runtime_probe.child.drawing import Drawn, in_blocks, stratified
from runtime_probe.child.feed import Feed, Sampled, UnknownData
from runtime_probe.child.setup import Array, Sample, Tree
from runtime_probe.child.streams import is_stream, read
from runtime_probe.child.trees import leaves, map_leaves

_MAX_BYTES = 64_000_000
_SEED = 0


def sampled(feed: Feed, limit: int) -> Sampled:
    """At most about ``limit`` rows of what ``fit`` would train on, in its order.

    Raises :class:`UnknownData` for what is neither arrays nor a stream of batches.
    """
    if is_stream(feed.x):
        return _of_stream(feed, limit)
    if not are_arrays(feed.x, feed.y, feed.sample_weight) or feed.x is None:
        raise UnknownData(f"data of type {type(feed.x).__name__}")
    return _of_arrays(feed, limit)


def _of_arrays(feed: Feed, limit: int) -> Sampled:
    rows = _rows(feed.x, feed.y, feed.sample_weight)
    end = rows
    validation = None
    if feed.validation_data is not None:
        validation = _validation(feed, limit)
    elif feed.validation_split:
        end = _split(rows, feed.validation_split)
        validation = _drawn(feed, end, rows, limit, feed.validation_batch_size, training=False)
    sample = _drawn(feed, 0, end, limit, feed.batch_size, training=True)
    if validation is not None:
        sample = replace(sample, validation=validation)
    size = sample.batch_size
    return Sampled(sample, end, feed.steps_per_epoch or math.ceil(end / size))


def _rows(*trees: Tree) -> int:
    counts = {int(leaf.shape[0]) for tree in trees for leaf in leaves(tree) if len(leaf.shape)}
    if len(counts) != 1 or 0 in counts:
        raise UnknownData("arrays of different lengths")
    return counts.pop()


def _split(rows: int, share: float) -> int:
    try:
        return split_at(rows, share)
    except ValueError as error:
        raise UnknownData(str(error)) from error


def _drawn(
    feed: Feed, first: int, end: int, limit: int, batch_size: int | None, *, training: bool
) -> Sample:
    """Rows ``first`` to ``end``, or some of them."""
    count = end - first
    # Keras makes as many batches as there are steps, where it is told only of those.
    steps = feed.steps_per_epoch if training else None
    size = batch_size or feed.batch_size or (math.ceil(count / steps) if steps else 32)
    drawn = _choice(feed, first, end, _limit(limit, size, feed.x, feed.y))
    x, y, given = (
        fed(each, drawn.rows, feed.floatx) for each in (feed.x, feed.y, feed.sample_weight)
    )
    weights = _weights(y, given, feed.class_weight if training else None, feed.floatx)
    return Sample(
        x=x,
        y=y,
        rows=len(drawn.rows),
        batch_size=min(size, count),
        shuffled=bool(feed.shuffle) and training,
        weights=weights,
        drawn=drawn.how,
        names=column_names(feed.x),
    )


def _limit(limit: int, batch_size: int, *trees: Tree) -> int:
    fitting = _MAX_BYTES // max(1, bytes_per_row(*trees))
    return max(min(limit, fitting), min(batch_size, limit))


def _choice(feed: Feed, first: int, end: int, limit: int) -> Drawn:
    count = end - first
    if count <= limit:
        return Drawn(np.arange(first, end), "all rows")
    if feed.ordered or not feed.shuffle:
        chosen = in_blocks(count, limit)
    else:
        chosen = stratified(_labels(feed, first, end), count, limit, _SEED)
    return Drawn(chosen.rows + first, chosen.how)


def _labels(feed: Feed, first: int, end: int) -> Array | None:
    """The target that rows are stratified by: the first of several outputs."""
    target = next(leaves(feed.y), None)
    if target is None or len(target.shape) > 2:
        return None
    labels: Array = fed(target, slice(first, end), feed.floatx)
    return labels


def _weights(y: Tree, given: Tree, class_weight: Mapping[int, float] | None, floatx: str) -> Tree:
    if class_weight is not None:
        return weights_by_class(y, class_weight, floatx)
    if given is not None and isinstance(y, (list, tuple, dict)) and not _nested(given):
        return map_leaves(lambda _: given, y)
    return given


def _nested(tree: Tree) -> bool:
    return isinstance(tree, (list, tuple, dict))


def _validation(feed: Feed, limit: int) -> Sample:
    """The data that are held out, unpacked as ``keras.utils.unpack_x_y_sample_weight`` does."""
    data = feed.validation_data
    size = feed.validation_batch_size or feed.batch_size
    if is_stream(data):
        steps = feed.validation_steps
        held_out = Feed(data, steps_per_epoch=steps, floatx=feed.floatx, until=feed.until)
        return _of_stream(held_out, limit).sample
    parts = tuple(data) if isinstance(data, (list, tuple)) else (data,)
    if len(parts) > 3 or not are_arrays(*parts):
        raise UnknownData("validation data that are no arrays")
    x, y, weight = (*parts, None, None)[:3]
    held_out = Feed(x, y, weight, shuffle=feed.shuffle, ordered=feed.ordered, floatx=feed.floatx)
    return _drawn(held_out, 0, _rows(*parts), limit, size, training=False)


def _of_stream(feed: Feed, limit: int) -> Sampled:
    reading = read(feed, limit)
    sample = reading.sample
    if feed.class_weight is not None:
        weights = weights_by_class(sample.y, feed.class_weight, feed.floatx)
        sample = replace(sample, weights=weights)
    if feed.validation_data is not None:
        sample = replace(sample, validation=_validation(feed, limit))
    return reading._replace(sample=sample)
