"""What the rules say happens in Keras happens in the Keras that is installed."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_digits, make_moons

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras

DIGITS, CLASSES = load_digits(return_X_y=True)
DIGITS = DIGITS / 16
ONE_HOT = keras.utils.to_categorical(CLASSES)
MOONS, SIDES = make_moons(200, random_state=0)
Dense, Softmax, Reshape = keras.layers.Dense, keras.layers.Softmax, keras.layers.Reshape


def train(
    head: Sequence[Any], loss: Any, y: Any, *, x: Any = DIGITS, epochs: int = 8, metrics: Any = ()
) -> tuple[dict[str, list[float]], Any]:
    """The history of a small model that ends in ``head``, and what it predicts."""
    keras.utils.set_random_seed(0)
    # Layers draw the seeds of their weights when they are made, so they are made again.
    again = [type(layer).from_config(layer.get_config()) for layer in head]
    model = keras.Sequential([Dense(32, "relu"), *again])
    model.compile(optimizer="adam", loss=loss, metrics=list(metrics))
    history = model.fit(x, y, epochs=epochs, verbose=0).history
    return history, model.predict(x, verbose=0)


def accuracy(predictions: Any) -> float:
    return float((predictions.argmax(axis=1) == CLASSES).mean())


@pytest.fixture(scope="module")
def right() -> tuple[dict[str, list[float]], Any]:
    return train([Dense(10, "softmax")], "sparse_categorical_crossentropy", CLASSES)


def test_softmax_over_one_unit_predicts_one_while_its_loss_falls() -> None:
    history, predictions = train(
        [Dense(1, "softmax")], "binary_crossentropy", SIDES, x=MOONS, epochs=30
    )
    assert predictions.ravel() == pytest.approx(1.0)
    assert history["loss"][-1] < 0.7 * history["loss"][0]


def test_logits_taken_for_probabilities_hardly_learn(right: Any) -> None:
    _, predictions = train([Dense(10)], "sparse_categorical_crossentropy", CLASSES)
    assert accuracy(predictions) < 0.6
    assert accuracy(right[1]) > 0.9


def test_from_logits_on_softmax_trains_as_intended_where_it_comes_last(right: Any) -> None:
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    with pytest.warns(UserWarning, match="from_logits"):
        history, _ = train([Dense(10, "softmax")], loss, CLASSES)
    assert history["loss"] == pytest.approx(right[0]["loss"], rel=1e-4)


def test_from_logits_on_sigmoid_trains_a_softmax_that_is_not_predicted() -> None:
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    history, predictions = train([Dense(10, "sigmoid")], loss, CLASSES, epochs=40)
    least_of_outputs = math.log(1 + 9 * math.exp(-1))  # with one at 1 and all others at 0
    assert min(history["loss"]) < least_of_outputs / 2
    assert np.abs(predictions.sum(axis=1) - 1).max() > 0.2


def test_from_logits_on_softmax_with_a_reshape_behind_it_applies_it_twice(right: Any) -> None:
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    history, _ = train([Dense(10, "softmax"), Reshape((10,))], loss, CLASSES)
    floor = -math.log(math.e / (math.e + 9))
    assert right[0]["loss"][-1] < floor < history["loss"][-1]


def test_no_output_of_two_softmaxes_passes_its_limit() -> None:
    _, predictions = train(
        [Dense(10, "softmax"), Softmax()], "sparse_categorical_crossentropy", CLASSES
    )
    assert predictions.max() <= math.e / (math.e + 9) + 1e-6


def test_binary_crossentropy_of_two_softmax_units_is_too_sure() -> None:
    """Keras takes what goes into the softmax: each unit learns the logit of its own class."""
    x, sides = np.ones((1000, 1)), np.arange(1000) % 10 < 7
    said = {}
    for loss in ("binary_crossentropy", "categorical_crossentropy"):
        keras.utils.set_random_seed(0)
        model = keras.Sequential([Dense(2, "softmax", kernel_initializer="zeros")])
        model.compile(optimizer=keras.optimizers.SGD(1.0), loss=loss)
        model.fit(x, keras.utils.to_categorical(sides), batch_size=1000, epochs=60, verbose=0)
        said[loss] = float(model.predict(x[:1], verbose=0)[0, 1])
    assert said["categorical_crossentropy"] == pytest.approx(0.7, abs=0.01)
    assert said["binary_crossentropy"] == pytest.approx(0.84, abs=0.01)


def test_binary_crossentropy_trains_a_softmax_as_it_would_a_sigmoid() -> None:
    softmax, _ = train([Dense(10, "softmax")], "binary_crossentropy", ONE_HOT, epochs=1)
    sigmoid, _ = train([Dense(10, "sigmoid")], "binary_crossentropy", ONE_HOT, epochs=1)
    assert softmax["loss"][0] == pytest.approx(sigmoid["loss"][0], rel=0.1)


def test_sigmoid_under_categorical_crossentropy_does_not_sum_to_one(right: Any) -> None:
    history, predictions = train([Dense(10, "sigmoid")], "sparse_categorical_crossentropy", CLASSES)
    assert history["loss"][-1] == pytest.approx(right[0]["loss"][-1], rel=0.1)
    assert abs(predictions.sum(axis=1).mean() - 1) > 0.1


def test_categorical_crossentropy_of_one_class_is_always_zero() -> None:
    history, _ = train([Dense(1, "sigmoid")], "categorical_crossentropy", SIDES[:, None], x=MOONS)
    assert history["loss"] == [0.0] * len(history["loss"])


def test_sparse_categorical_crossentropy_has_no_place_for_a_second_class() -> None:
    with pytest.raises(Exception, match=r"outside the valid range|label values"):
        train([Dense(1, "sigmoid")], "sparse_categorical_crossentropy", SIDES, x=MOONS)


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_outputs_that_are_no_probabilities_do_not_learn(activation: str) -> None:
    history, predictions = train([Dense(10, activation)], "categorical_crossentropy", ONE_HOT)
    assert math.isnan(history["loss"][-1]) or accuracy(predictions) < 0.3


@pytest.mark.parametrize(
    ("loss", "right_kind", "wrong_kind"),
    [
        ("categorical_crossentropy", ONE_HOT, CLASSES),
        ("categorical_crossentropy", ONE_HOT, CLASSES.astype("float32")),
        ("sparse_categorical_crossentropy", CLASSES, ONE_HOT),
    ],
)
def test_labels_of_the_other_encoding_raise(loss: str, right_kind: Any, wrong_kind: Any) -> None:
    with pytest.raises(ValueError, match="rank"):
        train([Dense(10, "softmax")], loss, wrong_kind)
    model = keras.Sequential([Dense(10, "softmax")])
    model.compile("adam", loss)
    model.fit(DIGITS, right_kind, verbose=0)
    with pytest.raises(ValueError, match="rank"):
        model.evaluate(DIGITS, wrong_kind, verbose=0)


def test_too_few_units_raise() -> None:
    with pytest.raises(Exception, match=r"outside the valid range|label values"):
        train([Dense(9, "softmax")], "sparse_categorical_crossentropy", CLASSES)
    with pytest.raises(ValueError, match="same shape"):
        train([Dense(9, "softmax")], "categorical_crossentropy", ONE_HOT)


def test_one_sigmoid_unit_for_ten_classes_has_a_loss_far_below_zero() -> None:
    history, _ = train([Dense(1, "sigmoid")], "binary_crossentropy", CLASSES)
    assert history["loss"][-1] < -1


def test_a_target_column_is_broadcast_over_the_units_without_a_word() -> None:
    y = CLASSES.reshape(-1, 1).astype("float32")
    _, predictions = train([Dense(3)], "mse", y, epochs=60)
    assert np.abs(predictions - predictions.mean(axis=1, keepdims=True)).mean() < 0.2


@pytest.mark.parametrize("loss", ["mse", "mae", "binary_crossentropy"])
def test_targets_of_one_axis_are_refused_by_several_units(loss: str) -> None:
    layers = [Dense(3, "sigmoid")]
    with pytest.raises(Exception, match=r"must be equal|Incompatible shapes|same rank"):
        train(layers, loss, SIDES, x=MOONS, epochs=1)
    train([Dense(1, "sigmoid")], loss, SIDES, x=MOONS, epochs=1)


def test_accuracy_of_a_regression_stays_near_zero_however_good_it_is() -> None:
    y = DIGITS @ np.arange(64) / 100
    history, _ = train([Dense(1)], "mse", y, epochs=40, metrics=["accuracy"])
    assert history["loss"][-1] < 0.01 * y.var()
    assert history["accuracy"][-1] < 0.05


def test_bare_sgd_has_the_settings_that_the_rule_names() -> None:
    for optimizer in (keras.optimizers.SGD(), keras.optimizers.get("sgd")):
        config = optimizer.get_config()
        assert config["learning_rate"] == pytest.approx(0.01)
        assert config["momentum"] == 0
