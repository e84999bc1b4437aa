"""How the layers of real models fare, sick and healthy."""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np
import pytest
from health import blobs, setup_of, state_of

from runtime_probe.child.layers import layer_records
from runtime_probe.records import Layer

NEVER = math.inf
Dense = keras.layers.Dense


def examined(
    model: Any, x: Any, y: Any, optimizer: Any = "sgd", loss: Any = "mse"
) -> dict[str, Layer]:
    """Its layers by their names, with its state as start and end."""
    model.compile(optimizer=optimizer, loss=loss)
    setup = setup_of(model, x, y)
    found = layer_records(setup, setup.states[0], setup.states[0], NEVER, fit=2)
    for before, after in zip(setup.states[0], state_of(model), strict=True):
        assert np.array_equal(before, after)
    assert all(each.fit == 2 for each in found)
    return {each.name: each for each in found}


def test_norms_are_those_of_the_layers_own_variables() -> None:
    x, y = blobs(rows=32)
    model = keras.Sequential([keras.Input((4,)), Dense(1, name="only")])
    only = examined(model, x, y, keras.optimizers.SGD(0.5))["only"]
    kernel, bias = (np.asarray(each, dtype=float) for each in model.trainable_variables)
    residual = x @ kernel + bias - y[:, None]
    gradient = np.append(2 * x.T @ residual / 32, 2 * residual.mean())
    assert only.gradient_norms[0] == pytest.approx(np.linalg.norm(gradient), rel=1e-4)
    assert only.weight_norms[0] == pytest.approx(np.linalg.norm(kernel), rel=1e-4)
    assert (only.kind, only.activation) == ("Dense", "linear")
    assert (only.dead, only.saturated) == (None, None)


def test_an_update_is_the_optimizers_own_and_no_product_of_rate_and_gradient() -> None:
    x, y = blobs(rows=64)
    ratios = {}
    for optimizer in [keras.optimizers.SGD(1e-4), keras.optimizers.Adam(1e-4)]:
        keras.utils.set_random_seed(0)
        model = keras.Sequential([keras.Input((4,)), Dense(1, name="only", use_bias=False)])
        only = examined(model, 10 * x, 10 * y, optimizer)["only"]
        ratios[type(optimizer).__name__] = only.update_ratios[0] * only.weight_norms[0]
    assert ratios["Adam"] == pytest.approx(1e-4 * 2, rel=0.3)  # each of four weights by its rate
    assert ratios["SGD"] > 10 * ratios["Adam"]


@pytest.mark.parametrize("apart", [False, True])
def test_dead_units_are_those_that_are_silent_for_every_row(apart: bool) -> None:
    x, y = blobs()
    bias = keras.initializers.Constant(np.array([-100.0] * 6 + [0.0] * 2))
    hidden: list[Any] = (
        [
            Dense(8, name="hidden", bias_initializer=bias),
            keras.layers.Dropout(0.1),
            keras.layers.Activation("relu"),
        ]
        if apart
        else [Dense(8, "relu", name="hidden", bias_initializer=bias)]
    )
    model = keras.Sequential([keras.Input((4,)), *hidden, Dense(1, name="out")])
    found = examined(model, x, y)
    assert found["hidden"].dead == (0.75, 0.75)
    assert found["hidden"].activation == "relu"
    assert found["out"].dead is None


def test_a_healthy_relu_has_zeros_but_no_dead_units() -> None:
    x, y = blobs()
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((4,)), Dense(32, "relu", name="hidden"), Dense(1)])
    assert examined(model, x, y)["hidden"].dead == (0.0, 0.0)


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "softmax"])
def test_activations_in_the_flat_parts_are_counted(activation: str) -> None:
    x, y = blobs()
    keras.utils.set_random_seed(0)
    for scale, least, most in [(0.1, 0.0, 0.0), (1000.0, 0.9, 1.0)]:
        model = keras.Sequential(
            [keras.Input((4,)), Dense(16, activation, name="hidden"), Dense(1)]
        )
        found = examined(model, x * np.float32(scale), y)["hidden"].saturated
        assert found is not None
        assert least <= found[0] <= most


