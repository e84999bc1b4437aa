"""Datasets that look like a defect and are none, each beside its sibling that is one."""

from __future__ import annotations

import pytest
from test_traps import Found, found

__all__ = ["found"]

RULES = ("--select", ",".join(f"TFC{code}" for code in range(701, 709)))

HEAD = """
import keras, random
import numpy as np
import tensorflow as tf
x, y = load()
data = tf.data.Dataset.from_tensor_slices((x, y))
model = keras.Sequential([keras.layers.Dense(1, "sigmoid")])
model.compile("adam", "binary_crossentropy")
"""
FIT = "model.fit(data, epochs=5, validation_data=(x, y))\n"


@pytest.mark.parametrize(
    ("code", "names"),
    [
        # what is skipped in each epoch of elastic training, and a piece of the rest
        ("data = data.shuffle(9)\nfor b in data.skip(done()).take(n()): pass\n", []),
        ("data = data.shuffle(9)\nfor b in data.take(1): pass\nrest = data.skip(100)\n", []),
        ("data = data.shuffle(9)\na, b = data.take(100), data.skip(100)\n", ["split"]),
        ("data = data.shuffle(9)\na, b = data.take(n()), data.skip(n())\n", ["split"]),
        ("data = data.shuffle(9).batch(3).map(f)\na, b = data.take(2), data.skip(2)\n", ["split"]),
        ("data = data.shuffle(9).cache()\na, b = data.take(2), data.skip(2)\n", []),
        ("data = data.shuffle(9)\ndata = read(data)\na, b = data.take(2), data.skip(2)\n", []),
        ("a = data.shuffle(9).take(2)\nb = data.shuffle(9).skip(2)\n", []),
        (
            "data = data.shuffle(9, reshuffle_each_iteration=False)\n"
            "a, b = data.take(2), data.skip(2)\n",
            [],
        ),
        (
            "data = data.shuffle(9, reshuffle_each_iteration=again())\n"
            "a, b = data.take(2), data.skip(2)\n",
            [],
        ),
        ("data = tf.data.Dataset.list_files('*')\na, b = data.take(2), data.skip(2)\n", ["split"]),
        (
            "data = tf.data.Dataset.list_files('*', shuffle=False)\n"
            "a, b = data.take(2), data.skip(2)\n",
            [],
        ),
        (
            "data = keras.utils.image_dataset_from_directory('a')\n"
            "a, b = data.take(2), data.skip(2)\n",
            ["split"],
        ),
        (
            "data = keras.utils.image_dataset_from_directory('a', shuffle=False)\n"
            "a, b = data.take(2), data.skip(2)\n",
            [],
        ),
    ],
)
def test_splits(found: Found, code: str, names: list[str]) -> None:
    assert [name.partition("-")[0] for name in found(HEAD + code)] == names


@pytest.mark.parametrize(
    ("code", "names"),
    [
        # a test that wants its function to run in a graph, and no more
        ("data.map(f)\n", []),
        ("data.map(f)\nother = data.batch(3)\n", ["dataset-not-kept"]),
        ("data.shuffle(9)\n", ["dataset-not-kept"]),
        ("other().shuffle(9)\n", []),
        ("data = data.shuffle(9)\n", []),
    ],
)
def test_results_that_are_thrown_away(found: Found, code: str, names: list[str]) -> None:
    assert found(HEAD + code) == names


@pytest.mark.parametrize(
    ("steps", "names"),
    [
        ("batch(3).shuffle(9)", ["batch-before-shuffle"]),
        ("batch(3).map(f).shuffle(9)", ["batch-before-shuffle"]),
        # pieces of a text, which are put into batches once they are shuffled
        ("batch(3).map(f).shuffle(9).batch(3)", []),
        ("batch(3).unbatch().shuffle(9)", []),
        ("shuffle(9).batch(3).shuffle(2)", []),
        ("batch(3).apply(f).shuffle(9)", []),
        ("shuffle(9).cache()", ["shuffle-before-cache"]),
        ("shuffle(9).map(f).cache().batch(3)", ["shuffle-before-cache"]),
        ("shuffle(9).cache().shuffle(9)", []),
        ("shuffle(9, reshuffle_each_iteration=False).cache()", []),
        ("cache().shuffle(9)", []),
    ],
)
def test_the_order_of_steps(found: Found, steps: str, names: list[str]) -> None:
    assert found(HEAD + f"data = data.{steps}\n{FIT}") == names


def test_arrays_that_were_shuffled_before(found: Found) -> None:
    split = "from sklearn.model_selection import train_test_split\n"
    split += "x, _, y, _ = train_test_split(x, y, shuffle={})\n"
    split += "x, y = np.asarray(x), np.asarray(y)\n"
    code = f"data = tf.data.Dataset.from_tensor_slices((x, y)).batch(3).shuffle(9)\n{FIT}"
    head = "x, y = np.ones((9, 2)), np.ones(9)\n"
    assert found(HEAD + head + split.format(False) + code) == ["batch-before-shuffle"]
    assert found(HEAD + head + split.format(True) + code) == []


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("return tf.image.random_flip_left_right(x), y", ["random-before-cache"]),
        ("return keras.layers.RandomFlip()(x), y", ["random-before-cache"]),
        ("return tf.image.flip_left_right(x), y", []),
        ("return x * np.random.random(), y", ["python-random-in-graph"]),
        ("return x * random.random(), y", ["python-random-in-graph"]),
        # a test that wants the same number each time
        ("np.random.seed(1)\n    return x * np.random.random(), y", []),
        ("rng = np.random.default_rng(1)\n    return x, y", []),
        ("return tf.numpy_function(lambda x: x * np.random.random(), [x], tf.float32), y", []),
    ],
)
def test_chance(found: Found, code: str, names: list[str]) -> None:
    function = f"def change(x, y):\n    {code}\n"
    assert found(HEAD + f"{function}data = data.map(change).cache()\n{FIT}") == names


def test_chance_after_the_cache_and_for_one_epoch(found: Found) -> None:
    function = "def change(x, y):\n    return x + tf.random.normal([2]), y\n"
    assert found(HEAD + f"{function}data = data.cache().map(change)\n{FIT}") == []
    once = FIT.replace("epochs=5", "epochs=1")
    assert found(HEAD + f"{function}data = data.map(change).cache()\n{once}") == []


@pytest.mark.parametrize(
    ("steps", "arguments", "names"),
    [
        ("repeat().batch(3)", "", ["endless-validation"]),
        ("repeat(2).batch(3)", "", []),
        ("repeat().batch(3).take(9)", "", []),
        ("repeat().batch(3)", ", validation_steps=9", []),
        ("repeat().batch(3)", ", **given()", []),
    ],
)
def test_validation_that_ends(found: Found, steps: str, arguments: str, names: list[str]) -> None:
    fit = f"model.fit(x, y, epochs=5, validation_data=data.{steps}{arguments})\n"
    assert found(HEAD + fit) == names
