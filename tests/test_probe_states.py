"""Where the seeds of a trial start: the script's own state, and others like it."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
keras = pytest.importorskip("keras")

from runtime_probe.child.state import states, values  # noqa: E402

layers = keras.layers
DRAW = np.random.default_rng(0)
X = DRAW.normal(size=(70, 5))
Y = (DRAW.random((70, 1)) > 0.5).astype("float32")


def noisy() -> Any:
    """A model with everything in it that has a state besides its weights."""
    return keras.Sequential(
        [
            keras.Input((5,)),
            layers.Dense(8, "relu"),
            layers.BatchNormalization(),
            layers.Dropout(0.3),
            layers.Dense(9, activation="softmax"),
            layers.Dense(1, activation="sigmoid"),
        ]
    )


class Subclassed(keras.Model):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__()
        self.hidden = layers.Dense(4, "relu")
        self.out = layers.Dense(1)

    def call(self, x: Any) -> Any:
        return self.out(self.hidden(x))


def test_other_seeds_are_drawn_by_the_models_initializers() -> None:
    model = noisy()
    drawn, how = states(model, 3)
    assert "initializers" in how
    np.testing.assert_array_equal(drawn[0][0], values(model)[0])
    assert len({each[0].tobytes() for each in drawn}) == 3
    again, _ = states(model, 3)
    np.testing.assert_array_equal(drawn[2][0], again[2][0])
    generators = [each for each in drawn[0] if not np.issubdtype(each.dtype, np.floating)]
    assert generators


def test_frozen_and_adapted_values_are_kept() -> None:
    scaling = layers.Normalization()
    scaling.adapt(X * 7)
    frozen = layers.Dense(5, kernel_initializer="ones", trainable=False)
    model = keras.Sequential([keras.Input((5,)), scaling, frozen, layers.Dense(9)])
    frozen.set_weights([np.full((5, 5), 3.0), np.zeros(5)])
    (first, second), how = states(model, 2)
    assert "initializers" in how
    names = [each.path for each in model.variables]
    for name, one, two in zip(names, first, second, strict=True):
        trained = name.endswith("kernel") and one.shape == (5, 9)
        assert np.array_equal(one, two) is not trained, name


def test_trained_weights_are_where_every_seed_starts() -> None:
    model = noisy()
    model.compile("adam", "binary_crossentropy")
    model.fit(X, Y, verbose=0)
    drawn, how = states(model, 2)
    assert "trained" in how
    for variable, one, two in zip(model.variables, *drawn, strict=True):
        assert np.array_equal(one, two) is ("seed_generator" not in variable.path)


def test_a_model_that_cannot_be_cloned_has_its_kernels_permuted() -> None:
    model = Subclassed()
    model(X[:1])
    drawn, how = states(model, 2)
    assert "permuting" in how
    kernels = [each for each in zip(*drawn, strict=True) if each[0].ndim == 2]
    assert all((one != two).any() for one, two in kernels)
    assert all((np.sort(one, None) == np.sort(two, None)).all() for one, two in kernels)


def test_drawing_states_leaves_the_scripts_random_numbers_alone() -> None:
    model = noisy()
    np.random.seed(3)
    expected = np.random.random()
    np.random.seed(3)
    states(model, 2)
    assert np.random.random() == expected
