"""What is said of real models that are sick, and of their healthy twins."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

os.environ["CUDA_VISIBLE_DEVICES"] = "-1"

keras = pytest.importorskip("keras")

from trying import captured, heard, job, of, sample, setup  # noqa: E402

from runtime_probe.child.setup import Sample, Setup  # noqa: E402
from runtime_probe.records import Symptom  # noqa: E402

Dense, Input = keras.layers.Dense, keras.Input
SGD, Adam = keras.optimizers.SGD, keras.optimizers.Adam


def diagnosed(training: Setup, **options: Any) -> dict[str, Symptom]:
    """The symptoms by name, of a training that the court hears."""
    _, records = heard(captured(training), job(seeds=1, **options))
    return {each.name: each for each in of(records, Symptom)}


def net(*hidden: Any, output: str | None = "sigmoid", columns: int = 4) -> Any:
    """A model of layers, or of units and an activation for dense ones that get a number."""
    keras.utils.set_random_seed(1)
    made = [
        Dense(*each[:2], name=f"hidden_{place}", **dict(each[2:]))
        if isinstance(each, tuple)
        else each
        for place, each in enumerate(hidden)
    ]
    return keras.Sequential([Input((columns,)), *made, Dense(1, output, name="out")])


def classes(rows: int = 256, scale: float = 1.0, noise: float = 0.5, seed: int = 0) -> Sample:
    generator = np.random.default_rng(seed)
    x = generator.normal(size=(rows, 4))
    y = x.sum(axis=1) + noise * generator.normal(size=rows) > 0
    return sample((scale * x + scale).astype("float32"), y.astype("float32"))


HIDDEN = (16, "relu")
BCE = "binary_crossentropy"


@pytest.mark.parametrize(
    "model, data, optimizer, loss, epochs",
    [
        (net(), classes(), SGD(0.1), BCE, 40),
        (net(HIDDEN), classes(), Adam(), BCE, 40),
        (net(HIDDEN, HIDDEN), classes(noise=0.0), Adam(0.01), BCE, 60),
        (net((16, "tanh")), classes(), SGD(0.05, momentum=0.9), BCE, 40),
        (net(HIDDEN, output=None), classes(), Adam(0.01), "mse", 40),
        (
            net(HIDDEN, keras.layers.BatchNormalization(), keras.layers.Dropout(0.3)),
            classes(),
            Adam(),
            BCE,
            40,
        ),
    ],
)
def test_a_sound_program_shows_nothing(
    model: Any, data: Sample, optimizer: Any, loss: str, epochs: int
) -> None:
    assert diagnosed(setup(model, data, optimizer, loss, epochs)) == {}


def test_numbers_that_are_not_finite_are_followed_to_their_layer() -> None:
    class Log(keras.layers.Layer):  # type: ignore[misc]
        def call(self, x: Any) -> Any:
            return keras.ops.log(x)

    model = net((8, None), Log(name="log"))
    found = diagnosed(setup(model, classes(), SGD(), BCE))["nan-loss"]
    assert found.where == "log"
    assert "of a finite input" in found.message


def test_a_column_with_nan_is_named() -> None:
    data = classes()
    data.x[3, 2] = np.nan
    data = replace(data, names=["a", "b", "age", "d"])
    found = diagnosed(setup(net(), data, SGD(), BCE))["nan-loss"]
    assert found.message.endswith("column 'age' of x is not finite in 1 of 256 rows")


def test_a_loss_that_overflows_is_told_from_a_gradient_that_does() -> None:
    data = classes(scale=1e3)
    found = diagnosed(setup(net(HIDDEN, output=None), data, SGD(0.1), "mse", 20))
    assert "is the largest stable one" in found["nan-loss"].next
    assert {"exploding-gradients", "nan-loss"} <= set(found)

    keras.utils.set_random_seed(0)

    class Root(keras.layers.Layer):  # type: ignore[misc]
        """Finite at 0, with a gradient that is not."""

        def call(self, x: Any) -> Any:
            return keras.ops.sqrt(keras.ops.abs(x) * 0.0)

    found = diagnosed(setup(net((8, None), Root(name="root")), classes(), SGD(), BCE))
    assert found["nan-loss"].where == "hidden_0"
    assert "gradient" in found["nan-loss"].message


def test_the_first_of_the_three_scripts_diverges_and_the_third_is_sound() -> None:
    x = np.array([[1, 1000], [2, 2000], [3, 3000], [4, 4000]], "float32")
    y = np.array([0, 0, 1, 1])
    found = diagnosed(setup(net(columns=2), sample(x, y), SGD(), BCE, 100))
    assert set(found) & {"divergence", "oscillation"}
    scaled = ((x - x.mean(axis=0)) / x.std(axis=0)).astype("float32")
    slow = diagnosed(setup(net(columns=2), sample(scaled, y), SGD(0.01), BCE, 100))
    assert set(slow) <= {"slow-convergence"}
    assert diagnosed(setup(net(columns=2), sample(scaled, y), SGD(0.01), BCE, 1000)) == {}


def test_features_of_which_one_is_hundreds_of_times_larger_make_convergence_slow() -> None:
    generator = np.random.default_rng(0)
    x = generator.normal(size=(256, 4)).astype("float32") * np.array([1, 1, 1, 30], "float32")
    y = x @ np.array([1, 1, 1, 0.01], "float32")
    training = setup(net(output=None), sample(x, y), SGD(0.0005), "mse", 60)
    found = diagnosed(training)
    assert set(found) == {"slow-convergence"}
    assert "same scale" in found["slow-convergence"].next
    x[:, 3] /= 30
    assert diagnosed(setup(net(output=None), sample(x, y), SGD(0.1), "mse", 60)) == {}


def test_a_rate_that_is_far_too_low_makes_convergence_slow() -> None:
    found = diagnosed(setup(net(HIDDEN), classes(), SGD(0.002), BCE, 60))
    assert set(found) == {"slow-convergence"}
    symptom = found["slow-convergence"]
    assert "with which the same steps brought the loss" in symptom.next
    assert symptom.where == "optimizer"


def test_a_plan_that_ends_before_anything_is_learned_is_slow() -> None:
    """Five epochs of seven batches: Adam has hardly begun."""
    found = diagnosed(setup(net(HIDDEN), classes(noise=8.0), Adam(0.001), BCE, 4))
    assert "more epochs" in found["slow-convergence"].next


def test_a_deep_net_of_sigmoids_has_vanishing_gradients() -> None:
    deep = [(16, "sigmoid")] * 6
    found = diagnosed(setup(net(*deep), classes(), SGD(0.01), BCE, 40))
    assert found["vanishing-gradients"].where == "hidden_0"
    healthy = [(16, "relu", ("kernel_initializer", "he_normal"))] * 6
    assert diagnosed(setup(net(*healthy), classes(), Adam(), BCE, 40)) == {}


def test_units_that_a_bias_has_killed_are_dead() -> None:
    dead = (16, "relu", ("bias_initializer", keras.initializers.Constant(-50.0)))
    found = diagnosed(setup(net(dead), classes(), SGD(0.1), BCE, 40))
    assert {"dead-units", "constant-output"} == set(found)
    assert found["dead-units"].where == "hidden_0"


def test_unscaled_features_saturate_a_sigmoid_layer() -> None:
    data = classes(scale=1e4, noise=3.0)
    found = diagnosed(setup(net((16, "sigmoid")), data, SGD(0.001), BCE, 10))
    assert found["saturated-units"].where == "hidden_0"
    assert found["saturated-units"].next == "scaled features"


def test_a_single_softmax_predicts_the_same_for_every_row() -> None:
    found = diagnosed(setup(net(HIDDEN, output="softmax"), classes(), Adam(), BCE, 40))
    assert set(found) == {"constant-output"}


def test_a_rate_far_above_the_limit_keeps_the_loss_swinging() -> None:
    training = setup(net(), classes(noise=2.0), SGD(100.0), BCE, 40)
    found = diagnosed(training)
    assert set(found) & {"oscillation", "divergence"}


def test_features_that_say_nothing_are_no_learning() -> None:
    data = classes()
    y = np.random.default_rng(5).normal(size=256).astype("float32")
    found = diagnosed(setup(net(HIDDEN, output=None), replace(data, y=y), Adam(1e-3), "mse", 40))
    assert set(found) <= {"no-learning"}
    capped = setup(net(output=None), replace(data, y=y), SGD(0.01), "mse", 40)
    assert "no-learning" in diagnosed(capped)
    assert diagnosed(capped, steps=100) == {}  # it was cut short


def test_a_large_model_of_few_noisy_rows_overfits() -> None:
    data = replace(classes(rows=60, noise=4.0), validation=classes(rows=200, noise=4.0, seed=1))
    wide = (256, "relu")
    found = diagnosed(setup(net(wide, wide), data, Adam(0.01), BCE, 100))
    assert set(found) == {"overfitting"}
    sound = replace(classes(rows=2000), validation=classes(rows=200, seed=1))
    assert diagnosed(setup(net(HIDDEN), sound, Adam(0.01), BCE, 10)) == {}


def test_validation_that_nobody_scaled_is_shifted() -> None:
    training, validation = classes(), classes(scale=100.0, seed=1)
    data = replace(training, validation=validation, names=["a", "b", "c", "d"])
    found = diagnosed(setup(net(), data, SGD(0.1), BCE, 40))
    assert set(found) - {"overfitting"} == {"shifted-validation"}
    assert "4 of 4 features differ" in found["shifted-validation"].message


def test_sorted_rows_that_are_cut_in_two_have_other_classes() -> None:
    data = classes()
    order = np.argsort(data.y)
    x, y = data.x[order], data.y[order]
    data = replace(sample(x[:150], y[:150]), validation=sample(x[150:], y[150:]))
    found = diagnosed(setup(net(), data, SGD(0.1), BCE, 20))
    assert "shifted-validation" in found
    assert (
        "class 0 is" in found["shifted-validation"].message
        or "class 1 is" in found["shifted-validation"].message
    )
