"""What the rules say of layers happens in the Keras that is installed."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import make_moons

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
from keras import layers

MOONS, SIDES = make_moons(200, noise=0.1, random_state=0)
CHANCE = np.random.default_rng(0)
SERIES = CHANCE.random((64, 10, 3))
IMAGES = CHANCE.random((64, 8, 8, 1))


def trained(*stack: Any, loss: Any = "binary_crossentropy", epochs: int = 30) -> Any:
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((2,)), *stack])
    model.compile("adam", loss)
    model.fit(MOONS, SIDES, epochs=epochs, verbose=0)
    return model


def test_two_linear_layers_are_one() -> None:
    model = trained(layers.Dense(16), layers.Dropout(0.2), layers.Dense(1), epochs=1, loss="mse")
    first, _, second = model.layers
    kernel = first.kernel.numpy() @ second.kernel.numpy()
    bias = first.bias.numpy() @ second.kernel.numpy() + second.bias.numpy()
    predicted = model.predict(MOONS, verbose=0)
    assert predicted == pytest.approx(MOONS @ kernel + bias, abs=1e-5)


@pytest.mark.parametrize("name", ["relu", "relu6"])
def test_a_second_relu_changes_nothing(name: str) -> None:
    once = layers.Activation(name)
    x = np.linspace(-9, 9, 99)
    assert np.array(once(once(x))) == pytest.approx(np.array(once(x)))


@pytest.mark.parametrize("name", ["sigmoid", "hard_sigmoid", "tanh", "softsign", "softmax"])
def test_a_second_squeeze_has_a_smaller_range(name: str) -> None:
    once = layers.Activation(name)
    x = np.linspace(-9, 9, 100).reshape(10, 10)
    assert np.ptp(np.array(once(once(x)))) < np.ptp(np.array(once(x)))


def fit(x: Any, y: Any, loss: str, *stack: Any, epochs: int = 3) -> Any:
    keras.utils.set_random_seed(0)
    model = keras.Sequential([*stack])
    model.compile("adam", loss)
    model.fit(x, y, epochs=epochs, batch_size=16, verbose=0)
    return model.predict(x, verbose=0)


@pytest.mark.parametrize(
    ("loss", "y", "units"),
    [
        ("sparse_categorical_crossentropy", CHANCE.integers(0, 3, 64), 3),
        ("sparse_categorical_crossentropy", CHANCE.integers(0, 3, (64, 1)), 3),
        ("categorical_crossentropy", np.eye(3)[CHANCE.integers(0, 3, 64)], 3),
        ("binary_crossentropy", CHANCE.integers(0, 2, 64), 1),
        ("binary_crossentropy", CHANCE.integers(0, 2, (64, 1)), 1),
    ],
)
def test_a_label_for_each_example_and_an_output_for_each_step_raise(
    loss: str, y: Any, units: int
) -> None:
    with pytest.raises(ValueError, match=r"rank|same shape"):
        fit(SERIES, y, loss, layers.LSTM(4, return_sequences=True), layers.Dense(units, "sigmoid"))
    with pytest.raises(ValueError, match=r"rank|same shape"):
        fit(IMAGES, y, loss, layers.Conv2D(4, 3), layers.Dense(units, "sigmoid"))


def test_even_a_single_place_raises_under_a_crossentropy() -> None:
    """A backbone may shrink an image to one place, and its axes are there all the same."""
    stack = layers.Conv2D(4, 8), layers.Dense(3, "softmax")
    with pytest.raises(ValueError, match=r"rank|same shape"):
        fit(IMAGES, CHANCE.integers(0, 3, (64, 1)), "sparse_categorical_crossentropy", *stack)


def test_mean_squared_error_trains_every_step_to_the_one_label() -> None:
    y = np.repeat([0.0, 1.0], 32).reshape(64, 1)
    stack = layers.LSTM(4, return_sequences=True), layers.Dense(1)
    predicted = fit(SERIES, y, "mse", *stack, epochs=30)
    assert predicted.shape == (64, 10, 1)
    # The labels of one batch are spread over the steps of all its rows.
    assert abs(predicted[:32].mean() - predicted[32:].mean()) < 0.3


def test_zeros_under_relu_never_learn() -> None:
    hidden = layers.Dense(8, "relu", kernel_initializer="zeros")
    trained(hidden, layers.Dense(1, "sigmoid"))
    assert not hidden.kernel.numpy().any()
    convolution = layers.Conv2D(4, 3, activation="relu", kernel_initializer="zeros")
    fit(IMAGES, SIDES[:64], "binary_crossentropy", convolution, layers.Flatten(), layers.Dense(1))
    assert not convolution.kernel.numpy().any()


@pytest.mark.parametrize("initializer", ["ones", "zeros", keras.initializers.Constant(0.3)])
def test_constant_kernels_work_as_one_unit(initializer: Any) -> None:
    hidden = layers.Dense(8, "tanh", kernel_initializer=initializer)
    trained(hidden, layers.Dense(1, "sigmoid", kernel_initializer=initializer))
    kernel = hidden.kernel.numpy()
    assert kernel == pytest.approx(np.repeat(kernel[:, :1], 8, axis=1), abs=1e-5)


def test_a_constant_kernel_before_random_ones_is_no_matter() -> None:
    hidden = layers.Dense(8, "tanh", kernel_initializer="ones")
    trained(hidden, layers.Dense(1, "sigmoid"))
    assert np.ptp(hidden.kernel.numpy(), axis=1).max() > 0.1


def test_batch_normalisation_takes_a_bias_out() -> None:
    x = CHANCE.random((32, 4)).astype("float32")
    normalise = layers.BatchNormalization()
    shifted = np.array(normalise(x + 7, training=True))
    assert shifted == pytest.approx(np.array(normalise(x, training=True)), abs=1e-4)


def test_dropout_of_everything() -> None:
    assert not np.array(layers.Dropout(1.0)(np.ones((2, 9)), training=True)).any()
    first = layers.Dense(8, "relu")
    before = trained(first, layers.Dropout(1.0), layers.Dense(1, "sigmoid"), epochs=1)
    kernel = first.kernel.numpy().copy()
    before.fit(MOONS, SIDES, epochs=5, verbose=0)
    assert first.kernel.numpy() == pytest.approx(kernel)


@pytest.mark.parametrize("rate", [1.5, 50, -0.1])
def test_a_rate_that_is_no_share_is_refused(rate: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        layers.Dropout(rate)


def test_gradients_shrink_through_sigmoids() -> None:
    def ratio(activation: str) -> float:
        """The gradient of the first layer over that of the last."""
        import tensorflow as tf

        stack = [layers.Dense(32, activation) for _ in range(5)]
        model = trained(*stack, layers.Dense(1, "sigmoid"), epochs=1)
        kernels = [each.kernel.value for each in (model.layers[0], model.layers[-1])]
        with tf.GradientTape() as tape:
            error = tf.reduce_mean((model(MOONS)[:, 0] - SIDES) ** 2)
        first, last = tape.gradient(error, kernels)
        return float(tf.norm(first) / tf.norm(last))

    assert ratio("sigmoid") < 0.01
    assert ratio("tanh") > 0.05
    assert ratio("relu") > 0.05


def moves(model: Any, layer: Any) -> bool:
    before = layer.kernel.numpy().copy()
    model.fit(MOONS, SIDES, epochs=1, verbose=0)
    return bool(np.abs(layer.kernel.numpy() - before).max() > 0)


@pytest.mark.parametrize("first", [True, False])
def test_trainable_after_fit_has_no_effect_until_compile(first: bool) -> None:
    hidden = layers.Dense(8, "relu")
    hidden.trainable = first
    model = trained(hidden, layers.Dense(1, "sigmoid"), epochs=1)
    assert moves(model, hidden) is first
    hidden.trainable = not first
    assert moves(model, hidden) is first
    model.compile("adam", "binary_crossentropy")
    assert moves(model, hidden) is not first


def test_trainable_between_compile_and_the_first_fit_has_an_effect() -> None:
    hidden = layers.Dense(8, "relu")
    model = keras.Sequential([keras.Input((2,)), hidden, layers.Dense(1, "sigmoid")])
    model.compile("adam", "binary_crossentropy")
    hidden.trainable = False
    assert not moves(model, hidden)


def test_training_reaches_inner_layers_without_being_passed() -> None:
    """So that there is no rule about it."""

    class Inner(layers.Layer):
        def __init__(self) -> None:
            super().__init__()
            self.dropout = layers.Dropout(0.5)

        def call(self, inputs: Any) -> Any:
            return self.dropout(inputs)

    given = np.ones((1, 1000))
    assert (np.array(Inner()(given, training=True)) == 0).mean() > 0.3
    assert (np.array(Inner()(given)) == 0).mean() == 0


def test_an_id_beyond_the_embedding_raises() -> None:
    with pytest.raises(Exception, match=r"indices.* is not in|not in \[0, 10\)"):
        fit(np.full((8, 3), 10), np.ones(8), "mse", layers.Embedding(10, 4), layers.Flatten())
