"""Graphs and tapes that look like a defect and are none, each beside its sibling that is one."""

from __future__ import annotations

from textwrap import indent

import pytest
from test_traps import Found, found

__all__ = ["found"]

RULES = ("--select", ",".join(f"TFC{code}" for code in range(801, 814)))

HEAD = """
import keras
import numpy as np
import tensorflow as tf
outside = []
w = tf.Variable(1.0)
"""


IN_GRAPHS = [
    ("outside.append(tf.reduce_sum(x))", ["append-in-graph"]),
    ("outside.append(1)", []),  # counts how often the graph is made
    ("inside = []\ninside.append(x)", []),
    ("print(tf.reduce_sum(x))", ["print-in-graph"]),
    ("print('a graph is made')", []),
    ("print(tf.nn.relu(x).shape)", []),
    ("tf.print(tf.reduce_sum(x))", []),
    ("v = tf.Variable(1.0)", ["variable-in-graph"]),
    ("if w is None:\n    v = tf.Variable(1.0)", ["variable-in-graph"]),
    ("if unknown():\n    v = tf.Variable(1.0)", []),
    ("np.sqrt(tf.reduce_sum(x))", ["numpy-in-graph"]),
    ("np.shape(tf.nn.relu(x))", []),
    ("np.sqrt(x.shape[0])", []),
    ("np.sqrt(tf.nn.relu(x).shape[0])", []),
    ("np.sqrt(outside)", []),
    ("tf.reduce_sum(x).numpy()", ["numpy-in-graph"]),
    ("w.numpy()", []),
    ("if tf.reduce_sum(x) > 0:\n    x = -x", []),
    ("if tf.executing_eagerly():\n    tf.reduce_sum(x).numpy()", []),
    ("if unknown() and tf.executing_eagerly():\n    tf.reduce_sum(x).numpy()", []),
    ("if not tf.executing_eagerly():\n    tf.reduce_sum(x).numpy()", ["numpy-in-graph"]),
]


@pytest.mark.parametrize(("code", "names"), IN_GRAPHS)
def test_what_is_done_while_a_graph_is_made(found: Found, code: str, names: list[str]) -> None:
    if "w is None" in code:
        names = []
    body = indent(code, "    ")
    assert found(HEAD + f"@tf.function\ndef step(x):\n{body}\n    return x\n") == names
    assert found(HEAD + f"def step(x):\n{body}\n    return x\n") == []


@pytest.mark.parametrize(
    "call",
    [
        "tf.config.run_functions_eagerly(True)",
        "tf.config.experimental_run_functions_eagerly(True)",
    ],
)
def test_functions_that_run_eagerly(found: Found, call: str) -> None:
    code = "@tf.function\ndef step(x):\n    return np.sqrt(tf.reduce_sum(x))\n"
    assert found(HEAD + code) == ["numpy-in-graph"]
    assert found(HEAD + f"{call}\n{code}") == []


STEP = """
class Model(keras.Model):
    def train_step(self, data):
        loss = tf.reduce_mean(self(data[0]))
        if loss > 1:
            loss = loss * 2
        return {"loss": loss}
"""


@pytest.mark.parametrize(
    ("more", "names"),
    [
        ("", ["python-branch-on-tensor"]),
        ("model = Model()\nmodel.compile('adam', run_eagerly=True)\n", []),
        (
            "model = Model()\nmodel.compile('adam', run_eagerly=False)\n",
            ["python-branch-on-tensor"],
        ),
        ("Model().train_step(batch())\n", []),
    ],
)
def test_steps_that_run_eagerly(found: Found, more: str, names: list[str]) -> None:
    assert found(HEAD + STEP + more) == names


