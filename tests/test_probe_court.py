"""What is tried of a training, in which order, and what the script goes on with."""

from __future__ import annotations

import os
import random
import time
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

os.environ["CUDA_VISIBLE_DEVICES"] = "-1"

tf = pytest.importorskip("tensorflow")

keras = pytest.importorskip("keras")

from trying import captured, heard, job, moons, of, sample, setup  # noqa: E402

from runtime_probe.child import court  # noqa: E402
from runtime_probe.child.setup import Setup  # noqa: E402
from runtime_probe.job import Claim  # noqa: E402
from runtime_probe.records import (  # noqa: E402
    Change,
    Reached,
    Remark,
    Stopping,
    Suspicion,
    Symptom,
    Trial,
)

layers, optimizers = keras.layers, keras.optimizers


def houses(epochs: int = 100, seeds: int = 2) -> Setup:
    """The first of the three small scripts."""
    x = np.array([[1, 1000], [2, 2000], [3, 3000], [4, 4000]], "float32")
    model = keras.Sequential([layers.Input((2,)), layers.Dense(1, activation="sigmoid")])
    data = sample(x, np.array([0, 0, 1, 1]))
    return setup(model, data, optimizers.SGD(), "binary_crossentropy", epochs, seeds)


def test_the_first_of_the_three_scripts() -> None:
    asked = job("standardised-features", "momentum", "early-stopping")
    result, records = heard(captured(houses()), asked)
    assert [type(each) for each in records[:4]] == [Reached, Change, Change, Change]
    both = ("standardised-features", "momentum")
    trials = of(records, Trial)
    assert [(each.changes, each.seed) for each in trials] == [
        ((), 0),
        ((), 1),
        (both, 0),
        (both, 1),
        (("momentum",), 0),
        (("standardised-features",), 0),
        (("momentum",), 1),
        (("standardised-features",), 1),
    ]
    for trial in trials:
        second_half = [each for each in trial.measured if each.step > 50]
        assert trial.steps == 100
        assert len(second_half) >= 3
        scaled = "standardised-features" in trial.changes
        assert bool(np.median(trial.losses[50:]) < 1) is scaled
    assert result is not None
    assert len(result.losses) == 100
    assert result.losses[-1] == trials[0].losses[-1]


def test_a_perfect_loss_curve_over_constant_predictions() -> None:
    """Keras 3 computes the loss from what goes into the softmax, which is always 1."""
    model = keras.Sequential([layers.Input((2,)), layers.Dense(1, activation="softmax")])
    training = setup(model, sample(*moons()), optimizers.SGD(0.5), "binary_crossentropy")
    _, records = heard(captured(training), job(seeds=1))
    (suspicion,) = of(records, Suspicion)
    assert (suspicion.rule, suspicion.intervention) == ("softmax-single-unit", "matching-output")
    written, changed = of(records, Trial)
    assert written.losses == pytest.approx(changed.losses, rel=1e-4)
    assert written.measured[-1].constant
    assert written.measured[-1].skill == 0
    assert not changed.measured[-1].constant
    assert changed.measured[-1].skill > 0.7


def logistic(rate: float = 0.1, epochs: int = 10, **more: Any) -> Setup:
    """A sound training."""
    model = keras.Sequential([layers.Input((2,)), layers.Dense(1, activation="sigmoid")])
    return setup(model, sample(*moons(), **more), optimizers.SGD(rate), "bce", epochs)


def test_what_is_suspected_is_at_the_line_of_its_part() -> None:
    model = keras.Sequential(
        [layers.Input((2,)), layers.Dense(2, "relu"), layers.Dense(1, "tanh", name="last")]
    )
    x, _ = moons()
    training = setup(model, sample(x, x.sum(axis=1) * 9), optimizers.Adam(9.0), "mse")
    taken = captured(training, lines={"last": 4, "optimizer": 6})
    _, records = heard(taken, job(seeds=1))
    lines = {each.rule: each.line for each in of(records, Suspicion)}
    assert lines["relu-output"] == 4
    assert lines["high-learning-rate"] == 6
    assert lines["unscaled-regression-target"] == captured(training).line


