"""Trials are paired exactly, and the one as written is what Keras itself would have trained.

Everything here is trained by the real Keras: its own ``fit`` is what a run is held against.
"""

from __future__ import annotations

import dataclasses
import os
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")

from runtime_probe.child.capture import optimizer_of  # noqa: E402
from runtime_probe.child.modes import program  # noqa: E402
from runtime_probe.child.order import Order  # noqa: E402
from runtime_probe.child.setup import Optimizer, Sample, Setup, Stop, Workshop  # noqa: E402
from runtime_probe.child.state import assign, states, values  # noqa: E402
from runtime_probe.child.training import Run, train  # noqa: E402

layers = keras.layers
SEVEN_DIGITS = 5e-7
ROWS = 70  # which 32 does not divide
DRAW = np.random.default_rng(0)
FLAT = DRAW.normal(size=(ROWS, 5))
LABELS = (DRAW.random((ROWS, 1)) > 0.5).astype("float32")


def noisy(start: tuple[int, ...], *first: Any) -> Any:
    """A model with everything in it that has a state besides its weights."""
    return keras.Sequential(
        [
            keras.Input(start),
            *first,
            layers.BatchNormalization(),
            layers.Dropout(0.3),
            layers.Flatten(),
            layers.Dense(1, activation="sigmoid"),
        ]
    )


MODELS: dict[str, tuple[Callable[[], Any], Any]] = {
    "dense": (lambda: noisy((5,), layers.Dense(8, "relu")), FLAT),
    "conv": (lambda: noisy((6, 6, 1), layers.Conv2D(3, 3)), DRAW.normal(size=(ROWS, 6, 6, 1))),
    "lstm": (lambda: noisy((4, 3), layers.LSTM(4, dropout=0.2)), DRAW.normal(size=(ROWS, 4, 3))),
}


def quiet() -> Any:
    """A model without chance in it.

    The first layer has no bias, as its gradient under batch normalisation is rounding, of which
    Adam makes whole steps.
    """
    keras.utils.set_random_seed(0)
    return keras.Sequential(
        [
            keras.Input((5,)),
            layers.Dense(8, "relu", use_bias=False, kernel_regularizer="l2"),
            layers.BatchNormalization(),
            layers.Dense(1, activation="sigmoid"),
        ]
    )


