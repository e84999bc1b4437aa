"""Targets that an output cannot give, each beside others that it can."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from conftest import Command, Write
from sklearn.preprocessing import StandardScaler

SCRIPT = """
import keras
import numpy as np
from sklearn.datasets import fetch_california_housing, load_digits, make_regression
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.preprocessing import scale
x = np.array([[0.1, 1.0], [0.4, 2.0], [0.7, 1.5], [0.9, 3.0]])
{data}
model = keras.Sequential([keras.layers.Dense(16, "relu"), {last}])
model.compile("adam", "{loss}")
model.fit(x, y, epochs=50)
"""
LITERAL = "y = np.array([[7.0], [0.5], [0.2], [12.0]])"
MEASURED = "x, y = fetch_california_housing(return_X_y=True)"
DRAWN = "x, y = make_regression(100, 4)"


def report(
    write: Write, check: Command, data: str, activation: str, loss: str = "mse", after: str = ""
) -> list[str]:
    last = f'keras.layers.Dense(1, "{activation}"){after}'
    write({"main.py": SCRIPT.format(data=data, last=last, loss=loss)})
    findings = check("--select", "TFC3", "--ignore", "TFC309", "main.py").findings
    return [f"{each['severity']} {each['name']}" for each in findings]


BEYOND = ["error unreachable-target"]
RELU = ["note relu-output"]


@pytest.mark.parametrize(
    ("data", "activation", "found"),
    [
        (LITERAL, "sigmoid", BEYOND),
        (LITERAL, "tanh", BEYOND),
        (LITERAL, "relu6", BEYOND),
        (LITERAL, "softplus", []),
        (LITERAL, "relu", RELU),
        (LITERAL + " / 12", "sigmoid", []),
        (LITERAL + " - 1", "relu", BEYOND),
        (LITERAL + " - 1", "softplus", BEYOND),
        (LITERAL + " - 0.2", "relu", RELU),
        ("y = np.array([[0.0], [0.5], [1.0], [0.2]])", "sigmoid", []),
        ("y = np.array([[0.0], [-0.5], [1.0], [0.2]])", "sigmoid", BEYOND),
        ("y = np.array([[0.0], [-0.5], [1.0], [0.2]])", "tanh", []),
        (LITERAL + "\ny = load(y)", "sigmoid", []),
        (MEASURED, "sigmoid", BEYOND),
        (MEASURED, "tanh", BEYOND),
        (MEASURED, "relu", RELU),
        (MEASURED + "\ny = y / 5.1", "sigmoid", []),
        (MEASURED + "\ny = np.log(y)", "sigmoid", []),
        (DRAWN, "relu", BEYOND),
        (DRAWN, "tanh", BEYOND),
        (DRAWN + "\ny = y / abs(y).max()", "tanh", []),
    ],
)
def test_targets_of_known_numbers(
    write: Write, check: Command, data: str, activation: str, found: list[str]
) -> None:
    assert report(write, check, data, activation) == found


SCALED = "\nscaler = {}\ny = scaler.fit_transform(y.reshape(-1, 1))"


@pytest.mark.parametrize(
    ("scaler", "activation", "found"),
    [
        ("MinMaxScaler()", "sigmoid", []),
        ("MinMaxScaler(feature_range=(-1, 1))", "sigmoid", BEYOND),
        ("MinMaxScaler(feature_range=(-1, 1))", "tanh", []),
        ("MinMaxScaler(feature_range=(-1, 1))", "relu", BEYOND),
        ("StandardScaler()", "sigmoid", BEYOND),
        ("StandardScaler()", "relu", BEYOND),
        ("StandardScaler()", "tanh", []),
        ("StandardScaler(with_mean=False)", "relu", RELU),
    ],
)
def test_targets_that_were_scaled(
    write: Write, check: Command, scaler: str, activation: str, found: list[str]
) -> None:
    assert report(write, check, MEASURED + SCALED.format(scaler), activation) == found
    split = "\nx, x_test, y, y_test = train_test_split(x, y)"
    assert report(write, check, MEASURED + SCALED.format(scaler) + split, activation) == found


def test_targets_that_are_standardised_in_one_call(write: Write, check: Command) -> None:
    assert report(write, check, MEASURED + "\ny = scale(y)", "sigmoid") == BEYOND
    assert report(write, check, MEASURED + "\ny = scale(y, with_mean=False)", "relu") == RELU
    assert report(write, check, MEASURED + "\ny = scale(y) + 9", "relu") == RELU


@pytest.mark.parametrize("after", ["keras.layers.Rescaling(20)", "keras.layers.Lambda(grow)"])
def test_what_brings_outputs_to_the_size_of_the_targets(
    write: Write, check: Command, after: str
) -> None:
    assert report(write, check, LITERAL, "sigmoid") == BEYOND
    assert report(write, check, LITERAL, "sigmoid", after=f", {after}") == []


def test_the_one_row_beyond_may_be_in_the_other_part(write: Write, check: Command) -> None:
    """Of 0.2, 0.4, 0.6 and 1.2 the training part may be the first three."""
    near = "y = np.array([[0.2], [0.4], [0.6], [1.2]])"
    split = "\nx, x_test, y, y_test = train_test_split(x, y)"
    assert report(write, check, near, "sigmoid") == BEYOND
    assert report(write, check, near + split, "sigmoid") == []
    assert report(write, check, LITERAL + split, "sigmoid") == BEYOND
    assert report(write, check, near + "\nx, y = x[:3], y[:3]", "sigmoid") == []


def test_targets_that_may_be_others_than_they_look(write: Write, check: Command) -> None:
    drawn = "y = np.random.normal(size=(4, 1)) * 9"
    assert report(write, check, drawn, "sigmoid") == []
    filled = "y = np.zeros((4, 1), dtype={})\nfor i in range(n):\n    y[i] = load_image(i)"
    assert report(write, check, filled.format("bool"), "sigmoid", "binary_crossentropy") == []
    # One of the columns of this file holds the classes, which may be two of them.
    iris = "table = np.loadtxt('iris.csv', delimiter=',')\nx, y = table[:, :4], table[:, 4]"
    assert report(write, check, iris, "sigmoid", "binary_crossentropy") == []


def test_the_loss_decides(write: Write, check: Command) -> None:
    assert report(write, check, LITERAL, "sigmoid", "binary_crossentropy") == BEYOND
    assert report(write, check, LITERAL + " / 12", "sigmoid", "binary_crossentropy") == []
    assert report(write, check, LITERAL, "sigmoid", "poisson") == BEYOND
    assert report(write, check, LITERAL, "sigmoid", "cosine_similarity") == []


def test_classes_are_left_to_other_rules(write: Write, check: Command) -> None:
    classes = "x, y = load_digits(return_X_y=True)"
    assert report(write, check, classes, "sigmoid") == ["warning mse-on-classification"]


def test_an_input_that_is_predicted_again(write: Write, check: Command) -> None:
    """An autoencoder of standardised columns, whose sigmoid cannot give what is below the mean."""
    data = "y = x = {}().fit_transform(fetch_california_housing().data)"
    assert report(write, check, data.format("StandardScaler"), "sigmoid") == BEYOND
    assert report(write, check, data.format("MinMaxScaler"), "sigmoid") == []


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu"])
def test_an_output_out_of_reach_stays_there_in_keras(activation: str) -> None:
    x = np.linspace(0, 1, 64).reshape(-1, 1)
    y = StandardScaler().fit_transform(x) * 3

    def left(last: str) -> float:
        keras.utils.set_random_seed(1)
        model = keras.Sequential([keras.layers.Dense(16, "relu"), keras.layers.Dense(1, last)])
        model.compile(optimizer=keras.optimizers.Adam(0.01), loss="mse")
        model.fit(x, y, epochs=300, verbose=0)
        return float(np.mean((model.predict(x, verbose=0) - y) ** 2) / y.var())

    assert left("linear") < 0.01
    assert left(activation) > 0.2


def test_binary_crossentropy_of_targets_beyond_1_has_no_least_value() -> None:
    keras.utils.set_random_seed(0)
    x = np.linspace(0, 1, 64).reshape(-1, 1)
    model = keras.Sequential([keras.layers.Dense(1, "sigmoid")])
    model.compile(optimizer=keras.optimizers.Adam(0.1), loss="binary_crossentropy")
    losses = model.fit(x, 5 + x, epochs=60, verbose=0).history["loss"]
    assert losses[-1] < losses[len(losses) // 2] < -10
