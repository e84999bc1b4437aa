"""The fixes of the built-in rules, on the examples in their documentation and beyond them."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest
from conftest import Command, Write
from test_rules import IDS, RULES, example, section

from tfcheck.rule import Rule

AS_IT_BEGAN = Path(__file__).parent.parent / "fixtures" / "three_scripts" / "1_as_it_began.py"
ALL_FIXES = ("--fix", "--unsafe-fixes")


# How the documentation of a rule speaks of a fix of each level.
WORDS = {"safe": "afe", "unsafe": "nsafe", "display": "hown"}


@pytest.mark.parametrize("rule", RULES, ids=IDS)
def test_an_example_is_fixed_as_far_as_there_are_fixes(
    rule: Rule, write: Write, check: Command, tfcheck: Command, folder: Path
) -> None:
    """What is fixed parses and has no other findings; fixing it again changes nothing."""
    chosen = ("--preview", "--extend-select", rule.code)
    write({"bad.py": example(rule, "Example")})
    before = check(*chosen, "bad.py").findings
    tfcheck(*ALL_FIXES, *chosen, "bad.py")
    text = (folder / "bad.py").read_text()
    ast.parse(text)
    after = check(*chosen, "bad.py").findings
    assert {each["name"] for each in after} <= {each["name"] for each in before}
    fixable = {
        each["name"]
        for each in before
        if each["fix"] and each["fix"]["applicability"] in ("safe", "unsafe")
    }
    assert not fixable & {each["name"] for each in after}
    again = tfcheck(*ALL_FIXES, *chosen, "bad.py")
    assert (folder / "bad.py").read_text() == text
    assert again.err == ""


@pytest.mark.parametrize("rule", RULES, ids=IDS)
def test_a_fix_is_as_safe_as_its_documentation_says(
    rule: Rule, write: Write, check: Command
) -> None:
    write({"bad.py": example(rule, "Example")})
    found = check("--preview", "--extend-select", rule.code, "bad.py").findings
    fixes = [each["fix"] for each in found if each["name"] == rule.name and each["fix"]]
    says = section(rule, "Fix safety")
    assert not (fixes and says.startswith("No fix"))
    assert all(WORDS[fix["applicability"]] in says for fix in fixes)


def test_what_is_fixed_runs(write: Write, tfcheck: Command, folder: Path) -> None:
    """On the installed Keras, for an epoch: those whose fixes change the most."""
    chosen = [rule for rule in RULES if rule.name in ("double-softmax", "unscaled-features")]
    examples = {f"{rule.code}.py": example(rule, "Example") for rule in chosen}
    write({**examples, AS_IT_BEGAN.name: AS_IT_BEGAN.read_text()})
    tfcheck(*ALL_FIXES, ".")
    run = "import runpy, sys\nfor name in sys.argv[1:]: runpy.run_path(name)"
    names = sorted(path.name for path in folder.glob("*.py"))
    for name in names:
        text = (folder / name).read_text()
        (folder / name).write_text(re.sub(r"epochs=\d+", "epochs=1", text))
    ran = subprocess.run(
        [sys.executable, "-c", run, *names], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr[-2000:]


SPLIT = """\
from keras.layers import Dense
from keras.models import Sequential
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split

