"""The largest stable learning rate: against exact Hessians, and against what Keras then does."""

from __future__ import annotations

import math
import time
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from health import blobs, setup_of, state_of

from runtime_probe.child.curvature import stability
from runtime_probe.child.setup import Array, Setup
from runtime_probe.child.sharpness import largest_eigenvalue
from runtime_probe.child.surface import Surface
from runtime_probe.records import Stability

NEVER = math.inf
SGD = keras.optimizers.SGD


def dense(columns: int, units: int, activation: str | None) -> Any:
    return keras.Sequential(
        [keras.Input((columns,)), keras.layers.Dense(units, activation=activation)]
    )


def compiled(model: Any, optimizer: Any, loss: Any) -> Any:
    model.compile(optimizer=optimizer, loss=loss)
    return model


def measured(setup: Setup) -> Stability:
    found = stability(setup, 0, NEVER)
    assert found is not None
    return found


def exact_hessian(model: Any, loss: Any, x: Array, y: Array) -> Array:
    """Row by row, from the gradients of the gradient."""
    weights = [each.value for each in model.trainable_variables]
    with tf.GradientTape(persistent=True) as outer:
        with tf.GradientTape() as inner:
            value = loss(y, model(x, training=True))
        gradients = inner.gradient(value, weights)
        flat = tf.concat([tf.reshape(each, [-1]) for each in gradients], 0)
    blocks = outer.jacobian(flat, weights, experimental_use_pfor=False)
    rows = [tf.reshape(each, [len(flat), -1]) for each in blocks if each is not None]
    return np.asarray(tf.concat(rows, 1), dtype=np.float64)


@pytest.mark.parametrize(
    "activation, units, loss, tight",
    [
        (None, 1, "mse", True),
        (None, 3, keras.losses.MeanSquaredError(), True),
        ("sigmoid", 1, "binary_crossentropy", False),
        ("softmax", 3, "sparse_categorical_crossentropy", False),
        (None, 3, keras.losses.SparseCategoricalCrossentropy(from_logits=True), False),
    ],
)
def test_the_bound_from_the_data_holds_for_the_exact_hessian(
    activation: str | None, units: int, loss: Any, tight: bool
) -> None:
    x, y = blobs()
    if loss != "binary_crossentropy" and units > 1 and not tight:
        y = (y + (x[:, 0] > 1)).astype("int32")
    y = np.tile(y[:, None], units) if tight else y
    model = compiled(dense(4, units, activation), SGD(0.01), loss)
    setup = setup_of(model, x * np.float32(3), y, batch_size=200)
    found = measured(setup)
    assert found.method == "features"
    function = keras.losses.get(loss)
    function = (
        function
        if isinstance(function, keras.losses.Loss)
        else lambda y, p: tf.reduce_mean(keras.losses.get(loss)(y, p))
    )
    shaped = y if y.ndim > 1 or "sparse" in str(loss).lower() else y[:, None]
    largest = np.linalg.eigvalsh(exact_hessian(model, function, setup.sample.x, shaped))[-1]
    assert found.stable_rate <= 1.001 / largest
    if tight:
        assert found.limit == pytest.approx(2 / largest, rel=0.01)


def loss_after(model: Any, setup: Setup, rate: float, steps: int) -> float:
    """The loss of full batches at ``rate``, from the state of the setup."""
    for variable, value in zip(model.variables, setup.states[0], strict=True):
        variable.assign(value)
    config = {**setup.optimizer.config, "learning_rate": rate}
    model.compile(optimizer=setup.optimizer.kind.from_config(config), loss=setup.loss)
    sample = setup.sample
    model.fit(tf.data.Dataset.from_tensors((sample.x, sample.y)).repeat(steps), verbose=0)
    return float(model.evaluate(sample.x, sample.y, batch_size=sample.rows, verbose=0))


@pytest.mark.parametrize("momentum, nesterov", [(0.0, False), (0.9, False), (0.9, True)])
def test_a_linear_model_converges_below_the_limit_and_not_above(
    momentum: float, nesterov: bool
) -> None:
    x, y = blobs(rows=64)
    model = compiled(dense(4, 1, None), SGD(0.01, momentum, nesterov), "mse")
    setup = setup_of(model, x, y, batch_size=64)
    found = measured(setup)
    residuals = np.linalg.lstsq(np.hstack([x, np.ones((64, 1))]), y, rcond=None)[1][0] / 64
    assert loss_after(model, setup, 0.9 * found.limit, 150) < residuals + 0.01
    assert not loss_after(model, setup, 1.1 * found.limit, 150) < 10
    assert loss_after(model, setup, found.stable_rate, 150) < residuals + 0.01


