"""What is read of graphs and tapes: what is traced, what is recorded, what has no value."""

from __future__ import annotations

import pytest
from reading import script_of

from tfcheck.script import Script, Use
from tfcheck.script.values import Const

HEAD = "import functools, keras, numpy as np, tensorflow as tf\n"


def use_of(script: Script, path: str) -> Use:
    return next(use for use in script.uses if use.path == path)


@pytest.mark.parametrize(
    ("code", "by"),
    [
        ("@tf.function\ndef f(x):\n    print(x)\n", "tensorflow.function"),
        ("@tf.function(jit_compile=True)\ndef f(x):\n    print(x)\n", "tensorflow.function"),
        ("def f(x):\n    print(x)\ng = tf.function(f)\ng(1)\n", "tensorflow.function"),
        ("tf.function(lambda x: print(x))(1)\n", "tensorflow.function"),
        ("d = tf.data.Dataset.range(3).map(lambda x: print(x))\n", "dataset.map"),
        ("def f(x):\n    print(x)\ntf.data.Dataset.range(3).map(f)\n", "dataset.map"),
        ("class L(keras.layers.Layer):\n    def call(self, x):\n        print(x)\n", "keras"),
        ("class M(keras.Model):\n    def train_step(self, x):\n        print(x)\n", "keras"),
        ("def f(x):\n    print(x)\nf(1)\n", None),
        ("class L(keras.layers.Layer):\n    def build(self, x):\n        print(x)\n", None),
        ("def f(x):\n    print(x)\ndef g(x):\n    return tf.py_function(f, [x])\n", None),
    ],
)
def test_what_a_graph_is_made_of(code: str, by: str | None) -> None:
    traced = use_of(script_of(HEAD + code), "print").traced
    assert (traced and traced.by) == by


def test_a_step_that_the_script_calls_itself_is_no_graph() -> None:
    model = "class M(keras.Model):\n    def train_step(self, x):\n        print(x)\n"
    assert use_of(script_of(f"{HEAD}{model}M().train_step(1)\n"), "print").traced is None


def test_a_graph_encloses_what_is_made_inside() -> None:
    script = script_of(
        """
        import tensorflow as tf
        outside = []
        @tf.function
        def step(x):
            inside = []
            inside.append(x)
            outside.append(x)
        step(1)
        """
    )
    inside, outside = (use for use in script.uses if use.path == "list.append")
    enclosed = [
        use.traced.encloses(use.receiver)
        for use in (inside, outside)
        if use.traced and use.receiver
    ]
    assert enclosed == [True, False]


def test_tapes_record_what_stands_under_them() -> None:
    script = script_of(
        """
        import tensorflow as tf
        with tf.GradientTape() as outer:
            with tf.GradientTape() as inner:
                tf.sin(x)
            tf.cos(x)
        tf.tan(x)
        """
    )
    counts = {
        name: len(use_of(script, f"tensorflow.{name}").tapes) for name in ("sin", "cos", "tan")
    }
    assert counts == {"sin": 2, "cos": 1, "tan": 0}


@pytest.mark.parametrize(
    ("statement", "kinds"),
    [
        ("if tf.reduce_sum(x) > 0: pass", ["if"]),
        ("if not tf.reduce_any(x): pass", ["if"]),
        ("if tf.reduce_sum(x) * 2 > y: pass", ["if"]),
        ("while tf.reduce_sum(x) < 3: pass", ["while"]),
        ("for i in tf.range(3): pass", ["for"]),
        ("if self.dense(x) > 0: pass", ["if"]),
        ("if x > 0: pass", []),
        ("if tf.cast(x, tf.int32).shape[0] > 1: pass", []),
        ("if tf.reduce_sum(x) is None: pass", []),
        ("for part in tf.split(x, 3): pass", []),
        ("for i in range(3): pass", []),
        ("if training: pass", []),
    ],
)
def test_statements_that_ask_a_tensor(statement: str, kinds: list[str]) -> None:
    layer = (
        "class L(keras.layers.Layer):\n"
        "    def __init__(self):\n"
        "        self.dense = keras.layers.Dense(1)\n"
        "    def call(self, x, y, training=None):\n"
    )
    script = script_of(f"{HEAD}{layer}        {statement}\n")
    assert [each.kind for each in script.decisions] == kinds


def test_a_function_returns_tensors_with_values_to_what_is_no_graph() -> None:
    script = script_of(
        """
        import numpy as np, tensorflow as tf
        @tf.function
        def step(x):
            return tf.reduce_sum(x)
        np.mean(step(1))
        """
    )
    (argument,) = use_of(script, "numpy.mean").args
    assert not argument.symbolic  # type: ignore[union-attr]


def test_a_dataset_of_unknown_elements_is_a_dataset() -> None:
    script = script_of(
        """
        import tensorflow as tf
        import tensorflow_datasets as tfds
        tf.data.Dataset.from_tensor_slices(load()).shuffle(1)
        tf.data.TFRecordDataset(files()).shuffle(1)
        tfds.load(name(), split="train").shuffle(1)
        tf.data.Dataset.zip((load(), load())).map(unknown).shuffle(1)
        """
    )
    assert [use.path for use in script.uses].count("dataset.shuffle") == 4


def test_ways_that_meet_give_a_thing_of_its_own() -> None:
    script = script_of(
        """
        import sys, tensorflow as tf
        x = tf.sin(load())
        if sys.argv:
            x = tf.cos(load())
        print(x)
        """
    )
    (argument,) = use_of(script, "print").args
    assert not any(use.result is argument for use in script.uses if use.path != "print")


def test_an_index_of_nothing_is_all_of_an_array() -> None:
    script = script_of("import numpy as np\nprint(np.ones((2, 3))[()])\n")
    assert use_of(script, "print").args


@pytest.mark.parametrize(
    ("value", "known"),
    [("load() or 42", False), ("load() and 0", False), ("load() and False", True)],
)
def test_a_value_beside_an_unknown_one_is_not_taken_for_both(value: str, known: bool) -> None:
    script = script_of(f"import keras\nprint({value})\nkeras.backend.floatx()\n")
    (argument,) = use_of(script, "print").args
    assert isinstance(argument, Const) is known