def test_statements_in_what_tf_function_decorates(found: Found) -> None:
    decorated = STEP.replace("    def train_step", "    @tf.function\n    def train_step")
    assert found(HEAD + STEP) == ["python-branch-on-tensor"]
    assert found(HEAD + decorated) == []
    inner = """
@tf.function
def limit(x):
    return x if tf.reduce_sum(x) > 0 else -x

class Layer(keras.layers.Layer):
    def call(self, x):
        return limit(x)
"""
    assert found(HEAD + inner) == []


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("tape.gradient(loss, w)\ntape.gradient(loss, w)", ["tape-used-twice"]),
        ("tape.gradient(loss, w)\ntape.jacobian(loss, w)", ["tape-used-twice"]),
        ("if a():\n    tape.gradient(loss, w)\nelse:\n    tape.gradient(loss, w)", []),
        ("if a():\n    tape.gradient(loss, w)\ntape.gradient(loss, w)", []),
        ("tape.gradient(loss, w)\nwith tape:\n    y = w * w\ntape.gradient(y, w)", []),
        ("tape.gradient(loss, w)\ntape.reset()\ntape.gradient(loss, w)", []),
        ("for v in (w, w):\n    tape.gradient(loss, v)", ["tape-used-twice"]),
    ],
)
def test_tapes_that_are_used_again(found: Found, code: str, names: list[str]) -> None:
    tape = "with tf.GradientTape({}) as tape:\n    loss = tf.square(w)\n"
    assert found(HEAD + tape.format("") + code + "\n") == names
    assert found(HEAD + tape.format("persistent=True") + code + "\n") == []
    assert found(HEAD + tape.format("persistent=again()") + code + "\n") == []


@pytest.mark.parametrize(
    ("under", "after", "names"),
    [
        ("y = tf.square(w)", "y = tf.reduce_sum(y)", ["loss-outside-tape"]),
        ("y = tf.reduce_sum(tf.square(w))", "pass", []),
        ("y = tf.square(w)\ny = tf.reduce_sum(y)", "pass", []),
        ("y = tf.square(w)", "y = unknown(y)", []),
        ("y = tf.square(w)", "if a():\n    y = tf.reduce_sum(y)", []),
        # an advantage that goes through NumPy, beside a loss that does not
        ("v = np.array(memory())\ny = tf.reduce_mean(0.5 * v + tf.square(w))", "pass", []),
        ("y = tf.reduce_mean(np.square(w))", "pass", ["gradient-is-lost"]),
        ("y = tf.reduce_mean(tf.square(w))\nprint(np.mean(y))", "pass", []),
        ("p = tf.one_hot(tf.argmax(q), 3)\ny = tf.reduce_mean(p)", "pass", ["gradient-is-lost"]),
        (
            "t = tf.argmax(labels())\n"
            "y = keras.losses.sparse_categorical_crossentropy(t, tf.nn.softmax(q))",
            "pass",
            [],
        ),
        (
            "p = tf.round(q)\ny = keras.losses.MeanSquaredError()(t, p)",
            "pass",
            ["gradient-is-lost"],
        ),
    ],
)
def test_losses_and_tapes(found: Found, under: str, after: str, names: list[str]) -> None:
    under = indent(under, "    ")
    head = "q = given()\nt = labels()\n"
    code = f"with tf.GradientTape() as tape:\n{under}\n{after}\ntape.gradient(y, w)\n"
    assert found(HEAD + head + code) == names


@pytest.mark.parametrize(
    ("made", "more", "names"),
    [
        ("tf.constant(2.0)", "pass", ["gradient-of-constant"]),
        ("tf.random.normal([3])", "pass", ["gradient-of-constant"]),
        ("tf.constant(2.0)", "tape.watch(x)", []),
        ("tf.Variable(2.0)", "pass", []),
        ("tf.convert_to_tensor(unknown())", "pass", ["gradient-of-constant"]),
        ("unknown()", "pass", []),
    ],
)
def test_constants_and_tapes(found: Found, made: str, more: str, names: list[str]) -> None:
    code = f"x = {made}\nwith tf.GradientTape() as tape:\n    {more}\n    y = tf.square(x)\n"
    assert found(HEAD + f"{code}tape.gradient(y, x)\n") == names


