"""Settings of speed and precision that are right, each beside a sibling that is not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import Command, Write

SCRIPT = """
import keras
import numpy as np
import tensorflow as tf
from sklearn.datasets import make_moons
class Own(keras.layers.Layer):
    def call(self, inputs):
        return inputs * len(inputs.numpy())
{start}
x, y = make_moons(200)
model = keras.Sequential([keras.Input((2,)), {layers}])
model.compile("adam", "binary_crossentropy"{compile})
model.fit(x, y, epochs=5)
{end}
"""
HALF = "keras.mixed_precision.set_global_policy('mixed_float16')"
SIGMOID = "keras.layers.Dense(1, 'sigmoid')"
SINGLE = "keras.layers.Dense(1, 'sigmoid', dtype='float32')"
EAGER = ", run_eagerly=True"


def script(start: str = "", layers: str = SIGMOID, compile: str = "", end: str = "") -> str:
    return SCRIPT.format(start=start, layers=layers, compile=compile, end=end)


def names(write: Write, check: Command, text: str) -> list[str]:
    write({"main.py": text})
    return [each["name"] for each in check("--select", "TFC84", "main.py").findings]


@pytest.mark.parametrize(
    ("start", "layers", "wrong"),
    [
        (HALF, SIGMOID, True),
        (HALF, SINGLE, False),
        (HALF, "keras.layers.Dense(1, dtype='float32'), keras.layers.Activation('sigmoid')", True),
        (HALF, "keras.layers.Dense(1)", False),
        ("", SIGMOID, False),
        ("keras.mixed_precision.set_global_policy('float32')", SIGMOID, False),
        (f"{HALF}\nkeras.mixed_precision.set_global_policy('float32')", SIGMOID, False),
        ("keras.config.set_dtype_policy(keras.DTypePolicy('mixed_bfloat16'))", SIGMOID, True),
        # Where it depends on the machine, the output is often set to float32 by hand.
        (f"if tf.config.list_physical_devices('GPU'):\n    {HALF}", SIGMOID, False),
    ],
)
def test_precision_of_the_output(
    start: str, layers: str, wrong: bool, write: Write, check: Command
) -> None:
    found = names(write, check, script(start, layers))
    assert found == (["mixed-precision-output"] if wrong else [])


@pytest.mark.parametrize(
    ("start", "layers", "compile", "wrong"),
    [
        ("", SIGMOID, EAGER, True),
        ("", SIGMOID, ", run_eagerly=False", False),
        # What is one's own may need Python.
        ("", f"Own(), {SIGMOID}", EAGER, False),
        ("", f"keras.layers.Lambda(lambda t: t), {SIGMOID}", EAGER, False),
        ("", SIGMOID, ", metrics=[lambda a, b: b.numpy()]" + EAGER, False),
        ("tf.config.run_functions_eagerly(True)", SIGMOID, "", True),
        # It is turned off again: something was looked at in between.
        (
            "tf.config.run_functions_eagerly(True); tf.config.run_functions_eagerly(False)",
            SIGMOID,
            "",
            False,
        ),
    ],
)
def test_eager_training(
    start: str, layers: str, compile: str, wrong: bool, write: Write, check: Command
) -> None:
    found = names(write, check, script(start, layers, compile))
    assert found == (["runs-eagerly"] if wrong else [])


@pytest.mark.parametrize(
    ("end", "wrong"),
    [
        ("for i in range(100):\n    model.predict(np.zeros((1, 2)))", True),
        ("for i in range(100):\n    model.predict(np.zeros((64, 2)))", False),
        ("for i in range(100):\n    model.predict(batch(i))", False),
        ("model.predict(np.zeros((1, 2)))", False),
    ],
)
def test_predictions_in_loops(end: str, wrong: bool, write: Write, check: Command) -> None:
    found = names(write, check, script(end=end))
    assert found == (["predict-in-loop"] if wrong else [])


def test_fixes(write: Write, tfcheck: Command, folder: Path) -> None:
    write({"main.py": script(HALF, SIGMOID, EAGER)})
    tfcheck("--select", "TFC84", "--fix", "--unsafe-fixes", "main.py")
    text = (folder / "main.py").read_text()
    assert re.search(r"Dense\(1, 'sigmoid',\s+dtype='float32'\)", text)
    assert 'model.compile("adam", "binary_crossentropy")' in text