def test_logistic_regression_converges_at_1_8_over_the_curvature_and_oscillates_at_2_2() -> None:
    x, y = blobs(rows=64)
    x *= np.array([1, 1, 1, 10], "float32")
    model = compiled(dense(4, 1, "sigmoid"), SGD(0.01), "binary_crossentropy")
    setup = setup_of(model, x, y, batch_size=64)
    found = measured(setup)
    wide = np.hstack([x, np.ones((64, 1))]).astype("float64")
    weights = np.zeros(5)
    for _ in range(30):  # Newton
        p = 1 / (1 + np.exp(-wide @ weights))
        hessian = wide.T @ (wide * (p * (1 - p))[:, None]) / 64
        weights -= np.linalg.solve(hessian, wide.T @ (p - y) / 64)
    best = -np.mean(np.log(np.where(y == 1, p, 1 - p)))
    largest = np.linalg.eigvalsh(hessian)[-1]
    assert loss_after(model, setup, 1.8 / largest, 600) == pytest.approx(best, abs=1e-3)
    assert loss_after(model, setup, found.stable_rate, 600) < best + 0.1
    # Above it the minimum repels: even from beside it, training does not come to rest.
    start = [weights[:4, None].astype("float32"), weights[4:].astype("float32") + 0.1]
    near = setup_of(model, x, y, batch_size=64, states=(start,))
    assert loss_after(model, near, 1.8 / largest, 600) == pytest.approx(best, abs=1e-4)
    assert loss_after(model, near, 2.2 / largest, 600) > best + 1e-3


