"""Loops of the script's own: over ``train_on_batch``, which are tried, and over tapes, watched."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from intercepting import Run, intercepting

from runtime_probe.records import Layer, Reached, Remark, Symptom, Trial

keras = pytest.importorskip("keras")
pytest.importorskip("tf_keras")

START = """\
import keras
import numpy as np
import tensorflow as tf
random = np.random.default_rng(0)
x = random.normal(size=(40, 3)).astype("float32")
y = x.sum(axis=1, keepdims=True)
model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4), keras.layers.Dense(1)])
"""
COMPILED = START + 'model.compile("sgd", "mse")\n'
LOOP = """\
losses = []
for epoch in range(3):
    for start in range(0, 40, 8):
        losses.append(model.train_on_batch(x[start:start + 8], y[start:start + 8]))
"""


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    return intercepting(tmp_path, monkeypatch)


@pytest.mark.parametrize("package", ["keras", "tf_keras"])
def test_a_loop_over_batches_is_tried_from_where_it_began(run: Run, package: str) -> None:
    text = COMPILED.replace("import keras\n", f"import {package} as keras\n", 1)
    text += "first = [each.numpy() for each in model.variables]\n" + LOOP
    ran = run(text)
    (taken,) = ran.taken
    assert (taken.kind, taken.line, taken.framework) == ("train_on_batch", 13, package)
    assert (taken.steps, taken.epochs, taken.rows, taken.sample.batch_size) == (15, 3, 40, 8)
    np.testing.assert_array_equal(taken.sample.x, ran.names["x"])
    for one, other in zip(ran.states[0], ran.names["first"], strict=True):
        np.testing.assert_array_equal(one, other)
    assert len(ran.names["losses"]) == 15
    assert all(np.isfinite(each) for each in ran.names["losses"])
    assert all(np.array_equal(each, np.ones(each.shape)) for each in ran.names["model"].variables)


def test_a_long_loop_only_counts_once_enough_is_kept(run: Run) -> None:
    loop = """\
for step in range(3000):
    part = random.integers(0, 40, 8)
    loss = model.train_on_batch(x[part], y[part], class_weight=None, sample_weight=x[part, 0] ** 2)
"""
    (taken,) = run(COMPILED + loop).taken
    assert (taken.steps, taken.sample.rows, taken.rows) == (3000, 64 * 8, None)
    np.testing.assert_allclose(taken.sample.weights, taken.sample.x[:, 0] ** 2, rtol=1e-6)


def test_models_that_are_trained_in_turn_are_not_tried(run: Run) -> None:
    loop = """\
other = keras.models.clone_model(model)
other.compile("sgd", "mse")
for step in range(3):
    model.train_on_batch(x, y)
    other.train_on_batch(x, y)
"""
    ran = run(COMPILED + loop)
    assert ran.taken == []
    assert [type(each) for each in ran.records] == [Remark, Remark]


TAPE = """\
optimizer = keras.optimizers.SGD(RATE)
def step(x, y):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((model(x) - y) ** 2)
    gradients = tape.gradient(loss, model.trainable_variables)
    APPLY
    return loss
losses = [float(step(x, y)) for _ in range(20)]
compiled = tf.config.functions_run_eagerly()
"""
APPLIES = {
    "apply_gradients": "optimizer.apply_gradients(zip(gradients, model.trainable_variables))",
    "apply": "optimizer.apply(gradients, model.trainable_variables)",
}


def tape(rate: str = "0.01", apply: str = "apply_gradients", decorated: bool = False) -> str:
    text = START + TAPE.replace("RATE", rate).replace("APPLY", APPLIES[apply])
    return text.replace("def step", "@tf.function\ndef step") if decorated else text


@pytest.mark.parametrize("package", ["keras", "tf_keras"])
@pytest.mark.parametrize("decorated", [False, True])
@pytest.mark.parametrize("apply", APPLIES)
def test_a_loop_over_tapes_is_watched(run: Run, apply: str, decorated: bool, package: str) -> None:
    if (package, apply) == ("tf_keras", "apply"):
        pytest.skip("it has no such method")
    text = tape(apply=apply, decorated=decorated)
    ran = run(text.replace("import keras\n", f"import {package} as keras\n", 1))
    reached = next(each for each in ran.records if isinstance(each, Reached))
    assert (reached.kind, reached.optimizer, reached.framework) == ("gradient tape", "SGD", package)
    assert reached.learning_rate == pytest.approx(0.01)
    assert reached.reason is not None
    trial = next(each for each in ran.records if isinstance(each, Trial))
    np.testing.assert_allclose(trial.losses, ran.names["losses"], rtol=1e-5)
    layers = [each for each in ran.records if isinstance(each, Layer)]
    assert len(layers) == 4
    kernel = layers[0]
    assert kernel.update_ratios[0] == pytest.approx(
        0.01 * kernel.gradient_norms[0] / kernel.weight_norms[0], rel=1e-3
    )
    assert [each for each in ran.records if isinstance(each, Symptom)] == []
    assert ran.names["tf"].config.functions_run_eagerly() is False


@pytest.mark.parametrize(
    "rate, wrong, name",
    [
        ("30.0", "", "nan-loss"),
        ("30.0", "", "exploding-gradients"),
        ("1e-9", "", "slow-convergence"),
        ("0.01", "model.trainable = False\n", "no-learning"),
        ("0.01", "y = y * float('nan')\n", "nan-loss"),
    ],
)
def test_what_is_wrong_with_a_loop_is_said(run: Run, rate: str, wrong: str, name: str) -> None:
    text = tape(rate)
    if name == "no-learning":
        text = text.replace(
            "tape.gradient(loss, model.trainable_variables)",
            "[0 * each for each in model.trainable_variables]",
        )
    else:
        text = text.replace("optimizer =", wrong + "optimizer =")
    symptoms = [each for each in run(text).records if isinstance(each, Symptom)]
    assert name in {each.name for each in symptoms}
    stated = {text.splitlines()[each.line - 1].strip() for each in symptoms}
    # without a gradient of a tape, where it would come from is not known
    (line,) = stated
    assert line.startswith("optimizer.apply" if name == "no-learning" else "gradients = tape")


def test_a_step_within_fit_is_no_loop_of_its_own(run: Run) -> None:
    own = """\
class Net(keras.Model):
    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            loss = self.compute_loss(x, y, self(x))
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables))
        return {"loss": loss}
inputs = keras.Input((3,))
net = Net(inputs, keras.layers.Dense(1)(inputs))
net.compile("sgd", "mse")
net.fit(x, y)
net.fit(x, y)
"""
    ran = run(START + own)
    assert [each.custom_train_step for each in ran.taken] == [True, True]
    assert ran.records == []