def test_channels_of_convolutions_are_units() -> None:
    x = np.random.default_rng(0).random((40, 8, 8, 1)).astype("float32")
    bias = keras.initializers.Constant(np.array([-100.0, 0.0, 0.0, 0.0]))
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            keras.layers.Conv2D(4, 3, name="conv", bias_initializer=bias),
            keras.layers.BatchNormalization(name="norm"),
            keras.layers.ReLU(),
            keras.layers.Flatten(),
            Dense(1, name="out"),
        ]
    )
    found = examined(model, x, x[:, 0, 0, 0])
    assert list(found) == ["conv", "norm", "out"]
    assert found["conv"].activation == found["norm"].activation == "relu"
    assert found["conv"].dead == (0.25, 0.25)


class Block(keras.layers.Layer):  # type: ignore[misc]
    """A composition with a variable of its own."""

    def __init__(self) -> None:
        super().__init__(name="block")
        self.inner = Dense(4, "tanh", name="inner")

    def call(self, x: Any) -> Any:
        return self.inner(x)


class Own(keras.Model):  # type: ignore[misc]
    """A subclassed model with a scale of its own."""

    def __init__(self) -> None:
        super().__init__(name="own")
        self.block = Block()
        self.out = Dense(1, name="out")
        self.scale = self.add_weight(name="scale", shape=(), initializer="ones")

    def call(self, x: Any) -> Any:
        return self.scale * self.out(self.block(x))


def test_the_layers_of_a_subclassed_model_are_found_by_its_calls() -> None:
    x, y = blobs()
    model = Own()
    model(x)
    found = examined(model, x, y)
    assert list(found) == ["inner", "out", "own"]
    assert found["inner"].activation == "tanh"
    assert found["inner"].saturated is not None
    assert found["own"].gradient_norms[0] > 0


def test_nested_models_several_inputs_and_shared_layers() -> None:
    x, y = blobs()
    inner = keras.Sequential([keras.Input((4,)), Dense(3, "relu", name="deep")], name="nested")
    left, right = keras.Input((4,), name="left"), keras.Input((4,), name="right")
    both = keras.layers.Concatenate()([inner(left), inner(right)])
    model = keras.Model([left, right], Dense(1, "sigmoid", name="out")(both))
    found = examined(model, {"left": x, "right": -x}, y, "adam", "binary_crossentropy")
    assert list(found) == ["deep", "out"]
    assert found["deep"].dead == (0.0, 0.0)  # what one of its calls silences the other does not


class Stepping(keras.Model):  # type: ignore[misc]
    """A model that trains itself."""

    def __init__(self) -> None:
        super().__init__()
        self.out = Dense(1, name="out")

    def call(self, x: Any) -> Any:
        return self.out(x)

    def train_step(self, data: Any) -> Any:
        return super().train_step(data)


def test_a_step_of_ones_own_leaves_updates_to_be_seen_and_no_gradients() -> None:
    x, y = blobs()
    model = Stepping()
    model(x)
    out = examined(model, x, y)["out"]
    assert math.isnan(out.gradient_norms[0])
    assert out.update_ratios[0] > 0


def test_weights_that_are_not_finite_are_no_end() -> None:
    x, y = blobs()
    model = keras.Sequential([keras.Input((4,)), Dense(1, name="only")])
    model.compile(optimizer="sgd", loss="mse")
    setup = setup_of(model, x, y)
    broken = [np.full_like(each, np.nan) for each in setup.states[0]]
    only = layer_records(setup, setup.states[0], broken, NEVER)[0]
    assert only.gradient_norms[0] > 0
    assert math.isnan(only.gradient_norms[1])
    assert math.isnan(only.update_ratios[1])
