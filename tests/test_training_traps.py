"""Code about optimizers and callbacks that looks like a defect and is none.

Nothing may be said of it; its sibling, which differs in one thing, is reported.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from conftest import Command, Write

MODEL = """
import keras
from keras.callbacks import *
from sklearn.datasets import make_moons
x, y = make_moons(2000)
model = keras.Sequential([keras.layers.Dense(8, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
"""


@pytest.fixture
def found(write: Write, check: Command) -> Callable[[str], list[str]]:
    """The names of what is found beyond notes."""

    def names(code: str) -> list[str]:
        write({"main.py": code})
        report = check("main.py").findings
        return sorted({each["name"] for each in report if each["severity"] != "note"})

    return names


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        ("validation_split=0.0, validation_data=make_moons(100)", []),
        ("validation_split=0.0", ["monitor-without-validation"]),
        ("validation_split=0.0, validation_data=unknown", []),
        ("validation_split=0.0, validation_data=None", ["monitor-without-validation"]),
    ],
)
def test_a_split_of_nothing_beside_validation_data(
    found: Callable[[str], list[str]], arguments: str, names: list[str]
) -> None:
    """The data count, and a split of 0 is none."""
    fit = "model.fit(x, y, callbacks=[EarlyStopping(patience=3, restore_best_weights=True)], "
    assert found(f"{MODEL}{fit}{arguments})") == names


@pytest.mark.parametrize(
    ("loss", "names"),
    [
        ('["mse", "mse"]', []),
        ('"mse"', ["monitor-not-logged"]),
    ],
)
def test_losses_for_more_outputs_than_were_read(
    found: Callable[[str], list[str]], loss: str, names: list[str]
) -> None:
    """The names of several outputs come in front of those of the metrics."""
    code = f"""
import keras
i = keras.Input((4,))
model = keras.Model(i, keras.layers.Dense(3)(i))
model.compile("adam", {loss}, metrics=["accuracy"])
stop = keras.callbacks.EarlyStopping("val_out_acc", patience=3, restore_best_weights=True)
model.fit(x, y, validation_split=0.2, callbacks=[stop])
"""
    assert found(code) == names


@pytest.mark.parametrize(
    ("callbacks", "names"),
    [
        ("[Own(), stop]", []),
        ("[stop, unknown]", []),
        ("[LambdaCallback(on_epoch_end=write), stop]", []),
        ("[CSVLogger('log'), stop]", ["monitor-not-logged"]),
    ],
)
def test_a_callback_that_may_write_into_the_logs(
    found: Callable[[str], list[str]], callbacks: str, names: list[str]
) -> None:
    """A callback before it computes the number that early stopping watches."""
    code = f"""
class Own(Callback):
    def on_epoch_end(self, epoch, logs=None):
        logs["val_f1"] = 1
stop = EarlyStopping("val_f1", patience=3, restore_best_weights=True)
model.fit(x, y, validation_split=0.2, callbacks={callbacks})
"""
    assert found(MODEL + code) == names


@pytest.mark.parametrize(
    ("checkpoint", "names"),
    [
        ("ModelCheckpoint('best.keras', save_best_only=True)", []),
        ("ModelCheckpoint('best.keras', save_best_only=unknown)", []),
        ("ModelCheckpoint('last.keras')", ["best-weights-not-restored"]),
    ],
)
def test_a_checkpoint_keeps_the_best_weights(
    found: Callable[[str], list[str]], checkpoint: str, names: list[str]
) -> None:
    """The best model is in the file, and need not be in memory."""
    fit = "model.fit(x, y, epochs=9, validation_split=0.2, callbacks=[EarlyStopping(patience=3), "
    assert found(f"{MODEL}{fit}{checkpoint}])\nmodel.predict(x)") == names


@pytest.mark.parametrize(
    ("monitor", "names"),
    [
        ("'val_loss'", ["best-weights-not-restored"]),
        ("'val_accuracy', mode='max'", ["best-weights-not-restored"]),
        # The best that it would restore is the worst, which another rule says.
        ("'val_accuracy', mode='min'", ["wrong-mode"]),
        # It never ends training, which another rule says.
        ("'val_auc'", ["monitor-not-logged"]),
    ],
)
def test_weights_that_are_not_the_best(
    found: Callable[[str], list[str]], monitor: str, names: list[str]
) -> None:
    fit = f"model.fit(x, y, epochs=9, validation_split=0.2, callbacks=[EarlyStopping({monitor}, "
    assert found(f"{MODEL}{fit}patience=3)])\nmodel.predict(x)") == names


FUNCTIONAL = """
inputs = keras.Input((2,))
hidden = keras.layers.Dense(8, "relu")
codes = hidden(inputs)
model = keras.Model(inputs, keras.layers.Dense(1, "sigmoid")(codes))
model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
"""


@pytest.mark.parametrize(
    ("epochs", "later", "names"),
    [
        (9, "model.evaluate(x, y)", ["best-weights-not-restored"]),
        (9, "tool.dump(model, file)", ["best-weights-not-restored"]),
        (9, "keras.Model(inputs, codes).predict(x)", ["best-weights-not-restored"]),
        (9, "hidden.get_weights()", ["best-weights-not-restored"]),
        # Whatever is left in a model that nobody uses again does no harm.
        (9, "plot(history.history)", []),
        (9, "model = keras.Sequential([keras.layers.Dense(1)])\nmodel.predict(x)", []),
        # Five epochs are a demonstration.
        (5, "model.evaluate(x, y)", []),
    ],
)
def test_a_model_that_is_thrown_away(
    found: Callable[[str], list[str]], epochs: int, later: str, names: list[str]
) -> None:
    fit = f"history = model.fit(x, y, epochs={epochs}, validation_split=0.2, "
    assert (
        found(f"{MODEL}{FUNCTIONAL}{fit}callbacks=[EarlyStopping(patience=3)])\n{later}") == names
    )


@pytest.mark.parametrize(
    ("second", "names"),
    [("EarlyStopping(patience=9)", []), ("History()", ["early-stopping-without-patience"])],
)
def test_early_stopping_shown_with_and_without_patience(
    found: Callable[[str], list[str]], second: str, names: list[str]
) -> None:
    """A lesson shows the default first, and then what patience does."""
    fit = "model.fit(x, y, epochs=50, validation_split=0.2, callbacks=[{}])\n"
    assert found(MODEL + fit.format("EarlyStopping()") + fit.format(second)) == names


@pytest.mark.parametrize(("second", "names"), [(50, []), (10, ["patience-beyond-epochs"])])
def test_a_callback_that_serves_a_longer_run_as_well(
    found: Callable[[str], list[str]], second: int, names: list[str]
) -> None:
    fit = "model.fit(x, y, epochs={}, callbacks=[stop])\n"
    code = "stop = EarlyStopping('loss', patience=20)\n" + fit.format(10) + fit.format(second)
    assert found(MODEL + code) == names


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("model.fit(x, y, epochs=50)", ["callback-not-passed"]),
        # It could do nothing there.
        ("model.fit(x, y, epochs=9)", []),
        # Histories that are averaged have to be of one length.
        ("for _ in range(10):\n    model.fit(x, y, epochs=50)", []),
    ],
)
def test_early_stopping_that_is_left_out(
    found: Callable[[str], list[str]], code: str, names: list[str]
) -> None:
    assert found(f"{MODEL}stop = EarlyStopping('loss', patience=9)\n{code}") == names


@pytest.mark.parametrize(
    ("code", "severity"),
    [
        ("model.fit(x, y, epochs=100, validation_split=0.2)", "warning"),
        ("model.fit(x, y, epochs=100, validation_data=(x, y))", "warning"),
        # Nobody looks at the training, nor at what comes out of it.
        ("model.fit(x, y, epochs=100)", "warning"),
        # Stopping by the training loss would bring nothing.
        ("model.fit(x, y, epochs=100)\nmodel.evaluate(x, y)", "note"),
        ("model.compile('adam', 'mse')\nmodel.fit(x, y, epochs=100)", "note"),
        # The best weights are kept, and a score of what chose them is not to be had.
        (
            "model.fit(x, y, epochs=100, validation_split=0.2,"
            " callbacks=[ModelCheckpoint('m.keras', save_best_only=True)])",
            "note",
        ),
        # By a test part one should not choose, and what is not known may be one.
        (
            "from sklearn.model_selection import train_test_split\n"
            "x, t, y, u = train_test_split(x, y)\n"
            "model.fit(x, y, epochs=100, validation_data=(t, u))",
            "note",
        ),
        ("model.fit(x, y, epochs=100, validation_data=unknown)", "note"),
        # An epoch of few rows is a few steps.
        ("model.fit(x[:90], y[:90], epochs=100, validation_split=0.2)", "warning"),
        ("x, y = make_moons(90)\nmodel.fit(x, y, epochs=100, validation_split=0.2)", "note"),
    ],
)
def test_where_early_stopping_is_wanted(
    check: Command, write: Write, code: str, severity: str
) -> None:
    write({"main.py": MODEL + code})
    (finding,) = check("main.py", "--select", "no-early-stopping").findings
    assert finding["severity"] == severity


@pytest.mark.parametrize(
    ("restore", "names"),
    [(", restore_best_weights=True", []), ("", ["patience-beyond-epochs"])],
)
def test_early_stopping_that_only_restores(
    found: Callable[[str], list[str]], restore: str, names: list[str]
) -> None:
    """It stops nothing, and still the best weights come back at the end."""
    fit = f"callbacks=[EarlyStopping(patience=30{restore})]"
    assert found(f"{MODEL}model.fit(x, y, epochs=10, validation_split=0.2, {fit})") == names


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
    ("model", "names"),
    [
        ("clone_model(model)", []),
        ("model", ["folds-share-a-model"]),
    ],
)
def test_a_model_that_is_cloned_for_each_fold(
    found: Callable[[str], list[str]], model: str, names: list[str]
) -> None:
    """A clone has new weights, though the layers are written once."""
    code = f"""
from keras.models import clone_model
from sklearn.model_selection import KFold
for train, test in KFold(5).split(x):
    fold = {model}
    fold.compile("adam", "binary_crossentropy")
    fold.fit(x[train], y[train])
"""
    assert found(MODEL + code) == names


@pytest.mark.parametrize(
    ("reset", "names"),
    [("model.set_weights(start)", []), ("print(start)", ["folds-share-a-model"])],
)
def test_weights_that_are_set_back_for_each_fold(
    found: Callable[[str], list[str]], reset: str, names: list[str]
) -> None:
    """The model begins anew in each fold."""
    code = f"""
from sklearn.model_selection import KFold
start = model.get_weights()
for train, test in KFold(5).split(x):
    {reset}
    model.fit(x[train], y[train])
"""
    assert found(MODEL + code) == names


@pytest.mark.parametrize(
    ("steps", "names"),
    [
        (".repeat().batch(8).take(9)", []),
        (".repeat(3).batch(8)", []),
        (".batch(8).repeat(unknown)", []),
        (".repeat().batch(8)", ["endless-dataset"]),
        ("", ["unbatched-dataset"]),
        (".map(unknown)", []),
    ],
)
def test_datasets_that_end_and_come_in_batches(
    found: Callable[[str], list[str]], steps: str, names: list[str]
) -> None:
    """Something on the way may end the dataset, or make batches of it."""
    code = f"import tensorflow as tf\nd = tf.data.Dataset.from_tensor_slices((x, y)){steps}\n"
    assert found(f"{MODEL}{code}model.fit(d)") == names


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


@pytest.mark.parametrize(("epochs", "names"), [(1, []), (2, ["patience-beyond-epochs"])])
def test_patience_in_a_run_of_a_single_epoch(
    found: Callable[[str], list[str]], epochs: int, names: list[str]
) -> None:
    """The number of epochs is a placeholder."""
    fit = f"model.fit(x, y, epochs={epochs}, validation_split=0.2, callbacks=[stop])"
    code = f'stop = ReduceLROnPlateau("val_loss", patience=3)\n{fit}\n'
    assert [each for each in found(MODEL + code) if "patience" in each] == names


def test_a_callback_that_another_of_its_kind_has_replaced(
    found: Callable[[str], list[str]],
) -> None:
    """Training does not go without one."""
    code = """
first = EarlyStopping("loss", patience=2)
second = EarlyStopping("loss", patience=3)
model.fit(x, y, epochs=9, callbacks=[second])
"""
    assert "callback-not-passed" not in found(MODEL + code)


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
