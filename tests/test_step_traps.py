"""Runs of a few steps, runs on a few rows, and models that get none, each beside one that is fine."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from conftest import Command, Write

SCRIPT = """
import keras
import numpy as np
import pandas as pd
from sklearn.datasets import load_iris, make_moons
from sklearn.model_selection import train_test_split
{data}
model = keras.Sequential([keras.layers.Dense(16, "tanh"), keras.layers.Dense(3, "softmax")])
{before}
model.compile({optimizer}, "sparse_categorical_crossentropy")
{training}
"""
IRIS = "x, y = load_iris(return_X_y=True)"
XOR = "x, y = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1, 0])"


def report(
    write: Write,
    check: Command,
    data: str,
    training: str,
    optimizer: str = "'adam'",
    before: str = "",
) -> list[str]:
    text = SCRIPT.format(data=data, training=training, optimizer=optimizer, before=before)
    write({"main.py": text})
    rules = "too-few-steps,split-leaves-few-rows,evaluated-untrained"
    return [each["name"] for each in check("--select", rules, "main.py").findings]


FEW = ["too-few-steps"]


@pytest.mark.parametrize(
    ("training", "found"),
    [
        ("model.fit(x, y)", FEW),
        ("model.fit(x, y, epochs=5, batch_size=2000)", FEW),
        ("model.fit(x, y, epochs=6, batch_size=2000)", []),
        ("model.fit(x, y, epochs=2)", []),
        ("model.fit(x, y, batch_size=1)", []),
        ("model.fit(x, y, epochs=number)", []),
        ("for _ in range(99):\n    model.fit(x, y)", []),
        ("model.fit(x, y)\nmodel.fit(x, y, epochs=100)", []),
        ("model.fit(x, y, epochs=100)\nmodel.fit(x, y)", []),
        ("model.fit(x, y, **settings)", []),
    ],
)
def test_the_steps_of_all_epochs(
    write: Write, check: Command, training: str, found: list[str]
) -> None:
    assert report(write, check, IRIS, training) == found


TABLE = "frame = pd.DataFrame(x)\nframe['kind'] = y\nx = frame[frame.columns[:-1]]"
SPLIT = "x, x_test, y, y_test = train_test_split(x, y)"


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (IRIS + "\n" + SPLIT, FEW),
        (IRIS + "\n" + TABLE, FEW),
        (IRIS + "\n" + TABLE + "\n" + SPLIT, FEW),
        (IRIS + "\nx, y = pd.concat([pd.DataFrame(x)] * 99), np.repeat(y, 99)", []),
        (IRIS + "\nx, y = np.repeat(x, 99, axis=0), np.repeat(y, 99)", []),
        ("x, y = make_moons(40)", FEW),
        ("x, y = make_moons(4000)", []),
        ("x, y = np.random.random((40, 4)), np.zeros(40)", []),
        ("x, y = np.ones((40, 4)), np.zeros(40)", []),
        ("x, y = load()", []),
    ],
)
def test_the_rows_that_are_known(write: Write, check: Command, data: str, found: list[str]) -> None:
    assert report(write, check, data, "model.fit(x, y)") == found


@pytest.mark.parametrize(
    ("optimizer", "epochs", "found"),
    [
        ("'adam'", 50, FEW),
        ("'adam'", 51, []),
        ("keras.optimizers.Adam(0.1)", 50, []),
        ("'sgd'", 50, []),
        ("'sgd'", 5, []),
        ("'adam'", 9, []),
    ],
)
def test_how_far_the_steps_go_on_a_handful_of_rows(
    write: Write, check: Command, optimizer: str, epochs: int, found: list[str]
) -> None:
    training = f"model.fit(x, y, epochs={epochs})"
    assert report(write, check, XOR, training, optimizer) == found
    # Of other rows than those one writes out, what 50 steps do is not told.
    assert report(write, check, "x, y = make_moons(30)", "model.fit(x, y, epochs=50)") == []


@pytest.mark.parametrize(
    "before", ["model.load_weights('a.weights.h5')", "model.set_weights(weights)"]
)
def test_weights_that_are_loaded(write: Write, check: Command, before: str) -> None:
    assert report(write, check, IRIS, "model.fit(x, y)", before=before) == []
    assert report(write, check, IRIS, "model.evaluate(x, y)", before=before) == []


def test_fifty_steps_of_adam_leave_weights_where_they_were() -> None:
    x, y = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1, 0])
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.layers.Dense(16, "tanh"), keras.layers.Dense(1, "sigmoid")])
    model.compile(optimizer="adam", loss="binary_crossentropy")
    model.build((None, 2))
    before = model.get_weights()
    losses = model.fit(x, y, epochs=50, verbose=0).history["loss"]
    pairs = zip(model.get_weights(), before, strict=True)
    assert max(np.abs(after - each).max() for after, each in pairs) < 0.06
    assert losses[-1] > 0.65  # the loss of guessing is 0.69


SPLIT_ROWS = ["split-leaves-few-rows"]


@pytest.mark.parametrize(
    ("data", "arguments", "found"),
    [
        (XOR, "validation_split=0.1", SPLIT_ROWS),
        (XOR, "validation_split=0.0", []),
        (XOR, "validation_data=(x, y)", []),
        (XOR, "validation_split=0.1, validation_data=(x, y)", []),
        (XOR + "\nx, y = np.tile(x, (99, 1)), np.tile(y, 99)", "validation_split=0.1", []),
        ("x = np.array([[1], [2], [3], [4]] * 3)\ny = x[:, 0]", "validation_split=0.1", []),
        ("x, y = make_moons(6)", "validation_split=0.1", []),
    ],
)
def test_a_split_of_a_handful_of_rows(
    write: Write, check: Command, data: str, arguments: str, found: list[str]
) -> None:
    training = f"model.fit(x, y, epochs=500, {arguments})"
    assert report(write, check, data, training) == found


def test_keras_holds_back_the_last_rows_of_any_number() -> None:
    x, y = np.array([[1.0], [2.0]]), np.array([[0.0], [9.0]])
    model = keras.Sequential([keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros")])
    model.compile(optimizer="sgd", loss="mse")
    history = model.fit(x, y, validation_split=0.1, epochs=5, verbose=0).history
    assert history["loss"] == [0.0] * 5
    assert history["val_loss"] == [81.0] * 5


UNTRAINED = ["evaluated-untrained"]


@pytest.mark.parametrize(
    ("training", "found"),
    [
        ("model.evaluate(x, y)", UNTRAINED),
        ("model.fit(x, y, epochs=99)\nmodel.evaluate(x, y)", []),
        ("model.train_on_batch(x, y)\nmodel.evaluate(x, y)", []),
        ("train(model)\nmodel.evaluate(x, y)", []),
        ("search = Tuner(model)\nsearch.fit(x, y)\nmodel.evaluate(x, y)", []),
        ("for v, w in zip(model.weights, known):\n    v.assign(w)\nmodel.evaluate(x, y)", []),
        ("model = keras.models.load_model('a.keras')\nmodel.evaluate(x, y)", []),
        ("model.predict(x)", []),
        ("model.summary()", []),
    ],
)
def test_a_model_that_nobody_trains(
    write: Write, check: Command, training: str, found: list[str]
) -> None:
    assert report(write, check, IRIS, training) == found


def test_of_rows_that_are_split_off_only_the_most_is_known(write: Write, check: Command) -> None:
    data = f"{IRIS}\nx, x_test, y, y_test = train_test_split(x, y, test_size=0.3)"
    assert report(write, check, data, "model.fit(x, y)") == FEW
    (message,) = [
        each["message"] for each in check("--select", "too-few-steps", "main.py").findings
    ]
    assert message == "1 epoch of at most 5 batches: 5 steps or fewer in all"