def setup(
    model: Any,
    x: Any = FLAT,
    y: Any = LABELS,
    epochs: int = 4,
    batch: int = 32,
    mode: str | None = "graph",
    weights: Any = None,
    shuffled: bool = False,
    validation: Sample | None = None,
    **others: Any,
) -> Setup:
    """What the model's ``fit`` on these rows would be."""
    rows = len(tf.nest.flatten(x)[0])
    optimizer = model.optimizer
    return Setup(
        model=model,
        optimizer=Optimizer(type(optimizer), optimizer.get_config()),
        loss=model.loss,
        sample=Sample(x, y, rows, batch, shuffled, weights, validation=validation),
        states=states(model, 2)[0],
        steps=epochs * -(-rows // batch),
        epochs=epochs,
        workshop=Workshop(mode),
        **others,
    )


def run(made: Setup, seed: int = 0, **options: Any) -> Run:
    return train(made, seed, made.steps, time.monotonic() + 100, **options)


def history(made: Setup, **options: Any) -> dict[str, list[float]]:
    """What Keras' own ``fit`` says of the same training."""
    sample, model = made.sample, made.model
    assign(model, made.states[0])
    fitted = model.fit(
        sample.x,
        sample.y,
        sample_weight=sample.weights,
        batch_size=sample.batch_size,
        epochs=made.epochs,
        shuffle=False,
        verbose=0,
        **options,
    )
    kept: dict[str, list[float]] = fitted.history
    return kept


def same(ours: Any, theirs: Any) -> None:
    np.testing.assert_allclose(ours, theirs, rtol=SEVEN_DIGITS)


@pytest.mark.parametrize("mode", ["eager", "graph", "xla"])
@pytest.mark.parametrize("kind", MODELS)
def test_a_run_against_itself_differs_by_exactly_nothing(kind: str, mode: str) -> None:
    build, x = MODELS[kind]
    model = build()
    model.compile("adam", "binary_crossentropy")
    made = setup(model, x=x, batch=35, mode=mode, shuffled=True)
    first = run(made, seed=1)
    end = values(model)
    other = run(made, seed=0)
    again = run(made, seed=1, looks=[0, 3, made.steps], look=lambda step: None)
    assert made.workshop.mode == mode
    np.testing.assert_array_equal(first.losses, again.losses)
    assert len(first.losses) == made.steps
    assert (first.losses != other.losses).all()
    for one, two in zip(end, values(model), strict=True):
        np.testing.assert_array_equal(one, two)


OPTIMIZERS = {
    "sgd": lambda: keras.optimizers.SGD(0.1),
    "momentum": lambda: keras.optimizers.SGD(0.05, momentum=0.9, nesterov=True),
    "adam": lambda: keras.optimizers.Adam(0.01),
    "rmsprop": lambda: keras.optimizers.RMSprop(0.01),
    "weight decay": lambda: keras.optimizers.AdamW(0.01, weight_decay=0.1),
    "clipped": lambda: keras.optimizers.SGD(0.5, clipnorm=0.05),
    "schedule": lambda: keras.optimizers.Adam(
        keras.optimizers.schedules.ExponentialDecay(0.05, 3, 0.5)
    ),
    "averaged": lambda: keras.optimizers.Adam(0.01, use_ema=True, ema_momentum=0.5),
    "accumulated": lambda: keras.optimizers.SGD(0.5, gradient_accumulation_steps=2),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_as_written_is_what_fit_does(name: str) -> None:
    model = quiet()
    model.compile(OPTIMIZERS[name](), "binary_crossentropy")
    made = setup(model)
    ours = run(made)
    end = values(model)
    same(ours.epoch_losses, history(made)["loss"])
    for one, two in zip(end, values(model), strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("mode", ["eager", "xla"])
def test_as_written_is_what_fit_does_in_every_mode(mode: str) -> None:
    model = quiet()
    model.compile("adam", "binary_crossentropy")
    made = setup(model, mode=mode)
    same(run(made).epoch_losses, history(made)["loss"])


@pytest.mark.parametrize("rows, batch", [(4, 32), (64, 32), (33, 32), (70, 1)])
def test_batches_are_those_of_keras(rows: int, batch: int) -> None:
    model = quiet()
    model.compile("sgd", "binary_crossentropy")
    made = setup(model, x=FLAT[:rows], y=LABELS[:rows], batch=batch)
    same(run(made).epoch_losses, history(made)["loss"])


@pytest.mark.parametrize("mode", ["eager", "graph", "xla"])
def test_half_precision(mode: str) -> None:
    """``compile`` wraps the optimizer: the loss is scaled, and steps that overflow are left out."""
    before = keras.mixed_precision.global_policy()
    keras.mixed_precision.set_global_policy("mixed_float16")
    try:
        model = quiet()
        model.compile("adam", "binary_crossentropy")
    finally:
        keras.mixed_precision.set_global_policy(before)
    made = dataclasses.replace(setup(model, mode=mode), optimizer=optimizer_of(model.optimizer))
    assert made.optimizer.kind is keras.optimizers.Adam
    ours, again = run(made), run(made)
    np.testing.assert_array_equal(ours.losses, again.losses)
    theirs = history(made)["loss"]
    assert theirs[-1] < theirs[0]
    np.testing.assert_allclose(ours.epoch_losses, theirs, rtol=1e-3)
    assert model.optimizer.inner_optimizer.learning_rate == 0.001


def test_sample_weights() -> None:
    model = quiet()
    model.compile("sgd", "binary_crossentropy")
    made = setup(model, weights=DRAW.random(ROWS))
    plain = dataclasses.replace(made, sample=dataclasses.replace(made.sample, weights=None))
    losses = run(made).epoch_losses
    same(losses, history(made)["loss"])
    assert (abs(losses - run(plain).epoch_losses) > 0.01).all()


@pytest.mark.parametrize("named", [False, True])
def test_several_inputs_and_outputs(named: bool) -> None:
    left, right = keras.Input((5,), name="left"), keras.Input((5,), name="right")
    joined = layers.Concatenate()([layers.Dense(4, "relu")(left), right])
    outputs = [
        layers.Dense(1, name="value")(joined),
        layers.Dense(3, "softmax", name="kind")(joined),
    ]
    model = keras.Model([left, right], outputs)
    x: Any = [FLAT, FLAT[::-1].copy()]
    y: Any = [FLAT[:, :1], DRAW.integers(0, 3, ROWS)]
    loss: Any = ["mse", "sparse_categorical_crossentropy"]
    weights: Any = [0.3, 2.0]
    if named:
        x = dict(zip(["left", "right"], x, strict=True))
        y, loss, weights = (
            dict(zip(["value", "kind"], each, strict=True)) for each in (y, loss, weights)
        )
    model.compile("adam", loss, loss_weights=weights)
    made = setup(model, x=x, y=y, loss_weights=weights)
    same(run(made).epoch_losses, history(made)["loss"])


class Own(keras.Model):  # type: ignore[misc]
    """A model that asks for no ``training`` and makes its step itself, with a second optimizer."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = layers.Dense(4, "relu")
        self.out = layers.Dense(1)
        self.tracker = keras.metrics.Mean(name="loss")
        self.second = keras.optimizers.Adam(0.01)

    def call(self, x: Any) -> Any:
        return self.out(self.hidden(x))

    @property
    def metrics(self) -> list[Any]:
        return [self.tracker]

    def train_step(self, data: Any) -> Any:
        x, y = data
        with tf.GradientTape(persistent=True) as tape:
            loss = tf.reduce_mean((self(x) - tf.cast(y, tf.float32)) ** 2)
        for optimizer, layer in [(self.optimizer, self.hidden), (self.second, self.out)]:
            variables = layer.trainable_variables
            optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
        self.tracker.update_state(loss)
        return {"loss": self.tracker.result()}


def test_a_step_of_the_models_own() -> None:
    model = Own()
    model.compile(keras.optimizers.SGD(0.05))
    model(FLAT[:1])
    made = setup(model, x=FLAT[:64], y=LABELS[:64], epochs=5)
    made.workshop.mode = "graph"
    first, again = run(made), run(made)
    np.testing.assert_array_equal(first.losses, again.losses)
    same(first.epoch_losses, history(made)["loss"])
    assert len(set(first.losses.tolist())) == 10


class Guide(keras.Model):  # type: ignore[misc]
    """A step as Keras' own guide writes it."""

    def train_step(self, data: Any) -> Any:
        x, y = data
        with tf.GradientTape() as tape:
            outputs = self(x, training=True)
            loss = self.compute_loss(y=y, y_pred=outputs)
        variables = self.trainable_variables
        self.optimizer.apply(tape.gradient(loss, variables), variables)
        for metric in self.metrics:
            metric.update_state(*((loss,) if metric.name == "loss" else (y, outputs)))
        return {each.name: each.result() for each in self.metrics}


@pytest.mark.parametrize("mode", ["eager", "graph", "xla"])
def test_a_step_as_the_guide_of_keras_writes_it(mode: str) -> None:
    inputs = keras.Input((5,))
    model = Guide(inputs, layers.Dense(1, activation="sigmoid")(layers.Dense(4)(inputs)))
    model.compile("adam", "binary_crossentropy", metrics=["mae"])
    made = setup(model, x=FLAT[:64], y=LABELS[:64], mode=mode)
    same(run(made).epoch_losses, history(made)["loss"])


class Counting(keras.Model):  # type: ignore[misc]
    """A model that cannot be traced."""

    def __init__(self) -> None:
        super().__init__()
        self.out = layers.Dense(1)

    def call(self, x: Any, training: bool = False) -> Any:
        return self.out(x) * float(np.mean(x.numpy()) < 9)


def test_what_runs_eagerly_in_fit_does_so_here() -> None:
    model = Counting()
    model.compile("sgd", "mse", run_eagerly=True)
    model(FLAT[:1])
    made = setup(model, mode=None)
    same(run(made).epoch_losses, history(made)["loss"])
    assert made.workshop.mode == "eager"


class Noise(layers.Layer):  # type: ignore[misc]
    def call(self, x: Any) -> Any:
        return x + tf.random.normal(tf.shape(x)) + keras.random.normal((5,))


def test_random_numbers_without_a_generator_are_paired_too() -> None:
    model = keras.Sequential([keras.Input((5,)), Noise(), layers.Dense(1)])
    model.compile("sgd", "mse")
    made = setup(model, mode=None)
    brighter = dataclasses.replace(
        made, optimizer=Optimizer(keras.optimizers.Adam, {"learning_rate": 0.0})
    )
    first, other = run(made), run(brighter)
    tf.random.set_seed(99)
    again = run(made)
    np.testing.assert_array_equal(first.losses, again.losses)
    assert first.losses[0] == other.losses[0]
    assert first.losses[0] != run(made, seed=1).losses[0]


def halved(epoch: int, rate: float) -> float:
    return rate * 0.5


class Sawtooth(keras.callbacks.Callback):  # type: ignore[misc]
    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        optimizer = self.model.optimizer
        optimizer.learning_rate = 0.5 - float(optimizer.learning_rate.numpy())


@pytest.mark.parametrize(
    "build",
    [
        lambda: keras.callbacks.LearningRateScheduler(halved),
        lambda: keras.callbacks.ReduceLROnPlateau("loss", factor=0.1, patience=1, min_delta=0.02),
        lambda: keras.callbacks.ReduceLROnPlateau(factor=0.5, patience=1, verbose=1, min_delta=0.1),
        Sawtooth,
    ],
    ids=["scheduler", "plateau", "plateau of validation", "steps"],
)
def test_callbacks_are_replayed_as_keras_calls_them(build: Callable[[], Any]) -> None:
    model = quiet()
    model.compile(keras.optimizers.SGD(0.3), "binary_crossentropy")
    validation = Sample(FLAT[:40], LABELS[:40], 40, 32, False)
    callback = build()
    before = dict(vars(callback))
    made = setup(model, epochs=8, validation=validation, rate_callbacks=[callback])
    ours = run(made, validate=True)
    again = run(made, validate=True)
    theirs = history(made, callbacks=[build()], validation_data=(FLAT[:40], LABELS[:40]))
    same(ours.epoch_losses, theirs["loss"])
    same(ours.epoch_validation_losses, theirs["val_loss"])
    np.testing.assert_array_equal(ours.losses, again.losses)
    assert vars(callback) == before
    without = run(dataclasses.replace(made, rate_callbacks=()))
    assert abs(ours.epoch_losses[-1] - without.epoch_losses[-1]) > 1e-4


@pytest.mark.parametrize("monitor", ["loss", "val_loss"])
def test_early_stopping_stops_where_keras_does(monitor: str) -> None:
    model = quiet()
    model.compile(keras.optimizers.SGD(0.5), "binary_crossentropy")
    held = FLAT[:40], 1 - LABELS[:40]
    stop = Stop(monitor, patience=2, min_delta=0.02, start_from_epoch=1)
    made = setup(model, epochs=50, validation=Sample(*held, 40, 32, False), stop=stop)
    ours = run(made)
    theirs = history(
        made,
        validation_data=held,
        callbacks=[keras.callbacks.EarlyStopping(**dataclasses.asdict(stop))],
    )
    assert ours.ended == "stopped"
    assert ours.stopped_at == len(theirs["loss"]) < 50
    same(ours.epoch_losses, theirs["loss"])


def test_epochs_are_those_of_the_plan_where_rows_were_left_out() -> None:
    seen: list[float] = []

    def schedule(epoch: int, rate: float) -> float:
        seen.append(epoch)
        return rate

    model = quiet()
    model.compile("sgd", "binary_crossentropy")
    callback = keras.callbacks.LearningRateScheduler(schedule)
    made = dataclasses.replace(setup(model, rate_callbacks=[callback]), steps=40, epochs=4)
    ours = run(made)
    assert seen == [0, 1, 2, 3]
    same(ours.epoch_losses[0], np.average(ours.losses[:10], weights=[*[32, 32, 6] * 3, 32]))


def test_looks_see_the_variables_of_their_step_and_may_end_the_run() -> None:
    model = quiet()
    model.compile("sgd", "binary_crossentropy")
    made = setup(model)
    seen: dict[int, Any] = {}

    def look(step: int) -> bool:
        seen[step] = values(model)
        return step == 7

    ours = run(made, looks=[0, 5, 7, 9], look=look)
    assert list(seen) == [0, 5, 7]
    assert (ours.ended, ours.steps, len(ours.losses)) == ("learned", 7, 7)
    for one, two in zip(seen[0], made.states[0], strict=True):
        np.testing.assert_array_equal(one, two)
    train(made, 0, 5, time.monotonic() + 100)
    for one, two in zip(seen[5], values(model), strict=True):
        np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("mode", ["eager", "graph", "xla"])
def test_a_loss_that_is_not_finite_ends_the_run_at_once(mode: str) -> None:
    model = keras.Sequential([keras.Input((5,)), layers.Dense(1)])
    model.compile(keras.optimizers.SGD(1e12), "mse")
    ours = run(setup(model, batch=35, epochs=50, mode=mode))
    assert ours.diverged_at == ours.steps - 1
    assert np.isfinite(ours.losses[:-1]).all()
    assert not np.isfinite(ours.losses[-1])
    assert ours.steps < 100


def test_the_deadline_is_kept() -> None:
    model = quiet()
    model.compile("sgd", "binary_crossentropy")
    made = setup(model, epochs=1_000_000)
    train(made, 0, 10, time.monotonic() + 100)
    started = time.monotonic()
    ours = train(made, 0, made.steps, started + 1)
    assert time.monotonic() - started < 2
    assert ours.ended == "capped"
    assert 0 < ours.steps < made.steps


def test_a_shorter_run_is_capped_and_equal_so_far() -> None:
    model = quiet()
    model.compile("sgd", "binary_crossentropy")
    made = setup(model, shuffled=True)
    short = train(made, 0, 5, time.monotonic() + 100)
    assert short.ended == "capped"
    np.testing.assert_array_equal(short.losses, run(made).losses[:5])


def test_the_script_finds_its_model_compiled_as_it_was() -> None:
    model = quiet()
    model.compile("adam", "mse", metrics=["accuracy"])
    before = dict(vars(model))
    made = dataclasses.replace(setup(model), loss="binary_crossentropy")
    run(made)
    after = vars(model)
    assert [name for name in before if after[name] is not before[name]] in ([], ["_called"])
    model.fit(FLAT, LABELS, epochs=1, verbose=0)


def test_arms_share_programs_where_only_data_or_rate_differ() -> None:
    model = quiet()
    model.compile("sgd", "binary_crossentropy")
    made = setup(model)

    def with_optimizer(**config: float) -> Setup:
        kept = {**made.optimizer.config, **config}
        return dataclasses.replace(made, optimizer=Optimizer(keras.optimizers.SGD, kept))

    scaled = dataclasses.replace(made, sample=dataclasses.replace(made.sample, x=FLAT * 3))
    arms = [made, scaled, with_optimizer(learning_rate=0.7)]
    ends = [run(each).losses[-1] for each in (*arms, made)]
    assert len(made.workshop.programs) == 1
    assert ends[0] == ends[3]
    assert len(set(ends)) == 3

    model.layers[0].trainable = False
    frozen = run(made).losses[-1]
    model.layers[0].trainable = True
    other = keras.models.clone_model(model)
    other.layers[0].activation = keras.activations.tanh
    arms = [with_optimizer(momentum=0.9), dataclasses.replace(made, model=other)]
    ends = [frozen, *(run(each).losses[-1] for each in (*arms, made)), *ends]
    assert len(made.workshop.programs) == 4
    assert len(set(ends)) == 6


def test_short_trainings_are_not_compiled_and_long_ones_are_where_it_pays() -> None:
    model = keras.Sequential([keras.Input((5,)), layers.Dense(1)])
    model.compile("sgd", "mse")
    short, long = setup(model, mode=None), setup(model, mode=None)
    sample = dataclasses.replace(long.sample, rows=64)
    long = dataclasses.replace(long, sample=sample)
    order = Order(sample, 0)
    assert program(short, order, 100, time.monotonic() + 60).mode == "graph"
    assert program(long, order, 10**8, time.monotonic() + 60).mode == "xla"
    hurried = dataclasses.replace(long, workshop=Workshop())
    assert program(hurried, order, 10**8, time.monotonic() + 3).mode == "graph"
