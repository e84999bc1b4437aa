"""What the rules about optimizers and callbacks change when they are asked to."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import Command, Write

BEFORE = """\
import keras
import tensorflow as tf
from keras.callbacks import EarlyStopping, ModelCheckpoint
from keras.optimizers import Adadelta, Adam
from sklearn.datasets import make_moons

x, y = make_moons(200)
d = tf.data.Dataset.from_tensor_slices((x, y)).batch(8)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile({optimizer}, "binary_crossentropy", metrics=["accuracy"])
model.fit({fit})
"""


@pytest.mark.parametrize(
    ("optimizer", "fixed"),
    [
        ("Adam", "Adam()"),
        ("Adadelta(1)", "Adadelta(1.0)"),
        ("'adadelta'", "Adadelta(learning_rate=1.0)"),
    ],
)
def test_optimizers(
    optimizer: str, fixed: str, write: Write, tfcheck: Command, folder: Path
) -> None:
    write({"main.py": BEFORE.format(optimizer=optimizer, fit="x, y")})
    tfcheck("--fix", "--unsafe-fixes", "main.py")
    assert (folder / "main.py").read_text() == BEFORE.format(optimizer=fixed, fit="x, y")


@pytest.mark.parametrize(
    ("fit", "fixed"),
    [
        ("d, batch_size=8", "d"),
        ("d, y=y", "d"),
        (
            "x, y, validation_split=0.1, validation_data=(x, y)",
            "x, y, validation_data=(x, y)",
        ),
        (
            "d, validation_data=d, callbacks=[ModelCheckpoint('m.keras', 'val_acc')]",
            "d, validation_data=d, callbacks=[ModelCheckpoint('m.keras', 'val_accuracy')]",
        ),
        (
            "d, validation_data=d, epochs=9, callbacks=[EarlyStopping(patience=3)]",
            "d, validation_data=d, epochs=9, "
            "callbacks=[EarlyStopping(patience=3, restore_best_weights=True)]",
        ),
        (
            "d, epochs=9, callbacks=[EarlyStopping('loss', patience=3, mode='max')]",
            "d, epochs=9, callbacks=[EarlyStopping('loss', patience=3, mode='min')]",
        ),
    ],
)
def test_calls_of_fit(fit: str, fixed: str, write: Write, tfcheck: Command, folder: Path) -> None:
    write({"main.py": BEFORE.format(optimizer='"adam"', fit=fit)})
    tfcheck("--fix", "--unsafe-fixes", "main.py")
    # A line that gets too long is broken, which is no matter here.
    written = re.sub(r",\s+", ", ", (folder / "main.py").read_text().replace('"', "'"))
    expected = BEFORE.format(optimizer='"adam"', fit=fixed).replace('"', "'")
    assert written == re.sub(r",\s+", ", ", expected)
