"""What --fix makes of findings about datasets, graphs and tapes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import Command, Write

HEAD = "import keras\nimport tensorflow as tf\nx, y = load()\n"
FIT = (
    'model = keras.Sequential([keras.layers.Dense(1, "sigmoid")])\n'
    'model.compile("adam", "binary_crossentropy")\n'
    "model.fit(data, epochs=5)\n"
)
TAPE = (
    "model = keras.Sequential([keras.layers.Dropout(0.5), keras.layers.Dense(1)])\n"
    "for x, y in data:\n"
    "    with tf.GradientTape({tape}) as tape:\n"
    "        loss = keras.losses.mean_squared_error(y, model({call}))\n"
    "    gradients = tape.gradient(loss, model.trainable_variables)\n"
    "{more}"
)
AGAIN = "    more = tape.gradient(loss, model.trainable_variables)\n"
SLICES = "data = tf.data.Dataset.from_tensor_slices((x, y))"

CASES = {
    "split-after-reshuffle": (
        f"{SLICES}.shuffle(9)\na, b = data.take(5), data.skip(5)\n",
        f"{SLICES}.shuffle(9, reshuffle_each_iteration=False)\na, b = data.take(5), data.skip(5)\n",
    ),
    "dataset-not-kept": (
        f"{SLICES}\ndata.shuffle(9).batch(3)  # in batches\n",
        f"{SLICES}\ndata = data.shuffle(9).batch(3)  # in batches\n",
    ),
    "shuffle-before-cache": (
        f"{SLICES}.shuffle(9).cache().batch(3)\n{FIT}",
        f"{SLICES}.shuffle(9).cache().shuffle(9).batch(3)\n{FIT}",
    ),
    "tape-used-twice": (
        TAPE.format(tape="", call="x, training=True", more=AGAIN),
        TAPE.format(tape="persistent=True", call="x, training=True", more=AGAIN),
    ),
    "training-not-passed": (
        TAPE.format(tape="", call="x", more=""),
        TAPE.format(tape="", call="x, training=True", more=""),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_fixes(name: str, write: Write, tfcheck: Command, folder: Path) -> None:
    old, new = CASES[name]
    write({"train.py": HEAD + old})
    result = tfcheck("--select", name, "--fix", "--unsafe-fixes", "train.py")
    text = re.sub(r",\s+(?=reshuffle)", ", ", (folder / "train.py").read_text())
    assert (result.code, text) == (0, HEAD + new)
