"""What Keras makes of array-like data before a model sees it, for some of the rows.

Seen in Keras 3.15 (``array_data_adapter``, ``array_slicing``) and tf_keras 2.21 alike: floats
become ``floatx``, a Series becomes a column, the last rows become the validation data, and class
weights become weights of the samples.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runtime_probe.child.setup import Array, Tree
from runtime_probe.child.trees import leaves, map_leaves

ALL = slice(None)


def are_arrays(*trees: Tree) -> bool:
    """Whether all leaves are something with rows that can be picked, such as an array."""
    return all(
        hasattr(leaf, "shape") and _has_rows(leaf) for tree in trees for leaf in leaves(tree)
    )


def _has_rows(leaf: Any) -> bool:
    return hasattr(leaf, "__array__") or hasattr(leaf, "to_tensor") or _is_sparse(leaf)


def _is_sparse(leaf: Any) -> bool:
    """Whether it is a sparse matrix of SciPy or TensorFlow; neither has a type that both know."""
    return hasattr(leaf, "tocsr") or hasattr(leaf, "dense_shape")


def fed(tree: Tree, rows: NDArray[np.intp] | slice, floatx: str) -> Tree:
    """The rows as a model gets them, as arrays. Sparse and ragged data are made dense."""
    return map_leaves(lambda leaf: _cast(_picked(leaf, rows), floatx), tree)


def _picked(leaf: Any, rows: NDArray[np.intp] | slice) -> Array:
    if hasattr(leaf, "iloc"):
        return _of_pandas(leaf.iloc[rows])
    if hasattr(leaf, "tocsr"):
        return np.asarray(leaf.tocsr()[rows].toarray())
    if hasattr(leaf, "to_tensor"):
        return np.asarray(leaf.to_tensor())[rows]
    if hasattr(leaf, "dense_shape"):
        import tensorflow as tf

        return np.asarray(tf.sparse.to_dense(tf.sparse.reorder(leaf)))[rows]
    return np.asarray(np.asarray(leaf)[rows])


def _of_pandas(picked: Any) -> Array:
    if picked.ndim == 1:
        return np.asarray(picked.to_numpy()[:, None])
    # A frame of floats and truth values would be one of objects.
    if any(dtype.kind == "f" for dtype in picked.dtypes):
        return np.asarray(picked.to_numpy(dtype=np.float64))
    return np.asarray(picked.to_numpy())


def _cast(array: Array, floatx: str) -> Array:
    is_float = np.issubdtype(array.dtype, np.floating) or array.dtype.name == "bfloat16"
    return array.astype(floatx) if is_float and array.dtype.name != floatx else array


def split_at(rows: int, validation_split: float) -> int:
    """The first of the rows that are held out. Raises ``ValueError`` where no side has any."""
    first = math.floor(rows * (1.0 - validation_split))
    if first in {0, rows}:
        raise ValueError(f"{rows} rows cannot be split by {validation_split}")
    return first


def weights_by_class(y: Array, class_weight: Mapping[int, float], floatx: str) -> Array:
    """The weight of each row by its class: 1 where none is given for that."""
    if y.ndim > 1:
        y = y.argmax(axis=-1) if y.shape[-1] != 1 else y.squeeze(axis=-1)
    classes = np.round(y).astype("int32")
    given = [float(class_weight.get(int(each), 1.0)) for each in classes.reshape(-1)]
    return np.array(given, dtype=floatx).reshape(classes.shape)


def column_names(x: Tree) -> tuple[str, ...]:
    """What the columns of a frame are called; nothing for other data."""
    columns = getattr(x, "columns", None)
    return () if columns is None else tuple(str(each) for each in columns)


def bytes_per_row(*trees: Tree) -> int:
    """How much one row takes, in bytes, as far as its arrays say their shapes."""
    return sum(
        4 * math.prod(int(size or 1) for size in leaf.shape[1:])
        for tree in trees
        for leaf in leaves(tree)
    )
