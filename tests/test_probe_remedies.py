"""Whether more steps or another rate help is tried on real models before it is advised."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

os.environ["CUDA_VISIBLE_DEVICES"] = "-1"

keras = pytest.importorskip("keras")

from trying import captured, heard, job, moons, of, sample, setup  # noqa: E402

from runtime_probe.child.remedies import better_rate  # noqa: E402
from runtime_probe.child.setup import Sample, Setup  # noqa: E402
from runtime_probe.child.task import Task  # noqa: E402
from runtime_probe.records import Stability, Symptom, Trial  # noqa: E402

layers, SGD, Adam = keras.layers, keras.optimizers.SGD, keras.optimizers.Adam


def circle(rows: int = 300, seed: int = 0) -> Sample:
    """Two classes, of which one lies around the other: far more than a few steps to learn."""
    generator = np.random.default_rng(seed)
    x = generator.normal(size=(rows, 2)).astype("float32")
    return sample(x, (np.square(x).sum(axis=1) > 1.4).astype("float32"))


def net(units: int = 64) -> Any:
    keras.utils.set_random_seed(2)
    hidden = layers.Dense(units, "relu")
    return keras.Sequential([layers.Input((2,)), hidden, layers.Dense(1, "sigmoid")])


def diagnosed(training: Setup, **more: Any) -> dict[str, Symptom]:
    _, records = heard(captured(training, **more), job(seeds=len(training.states)))
    return {each.name: each for each in of(records, Symptom)}


def test_a_plan_that_is_too_short() -> None:
    found = diagnosed(setup(net(), circle(), Adam(0.01), "bce", epochs=2, seeds=2))
    symptom = found["too-few-steps"]
    assert "the plan of 20 steps ends early" in symptom.message
    assert "on rows that are held out" in symptom.message
    epochs = int(symptom.next.removeprefix("epochs=").split()[0])
    assert 4 <= epochs <= 40

    model = net()
    model.compile(Adam(0.01), "bce", metrics=["accuracy"])
    data = circle()
    before = model.fit(data.x, data.y, epochs=2, verbose=0).history["accuracy"][-1]
    after = model.fit(data.x, data.y, epochs=epochs, verbose=0).history["accuracy"][-1]
    assert after > before + 0.1


def test_an_epoch_of_one_step_is_named() -> None:
    data = replace(circle(), batch_size=300)
    found = diagnosed(setup(net(), data, Adam(0.01), "bce", epochs=5))
    symptom = found["too-few-steps"]
    assert "all 300 rows are one batch, so that an epoch is one step" in symptom.message
    assert symptom.next.endswith("or a batch_size of 32")


def test_what_only_learns_its_rows_by_heart_is_not_told_to_go_on() -> None:
    data = circle()
    noise = np.random.default_rng(1).integers(0, 2, 300).astype("float32")
    wide = keras.Sequential(
        [
            layers.Input((2,)),
            *(layers.Dense(256, "relu") for _ in range(3)),
            layers.Dense(1, "sigmoid"),
        ]
    )
    training = setup(wide, replace(data, y=noise), Adam(0.003), "bce", epochs=40)
    assert "too-few-steps" not in diagnosed(training)


@pytest.mark.parametrize(("epochs", "found"), [(2, True), (3, False)])
def test_the_loss_of_a_handful_of_steps_counts_where_rows_are_told_rightly(
    epochs: int, found: bool
) -> None:
    """Of 14 steps it does, of 21 only what is told."""
    generator = np.random.default_rng(0)
    y = generator.integers(0, 2, 200)
    x = 0.3 * generator.normal(size=(200, 2)) + 2 * y[:, None] - 1
    data = sample(x.astype("float32"), y.astype("float32"))
    symptoms = diagnosed(setup(net(), data, SGD(0.02), "bce", epochs))
    assert ("too-few-steps" in symptoms) is found


@pytest.mark.parametrize("epochs", [30, 60])
def test_a_run_that_has_learned_needs_no_more_steps(epochs: int) -> None:
    found = diagnosed(setup(net(), circle(), Adam(0.01), "bce", epochs))
    assert not {"too-few-steps", "slow-convergence"} & found.keys()


def test_few_rows_are_all_trained_on() -> None:
    x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], "float32")
    data = sample(x, np.array([0, 1, 1, 0], "float32"))
    found = diagnosed(setup(net(), data, Adam(0.01), "bce", epochs=5))
    assert "held out" not in found["too-few-steps"].message


def trained(training: Setup) -> list[Trial]:
    _, records = heard(captured(training), job(seeds=1))
    return of(records, Trial)


def test_a_rate_that_is_stable_at_first_only_is_not_advised() -> None:
    """A bound from the start can be far off; the first rate that truly trains is taken."""
    training = setup(net(), circle(), SGD(0.001), "bce", epochs=20)
    trials, task = trained(training), Task.of(training)
    limit = Stability(0, "lanczos", 0.001, 2e4, 1e4)
    assert better_rate(training, task, trials, limit, time.monotonic() + 600) is None
    limit = replace(limit, stable_rate=9.0)
    found = better_rate(training, task, trials, limit, time.monotonic() + 600)
    assert found is not None
    assert found.learning_rate < 9.0
    model = net()
    model.compile(SGD(found.learning_rate), "bce", metrics=["accuracy"])
    history = model.fit(training.sample.x, training.sample.y, epochs=20, verbose=0).history
    assert history["accuracy"][-1] > 0.8
    assert np.isfinite(history["loss"]).all()


def test_no_other_rate_is_tried_where_it_is_about_right_or_not_its_own() -> None:
    training = setup(net(), circle(), SGD(0.1), "bce", epochs=1)
    trials, task = trained(training), Task.of(training)
    end = time.monotonic() + 600
    assert better_rate(training, task, trials, Stability(0, "lanczos", 0.1, 1.0, 0.9), end) is None
    replayed = replace(training, rate_callbacks=(object(),))
    far = Stability(0, "lanczos", 0.1, 99.0, 50.0)
    assert better_rate(replayed, task, trials, far, end) is None


def test_a_rate_that_is_too_high_gets_one_that_was_tried() -> None:
    x, _ = moons()
    target = x.sum(axis=1)
    model = keras.Sequential([layers.Input((2,)), layers.Dense(1)])
    found = diagnosed(setup(model, sample(x, target), SGD(1.0), "mse", epochs=20))
    (symptom,) = [each for each in found.values() if each.name in {"divergence", "nan-loss"}]
    assert "with which the same steps brought the loss to a skill of" in symptom.next
