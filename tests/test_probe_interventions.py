"""Each change cures the fault it is for, in a small training by real Keras."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pytest

os.environ["CUDA_VISIBLE_DEVICES"] = "-1"

keras = pytest.importorskip("keras")

from trying import moons, sample, setup  # noqa: E402

from runtime_probe.child.interventions import INTERVENTIONS, combined  # noqa: E402
from runtime_probe.child.interventions.contract import Changed, Refusal  # noqa: E402
from runtime_probe.child.setup import Setup, Stop  # noqa: E402
from runtime_probe.child.task import Task  # noqa: E402
from runtime_probe.child.training import train  # noqa: E402
from runtime_probe.records import Measured  # noqa: E402

layers, optimizers = keras.layers, keras.optimizers
LOSS = "binary_crossentropy"


def model(*parts: Any, inputs: int = 2) -> Any:
    return keras.Sequential([layers.Input((inputs,)), *parts])


def sigmoid(**more: Any) -> Any:
    return model(layers.Dense(1, activation="sigmoid", **more))


def skill_of(training: Setup, task: Task) -> Measured:
    train(training, 0, training.steps, time.monotonic() + 60)
    return task.measure(training, training.steps)


def unscaled() -> Setup:
    return setup(sigmoid(), sample(*moons(scale=1000.0)), optimizers.SGD(), LOSS)


def unscaled_target() -> Setup:
    x, y = moons()
    return setup(
        model(layers.Dense(1)), sample(x, 1000 + 100.0 * y + x[:, 0]), optimizers.SGD(), "mse"
    )


def one_softmax_unit() -> Setup:
    net = model(layers.Dense(1, activation="softmax"))
    return setup(net, sample(*moons()), optimizers.SGD(0.1), LOSS)


def no_activation() -> Setup:
    x, y = moons()
    net = model(layers.Dense(8, activation="relu"), layers.Dense(2))
    return setup(net, sample(x, np.eye(2)[y]), optimizers.SGD(0.1), "categorical_crossentropy")


def two_softmaxes() -> Setup:
    net = model(layers.Dense(2, activation="softmax"), layers.Activation("softmax"))
    data = sample(*moons())
    return setup(net, data, optimizers.SGD(0.1), "sparse_categorical_crossentropy")


def too_few_units() -> Setup:
    generator = np.random.default_rng(3)
    y = generator.integers(0, 3, 300)
    x = np.eye(3)[y] + generator.normal(size=(300, 3)) / 10
    net = model(layers.Dense(1, activation="sigmoid"), inputs=3)
    return setup(net, sample(x.astype("float32"), y), optimizers.Adam(0.05), LOSS)


def squared_error_of_far_off_sigmoid() -> Setup:
    x, y = moons()
    net = sigmoid(bias_initializer=keras.initializers.Constant(12.0))
    return setup(net, sample(x, y), optimizers.SGD(0.5), "mse", epochs=20)


def labels_from_one() -> Setup:
    x, y = moons()
    return setup(sigmoid(), sample(x, y + 1), optimizers.SGD(0.1), LOSS)


def deep_sigmoids() -> Setup:
    hidden = [layers.Dense(8, activation="sigmoid") for _ in range(5)]
    net = model(*hidden, layers.Dense(1, activation="sigmoid"))
    return setup(net, sample(*moons()), optimizers.SGD(0.05), LOSS, epochs=20)


def no_bend() -> Setup:
    generator = np.random.default_rng(3)
    x = generator.normal(size=(400, 2)).astype("float32")
    y = (x[:, 0] * x[:, 1] > 0).astype(int)
    net = model(layers.Dense(32), layers.Dense(1, activation="sigmoid"))
    return setup(net, sample(x, y), optimizers.Adam(0.02), LOSS, epochs=20)


def zero_kernels_of_a_cell() -> Setup:
    x, y = moons()
    net = keras.Sequential(
        [
            keras.Input((2, 1)),
            layers.GRU(8, kernel_initializer="zeros"),
            layers.Dense(1, activation="sigmoid", kernel_initializer="zeros"),
        ]
    )
    data = sample(x[:, :, None], y)
    return setup(net, data, optimizers.RMSprop(0.02), LOSS, epochs=20, seeds=2)


def zero_kernels() -> Setup:
    net = model(
        layers.Dense(8, activation="relu", kernel_initializer="zeros"),
        layers.Dense(1, activation="sigmoid"),
    )
    return setup(net, sample(*moons()), optimizers.SGD(0.1), LOSS, seeds=2)


def frozen() -> Setup:
    last = layers.Dense(1, activation="sigmoid", kernel_initializer="zeros", trainable=False)
    net = model(layers.Dense(8, activation="relu"), last)
    return setup(net, sample(*moons()), optimizers.SGD(0.1), LOSS)


def all_dropped() -> Setup:
    net = model(
        layers.Dense(8, activation="relu"),
        layers.Dropout(0.99),
        layers.Dense(1, activation="sigmoid"),
    )
    return setup(net, sample(*moons()), optimizers.SGD(0.1), LOSS)


def slow() -> Setup:
    return setup(sigmoid(), sample(*moons()), optimizers.SGD(0.005), LOSS)


def far_too_slow() -> Setup:
    net = model(layers.Dense(32, activation="relu"), layers.Dense(1, activation="sigmoid"))
    return setup(net, sample(*moons()), optimizers.SGD(1e-5), LOSS, epochs=30)


def sorted_rows() -> Setup:
    x, y = moons()
    rows = np.argsort(y)
    data = replace(sample(x[rows] / 10, y[rows], 10), shuffled=False)
    return setup(sigmoid(), data, optimizers.SGD(2.0), LOSS)


class Fault(NamedTuple):
    """``gain`` is the least by which the change betters what is measured."""

    plant: Callable[[], Setup]
    intervention: str
    measured: str = "skill"
    gain: float = 0.3


FAULTS = [
    Fault(unscaled, "standardised-features", "loss_skill", 1.0),
    Fault(unscaled_target, "standardised-target"),
    Fault(one_softmax_unit, "matching-output"),
    Fault(no_activation, "matching-output"),
    Fault(two_softmaxes, "matching-output", "loss_skill", 0.15),
    Fault(too_few_units, "matching-output"),
    Fault(squared_error_of_far_off_sigmoid, "matching-loss"),
    Fault(labels_from_one, "matching-labels"),
    Fault(deep_sigmoids, "hidden-activation"),
    Fault(no_bend, "hidden-activation"),
    Fault(zero_kernels, "default-initializer"),
    Fault(zero_kernels_of_a_cell, "default-initializer"),
    Fault(frozen, "unfrozen"),
    Fault(all_dropped, "lower-dropout", "loss_skill"),
    Fault(slow, "momentum", "loss_skill", 0.2),
    Fault(far_too_slow, "adam", "loss_skill"),
    Fault(sorted_rows, "shuffled-order"),
]


@pytest.mark.parametrize(
    "fault", FAULTS, ids=lambda each: f"{each.plant.__name__}-{each.intervention}"
)
def test_it_cures_its_fault(fault: Fault) -> None:
    keras.utils.set_random_seed(1)
    written = fault.plant()
    task = Task.of(written)
    changed = INTERVENTIONS[fault.intervention](written, task)
    assert isinstance(changed, Changed), changed
    before, after = skill_of(written, task), skill_of(changed.setup, task)
    gain = getattr(after, fault.measured) - getattr(before, fault.measured)
    print(fault, gain, before, after)
    assert gain >= fault.gain, (before, after)
    assert changed.diff.startswith("- ")
    assert "\n+ " in changed.diff
    again = INTERVENTIONS[fault.intervention](changed.setup, task)
    assert isinstance(again, Refusal), again
    assert again.already


def rated(made: Any, x: Any = None, epochs: int = 10) -> Setup:
    given, y = moons()
    return setup(sigmoid(), sample(given if x is None else x, y), made, LOSS, epochs)


@pytest.mark.parametrize(
    ("made", "least", "most"),
    [
        (lambda: optimizers.SGD(100.0), 0.1, 10.0),  # the bound is about 1
        (lambda: optimizers.SGD(1e-4), 0.01, 0.0101),  # no more than a hundred times
        (lambda: optimizers.Adam(0.3), 0.001, 0.03),
        (lambda: optimizers.Adam(1e-6), 0.001, 0.001),
        (lambda: optimizers.RMSprop(1e-5), 0.001, 0.001),
        (lambda: optimizers.Adadelta(0.001), 1.0, 1.0),
    ],
)
def test_a_rate_is_chosen_by_the_bound_and_the_default(
    made: Any, least: float, most: float
) -> None:
    training = rated(made())
    changed = INTERVENTIONS["stable-learning-rate"](training, Task.of(training))
    assert isinstance(changed, Changed), changed
    rate = changed.setup.optimizer.learning_rate
    assert rate is not None
    assert least * 0.999 <= rate <= most * 1.001
    assert f"learning_rate={rate:.4g}" in changed.diff
    again = INTERVENTIONS["stable-learning-rate"](changed.setup, Task.of(training))
    assert isinstance(again, Refusal) or training.optimizer.kind is optimizers.SGD


def test_a_rate_that_suffices_for_the_planned_steps() -> None:
    """The second of the three small scripts: a hundred steps, and a rate a hundredth of the limit."""
    x = np.array([[-1.34, -1.34], [-0.45, -0.45], [0.45, 0.45], [1.34, 1.34]], "float32")
    training = setup(sigmoid(), sample(x, np.array([0, 0, 1, 1])), optimizers.SGD(), LOSS, 100)
    changed = INTERVENTIONS["stable-learning-rate"](training, Task.of(training))
    assert isinstance(changed, Changed), changed
    assert 0.1 < (changed.setup.optimizer.learning_rate or 0) < 2


def own_class() -> Setup:
    class Own(keras.Model):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.hidden = layers.Dense(4, activation="sigmoid")
            self.last = layers.Dense(1, activation="sigmoid")

        def call(self, x: Any) -> Any:
            return self.last(self.hidden(x))

    net = Own()
    net(np.zeros((1, 2)))
    return setup(net, sample(*moons()), optimizers.SGD(0.1), LOSS)


@pytest.mark.parametrize(
    ("intervention", "plant", "words", "already"),
    [
        ("standardised-features", lambda: rated(optimizers.SGD()), "on a common scale", True),
        ("standardised-target", lambda: rated(optimizers.SGD()), "the task is binary", False),
        ("matching-output", lambda: rated(optimizers.SGD()), "fit", True),
        ("matching-loss", lambda: rated(optimizers.SGD()), "fit", True),
        ("matching-labels", lambda: rated(optimizers.SGD()), "encoded", True),
        ("hidden-activation", lambda: rated(optimizers.SGD()), "no hidden layer", True),
        ("default-initializer", lambda: rated(optimizers.SGD()), "every kernel", True),
        ("momentum", lambda: rated(optimizers.SGD(momentum=0.5)), "0.5", True),
        ("momentum", lambda: rated(optimizers.Adam()), "not plain SGD", True),
        ("adam", lambda: rated(optimizers.RMSprop()), "adapts", True),
        ("stable-learning-rate", lambda: rated(optimizers.Adam()), "about what it should be", True),
        (
            "stable-learning-rate",
            lambda: rated(optimizers.SGD(optimizers.schedules.CosineDecay(0.1, 100))),
            "follows a schedule",
            False,
        ),
        ("shuffled-order", lambda: rated(optimizers.SGD()), "shuffled", True),
        ("unfrozen", lambda: rated(optimizers.SGD()), "every layer learns", True),
        ("lower-dropout", lambda: rated(optimizers.SGD()), "no dropout", True),
        (
            "early-stopping",
            lambda: replace(rated(optimizers.SGD()), stop=Stop("loss", 3)),
            "it stops by loss",
            True,
        ),
        ("matching-output", own_class, "could not be followed", False),
        ("hidden-activation", own_class, "a class of its own", False),
    ],
)
def test_why_a_change_is_not_made(
    intervention: str, plant: Callable[[], Setup], words: str, already: bool
) -> None:
    training = plant()
    refusal = INTERVENTIONS[intervention](training, Task.of(training))
    assert isinstance(refusal, Refusal), refusal
    assert words in refusal.words
    assert refusal.already is already


def test_each_kind_of_input_has_its_scale() -> None:
    """Columns, pixels, and tokens, which have none; validation is scaled as training is."""
    table, pixels, tokens = layers.Input((2,)), layers.Input((4, 4, 1)), layers.Input((3,))
    parts = [table, layers.Flatten()(pixels), layers.Flatten()(layers.Embedding(9, 2)(tokens))]
    last = layers.Dense(1, activation="sigmoid")(layers.Concatenate()(parts))
    generator = np.random.default_rng(2)
    x = [
        generator.normal([5, 100], [1, 20], (50, 2)),
        generator.integers(0, 256, (50, 4, 4, 1)),
        generator.integers(0, 9, (50, 3)),
    ]
    y = generator.integers(0, 2, 50)
    held_out = sample([each[:10] for each in x], y[:10])
    data = sample(x, y, validation=held_out)
    training = setup(keras.Model([table, pixels, tokens], last), data, optimizers.Adam(), LOSS)
    changed = INTERVENTIONS["standardised-features"](training, Task.of(training))
    assert isinstance(changed, Changed), changed
    scaled = changed.setup.sample
    assert scaled.x[0].mean(axis=0) == pytest.approx([0, 0], abs=1e-5)
    assert scaled.x[0].std(axis=0) == pytest.approx([1, 1], abs=1e-5)
    assert 0 <= scaled.x[1].min() < scaled.x[1].max() <= 1
    assert np.array_equal(scaled.x[2], x[2])
    assert scaled.validation is not None
    for part, whole in zip(scaled.validation.x, scaled.x, strict=True):
        assert np.array_equal(part, whole[:10])


def test_several_changes_are_made_in_their_order() -> None:
    """Labels from 1 in a linear unit at a rate for other features: each sees those before it."""
    x, y = moons(scale=1000.0)
    training = setup(model(layers.Dense(1)), sample(x, y + 1), optimizers.SGD(50.0), LOSS)
    names = ["stable-learning-rate", "standardised-features", "matching-output", "matching-labels"]
    changed = combined(training, Task.of(training), names)
    task = Task.of(training)
    assert skill_of(changed, task).skill > 0.7
    assert (changed.optimizer.learning_rate or 50) < 10
    assert set(np.unique(changed.sample.y)) == {0, 1}


def test_the_model_as_written_is_left_alone() -> None:
    """A change builds its own model: the script's keeps its layers, weights and state."""
    written = deep_sigmoids()
    activations = [each.activation.__name__ for each in written.model.layers]
    weights = [np.array(each) for each in written.model.weights]
    changed = INTERVENTIONS["hidden-activation"](written, Task.of(written))
    assert isinstance(changed, Changed)
    train(changed.setup, 0, 10, time.monotonic() + 60)
    assert [each.activation.__name__ for each in written.model.layers] == activations
    assert all(map(np.array_equal, written.model.weights, weights))
