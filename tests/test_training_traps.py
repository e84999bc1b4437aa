"""Code about callbacks and training runs that looks like a defect and is none.

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
