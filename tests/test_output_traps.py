"""Activations and losses that look like a defect and are none, each beside a sibling that is one."""

from __future__ import annotations

import pytest
from conftest import Command, Write
from test_traps import RULES, Found, found, found_in_cells

__all__ = ["RULES", "found", "found_in_cells"]


# Activations and losses

FROM_LOGITS = """
import keras
from keras import layers
model = keras.Sequential([layers.Dense(8, activation="relu"), layers.Dense(10){last}])
model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits={flag}))
model.fit(x, y, epochs=5)
probabilities = keras.Sequential([model, layers.Softmax()])
probabilities.predict(x)
"""


@pytest.mark.parametrize(
    ("last", "flag", "names"),
    [
        ("", True, []),
        ("", False, ["logits-without-from-logits"]),
        (", layers.Softmax()", True, ["activation-with-from-logits"]),
    ],
)
def test_a_softmax_in_a_second_model_after_training(
    found: Found, last: str, flag: bool, names: list[str]
) -> None:
    """What wraps a model for its predictions is no part of what was trained."""
    assert found(FROM_LOGITS.format(last=last, flag=flag)) == names


FUNCTIONAL = """
import tensorflow as tf
from tensorflow.keras import layers
i = tf.keras.Input((4,))
h = layers.Dense(10)(layers.Dense(8, activation="relu")(i))
model = tf.keras.Model(i, {end})
model.compile("adam", "{loss}")
model.fit(x, y, epochs=5)
"""


@pytest.mark.parametrize(
    ("end", "loss"),
    [
        ("tf.nn.softmax(h)", "categorical_crossentropy"),
        ("tf.keras.activations.softmax(h)", "categorical_crossentropy"),
        ("tf.sigmoid(h)", "binary_crossentropy"),
        ("tf.math.sigmoid(h)", "binary_crossentropy"),
        ("layers.Activation('softmax')(h)", "categorical_crossentropy"),
        ("layers.Activation(tf.nn.sigmoid)(h)", "binary_crossentropy"),
        ("layers.Softmax(name='out')(h)", "categorical_crossentropy"),
    ],
)
def test_an_activation_that_is_applied_apart_from_the_layer(
    found: Found, end: str, loss: str
) -> None:
    """The last Dense has no activation, and its output has one all the same."""
    assert found(FUNCTIONAL.format(end=end, loss=loss)) == []
    assert found(FUNCTIONAL.format(end="h", loss=loss)) == ["logits-without-from-logits"]


SEPARATE = """
from keras.models import Sequential
from keras.layers import Activation, Dense
model = Sequential()
model.add(Dense(8))
model.add(Activation("relu"))
model.add(Dense(10))
{last}
model.compile(loss="categorical_crossentropy", optimizer="adam")
model.fit(x, y, epochs=5)
"""


@pytest.mark.parametrize(
    ("last", "names"),
    [
        ("model.add(Activation('softmax'))", []),
        ("", ["logits-without-from-logits"]),
        ("model.add(Activation('sigmoid'))", ["sigmoid-with-categorical"]),
        ("model.add(Activation('sigmoid'))\nmodel.add(Activation('softmax'))", ["double-softmax"]),
    ],
)
def test_an_activation_as_a_layer_of_its_own(found: Found, last: str, names: list[str]) -> None:
    """The layer with weights is not the last one."""
    assert found(SEPARATE.format(last=last)) == names


IN_CALL = """
import tensorflow as tf
class Net(tf.keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden = tf.keras.layers.Dense(8, activation="relu")
        self.out = tf.keras.layers.Dense(1)
    def call(self, inputs, training=None):
        h = self.out(self.hidden(inputs))
        return {returned}
net = Net()
net.compile(optimizer="adam", loss="binary_crossentropy")
net.fit(x, y, epochs=5)
"""


@pytest.mark.parametrize(
    ("returned", "names"),
    [
        ("tf.nn.sigmoid(h)", []),
        ("tf.keras.activations.sigmoid(h)", []),
        ("h", ["logits-without-from-logits"]),
        ("tf.nn.relu(h)", ["relu-output"]),
        ("tf.nn.softmax(h)", ["softmax-single-unit"]),
    ],
)
def test_an_activation_in_the_call_method(found: Found, returned: str, names: list[str]) -> None:
    """The layers in __init__ say nothing of what call() does with them."""
    assert found(IN_CALL.format(returned=returned)) == names


SQUEEZE = """
import keras
from keras import layers
i = keras.Input((32, 32, 3))
h = layers.Conv2D(8, 3, padding="same", activation="relu")(i)
gate = layers.GlobalAveragePooling2D()(h)
gate = layers.Dense(2, activation="relu")(gate)
gate = layers.Dense(8, activation="sigmoid")(gate)
h = layers.multiply([h, layers.Reshape((1, 1, 8))(gate)])
out = layers.Conv2D(4, 1, activation="{head}")(h)
model = keras.Model(i, out)
model.compile("adam", "categorical_crossentropy")
model.fit(x, y, epochs=5)
"""


