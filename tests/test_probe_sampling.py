"""What the probe keeps of a script's data is what Keras feeds, held against Keras' own ``fit``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest

from runtime_probe.child.feed import Feed, UnknownData
from runtime_probe.child.sampling import sampled
from runtime_probe.child.trees import leaves

keras = pytest.importorskip("keras")
import tensorflow as tf  # noqa: E402

ROWS = 50
RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(ROWS, 3))
LABELS = RANDOM.integers(0, 3, ROWS)
FRAME = pd.DataFrame(X, columns=["age", "height", "weight"])
MIXED = FRAME.assign(known=X[:, 0] > 0, count=LABELS)


class Spy(keras.Model):
    """Notes every batch that Keras trains it on, and those it is validated on."""

    def __init__(self) -> None:
        super().__init__()
        self.trained: list[Any] = []
        self.held_out: list[Any] = []

    def call(self, x: Any) -> Any:
        return x

    def train_step(self, data: Any) -> dict[str, float]:
        self.trained.append(data)
        return {"loss": 0.0}

    def test_step(self, data: Any) -> dict[str, float]:
        self.held_out.append(data)
        return {"loss": 0.0}


def fed_by_keras(epochs: int = 1, **arguments: Any) -> Spy:
    spy = Spy()
    spy.compile(run_eagerly=True)
    spy.fit(**arguments, epochs=epochs, verbose=0)
    return spy


def joined(batches: list[Any]) -> list[Any]:
    """The rows of all batches: x, y and weights, each a flat list of arrays."""
    parts = [each if isinstance(each, tuple) else (each,) for each in batches]
    padded = [(*each, None, None)[:3] for each in parts]
    return [
        [
            np.concatenate(arrays)
            for arrays in zip(*(map(np.asarray, leaves(each)) for each in part), strict=True)
        ]
        for part in zip(*padded, strict=True)
    ]


def same(sample: Any, batches: list[Any]) -> None:
    mine = [list(leaves(each)) for each in (sample.x, sample.y, sample.weights)]
    for ours, theirs in zip(mine, joined(batches), strict=True):
        assert len(ours) == len(theirs)
        for one, other in zip(ours, theirs, strict=True):
            # a batch of float64 is cast by the first layer, and no earlier
            assert one.shape == other.shape
            assert one.dtype == (np.float32 if other.dtype == np.float64 else other.dtype)
            np.testing.assert_array_equal(one, other.astype(one.dtype))


class Batches(keras.utils.PyDataset):
    def __len__(self) -> int:
        return 4

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        part = slice(index * 14, index * 14 + 14)
        return X[part], LABELS[part]


def generated() -> Iterator[tuple[Any, Any, Any]]:
    for start in range(0, ROWS, 10):
        part = slice(start, start + 10)
        yield X[part], LABELS[part], np.abs(X[part, 0])


DATA: dict[str, Callable[[], dict[str, Any]]] = {
    "arrays": lambda: {"x": X, "y": LABELS},
    "a batch size": lambda: {"x": X, "y": LABELS, "batch_size": 7},
    "steps alone": lambda: {"x": X, "y": LABELS, "steps_per_epoch": 4},
    "a column of labels": lambda: {"x": X, "y": LABELS[:, None].astype("int64")},
    "half floats": lambda: {"x": X.astype("float16"), "y": LABELS},
    "pictures of bytes": lambda: {"x": (X[:, :, None] * 50).astype("uint8"), "y": LABELS},
    "a list": lambda: {"x": [X, X[:, :1]], "y": LABELS},
    "dicts": lambda: {"x": {"a": X, "b": X[:, 0]}, "y": {"c": LABELS, "d": X[:, 1]}},
    "a frame and a series": lambda: {"x": FRAME, "y": pd.Series(LABELS)},
    "a frame of several types": lambda: {"x": MIXED, "y": pd.Series(LABELS)},
    "a frame of integers": lambda: {"x": MIXED[["count"]], "y": FRAME["age"]},
    "tensors": lambda: {"x": tf.constant(X), "y": tf.constant(LABELS)},
    "x alone": lambda: {"x": X},
    "sample weights": lambda: {"x": X, "y": LABELS, "sample_weight": np.abs(X[:, 0])},
    "weights of one for two outputs": lambda: {
        "x": X,
        "y": [LABELS, X[:, 0]],
        "sample_weight": np.abs(X[:, 1]),
    },
    "class weights": lambda: {"x": X, "y": LABELS, "class_weight": {0: 2.0, 2: 5.0}},
    "class weights, one-hot": lambda: {
        "x": X,
        "y": np.eye(3)[LABELS],
        "class_weight": {0: 2.0, 1: 3.0, 2: 5.0},
    },
    "a dataset": lambda: {"x": tf.data.Dataset.from_tensor_slices((X, LABELS)).batch(8)},
    "a dataset of dicts": lambda: {
        "x": tf.data.Dataset.from_tensor_slices(({"a": X, "b": X[:, 0]}, LABELS)).batch(8)
    },
    "an endless dataset": lambda: {
        "x": tf.data.Dataset.from_tensor_slices((X, LABELS)).repeat().batch(8),
        "steps_per_epoch": 5,
    },
    "a dataset of unknown length": lambda: {
        "x": tf.data.Dataset.from_tensor_slices((X, LABELS)).filter(lambda x, y: y > 0).batch(8)
    },
    "class weights on a dataset": lambda: {
        "x": tf.data.Dataset.from_tensor_slices((X, LABELS)).batch(8),
        "class_weight": {0: 1.0, 1: 2.0, 2: 3.0},
    },
    "a PyDataset": lambda: {"x": Batches()},
    "a generator": lambda: {"x": generated()},
}


@pytest.mark.parametrize("kind", DATA)
def test_the_sample_is_what_keras_feeds(kind: str) -> None:
    theirs = fed_by_keras(**DATA[kind](), shuffle=False)
    ours = sampled(Feed(**DATA[kind](), shuffle=False), 4096)
    same(ours.sample, theirs.trained)
    assert ours.steps_per_epoch == len(theirs.trained)
    first = joined(theirs.trained[:1])[0][0]
    assert ours.sample.batch_size == len(first)
    assert ours.sample.shuffled is False


HELD_OUT: dict[str, Callable[[], dict[str, Any]]] = {
    "a split": lambda: {"x": X, "y": LABELS, "validation_split": 0.33},
    "a split of a frame": lambda: {"x": FRAME, "y": pd.Series(LABELS), "validation_split": 0.1},
    "a split with weights": lambda: {
        "x": X,
        "y": LABELS,
        "sample_weight": np.abs(X[:, 0]),
        "validation_split": 0.5,
    },
    "a split with class weights": lambda: {
        "x": X,
        "y": LABELS,
        "class_weight": {1: 4.0},
        "validation_split": 0.5,
    },
    "arrays": lambda: {"x": X[:20], "y": LABELS[:20], "validation_data": (X[20:], LABELS[20:])},
    "arrays and weights": lambda: {
        "x": X,
        "y": LABELS,
        "validation_data": (X, LABELS, np.abs(X[:, 0])),
        "validation_batch_size": 13,
    },
    "a dataset": lambda: {
        "x": X,
        "y": LABELS,
        "validation_data": tf.data.Dataset.from_tensor_slices((X, LABELS)).batch(8),
        "validation_steps": 3,
    },
    "a dataset beside a dataset": lambda: {
        "x": tf.data.Dataset.from_tensor_slices((X, LABELS)).batch(8),
        "validation_data": tf.data.Dataset.from_tensor_slices((X[:9], LABELS[:9])).batch(2),
    },
}


@pytest.mark.parametrize("kind", HELD_OUT)
def test_what_is_held_out_is_what_keras_holds_out(kind: str) -> None:
    theirs = fed_by_keras(**HELD_OUT[kind](), shuffle=False)
    ours = sampled(Feed(**HELD_OUT[kind](), shuffle=False), 4096).sample
    same(ours, theirs.trained)
    assert ours.validation is not None
    same(ours.validation, theirs.held_out)
    assert ours.validation.batch_size == len(joined(theirs.held_out[:1])[0][0])


def test_an_endless_generator_gives_as_many_batches_as_are_planned() -> None:
    def forever() -> Iterator[tuple[Any, Any]]:
        while True:
            yield X[:4], LABELS[:4]

    drawn = sampled(Feed(forever(), steps_per_epoch=5, epochs=3), 4096)
    assert (drawn.sample.rows, drawn.rows, drawn.steps_per_epoch) == (60, None, 5)
    many = sampled(Feed(forever(), steps_per_epoch=1000, epochs=3), 4096)
    assert many.sample.rows == 64 * 4
    assert many.sample.drawn == "the first 64 batches, in their order"


def test_batches_of_several_lengths_are_filled_up() -> None:
    texts = tf.ragged.constant([[1], [1, 2], [1, 2, 3], [1]])
    data = (
        tf.data.Dataset.from_tensor_slices((texts, [0, 1, 0, 1]))
        .map(lambda x, y: (x, y))
        .padded_batch(2, padded_shapes=([None], []))
    )
    drawn = sampled(Feed(data), 4096).sample
    np.testing.assert_array_equal(drawn.x, [[1, 0, 0], [1, 2, 0], [1, 2, 3], [1, 0, 0]])


@pytest.mark.parametrize("shuffled", [True, False])
def test_a_dataset_that_is_shuffled_is_known_by_its_second_epoch(shuffled: bool) -> None:
    data = tf.data.Dataset.from_tensor_slices((X, LABELS))
    data = data.shuffle(ROWS).batch(8) if shuffled else data.batch(8)
    assert sampled(Feed(data), 4096).sample.shuffled is shuffled


def test_rare_classes_are_kept_and_the_others_have_their_shares() -> None:
    labels = np.repeat([0, 1, 2, 3], [60_000, 39_990, 6, 4])
    RANDOM.shuffle(labels)
    x = np.arange(100_000)[:, None]
    drawn = sampled(Feed(x, labels), 2_000).sample
    assert drawn.rows == 2_000
    assert "rare classes kept" in drawn.drawn
    counts = np.bincount(drawn.y)
    assert list(counts[2:]) == [6, 4]
    assert counts[0] / counts[1] == pytest.approx(1.5, rel=0.01)
    # rows stay together with their labels, and in the order of the data
    np.testing.assert_array_equal(labels[drawn.x[:, 0]], drawn.y)
    assert (np.diff(drawn.x[:, 0]) > 0).all()
    again = sampled(Feed(x, labels), 2_000).sample
    np.testing.assert_array_equal(again.x, drawn.x)


def test_one_hot_labels_are_classes_and_numbers_have_deciles() -> None:
    labels = np.repeat([0, 1, 2], [9_000, 900, 100])
    one_hot = sampled(Feed(np.zeros((10_000, 1)), np.eye(3)[labels]), 1_000).sample
    assert list(one_hot.y.sum(axis=0)) == [900, 90, 10]
    numbers = RANDOM.lognormal(size=10_000)
    drawn = sampled(Feed(np.zeros((10_000, 1)), numbers), 1_000).sample
    assert drawn.drawn == "1,000 of 10,000 rows, stratified by decile of the target"
    edges = np.quantile(numbers, np.linspace(0, 1, 11)[1:-1])
    assert set(np.bincount(np.searchsorted(edges, drawn.y))) == {100}


def test_several_labels_a_row_are_drawn_at_random() -> None:
    drawn = sampled(Feed(np.zeros((5_000, 1)), RANDOM.integers(0, 2, (5_000, 4))), 100).sample
    assert drawn.drawn == "100 of 5,000 rows at random"


@pytest.mark.parametrize("order", [{"shuffle": False}, {"ordered": True}])
def test_rows_whose_order_counts_are_drawn_in_blocks(order: dict[str, bool]) -> None:
    x = np.arange(10_000)[:, None]
    drawn = sampled(Feed(x, x[:, 0], **order), 800).sample
    steps = np.diff(drawn.x[:, 0])
    assert drawn.rows == 800
    assert (steps > 1).sum() == 7
    assert (steps > 0).all()


def test_big_rows_are_fewer() -> None:
    pictures = np.zeros((2_000, 128, 128, 3), dtype="uint8")
    drawn = sampled(Feed(pictures, np.arange(2_000) % 2, batch_size=32), 4_096).sample
    assert 300 < drawn.rows < 400


def test_names_of_columns_are_kept() -> None:
    assert sampled(Feed(FRAME, LABELS), 4096).sample.names == ("age", "height", "weight")


@pytest.mark.parametrize(
    "data",
    [
        {"x": [1.0, 2.0], "y": [0, 1]},
        {"x": X, "y": LABELS[:-1]},
        {"x": "text"},
        {"x": X[:1], "y": LABELS[:1], "validation_split": 0.5},
        {"x": iter(())},
    ],
)
def test_what_keras_refuses_is_not_read_either(data: dict[str, Any]) -> None:
    with pytest.raises(UnknownData):
        sampled(Feed(**data), 4096)