def test_saturation_does_not_hide_that_unscaled_features_make_the_rate_too_high() -> None:
    x, y = blobs()
    model = compiled(dense(4, 1, "sigmoid"), SGD(0.01), "binary_crossentropy")
    found = measured(setup_of(model, x * np.float32(1000), y))
    assert found.limit < 1e-4 < found.learning_rate
    deep = keras.Sequential(
        [
            keras.Input((4,)),
            keras.layers.Dense(16, activation="relu"),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    found = measured(setup_of(compiled(deep, SGD(0.01), "binary_crossentropy"), x * 1000, y))
    assert found.method == "gauss-newton"
    assert found.limit < 1e-4


def test_condition_and_steps_grow_with_the_square_of_a_scale() -> None:
    x, y = blobs(rows=100)
    found = []
    for scale in [1, 10, 100]:
        scaled = x * np.array([1, 1, 1, scale], "float32")
        model = compiled(dense(4, 1, "sigmoid"), SGD(0.01), "binary_crossentropy")
        found.append(measured(setup_of(model, scaled, y)))
    conditions = [each.condition or 0.0 for each in found]
    assert conditions[0] < 5
    assert conditions[2] / conditions[1] == pytest.approx(100, rel=0.2)
    assert found[2].needed_steps == pytest.approx(conditions[2] * math.log(100))


def test_steps_that_are_predicted_are_those_it_takes() -> None:
    x, _ = blobs(rows=64)
    x *= np.array([1, 1, 1, 6], "float32")
    y = (x.sum(axis=1) + 3).astype("float32")
    model = compiled(dense(4, 1, None), SGD(0.01), "mse")
    setup = setup_of(model, x, y, batch_size=64)
    found = measured(setup)
    assert found.needed_steps is not None
    start = loss_after(model, setup, found.stable_rate, 1)
    assert loss_after(model, setup, found.stable_rate, int(found.needed_steps)) < 0.01 * start


def test_lanczos_finds_the_largest_and_not_the_largest_by_magnitude() -> None:
    generator = np.random.default_rng(1)
    basis = np.linalg.qr(generator.normal(size=(60, 60)))[0]
    values = np.concatenate([[-7.2e3, 3.0], generator.uniform(-1, 1, 58)])
    matrix = basis * values @ basis.T
    found = largest_eigenvalue(lambda vector: matrix @ vector, 60, NEVER)
    assert found == pytest.approx(3.0, rel=0.05)


def test_the_hessian_of_a_network_has_its_largest_eigenvalue_found() -> None:
    """Targets far off make the most negative eigenvalue the largest by magnitude."""
    x, y = blobs(rows=64)
    keras.utils.set_random_seed(3)
    net = keras.Sequential(
        [keras.Input((4,)), keras.layers.Dense(5, "tanh"), keras.layers.Dense(1)]
    )
    y = (1e3 * y[:, None]).astype("float32")
    setup = setup_of(compiled(net, SGD(0.01), "mse"), x, y, batch_size=64)
    found = measured(setup)
    hessian = exact_hessian(net, keras.losses.MeanSquaredError(), x, y)
    values = np.linalg.eigvalsh((hessian + hessian.T) / 2)
    assert -values[0] > 0.5 * values[-1]
    assert found.method == "lanczos"
    assert found.limit == pytest.approx(2 / values[-1], rel=0.05)


def test_adams_limit_is_that_of_the_preconditioned_hessian() -> None:
    x, y = blobs(rows=64)
    adam = keras.optimizers.Adam(0.001)
    model = compiled(dense(4, 1, None), adam, "mse")
    found = measured(setup_of(model, x, y, batch_size=64))
    wide = np.hstack([x, np.ones((64, 1))]).astype("float64")
    weights = np.concatenate([np.asarray(each).ravel() for each in model.trainable_variables])
    gradient = 2 * wide.T @ (wide @ weights - y) / 64
    hessian = 2 * wide.T @ wide / 64
    assert min(abs(gradient)) > 0.1 * max(abs(gradient[:4]))  # no floor is reached
    largest = max(np.linalg.eigvals(hessian / (abs(gradient) + 1e-7)[:, None]).real)
    assert found.method == "preconditioned"
    assert found.limit == pytest.approx(38 / largest, rel=0.05)
    assert found.stable_rate <= 0.01


def test_a_sharp_batch_and_momentum_make_the_recommended_rate_smaller() -> None:
    x, y = blobs(rows=320)
    x[7] *= 100
    calm = measured(setup_of(compiled(dense(4, 1, None), SGD(0.01), "mse"), x, y, batch_size=320))
    noisy = measured(setup_of(compiled(dense(4, 1, None), SGD(0.01), "mse"), x, y))
    momentum = measured(setup_of(compiled(dense(4, 1, None), SGD(0.01, momentum=0.9), "mse"), x, y))
    assert calm.stable_rate == pytest.approx(calm.limit / 2)
    assert noisy.limit == pytest.approx(calm.limit)
    assert noisy.stable_rate == pytest.approx(calm.stable_rate / 10, rel=0.1)
    assert momentum.stable_rate < noisy.stable_rate


def test_weights_sums_penalties_and_several_outputs_count() -> None:
    x, y = blobs(rows=64)
    plain = measured(setup_of(compiled(dense(4, 1, None), SGD(0.01), "mse"), x, y, 64))
    weighted = measured(
        setup_of(compiled(dense(4, 1, None), SGD(0.01), "mse"), x, y, 64, weights=np.full(64, 5.0))
    )
    summed = compiled(dense(4, 1, None), SGD(0.01), keras.losses.MeanSquaredError(reduction="sum"))
    assert weighted.limit == pytest.approx(plain.limit / 5)
    assert measured(setup_of(summed, x, y, 64)).limit == pytest.approx(plain.limit / 64)

    given = keras.Input((4,))
    outputs = [keras.layers.Dense(1, name="a")(given), keras.layers.Dense(1, name="b")(given)]
    double = compiled(keras.Model(given, outputs), SGD(0.01), {"a": "mse", "b": "mse"})
    named = {"a": y[:, None], "b": y[:, None]}
    setup = setup_of(double, x, named, 64, loss_weights={"a": 10.0, "b": 1.0})
    assert measured(setup).limit == pytest.approx(plain.limit / 10, rel=0.05)


def test_nothing_is_left_changed() -> None:
    x, y = blobs()
    model = keras.Sequential(
        [
            keras.Input((4,)),
            keras.layers.Dense(8),
            keras.layers.BatchNormalization(),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    setup = setup_of(compiled(model, SGD(0.01), "binary_crossentropy"), x, y)
    found = measured(setup)
    assert found == measured(setup)
    for before, after in zip(setup.states[0], state_of(model), strict=True):
        assert np.array_equal(before, after)


@pytest.mark.parametrize(
    "optimizer, loss", [(SGD(0.01), "mae"), (SGD(0.01), "hinge"), ("adagrad", "mse")]
)
def test_where_no_limit_is_known_none_is_said(optimizer: Any, loss: str) -> None:
    x, y = blobs()
    assert stability(setup_of(compiled(dense(4, 1, None), optimizer, loss), x, y), 0, NEVER) is None


def test_the_deadline_ends_it() -> None:
    x, y = blobs()
    net = keras.Sequential(
        [keras.Input((4,)), keras.layers.Dense(8, "relu"), keras.layers.Dense(1)]
    )
    setup = setup_of(compiled(net, SGD(0.01), "mse"), x, y)
    assert stability(setup, 0, time.monotonic()) is None


def test_a_logistic_model_takes_milliseconds() -> None:
    x, y = blobs(rows=2000, columns=20)
    setup = setup_of(compiled(dense(20, 1, "sigmoid"), SGD(0.01), "binary_crossentropy"), x, y)
    measured(setup)
    start = time.process_time()
    measured(setup)
    assert time.process_time() - start < 0.2


def test_dropout_is_the_same_in_every_product() -> None:
    x, y = blobs(rows=64)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dropout(0.5), keras.layers.Dense(1)])
    surface = Surface(setup_of(compiled(model, SGD(0.01), "mse"), x, y), 0)
    with surface.at_start():
        for _, product in surface.products(np.arange(64)):
            assert np.array_equal(product(np.ones(5)), product(np.ones(5)))
