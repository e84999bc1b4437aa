"""What the rules say of graphs and tapes happens in the TensorFlow and Keras that are installed."""

from __future__ import annotations

import os
import timeit
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import tensorflow as tf

ONES = tf.ones((4, 3))


# Graphs


def test_a_list_gets_one_item_without_a_value() -> None:
    found: list[Any] = []

    @tf.function
    def step(x: Any) -> Any:
        found.append(tf.reduce_mean(x))
        return x

    for _ in range(5):
        step(ONES)
    assert len(found) == 1
    assert not hasattr(found[0], "numpy")


def test_print_runs_once(capsys: pytest.CaptureFixture[str]) -> None:
    @tf.function
    def step(x: Any) -> Any:
        print(tf.reduce_mean(x))
        return x

    for _ in range(3):
        step(ONES)
    assert capsys.readouterr().out.count("Tensor(") == 1


def test_a_variable_in_a_graph_is_refused() -> None:
    @tf.function
    def scale(x: Any) -> Any:
        return tf.Variable(2.0) * x

    with pytest.raises(ValueError, match="only supports singleton"):
        scale(ONES)


@pytest.mark.parametrize(
    ("function", "error"),
    [
        (np.sqrt, NotImplementedError),
        (np.mean, NotImplementedError),
        (np.argmax, NotImplementedError),
        (np.array, NotImplementedError),
        (np.linalg.norm, NotImplementedError),
        (lambda tensor: tensor.numpy(), AttributeError),
    ],
)
def test_numpy_needs_a_value(function: Callable[[Any], Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        tf.function(lambda x: function(tf.nn.relu(x)))(ONES)


@pytest.mark.parametrize("function", [np.shape, np.ndim])
def test_numpy_knows_the_shape_of_a_tensor(function: Callable[[Any], Any]) -> None:
    told: list[Any] = []
    tf.function(lambda x: (told.append(function(tf.nn.relu(x))), x)[1])(ONES)
    assert told == [function(ONES.numpy())]


def _if(x: Any) -> Any:
    return x if tf.reduce_sum(x) > 0 else -x


def _while(x: Any) -> Any:
    while tf.reduce_sum(x) < 100:
        x = x + 1
    return x


def _for(x: Any) -> Any:
    for _ in tf.range(3):
        x = x + 1
    return x


@pytest.mark.parametrize("statement", [_if, _while, _for])
def test_keras_takes_no_statement_over_a_tensor(statement: Callable[[Any], Any]) -> None:
    class Layer(keras.layers.Layer):  # type: ignore[misc]
        def call(self, inputs: Any) -> Any:
            return statement(inputs)

    model = keras.Sequential([Layer(), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises(Exception, match="symbolic"):
        model.fit(np.ones((4, 3)), np.ones((4, 1)), verbose=0)


def test_keras_takes_no_statement_over_a_tensor_in_train_step() -> None:
    class Model(keras.Sequential):  # type: ignore[misc]
        def train_step(self, data: Any) -> Any:
            loss = tf.reduce_mean(self(data[0]))
            if loss > 0:
                loss = loss * 2
            return {"loss": loss}

    model = Model([keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises(Exception, match="symbolic"):
        model.fit(np.ones((4, 3)), np.ones((4, 1)), verbose=0)


def test_tf_function_keeps_the_statements_of_a_layer() -> None:
    class Layer(keras.layers.Layer):  # type: ignore[misc]
        @tf.function
        def call(self, inputs: Any) -> Any:
            if tf.reduce_sum(inputs) > 0:
                return inputs
            return -inputs

    model = keras.Sequential([Layer(), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    history = model.fit(np.ones((4, 3)), np.ones((4, 1)), verbose=0).history
    assert np.isfinite(history["loss"]).all()
    assert (Layer()(-ONES).numpy() == ONES.numpy()).all()  # the second way is taken, too


# Tapes


def gradient_of(function: Callable[[Any], Any]) -> Any:
    variable = tf.Variable([1.0, 2.0])
    with tf.GradientTape() as tape:
        target = function(variable)
    return tape.gradient(target, variable)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: tf.reduce_mean(np.square(x)),
        lambda x: tf.reduce_mean((x * x).numpy()),
        lambda x: tf.one_hot(tf.argmax(x), 2),
        lambda x: keras.ops.cast(keras.ops.argmin(x * 1), "float32"),
        lambda x: keras.losses.mean_squared_error([[1.0, 0.0]], tf.round([x])),
        lambda x: tf.reduce_sum(tf.floor(x)) + tf.reduce_sum(tf.math.ceil(x)),
        lambda x: tf.cast(tf.argsort(x), tf.float32),
    ],
)
def test_what_has_no_gradient(function: Callable[[Any], Any]) -> None:
    assert gradient_of(function) is None
    assert gradient_of(tf.reduce_mean) is not None


def test_the_tape_does_not_record_what_stands_outside() -> None:
    variable = tf.Variable(2.0)
    with tf.GradientTape() as tape:
        square = variable * variable
    loss = tf.reduce_mean(square)
    assert tape.gradient(loss, variable) is None


def test_the_tape_does_not_watch_constants() -> None:
    constant = tf.constant(2.0)
    with tf.GradientTape() as tape:
        square = constant * constant
    assert tape.gradient(square, constant) is None


@pytest.mark.parametrize("persistent", [False, True])
def test_a_tape_is_used_once_unless_it_is_persistent(persistent: bool) -> None:
    variable = tf.Variable(2.0)
    with tf.GradientTape(persistent=persistent) as tape:
        square = variable * variable
    tape.gradient(square, variable)
    if persistent:
        tape.gradient(square, variable)
        return
    with pytest.raises(RuntimeError, match="non-persistent"):
        tape.gradient(square, variable)


def test_no_gradients_are_refused() -> None:
    variable = tf.Variable(2.0)
    with pytest.raises(ValueError, match="No gradients"):
        keras.optimizers.SGD().apply_gradients([(None, variable)])


@pytest.mark.parametrize("layer", ["Dropout", "GaussianNoise", "SpatialDropout1D"])
def test_a_layer_does_nothing_unless_it_is_told_to_train(layer: str) -> None:
    made = getattr(keras.layers, layer)(0.5)
    model = keras.Sequential([keras.Input((5, 8)), made])
    data = tf.ones((2, 5, 8))
    assert np.array_equal(model(data), data)
    assert not np.array_equal(model(data, training=True), data)


def test_batch_normalisation_learns_no_averages_unless_it_is_told_to_train() -> None:
    layer = keras.layers.BatchNormalization()
    model = keras.Sequential([keras.Input((3,)), layer])
    model(ONES)
    assert np.array_equal(layer.moving_mean, np.zeros(3))
    model(ONES, training=True)
    assert not np.array_equal(layer.moving_mean, np.zeros(3))


# Loops of one's own


def test_each_number_of_python_makes_a_graph() -> None:
    made: list[int] = []

    @tf.function
    def step(x: Any, number: Any) -> Any:
        made.append(1)  # runs while a graph is made
        return x * number

    for number in range(6):
        step(ONES, number)
    assert len(made) == 6
    for number in range(6):
        step(ONES, tf.constant(float(number)))
    assert len(made) == 7


def test_a_metric_goes_on_unless_it_is_reset() -> None:
    mean = keras.metrics.Mean()
    mean.update_state(0.0)
    mean.update_state(1.0)
    assert float(mean.result()) == 0.5
    mean.reset_state()
    mean.update_state(1.0)
    assert float(mean.result()) == 1.0


def test_predict_takes_longer_than_a_call_for_a_small_batch() -> None:
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])

    def shortest(function: Callable[[], Any]) -> float:
        return min(timeit.repeat(function, number=1, repeat=8))

    call = shortest(lambda: model(ONES, training=False))
    assert shortest(lambda: model.predict(ONES, verbose=0)) > 2 * call
