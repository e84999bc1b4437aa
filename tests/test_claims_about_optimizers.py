"""What the rules say of optimizers happens in the Keras that is installed."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_digits, make_moons

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras

X, Y = make_moons(200, random_state=0)
Dense, optimizers = keras.layers.Dense, keras.optimizers


def model_with(optimizer: Any) -> Any:
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((2,)), Dense(64, "relu"), Dense(1, "sigmoid")])
    model.compile(optimizer, "binary_crossentropy")
    return model


def loss_with(optimizer: Any, **arguments: Any) -> float:
    """The loss after twenty epochs."""
    model = model_with(optimizer)
    model.fit(X, Y, epochs=20, verbose=0, **arguments)
    return float(model.evaluate(X, Y, verbose=0))


@pytest.mark.parametrize("name", ["Adam", "AdamW", "Adamax", "Nadam", "RMSprop", "Lamb"])
def test_the_first_step_of_a_normalised_optimizer_is_of_the_size_of_its_rate(name: str) -> None:
    model = model_with(getattr(optimizers, name)(1e-4))
    before = model.get_weights()[0]
    model.fit(X, Y, batch_size=200, verbose=0)
    step = np.abs(model.get_weights()[0] - before)
    assert 1e-6 < np.median(step[step > 0]) < 5e-4


def test_steps_at_a_vanishing_rate_move_no_weight_by_more() -> None:
    model = model_with(optimizers.Adam(1e-7))
    before = np.concatenate([each.ravel() for each in model.get_weights()])
    model.fit(X, Y, batch_size=20, epochs=2, verbose=0)
    after = np.concatenate([each.ravel() for each in model.get_weights()])
    assert np.abs(after - before).max() < 20 * 1e-7 * 1.5


def test_a_deep_model_ends_worse_at_high_rates_and_then_answers_the_same_to_everything() -> None:
    x, y = load_digits(return_X_y=True)
    found = {}
    for rate in (0.001, 0.1, 0.5):
        keras.utils.set_random_seed(0)
        layers = [Dense(64, "relu"), Dense(64, "relu"), Dense(64, "relu"), Dense(10, "softmax")]
        model = keras.Sequential(layers)
        model.compile(optimizers.Adam(rate), "sparse_categorical_crossentropy")
        model.fit(x / 16, y, epochs=5, verbose=0)
        answers = model.predict(x / 16, verbose=0).argmax(axis=1)
        found[rate] = float((answers == y).mean())
    assert found[0.001] > 0.85
    assert found[0.1] < found[0.001] - 0.05
    assert found[0.5] < 0.2


def test_adadelta_hardly_moves_at_its_default_rate() -> None:
    start = float(model_with("adadelta").evaluate(X, Y, verbose=0))
    assert optimizers.Adadelta().get_config()["learning_rate"] == pytest.approx(0.001)
    assert loss_with("adadelta") > 0.95 * start
    assert loss_with(optimizers.Adadelta(1.0)) < 0.6 * start


def test_a_whole_number_for_a_rate_raises() -> None:
    with pytest.raises(ValueError, match="should be float"):
        optimizers.Adadelta(learning_rate=1)


def test_clipping_in_two_ways_raises() -> None:
    with pytest.raises(ValueError, match="Only one of"):
        optimizers.Adam(clipnorm=1.0, clipvalue=0.5)


def test_an_optimizer_of_another_model_raises() -> None:
    optimizer = optimizers.Adam()
    model_with(optimizer).fit(X, Y, verbose=0)
    with pytest.raises(ValueError, match="Unknown variable"):
        model_with(optimizer).fit(X, Y, verbose=0)


@pytest.mark.parametrize(
    "callback",
    [
        keras.callbacks.LearningRateScheduler(lambda epoch: 0.01),
        keras.callbacks.ReduceLROnPlateau(monitor="loss", mode="max", patience=1),
    ],
    ids=["LearningRateScheduler", "ReduceLROnPlateau"],
)
def test_a_rate_that_follows_a_schedule_cannot_be_set(callback: Any) -> None:
    schedule = optimizers.schedules.ExponentialDecay(0.01, 1000, 0.9)
    with pytest.raises(TypeError, match="not settable"):
        loss_with(optimizers.Adam(schedule), callbacks=[callback])


def test_a_schedule_of_as_many_steps_as_epochs_is_over_in_a_few() -> None:
    epochs, steps = 40, 7
    schedule = optimizers.schedules.CosineDecay(0.01, decay_steps=epochs)
    assert float(schedule(epochs // steps * steps + steps)) == 0.0


def test_the_class_of_an_optimizer_raises() -> None:
    with pytest.raises(ValueError, match="Could not interpret optimizer"):
        model_with(optimizers.Adam)