def test_a_constant_that_may_be_a_variable(found: Found) -> None:
    head = "x = tf.constant(2.0)\n"
    tape = "with tf.GradientTape() as tape:\n    y = tf.square(x)\ntape.gradient(y, x)\n"
    assert found(HEAD + head + tape) == ["gradient-of-constant"]
    assert found(HEAD + f"{head}if unknown():\n    x = tf.Variable(2.0)\n{tape}") == []


LOOP = """
model = keras.Sequential([keras.Input((2,)), keras.layers.{layer}, keras.layers.Dense(1)])
other = keras.Sequential([keras.Input((2,)), keras.layers.Dropout(0.5)])
with tf.GradientTape() as tape:
    y = tf.reduce_mean(model(x(){training}) + tf.stop_gradient(other(x())))
tape.gradient(y, {sources})
"""


@pytest.mark.parametrize(
    ("layer", "training", "sources", "names"),
    [
        ("Dropout(0.5)", "", "model.trainable_variables", ["training-not-passed"]),
        ("BatchNormalization()", "", "model.trainable_weights", ["training-not-passed"]),
        ("Dropout(0.5)", ", training=True", "model.trainable_variables", []),
        ("Dropout(0.5)", ", True", "model.trainable_variables", []),
        ("Dropout(0.5)", ", training=False", "model.trainable_variables", []),
        ("Dropout(0.5)", ", **given()", "model.trainable_variables", []),
        ("Dense(2)", "", "model.trainable_variables", []),
        ("Dropout(0.5)", "", "w", []),
    ],
)
def test_models_that_are_called_in_a_loop(
    found: Found, layer: str, training: str, sources: str, names: list[str]
) -> None:
    assert found(HEAD + LOOP.format(layer=layer, training=training, sources=sources)) == names


@pytest.mark.parametrize(
    ("call", "rounds", "names"),
    [
        ("step(x, i)", "range(100)", ["graph-per-number"]),
        ("step(x, i + 1)", "range(100)", ["graph-per-number"]),
        ("step(x, number=i)", "range(100)", ["graph-per-number"]),
        ("step(x, tf.constant(i))", "range(100)", []),
        ("step(x, i)", "tf.range(100)", []),
        ("step(x, i)", "range(3)", []),
        ("step(x, len(x))", "range(100)", []),
        ("step(x, i)", "data()", []),
    ],
)
def test_numbers_that_a_function_is_given(
    found: Found, call: str, rounds: str, names: list[str]
) -> None:
    function = "@tf.function\ndef step(x, number):\n    return x * number\nx = given()\n"
    assert found(HEAD + f"{function}for i in {rounds}:\n    {call}\n") == names


METRIC = """
mean = keras.metrics.Mean()
for epoch in range(50):
    {start}
    for loss in data():
        mean.{update}
    print(mean.result())
    {end}
"""


@pytest.mark.parametrize(
    ("start", "update", "end", "names"),
    [
        ("pass", "update_state(loss)", "pass", ["metric-not-reset"]),
        ("mean.reset_state()", "update_state(loss)", "pass", []),
        ("pass", "update_state(loss)", "mean.reset_states()", []),
        ("pass", "update_state(loss)", "clean(mean)", []),
        ("pass", "update_state(loss)", "for m in metrics(): m.reset_state()", []),
        ("mean = keras.metrics.Mean()", "update_state(loss)", "pass", []),
    ],
)
def test_metrics_that_go_on(
    found: Found, start: str, update: str, end: str, names: list[str]
) -> None:
    assert found(HEAD + METRIC.format(start=start, update=update, end=end)) == names


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("p = model.predict(z())", ["predict-in-training-loop"]),
        ("if i % 100 == 0: p = model.predict(z())", []),
    ],
)
def test_predictions_in_a_loop(found: Found, code: str, names: list[str]) -> None:
    model = "model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])\n"
    model += "model.compile('adam', 'mse')\n"
    train = "    model.train_on_batch(x(), y())\n"
    assert found(HEAD + f"{model}for i in range(n()):\n    {code}\n{train}") == names