def test_what_cannot_be_tried_is_said() -> None:
    asked = job("standardised-features", "momentum", "no-such-change", seeds=1)
    needs_data = [replace(each, rests_on_data=True) for each in asked.claims[:1]]
    asked = replace(asked, claims=(*needs_data, *asked.claims[1:]))
    _, records = heard(captured(logistic(), stand_in="MNIST is not here"), asked)
    first, second = of(records, Change)
    assert "MNIST is not here" in (first.impossible or "")
    assert not first.already
    assert second.impossible is None
    assert [each.changes for each in of(records, Trial)] == [(), ("momentum",)]


def test_a_change_that_is_there_already() -> None:
    _, records = heard(captured(logistic()), job("standardised-features", seeds=1))
    (change,) = of(records, Change)
    assert change.already
    assert change.impossible == "the features are on a common scale"
    assert [each.changes for each in of(records, Trial)] == [()]


@pytest.mark.parametrize(
    ("lines", "fit_lines", "concerned"),
    [
        ((10,), (10, 20), True),
        ((3, 10), (10, 20), True),
        ((20,), (10, 20), False),
        ((3,), (10,), True),
    ],
)
def test_which_claims_concern_a_fit(
    lines: tuple[int, ...], fit_lines: tuple[int, ...], concerned: bool
) -> None:
    asked = job(seeds=1, fit_lines=fit_lines)
    asked = replace(asked, claims=(Claim(0, "bare-sgd", "momentum", lines),))
    _, records = heard(captured(logistic()), asked)
    assert bool(of(records, Change)) is concerned


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        (
            {"unknown_callbacks": ("Mine", "Theirs")},
            "what Mine, Theirs does to the training is not known",
        ),
        ({"steps": 0}, "it trains for no step"),
    ],
)
def test_what_nobody_can_repeat_is_not_tried(more: dict[str, Any], reason: str) -> None:
    result, records = heard(captured(logistic(), **more), job("momentum"))
    assert result is None
    (reached,) = records
    assert reached.reason == reason


def test_a_step_of_its_own_is_left_as_it_is() -> None:
    taken = captured(logistic(), custom_train_step=True)
    _, records = heard(taken, job("matching-output", "momentum", seeds=1))
    output, momentum = of(records, Change)
    assert output.impossible == "the model makes its loss by code of its own"
    assert momentum.impossible is None


def test_fewer_steps_than_planned_are_capped() -> None:
    _, records = heard(captured(logistic()), job("momentum", seeds=1, steps=20))
    assert {(each.steps, each.ended) for each in of(records, Trial)} == {(20, "capped")}


def test_a_change_that_learns_everything_ends_early() -> None:
    x = np.linspace(-1, 1, 200, dtype="float32")[:, None]
    model = keras.Sequential([layers.Input((1,)), layers.Dense(1, kernel_initializer="zeros")])
    training = setup(model, sample(x, 3 * x[:, 0]), optimizers.SGD(1e-4), "mse", epochs=100)
    _, records = heard(captured(training), job("adam", "momentum", "stable-learning-rate", seeds=1))
    written, *others = of(records, Trial)
    assert written.ended == "planned"
    assert written.steps == 700
    assert any(each.ended == "learned" and each.steps < 700 for each in others)


def test_a_training_that_fails_is_tried_all_the_same() -> None:
    x, y = moons()
    model = keras.Sequential([layers.Input((2,)), layers.Dense(2, activation="softmax")])
    training = setup(
        model, sample(x, np.eye(2)[y]), optimizers.SGD(0.1), "sparse_categorical_crossentropy"
    )
    records: list[Any] = []
    with pytest.raises(ValueError, match="rank"):
        court.hear(captured(training), job(seeds=1), records.append, time.monotonic() + 60)
    written, changed = of(records, Trial)
    assert written.ended == "failed"
    assert changed.changes == ("matching-labels",)
    assert changed.measured[-1].skill > 0.7
    assert [each.rule for each in of(records, Suspicion)] == ["label-encoding"]
    (symptom,) = of(records, Symptom)
    assert symptom.name == "raises"
    assert "(200, 2), and what the model gives (200, 2)" not in symptom.message
    assert symptom.message.startswith("the training raises ValueError: ")
    assert not of(records, Remark)


