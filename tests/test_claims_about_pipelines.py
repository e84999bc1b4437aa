"""What the rules say of datasets happens in the TensorFlow that is installed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import tensorflow as tf

SIZE = 40


def numbers() -> Any:
    return tf.data.Dataset.range(SIZE)


def items(dataset: Any) -> list[Any]:
    return [np.asarray(each).tolist() for each in dataset]


def overlap(dataset: Any) -> int:
    """How many elements the two halves of a split share."""
    taken, rest = dataset.take(SIZE // 2), dataset.skip(SIZE // 2)
    return len(set(items(taken)) & set(items(rest)))


# The order


@pytest.mark.parametrize("seed", [None, 1])
def test_the_parts_of_a_reshuffled_dataset_overlap(seed: int | None) -> None:
    assert overlap(numbers().shuffle(SIZE, seed=seed)) > 0
    assert overlap(numbers().shuffle(SIZE, seed=seed).map(lambda x: x).batch(1).unbatch()) > 0


def test_the_parts_of_a_dataset_shuffled_once_are_apart() -> None:
    assert overlap(numbers().shuffle(SIZE, reshuffle_each_iteration=False)) == 0


def test_list_files_shuffles_anew_each_time(tmp_path: Path) -> None:
    for number in range(SIZE):
        (tmp_path / f"{number}.txt").touch()
    assert overlap(tf.data.Dataset.list_files(f"{tmp_path}/*")) > 0
    assert overlap(tf.data.Dataset.list_files(f"{tmp_path}/*", shuffle=False)) == 0


def test_a_folder_of_texts_is_shuffled_anew_each_time(tmp_path: Path) -> None:
    for number in range(SIZE):
        (tmp_path / f"{number}.txt").write_text(str(number))
    options: dict[str, Any] = {"label_mode": None, "labels": None, "batch_size": 1}
    read = keras.utils.text_dataset_from_directory
    assert overlap(read(str(tmp_path), **options, verbose=False).map(lambda x: x[0])) > 0


def test_batches_that_are_shuffled_keep_their_examples() -> None:
    batches = {tuple(each) for each in items(numbers().batch(4).shuffle(SIZE))}
    assert batches == {tuple(each) for each in items(numbers().batch(4))}


def test_a_cache_keeps_the_order_of_the_first_epoch() -> None:
    cached = numbers().shuffle(SIZE).cache()
    assert items(cached) == items(cached)
    shuffled = numbers().cache().shuffle(SIZE)
    assert items(shuffled) != items(shuffled)


def test_a_buffer_of_one_shuffles_nothing() -> None:
    assert items(numbers().shuffle(1)) == list(range(SIZE))


def test_epochs_are_mixed_where_shuffle_follows_repeat() -> None:
    epoch = items(numbers().repeat(2).shuffle(SIZE))[:SIZE]
    assert len(set(epoch)) < SIZE
    assert len(set(items(numbers().shuffle(SIZE).repeat(2))[:SIZE])) == SIZE


# The elements


def test_a_method_leaves_a_dataset_as_it_is() -> None:
    dataset = numbers()
    dataset.batch(4)
    assert items(dataset) == list(range(SIZE))


def test_a_cache_keeps_what_chance_gave() -> None:
    # A seed that another test has set would give every epoch the same numbers.
    chance = tf.random.Generator.from_non_deterministic_state()
    drawn = numbers().map(lambda x: chance.uniform([]))
    assert items(drawn) != items(drawn)
    cached = drawn.cache()
    assert items(cached) == items(cached)


def test_numpy_draws_once_for_a_map() -> None:
    assert len(set(items(numbers().map(lambda x: np.random.random())))) == 1
    assert len(set(items(numbers().map(lambda x: tf.random.uniform([]))))) > 1


def test_a_cache_keeps_what_a_random_layer_gave() -> None:
    layer = keras.layers.RandomContrast(0.5, value_range=(0, 1))
    images = tf.data.Dataset.from_tensors(np.linspace(0, 1, 48).reshape(4, 4, 3)).repeat(3)
    changed = images.map(layer)
    assert items(changed) != items(changed)
    cached = changed.cache()
    assert items(cached) == items(cached)
