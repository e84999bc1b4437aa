"""What no training can mend is said, with real models, and is not said of what can be learned."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import pytest

os.environ["CUDA_VISIBLE_DEVICES"] = "-1"

keras = pytest.importorskip("keras")

from trying import LINE, captured, heard, job, moons, of, sample, setup  # noqa: E402

from runtime_probe.child.interventions.contract import Changed  # noqa: E402
from runtime_probe.child.interventions.features import standardised_features  # noqa: E402
from runtime_probe.child.setup import Sample  # noqa: E402
from runtime_probe.child.task import Task  # noqa: E402
from runtime_probe.child.unlearnable import unlearnable  # noqa: E402
from runtime_probe.records import Symptom  # noqa: E402

layers, Adam = keras.layers, keras.optimizers.Adam
X, Y = moons()
TARGET = X.sum(axis=1)  # from about -4 to 8
TWICE = np.concatenate([X, X])


def said(model: Any, data: Sample, loss: str) -> list[Symptom]:
    training = setup(model, data, Adam(), loss, 1)
    return list(unlearnable(training, Task.of(training), 0, LINE))


def net(units: int = 1, activation: Any = None, columns: int = 2) -> Any:
    return keras.Sequential([layers.Input((columns,)), layers.Dense(units, activation, name="out")])


@pytest.mark.parametrize(
    ("activation", "y", "loss"),
    [
        ("tanh", TARGET + 8, "mse"),
        ("sigmoid", TARGET, "mae"),
        ("softmax", TARGET * 100, "mse"),
        ("relu", -np.abs(TARGET), "huber"),
        ("sigmoid", np.full(200, 7.5), "mse"),
    ],
)
def test_targets_out_of_reach_are_so_after_any_training(activation: str, y: Any, loss: str) -> None:
    model = net(activation=activation)
    (found,) = said(model, sample(X, y.astype("float32")), loss)
    assert (found.name, found.where) == ("unreachable-targets", "out")
    assert f"goes through {activation}" in found.message
    model.compile(Adam(0.1), loss)
    model.fit(X, y, epochs=100, verbose=0)
    error = float(np.square(model.predict(X, verbose=0)[:, 0] - y).mean())
    assert error > 0.5 * float(y.var())


@pytest.mark.parametrize(
    ("activation", "y", "loss"),
    [
        (None, TARGET, "mse"),
        ("tanh", TARGET / 8, "mse"),
        ("relu", TARGET + 1, "mse"),  # a few of them are below 0
        ("sigmoid", Y, "binary_crossentropy"),
        ("sigmoid", TARGET, "a_loss_of_its_own"),
    ],
)
def test_targets_within_reach(activation: Any, y: Any, loss: Any) -> None:
    def a_loss_of_its_own(true: Any, given: Any) -> Any:
        return keras.ops.square(keras.ops.sigmoid(true) - given)

    loss = a_loss_of_its_own if loss == "a_loss_of_its_own" else loss
    assert said(net(activation=activation), sample(X, y.astype("float32")), loss) == []


@pytest.mark.parametrize(
    ("loss", "y", "words"),
    [
        ("poisson", TARGET, "below 0"),
        ("mean_squared_logarithmic_error", TARGET, "below 0"),
        ("mean_absolute_percentage_error", Y, "are 0"),
    ],
)
def test_a_loss_that_has_no_use_for_targets(loss: str, y: Any, words: str) -> None:
    (found,) = said(net(), sample(X, y.astype("float32")), loss)
    assert (found.name, found.where) == ("unfit-loss", "compile")
    assert words in found.message
    assert said(net(), sample(X, np.abs(TARGET) + 1), loss) == []


def tokens(*more: Any) -> Any:
    parts = [layers.Embedding(50, 4, name="table"), layers.Flatten(), layers.Dense(1, "sigmoid")]
    return keras.Sequential([layers.Input((6,)), *more, *parts])


def test_an_embedding_that_is_given_fractions() -> None:
    x = np.random.default_rng(0).uniform(0, 1, (200, 6)).astype("float32")
    (found,) = said(tokens(), sample(x, Y), "binary_crossentropy")
    assert (found.name, found.where) == ("cut-off-indices", "table")
    assert "leaves 1 of 1,200" in found.message.replace(f"{len(np.unique(x)):,}", "1,200")
    given = tokens()(x)
    assert float(np.ptp(given)) == 0  # all rows are the same to it
    assert said(tokens(), sample(np.round(x * 40), Y), "binary_crossentropy") == []


@pytest.mark.parametrize("by_name", [True, False])
def test_inputs_are_told_apart_in_whatever_order_they_come(by_name: bool) -> None:
    """A model keeps its inputs in the order of their names, a dict as they were put in."""
    size, area = layers.Input((3,), name="size"), layers.Input((1,), name="area")
    place = layers.Flatten()(layers.Embedding(20, 4)(area))
    outputs = layers.Dense(1)(layers.Concatenate()([size, place]))
    inputs = {"size": size, "area": area} if by_name else [size, area]
    model = keras.Model(inputs, outputs)
    generator = np.random.default_rng(0)
    x = {
        "size": 900 * generator.normal(size=(200, 3)).astype("float32"),
        "area": generator.integers(0, 20, (200, 1)).astype("float32"),
    }
    assert said(model, sample(x, TARGET), "mse") == []
    training = setup(model, sample(x, TARGET), Adam(), "mse")
    changed = standardised_features(training, Task.of(training))
    assert isinstance(changed, Changed)
    assert np.array_equal(changed.setup.sample.x["area"], x["area"])
    assert np.abs(changed.setup.sample.x["size"]).max() < 5


def test_rows_that_contradict_one_another() -> None:
    y = np.concatenate([Y, 1 - Y])
    (found,) = said(net(activation="sigmoid"), sample(TWICE, y), "binary_crossentropy")
    assert found.name == "contradictory-rows"
    assert "200 of 400 are different" in found.message
    (found,) = said(net(), sample(np.ones((200, 2)), TARGET), "mse")
    assert "best skill that any model can come to is 0.00" in found.message


def test_rows_that_are_there_twice_and_some_that_are_mislabelled() -> None:
    y = np.concatenate([Y, Y])
    assert said(net(activation="sigmoid"), sample(TWICE, y), "binary_crossentropy") == []
    y[:40] = 1 - y[:40]
    assert said(net(activation="sigmoid"), sample(TWICE, y), "binary_crossentropy") == []
    assert said(net(2), sample(TWICE, TWICE), "mse") == []


def test_all_other_classes_are_held_out() -> None:
    order = np.argsort(Y)
    ones, zeros = order[Y[order] == 1], order[Y[order] == 0]
    held_out = sample(X[zeros], Y[zeros])
    data = sample(X[ones], Y[ones], validation=held_out)
    (found,) = said(net(activation="sigmoid"), data, "binary_crossentropy")
    assert found.name == "single-target"
    assert f"all {len(ones)} rows that are trained on have the target 1" in found.message
    one = sample(X[ones[:1]], Y[ones[:1]], validation=held_out)
    (found,) = said(net(activation="sigmoid"), one, "binary_crossentropy")
    assert found.message.startswith("the only row that is trained on has the target 1")
    meant = sample(X[ones], Y[ones])  # as of one half of an adversarial pair
    assert said(net(activation="sigmoid"), meant, "binary_crossentropy") == []


def test_it_is_said_at_the_line_of_the_layer_and_not_of_data_that_stand_in() -> None:
    training = setup(net(activation="tanh"), sample(X, TARGET + 8), Adam(), "mse")
    _, records = heard(captured(training, lines={"out": 4}), job(seeds=1))
    lines = {each.name: each.line for each in of(records, Symptom)}
    assert lines["unreachable-targets"] == 4
    for unknown in ({"stand_in": "MNIST is not here"}, {"custom_train_step": True}):
        _, records = heard(captured(training, **unknown), job(seeds=1))
        assert "unreachable-targets" not in {each.name for each in of(records, Symptom)}
    nothing = np.zeros(200, "float32")
    weighed = setup(training.model, sample(X, TARGET + 8, weights=nothing), Adam(), "mse")
    assert list(unlearnable(weighed, Task.of(training), 0, LINE)) == []
