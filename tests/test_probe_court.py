"""What is tried of a training, in which order, and what the script goes on with."""

from __future__ import annotations

import os

import numpy as np
import pytest

os.environ["CUDA_VISIBLE_DEVICES"] = "-1"

keras = pytest.importorskip("keras")

from trying import captured, heard, job, moons, of, sample, setup  # noqa: E402

from runtime_probe.child.setup import Setup  # noqa: E402
from runtime_probe.records import Change, Reached, Suspicion, Trial  # noqa: E402

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
        assert (second_half[-1].skill == 1.0) is scaled
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