def test_a_training_that_raises_in_its_graph_names_the_shapes() -> None:
    x, y = moons()
    model = keras.Sequential([layers.Input((2,)), layers.Dense(2, activation="sigmoid")])
    training = setup(model, sample(x, y.astype("float32")), optimizers.Adam(), "log_cosh")
    records: list[Any] = []
    with pytest.raises(tf.errors.InvalidArgumentError):
        court.hear(captured(training), job(seeds=1), records.append, time.monotonic() + 60)
    (symptom,) = of(records, Symptom)
    assert (symptom.name, symptom.line) == ("raises", captured(training).line)
    assert symptom.message == (
        "the training raises InvalidArgumentError: Incompatible shapes: [32,2] vs. [32]; "
        "y has the shape (200,), and what the model gives (200, 2)"
    )


def test_features_that_are_no_columns_are_tried_as_such() -> None:
    taken = captured(logistic(), refused_by="dense")
    _, records = heard(taken, job(seeds=1))
    (symptom,) = of(records, Symptom)
    assert symptom.name == "raises"
    assert "dense takes rows of columns, and x has the shape (200,)" in symptom.message
    assert of(records, Trial)[0].ended == "planned"


def test_what_the_script_draws_later_is_what_it_would_have_drawn() -> None:
    taken = captured(logistic(epochs=1))
    random.seed(3)
    np.random.seed(3)
    expected = random.Random(3).random(), np.random.RandomState(3).random()
    heard(taken, job("matching-loss", seeds=2))
    assert (random.random(), np.random.random()) == expected


def test_early_stopping_is_looked_at_from_every_seed() -> None:
    x, y = moons()
    data = replace(sample(x[:100], y[:100]), validation=sample(x[100:], y[100:]))
    model = keras.Sequential([layers.Input((2,)), layers.Dense(1, activation="sigmoid")])
    training = setup(model, data, optimizers.SGD(0.5), "binary_crossentropy", epochs=12)
    _, records = heard(captured(training), job("early-stopping", seeds=3))
    trials, stops = of(records, Trial), of(records, Stopping)
    assert [each.seed for each in stops] == [each.seed for each in trials] == [0, 1, 2]
    for trial, stop in zip(trials, stops, strict=True):
        assert stop.epochs == len(trial.validation_losses) == 12
        assert stop.best_epoch == np.argmin(trial.validation_losses) + 1


def test_early_stopping_ends_a_run_that_diverged() -> None:
    """The trial ends where the loss is no number; Keras would have gone on to the last epoch."""
    x, y = moons(scale=1e9)
    model = keras.Sequential([layers.Input((2,)), layers.Dense(1)])
    training = setup(model, sample(x, y), optimizers.SGD(), "mse", epochs=30)
    _, records = heard(captured(training), job("early-stopping", seeds=1))
    assert of(records, Trial)[0].diverged_at is not None
    (stop,) = of(records, Stopping)
    assert (stop.epochs, stop.stopped_at) == (30, 1 + stop.patience)


def test_the_deadline_is_kept() -> None:
    taken = captured(logistic(epochs=1_000_000))
    started = time.monotonic()
    result, records = heard(taken, job("momentum", "adam", seeds=1), seconds=12)
    assert time.monotonic() - started < 12
    trials = of(records, Trial)
    assert {each.ended for each in trials} == {"capped"}
    assert len({each.changes for each in trials}) >= 2
    assert max(each.steps for each in trials) == trials[0].steps
    assert result is not None


def test_a_measure_that_a_model_does_not_bear_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(*arguments: Any) -> None:
        raise ValueError("no gradient\nand more")

    monkeypatch.setattr(court, "stability", refuses)
    monkeypatch.setitem(court.INTERVENTIONS, "adam", refuses)
    _, records = heard(captured(logistic()), job("momentum", "adam", seeds=1))
    (remark,) = of(records, Remark)
    assert remark.message == "the curvature could not be measured: ValueError: no gradient"
    impossible = {each.intervention: each.impossible for each in of(records, Change)}
    assert impossible == {
        "momentum": None,
        "adam": "the change cannot be made here: ValueError: no gradient",
    }
    assert [each.changes for each in of(records, Trial)] == [(), ("momentum",)]