x, y = load_wine(return_X_y=True)
"""
MODEL = """\
model = Sequential([Dense(16, "relu"), Dense(3, "softmax")])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
"""

SCALED = {
    "after a split": (
        SPLIT + "x_train, x_test, y_train, y_test = train_test_split(x, y)\n"
        "print(x_train.shape)\n" + MODEL + "model.fit(x_train, y_train)\n",
        """\
        x_train, x_test, y_train, y_test = train_test_split(x, y)
        scaler = StandardScaler()
        x_train = scaler.fit_transform(x_train)
        x_test = scaler.transform(x_test)
        print(x_train.shape)
        """,
    ),
    "after two splits": (
        SPLIT + "x, x_test, y, y_test = train_test_split(x, y)\n"
        "x_train, x_val, y_train, y_val = train_test_split(x, y)\n"
        + MODEL
        + "model.fit(x_train, y_train, validation_data=(x_val, y_val))\n",
        """\
        x_train, x_val, y_train, y_val = train_test_split(x, y)
        scaler = StandardScaler()
        x_train = scaler.fit_transform(x_train)
        x_val = scaler.transform(x_val)
        x_test = scaler.transform(x_test)
        """,
    ),
    "of what comes second": (
        SPLIT + "b, b_test, a, a_test = train_test_split(y, x)\n" + MODEL + "model.fit(a, b)\n",
        """\
        scaler = StandardScaler()
        a = scaler.fit_transform(a)
        a_test = scaler.transform(a_test)
        """,
    ),
    "under a name that is free": (
        SPLIT + "scaler = None\nx_train, x_test, y_train, y_test = train_test_split(x, y)\n"
        "" + MODEL + "model.fit(x_train, y_train)\n",
        """\
        scaler_2 = StandardScaler()
        x_train = scaler_2.fit_transform(x_train)
        x_test = scaler_2.transform(x_test)
        """,
    ),
    "of a frame, which stays one": (
        SPLIT.replace("load_wine(return_X_y=True)", "load_wine(return_X_y=True, as_frame=True)")
        + "x_train, x_test, y_train, y_test = train_test_split(x, y)\n"
        + MODEL
        + "model.fit(x_train.values, y_train)\n",
        """\
        scaler = StandardScaler().set_output(transform="pandas")
        x_train = scaler.fit_transform(x_train)
        x_test = scaler.transform(x_test)
        """,
    ),
    "in the model": (
        SPLIT + MODEL + "model.fit(x, y)\n",
        """\
        normalization = Normalization()
        model = Sequential([normalization, Dense(16, "relu"), Dense(3, "softmax")])
        model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
        normalization.adapt(x)
        model.fit(x, y)
        """,
    ),
    "in a model that grows": (
        SPLIT + 'model = Sequential()\nmodel.add(Dense(3, "softmax"))\n'
        'model.compile("adam", "sparse_categorical_crossentropy")\nmodel.fit(x, y)\n',
        """\
        normalization = Normalization()
        model = Sequential()
        model.add(normalization)
        model.add(Dense(3, "softmax"))
        """,
    ),
    "in a model that tells its shape": (
        SPLIT + 'model = Sequential()\nmodel.add(Dense(3, input_dim=13, activation="softmax"))\n'
        'model.compile("adam", "sparse_categorical_crossentropy")\nmodel.fit(x, y)\n',
        """\
        model = Sequential()
        normalization = Normalization(input_shape=(13,))
        model.add(normalization)
        model.add(Dense(3, activation="softmax"))
        """,
    ),
    "in a model that tells its shape in a list": (
        SPLIT + 'model = Sequential([Dense(3, "softmax", input_shape=x.shape[1:])])\n'
        'model.compile("adam", "sparse_categorical_crossentropy")\nmodel.fit(x, y)\n',
        """\
        normalization = Normalization(input_shape=x.shape[1:])
        model = Sequential([normalization, Dense(3, "softmax")])
        """,
    ),
    "of pixels": (
        """\
        import keras
        (a, b), (c, d) = keras.datasets.mnist.load_data()
        model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(10, "softmax")])
        model.compile("adam", "sparse_categorical_crossentropy")
        model.fit(a, b)
        """,
        """\
        (a, b), (c, d) = keras.datasets.mnist.load_data()
        a = a / 255.0
        c = c / 255.0
        model = keras""",
    ),
    "of pixels of which a part is thrown away": (
        """\
        import keras
        (a, b), _ = keras.datasets.mnist.load_data()
        model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(10, "softmax")])
        model.compile("adam", "sparse_categorical_crossentropy")
        model.fit(a, b)
        """,
        """\
        (a, b), _ = keras.datasets.mnist.load_data()
        a = a / 255.0
        model = keras""",
    ),
    "of pixels of which a part is not taken apart": (
        """\
        import keras
        (a, b), test = keras.datasets.mnist.load_data()
        model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(10, "softmax")])
        model.compile("adam", "sparse_categorical_crossentropy")
        model.fit(a, b)
        """,
        """\
        model = keras.Sequential([keras.layers.Flatten(), keras.layers.Rescaling(1 / 255), \
keras.layers.Dense(10, "softmax")])
        """,
    ),
    "of pixels in the model": (
        """\
        import keras
        data = keras.datasets.mnist.load_data()
        (a, b), _ = data
        model = keras.Sequential([
            keras.Input((28, 28)),
            keras.layers.Flatten(),
            keras.layers.Dense(10, "softmax"),
        ])
        model.compile("adam", "sparse_categorical_crossentropy")
        model.fit(a, b)
        """,
        """\
        model = keras.Sequential([
            keras.Input((28, 28)),
            keras.layers.Flatten(),
            keras.layers.Rescaling(1 / 255),
            keras.layers.Dense(10, "softmax"),
        ])
        """,
    ),
}


@pytest.mark.parametrize("before, after", SCALED.values(), ids=SCALED.keys())
def test_features_are_scaled(
    write: Write, tfcheck: Command, folder: Path, before: str, after: str
) -> None:
    write({"train.py": before})
    result = tfcheck(*ALL_FIXES, "--select", "unscaled-features", "train.py")
    assert dedent(after) in (folder / "train.py").read_text()
    assert "fixed 1, 0 remain" in result.out


UNSCALED = {
    "the parts have no names": SPLIT + "parts = train_test_split(x, y)\n"
    "model = Sequential(layers())\n" + MODEL + "model.fit(parts[0], parts[2])\n",
    "another function has the model": SPLIT
    + "def build():\n    model = Sequential([Dense(3, 'softmax')])\n"
    "    model.compile('adam', 'sparse_categorical_crossentropy')\n    return model\n"
    "build().fit(x, y)\n",
    "two runs train the model": SPLIT + MODEL + "model.fit(x, y)\nmodel.fit(x, y)\n",
    "what is passed has no name": SPLIT + MODEL + "model.fit(x[:], y)\n",
    "the layers have a name of their own": SPLIT
    + "layers = (Dense(3, 'softmax'),)\nmodel = Sequential(layers)\n"
    "model.compile('adam', 'sparse_categorical_crossentropy')\nmodel.fit(x, y)\n",
}


@pytest.mark.parametrize("text", UNSCALED.values(), ids=UNSCALED.keys())
def test_features_are_left_alone_where_the_way_is_not_plain(
    write: Write, check: Command, text: str
) -> None:
    write({"train.py": text})
    found = check("--select", "unscaled-features", "train.py").findings
    assert found
    assert [each["fix"] for each in found] == [None] * len(found)


STOPPED = {
    "no callbacks": ("", "callbacks=[STOP]"),
    "none": ("callbacks=None", "callbacks=[STOP]"),
    "a list": ("callbacks=[log]", "callbacks=[log, STOP]"),
    "an empty list": ("callbacks=[]", "callbacks=[STOP]"),
    "a list with a name": ("callbacks=logs", "callbacks=[*logs, STOP]"),
    "a list by its position": ("32, 500, 1, [log]", "32, 500, 1, [log, STOP]"),
}


@pytest.mark.parametrize("before, after", STOPPED.values(), ids=STOPPED.keys())
def test_training_is_stopped_beside_other_callbacks(
    write: Write, tfcheck: Command, folder: Path, before: str, after: str
) -> None:
    text = """\
    import keras
    log = keras.callbacks.CSVLogger("log")
    logs = [log]
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("adam", "mse")
    model.fit(x, y, ARGUMENTS)
    """
    epochs = "" if "500" in before else "epochs=500, " if before else "epochs=500"
    write({"train.py": text.replace("ARGUMENTS", epochs + before)})
    result = tfcheck(*ALL_FIXES, "--select", "no-early-stopping", "train.py")
    assert "fixed 1, 0 remain" in result.out
    stop = 'keras.callbacks.EarlyStopping(monitor="loss", patience=50, restore_best_weights=True)'
    fit = " ".join((folder / "train.py").read_text().partition("model.fit")[2].split())
    fit = fit.replace("( ", "(").replace(" )", ")")
    comma = "" if before else ", "
    assert fit == f"(x, y, {epochs}{comma}{after})".replace("STOP", stop)


MONITORED = {
    "validation data": ("x, y, validation_data=(a, b)", "val_loss", False),
    "a part that is split off": ("x, y, validation_split=0.2", "val_loss", False),
    "a part that is split off now": ("x_train, y_train", "val_loss", True),
    "nothing, where the order is not known": ("x, y", "loss", False),
    "nothing, where a dataset cannot be split": (
        "tf.data.Dataset.from_tensor_slices((x_train, y_train)).batch(8)",
        "loss",
        False,
    ),
}


@pytest.mark.parametrize("passed, monitor, split", MONITORED.values(), ids=MONITORED.keys())
def test_what_training_is_stopped_by(
    write: Write, tfcheck: Command, folder: Path, passed: str, monitor: str, split: bool
) -> None:
    text = f"import tensorflow as tf\n{SPLIT}x_train, x_test, y_train, y_test = "
    text += f"train_test_split(x, y)\n{MODEL}model.fit({passed}, epochs=200)\n"
    write({"train.py": text})
    tfcheck(*ALL_FIXES, "--select", "no-early-stopping", "train.py")
    fixed = (folder / "train.py").read_text()
    assert f'EarlyStopping(monitor="{monitor}", patience=20' in fixed
    assert ("validation_split=0.1" in fixed) is split


@pytest.mark.parametrize("callbacks", ["log", "unknown", "make()"])
def test_callbacks_that_are_not_known_are_left_alone(
    write: Write, check: Command, callbacks: str
) -> None:
    text = f"""\
    import keras
    log = keras.callbacks.CSVLogger("log")
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("adam", "mse")
    model.fit(x, y, epochs=500, callbacks={callbacks})
    """
    write({"train.py": text})
    assert not any(each["fix"] for each in check("train.py").findings)


def test_a_string_that_may_be_used_elsewhere_is_not_replaced(write: Write, check: Command) -> None:
    text = """\
    import argparse
    import keras
    parser = argparse.ArgumentParser()
    parser.add_argument("--optimizer", default="sgd")
    name = "sgd"
    for optimizer in (name, parser.parse_args().optimizer):
        model = keras.Sequential([keras.layers.Dense(1)])
        model.compile(optimizer, "mse")
        model.fit(x, y)
    """
    write({"train.py": text})
    found = check("--select", "bare-sgd", "train.py").findings
    assert found
    assert not any(each["fix"] for each in found)


def test_an_activation_of_several_layers_is_not_changed(write: Write, check: Command) -> None:
    """What is written once may be meant for hidden layers, too."""
    text = """\
    import keras
    from sklearn.datasets import load_digits
    x, y = load_digits(return_X_y=True)
    model = keras.Sequential()
    for units in (32, 10):
        model.add(keras.layers.Dense(units))
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(x / 16, y)
    """
    write({"train.py": text})
    (found,) = check("--select", "logits-without-from-logits", "train.py").findings
    assert found["fix"] is None


def test_quotes_are_those_of_the_script(write: Write, tfcheck: Command, folder: Path) -> None:
    write(
        {
            "train.py": """\
            import keras
            model = keras.Sequential([keras.layers.Dense(1, 'softmax')])
            model.compile('adam', 'binary_crossentropy')
            model.fit(x, y)
            """
        }
    )
    tfcheck(*ALL_FIXES)
    assert "Dense(1, 'sigmoid')" in (folder / "train.py").read_text()