def test_a_gate_before_a_convolution_head(found: Found) -> None:
    """The sigmoid of a squeeze-and-excite block is the last Dense, and not the output."""
    assert found(SQUEEZE.format(head="softmax")) == []
    assert found(SQUEEZE.format(head="sigmoid")) == ["sigmoid-with-categorical"]


UNUSED = """
import keras
model = keras.Sequential([keras.layers.Dense(10, activation="softmax")])
model.compile("adam", "categorical_crossentropy")
model.fit(x, y, epochs=5)
other = keras.Sequential([keras.layers.Dense(10, activation="sigmoid")])
other.compile("sgd", "categorical_crossentropy")
"""


def test_a_second_model_that_nobody_trains(found: Found) -> None:
    """It stands last in the file and means nothing."""
    assert found(UNUSED) == []
    assert found(f"{UNUSED}other.fit(x, y)") == ["bare-sgd", "sigmoid-with-categorical"]


REBUILT = "model = keras.Sequential([layers.Dense(8), layers.Dense({units}, activation='{last}')])"


def test_a_name_that_a_later_cell_builds_anew(found_in_cells: Found) -> None:
    """Each training means the model that the name stands for by then."""
    first = (
        "import keras\nfrom keras import layers",
        REBUILT.format(units=1, last="sigmoid"),
        "model.compile('adam', 'binary_crossentropy')\nmodel.fit(x, y)",
    )
    trained = "model.compile('adam', 'categorical_crossentropy')\nmodel.fit(x, y)"
    again = REBUILT.format(units=10, last="softmax")
    assert found_in_cells(*first, again, trained) == []
    assert found_in_cells(*first, trained) == ["sigmoid-with-categorical"]


@pytest.mark.parametrize(
    ("target", "severities"),
    [
        ("y", ["error"]),  # a regression, whose targets no probability reaches
        ("MinMaxScaler().fit_transform(y.reshape(-1, 1))", []),  # now they can be reached
    ],
)
def test_a_sigmoid_on_a_regression(
    check: Command, write: Write, target: str, severities: list[str]
) -> None:
    code = f"""
    import keras
    from sklearn.datasets import make_regression
    from sklearn.preprocessing import MinMaxScaler

    x, y = make_regression()
    model = keras.Sequential([keras.layers.Dense(2, "softmax")])
    model.compile("adam", "mse")
    model.fit(x, {target}, epochs=5)
    """
    write({"main.py": code})
    found = check("main.py", "--select", "unreachable-target").findings
    assert [each["severity"] for each in found] == severities


def test_a_metric_of_another_output(found: Found) -> None:
    # Only one of the outputs is known, and the metric is the other's.
    code = """
    import keras, numpy as np

    inputs = keras.Input((4,))
    kind = keras.layers.Dense(3, "softmax", name="kind")(inputs)
    image = unknown(inputs)
    model = keras.Model(inputs, [kind, image])
    model.compile(
        "adam",
        ["sparse_categorical_crossentropy", "mse"],
        metrics={"image": ["binary_accuracy"]},
    )
    model.fit(np.ones((9, 4)), [np.ones(9), np.ones((9, 2))], epochs=5)
    """
    assert found(code) == []


LESSON = """
import keras
from sklearn.datasets import load_digits
x, y = load_digits(return_X_y=True)
y = y > 4

def train(activation, loss):
    model = keras.Sequential([keras.layers.Dense({units}, activation)])
    model.compile("adam", loss)
    model.fit(x / 16, {labels}, epochs=5)

"""


def severities(write: Write, check: Command, code: str) -> dict[str, str]:
    write({"main.py": code})
    return {
        each["name"]: each["severity"] for each in check("main.py", "--select", "TFC3").findings
    }


@pytest.mark.parametrize(
    ("activation", "name"), [("None", "logits-without-from-logits"), ("'relu'", "relu-output")]
)
def test_a_lesson_that_begins_with_what_fails(
    write: Write, check: Command, activation: str, name: str
) -> None:
    """Further down the same labels are trained with an output that fits."""
    lesson = LESSON.format(units=1, labels="y")
    wrong = f"train({activation}, 'binary_crossentropy')\n"
    right = "train('sigmoid', 'binary_crossentropy')\n"
    assert severities(write, check, lesson + wrong + right) == {name: "note"}
    assert severities(write, check, lesson + right + wrong) == {name: "error"}
    assert severities(write, check, lesson + wrong) == {name: "error"}


def test_a_squared_error_that_is_compared_with_a_crossentropy(write: Write, check: Command) -> None:
    lesson = LESSON.format(units=2, labels="keras.utils.to_categorical(y, 2)")
    squared = "train('softmax', 'mse')\n"
    other = "train('softmax', 'categorical_crossentropy')\n"
    assert severities(write, check, lesson + squared + other) == {"mse-on-classification": "note"}
    assert severities(write, check, lesson + squared) == {"mse-on-classification": "warning"}
