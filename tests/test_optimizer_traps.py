"""Optimizers and rates that look like a defect and are none, each beside a sibling that is one."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from conftest import Command, Write
from test_training_traps import MODEL, found

__all__ = ["found"]


@pytest.mark.parametrize(
    ("before", "names"),
    [("with pytest.raises(ValueError):\n    ", []), ("", ["clip-conflict"])],
)
def test_a_test_that_expects_the_exception(
    found: Callable[[str], list[str]], before: str, names: list[str]
) -> None:
    """It is there to fail."""
    code = f"import keras, pytest\n{before}keras.optimizers.SGD(clipnorm=1.0, clipvalue=0.5)\n"
    assert found(code) == names


@pytest.mark.parametrize(
    ("first", "names"),
    [("model.fit(x, y)", []), ("", ["vanishing-learning-rate"])],
)
def test_a_tiny_rate_for_a_model_that_is_trained_already(
    found: Callable[[str], list[str]], first: str, names: list[str]
) -> None:
    """It is fine-tuned, and shall hardly move."""
    code = 'model.compile(keras.optimizers.Adam(1e-7), "binary_crossentropy")\nmodel.fit(x, y)'
    assert found(f"{MODEL}{first}\n{code}") == names


@pytest.mark.parametrize(
    ("made", "names"),
    [("    optimizer = Adam()\n", []), ("", ["reused-optimizer"])],
)
def test_an_optimizer_for_each_model(
    found: Callable[[str], list[str]], made: str, names: list[str]
) -> None:
    """A new one in each round keeps no state of another model."""
    code = f"""
from keras.optimizers import Adam
optimizer = Adam()
for units in range(unknown):
{made}    each = keras.Sequential([keras.layers.Dense(units), keras.layers.Dense(1, "sigmoid")])
    each.compile(optimizer, "binary_crossentropy")
    each.fit(x, y)
"""
    assert found(MODEL + code) == names


ONE = 'keras.Sequential([keras.layers.Dense(1, "sigmoid")])'
OTHER = 'keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])'
TRAIN = 'model.compile(keras.optimizers.Adam(), "binary_crossentropy")\nmodel.fit(x, y)'
TRAIN_BOTH = """\
optimizer = keras.optimizers.Adam()
one.compile(optimizer, "binary_crossentropy")
model.compile(optimizer, "binary_crossentropy")
one.fit(x, y)
model.fit(x, y)
"""


@pytest.mark.parametrize(
    ("models", "names"),
    [
        (f"if unknown:\n    model = {ONE}\nelse:\n    model = {OTHER}\n{TRAIN}", []),
        (f"one = {ONE}\nmodel = {OTHER}\n{TRAIN_BOTH}", ["reused-optimizer"]),
    ],
)
def test_one_of_two_models_with_one_optimizer(
    found: Callable[[str], list[str]], models: str, names: list[str]
) -> None:
    """The script makes either the one model or the other, and an optimizer for it."""
    assert found(MODEL + models) == names


@pytest.mark.parametrize(
    ("helper", "names"),
    [("prepare(model)", []), ("print(1)", ["fit-without-compile"])],
)
def test_a_model_that_something_else_may_compile(
    found: Callable[[str], list[str]], helper: str, names: list[str]
) -> None:
    """What is not read may compile it."""
    code = f"""
import keras
from helpers import prepare
model = keras.Sequential([keras.layers.Dense(1)])
{helper}
model.fit(x, y)
"""
    assert found(code) == names


@pytest.mark.parametrize(
    ("rate", "epochs", "names"),
    [
        ("1e-5", 2, ["vanishing-learning-rate"]),
        ("1e-3", 2, []),  # a demonstration, at the usual rate
        ("1e-5", 2000, []),
    ],
)
def test_a_small_rate_in_a_run_of_so_many_steps(
    found: Callable[[str], list[str]], rate: str, epochs: int, names: list[str]
) -> None:
    """A rate is too small for the steps that there are, not by itself."""
    code = f"""
