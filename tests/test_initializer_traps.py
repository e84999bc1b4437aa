"""Kernels that are drawn small, each beside layers that keep their signal."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from conftest import Command, Write
from sklearn.datasets import load_digits

SCRIPT = """
import keras
from keras.layers import *
from sklearn.datasets import load_digits
x, y = load_digits(return_X_y=True)
model = keras.Sequential()
{layers}
model.add(Dense(10, "softmax"{last}))
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit({x} / 16, y, epochs=5)
"""
UNIFORM = ', kernel_initializer="uniform"'
FIRST = "model.add(Dense(32, input_dim=64, activation='relu'" + UNIFORM + "))"
HIDDEN = "model.add(Dense(32, activation='relu'" + UNIFORM + "))"
CONVOLUTION = "model.add(Conv2D(8, 3, activation='relu'" + UNIFORM + "))"


def report(write: Write, check: Command, *layers: str, last: str = "", x: str = "x") -> list[str]:
    write({"main.py": SCRIPT.format(layers="\n".join(layers), last=last, x=x)})
    return check("--select", "shrinking-init", "main.py").places


def test_four_in_a_row(write: Write, check: Command) -> None:
    assert report(write, check, FIRST, HIDDEN, HIDDEN, HIDDEN) == ["main.py:7 shrinking-init"]
    assert report(write, check, FIRST, HIDDEN, HIDDEN, last=UNIFORM) != []
    assert report(write, check, FIRST, HIDDEN, HIDDEN) == []


def test_a_long_run_may_get_over_it(write: Write, check: Command) -> None:
    text = SCRIPT.format(layers="\n".join((FIRST, HIDDEN, HIDDEN, HIDDEN)), last="", x="x")
    for epochs, severity in (("99", "warning"), ("100", "note")):
        write({"main.py": text.replace("epochs=5", f"epochs={epochs}")})
        (found,) = check("--select", "shrinking-init", "main.py").findings
        assert found["severity"] == severity


@pytest.mark.parametrize(
    "between",
    [
        "model.add(Dense(32, activation='relu'))",
        "model.add(BatchNormalization())",
        "model.add(LayerNormalization())",
        "model.add(Dense(32, activation='sigmoid', kernel_initializer='uniform'))",
        "model.add(Dense(32, activation='relu', kernel_initializer='he_normal'))",
        "model.add(Dense(32, activation='relu', kernel_initializer=chosen))",
        "model.add(Rescaling(50))",
    ],
)
def test_what_brings_the_signal_back(write: Write, check: Command, between: str) -> None:
    assert report(write, check, FIRST, HIDDEN, between, HIDDEN, HIDDEN) == []
    assert report(write, check, FIRST, HIDDEN, "model.add(Dropout(0.2))", HIDDEN, HIDDEN) != []


@pytest.mark.parametrize(
    ("initializer", "found"),
    [
        ("'normal'", True),
        ("'random_uniform'", True),
        ("keras.initializers.RandomNormal()", False),
        ("keras.initializers.RandomNormal(stddev=0.3)", False),
        ("'glorot_uniform'", False),
        ("'lecun_normal'", False),
    ],
)
def test_the_width_decides(write: Write, check: Command, initializer: str, found: bool) -> None:
    given = f", kernel_initializer={initializer}"
    layers = [each.replace(UNIFORM, given) for each in (FIRST, *[HIDDEN] * 5)]
    assert bool(report(write, check, *layers, last=given)) == found


def test_wide_layers_lose_little(write: Write, check: Command) -> None:
    """A normal distribution of 0.05 is what He's asks of 800 inputs."""
    normal = ", kernel_initializer='normal'"
    wide = [each.replace(UNIFORM, normal).replace("32", "800") for each in (FIRST, *[HIDDEN] * 5)]
    assert report(write, check, *wide) == []
    narrow = [each.replace("800", "32") for each in wide]
    assert report(write, check, *narrow) != []


def test_convolutions_add_up_their_window(write: Write, check: Command) -> None:
    images = "x.reshape(-1, 8, 8, 1)"
    first = "model.add(Conv2D(8, 3, input_shape=(8, 8, 1), padding='same'" + UNIFORM + "))"
    layers = [first, *[CONVOLUTION] * 3, "model.add(Flatten())"]
    assert report(write, check, *layers, x=images) != []
    unknown = [each.replace("8, 3", "8, size") for each in layers]
    assert report(write, check, *unknown, x=images) == []


def test_small_kernels_stand_still_where_keras_own_learn() -> None:
    x, y = load_digits(return_X_y=True)

    def accuracy(initializer: str) -> float:
        keras.utils.set_random_seed(0)
        hidden = [keras.layers.Dense(32, "relu", kernel_initializer=initializer) for _ in range(6)]
        model = keras.Sequential([*hidden, keras.layers.Dense(10, "softmax")])
        model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
        model.fit(x / 16, y, epochs=5, verbose=0)
        return float((model.predict(x / 16, verbose=0).argmax(axis=1) == y).mean())

    assert accuracy("uniform") < 0.5
    assert accuracy("normal") < 0.6
    assert accuracy("glorot_uniform") > 0.85


@pytest.mark.parametrize(
    ("name", "deviation"),
    [("normal", 0.05), ("random_normal", 0.05), ("uniform", 0.0289), ("random_uniform", 0.0289)],
)
def test_names_draw_with_the_deviation_of_the_table(name: str, deviation: float) -> None:
    drawn = np.asarray(keras.initializers.get(name)((400, 400)))
    assert drawn.std() == pytest.approx(deviation, rel=0.02)
