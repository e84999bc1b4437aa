"""Models of Keras 2, which lives on as tf_keras, are trained exactly and in pairs too."""

from __future__ import annotations

import dataclasses
import os
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
keras = pytest.importorskip("tf_keras")
tf = pytest.importorskip("tensorflow")

from runtime_probe.child.capture import optimizer_of  # noqa: E402
from runtime_probe.child.setup import Optimizer, Sample, Setup, Workshop  # noqa: E402
from runtime_probe.child.state import assign, states  # noqa: E402
from runtime_probe.child.training import Run, train  # noqa: E402

DRAW = np.random.default_rng(0)
X = DRAW.normal(size=(70, 5))
Y = (DRAW.random((70, 1)) > 0.5).astype("float32")


class Branch(keras.layers.Layer):  # type: ignore[misc]
    """A branch on a tensor, which Keras 2 lets AutoGraph rewrite."""

    def call(self, x: Any) -> Any:
        if tf.reduce_sum(x) > 0:
            x = x * 2
        return x


class OwnStep(keras.Model):  # type: ignore[misc]
    def train_step(self, data: Any) -> Any:
        x, y = data
        with tf.GradientTape() as tape:
            outputs = self(x, training=True)
            loss = self.compiled_loss(y, outputs, regularization_losses=self.losses)
        self.optimizer.minimize(loss, self.trainable_variables, tape=tape)
        self.compiled_metrics.update_state(y, outputs)
        return {each.name: each.result() for each in self.metrics}


def setup(kind: type[Any], optimizer: Any, mode: str, *layers: Any, **others: Any) -> Setup:
    keras.utils.set_random_seed(0)
    inputs = outputs = keras.Input((5,))
    # No bias: under batch normalisation its gradient is rounding, which Adam makes steps of.
    for layer in (keras.layers.Dense(4, use_bias=False, kernel_regularizer="l2"), *layers):
        outputs = layer(outputs)
    model = kind(inputs, keras.layers.Dense(1, "sigmoid")(outputs))
    model.compile(optimizer, "binary_crossentropy", metrics=["mae"])
    kept = Optimizer(type(model.optimizer), model.optimizer.get_config())
    sample = Sample(X, Y, 70, 35, False, validation=Sample(X, Y, 70, 35, False))
    drawn, _ = states(model, 2)
    return Setup(model, kept, model.loss, sample, drawn, 8, 4, workshop=Workshop(mode), **others)


def run(made: Setup) -> Run:
    return train(made, 0, made.steps, time.monotonic() + 100, validate=True)


@pytest.mark.parametrize("mode", ["eager", "graph", "xla"])
@pytest.mark.parametrize("kind", [keras.Model, OwnStep])
@pytest.mark.parametrize(
    "build",
    [
        lambda: "adam",
        lambda: keras.optimizers.legacy.SGD(0.1, momentum=0.9),
        lambda: keras.optimizers.RMSprop(keras.optimizers.schedules.ExponentialDecay(0.01, 2, 0.5)),
    ],
    ids=["adam", "legacy", "schedule"],
)
def test_as_written_is_what_fit_does(mode: str, kind: type[Any], build: Callable[[], Any]) -> None:
    made = setup(kind, build(), mode, Branch(), keras.layers.BatchNormalization())
    ours = run(made)
    np.testing.assert_array_equal(ours.losses, run(made).losses)
    assign(made.model, made.states[0])
    options = {"epochs": 4, "batch_size": 35, "shuffle": False, "verbose": 0}
    theirs = made.model.fit(X, Y, validation_data=(X, Y), **options).history
    np.testing.assert_allclose(ours.epoch_losses, theirs["loss"], rtol=5e-7)
    np.testing.assert_allclose(ours.epoch_validation_losses, theirs["val_loss"], rtol=5e-7)


@pytest.mark.parametrize("mode", ["eager", "graph", "xla"])
@pytest.mark.parametrize("kind", [keras.Model, OwnStep])
def test_a_loss_that_is_scaled(mode: str, kind: type[Any]) -> None:
    scaled = keras.mixed_precision.LossScaleOptimizer(keras.optimizers.SGD(0.1))
    made = setup(kind, scaled, mode, keras.layers.BatchNormalization())
    made = dataclasses.replace(made, optimizer=optimizer_of(made.model.optimizer))
    assert made.optimizer.kind is keras.optimizers.SGD
    ours = run(made)
    assign(made.model, made.states[0])
    options = {"epochs": 4, "batch_size": 35, "shuffle": False, "verbose": 0}
    theirs = made.model.fit(X, Y, **options).history
    np.testing.assert_allclose(ours.epoch_losses, theirs["loss"], rtol=5e-7)


@pytest.mark.parametrize("mode", ["eager", "graph", "xla"])
def test_dropout_is_paired_though_its_generator_has_no_state(mode: str) -> None:
    made = setup(keras.Model, "adam", mode, keras.layers.Dropout(0.5))
    first, again = run(made), run(made)
    np.testing.assert_array_equal(first.losses, again.losses)
    assert len(set(first.losses.tolist())) == 8


def test_callbacks_are_replayed() -> None:
    def callback() -> Any:
        return keras.callbacks.ReduceLROnPlateau(patience=1, min_delta=0.1)

    made = setup(keras.Model, keras.optimizers.SGD(0.5), "graph", rate_callbacks=[callback()])
    ours = run(made)
    assign(made.model, made.states[0])
    options = {"epochs": 4, "batch_size": 35, "shuffle": False, "verbose": 0}
    callbacks = [callback()]
    theirs = made.model.fit(X, Y, validation_data=(X, Y), callbacks=callbacks, **options).history
    np.testing.assert_allclose(ours.epoch_losses, theirs["loss"], rtol=5e-7)
    assert theirs["lr"][-1] < 0.5