model.compile(keras.optimizers.Adam({rate}), "binary_crossentropy")
model.fit(x, y, epochs={epochs})
"""
    assert [each for each in found(MODEL + code) if "rate" in each] == names


@pytest.mark.parametrize(
    ("installed", "names"), [("keras==2.1.6", []), ("keras==3.8.0", ["default-adadelta"])]
)
def test_adadelta_of_a_keras_that_took_another_rate(
    found: Callable[[str], list[str]], write: Write, installed: str, names: list[str]
) -> None:
    write({"requirements.txt": f"{installed}\n"})
    code = 'model.compile("adadelta", "binary_crossentropy")\nmodel.fit(x, y, epochs=9)'
    assert [each for each in found(f"{MODEL}{code}") if "adadelta" in each] == names


LAYERS = "keras.layers.Dense(8, 'relu'), keras.layers.Dense(1, 'sigmoid')"
IMAGES = "x, y = keras.datasets.cifar10.load_data()[0]\nx = x / 255\n"
CONVOLUTION = "keras.layers.Conv2D(8, 3), keras.layers.Flatten(), keras.layers.Dense(1, 'sigmoid')"


@pytest.mark.parametrize(
    ("data", "layers", "fit", "severity"),
    [
        ("x = 100 * x", LAYERS, "epochs=20", "warning"),
        (IMAGES, CONVOLUTION, "epochs=20", "warning"),
        ("x = unknown()", LAYERS, "epochs=20", "warning"),
        # One epoch compares speeds, or tries the code out.
        ("x = 100 * x", LAYERS, "epochs=1", "note"),
        # A small network on features that are scaled learns by it, slowly.
        ("", LAYERS, "epochs=20", "note"),
        (IMAGES, f"keras.layers.Flatten(), {LAYERS}", "epochs=20", "note"),
        # Benchmarks build whatever they are given.
        ("x = 100 * x", "*unknown", "epochs=20", "note"),
    ],
)
def test_where_plain_sgd_does_harm(
    check: Command, write: Write, data: str, layers: str, fit: str, severity: str
) -> None:
    code = f"""
{data}
model = keras.Sequential([{layers}])
model.compile("sgd", "binary_crossentropy")
model.fit(x, y, {fit})
"""
    write({"main.py": MODEL + code})
    (finding,) = check("main.py", "--select", "bare-sgd").findings
    assert finding["severity"] == severity


@pytest.mark.parametrize(("loss", "severity"), [("mae", "note"), ("mse", "warning")])
def test_sgd_on_a_loss_whose_gradient_is_bounded(
    check: Command, write: Write, loss: str, severity: str
) -> None:
    """First lessons fit a line through points of -100 to 100 by it, and it does not diverge."""
    write({"main.py": f"{MODEL}model.compile('sgd', '{loss}')\nmodel.fit(100 * x, y, epochs=20)"})
    (finding,) = check("main.py", "--select", "bare-sgd").findings
    assert finding["severity"] == severity


@pytest.mark.parametrize(
    ("other", "severity"),
    [("other.train_on_batch(x, y)", "note"), ("other.predict(x)", "warning")],
)
def test_models_that_are_trained_in_turn(
    check: Command, write: Write, other: str, severity: str
) -> None:
    """The discriminator of a GAN is often given plain SGD, so that it does not win at once."""
    code = f"""
model.compile("sgd", "binary_crossentropy")
other = keras.Sequential([keras.layers.Dense(1)])
other.compile("adam", "binary_crossentropy")
for _ in range(unknown):
    model.train_on_batch(100 * x, y)
    {other}
"""
    write({"main.py": MODEL + code})
    (finding,) = check("main.py", "--select", "bare-sgd").findings
    assert finding["severity"] == severity


@pytest.mark.parametrize(
    ("module", "names"),
    [("tensorflow.python.keras", []), ("tensorflow.keras", ["integer-learning-rate"])],
)
def test_a_copy_of_keras_that_takes_integers(
    found: Callable[[str], list[str]], module: str, names: list[str]
) -> None:
    assert found(f"from {module}.optimizers import SGD\nSGD(1)\n") == names


@pytest.mark.parametrize(
    ("rows", "names"),
    [
        ("make_moons(400)", ["vanishing-learning-rate"]),
        ("make_moons(400_000)", []),
        ("unknown()", []),
    ],
)
def test_a_rate_of_which_the_rows_are_known_before_a_split(
    check: Command, write: Write, rows: str, names: list[str]
) -> None:
    """The training part has no more rows than there are, and so makes no more steps."""
    code = f"""
import keras
from sklearn.datasets import make_moons
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
x, y = {rows}
x, t, y, u = train_test_split(x, y)
x = StandardScaler().fit_transform(x)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(keras.optimizers.Adam(learning_rate=1e-5), "binary_crossentropy")
model.fit(x, y, epochs=20)
"""
    write({"main.py": code})
    chosen = check("main.py", "--select", "vanishing-learning-rate").findings
    assert [each["name"] for each in chosen] == names


DATASET = "tf.data.Dataset.from_tensor_slices((x, y))"
FRAME = """
frame = pd.DataFrame({"a": chance.poisson(3, ROWS), "b": chance.exponential(size=ROWS)})
x, _, y, _ = train_test_split(frame, y)
x = (x - x.mean()) / x.std()
"""
DENSE = 'keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])'
CLASS = """
class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden = {hidden}
        self.answer = keras.layers.Dense(1, "sigmoid")
    def call(self, inputs):
        return self.answer(self.hidden(inputs))
"""
NEW = CLASS.format(hidden='keras.layers.Dense(8, "relu")')
LOADED = CLASS.format(hidden='keras.models.load_model("hidden.keras")')


@pytest.mark.parametrize(
    ("before", "model", "fit", "of_few", "of_many"),
    [
        ("x = unknown()", DENSE, "x, y", True, False),
        (FRAME, DENSE, "x, y", True, False),
        (NEW, "Net()", "x, y", True, False),
        ("", DENSE, f"{DATASET}.shuffle(ROWS).batch(32).prefetch(2)", True, False),
        ("", DENSE, f"{DATASET}.batch(32).take(2)", True, True),
        ("", DENSE, f"{DATASET}.batch(unknown)", False, False),
        ("", DENSE, f"{DATASET}.batch(32).repeat(99)", False, False),
        ("", DENSE, f"{DATASET}.batch(32).flat_map(more)", False, False),
        ("", DENSE, "((x[:32], y[:32]) for _ in range(9999))", False, False),
        ("", DENSE, "unknown(), steps_per_epoch=ROWS // 32", True, False),
        (LOADED, "Net()", "x, y", False, False),
    ],
)
def test_a_rate_of_which_the_steps_are_known(
    check: Command, write: Write, before: str, model: str, fit: str, of_few: bool, of_many: bool
) -> None:
    """They are from the rows of features or labels, or from the steps of a dataset.

    Nothing is said where they may be more, and of models that were trained before.
    """
    code = f"""
import keras, numpy as np, pandas as pd, tensorflow as tf
from sklearn.model_selection import train_test_split
chance = np.random.default_rng(0)
x, y = chance.normal(size=(ROWS, 2)), chance.integers(0, 2, ROWS)
{before}
model = {model}
model.compile(keras.optimizers.Adam(learning_rate=1e-5), "binary_crossentropy")
model.fit({fit}, epochs=20)
"""
    for rows, expected in ((400, of_few), (400_000, of_many)):
        write({"main.py": f"ROWS = {rows}\n{code}"})
        chosen = check("main.py", "--select", "vanishing-learning-rate").findings
        assert [each["name"] for each in chosen] == ["vanishing-learning-rate"] * expected
