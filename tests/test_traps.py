"""Code that looks like a defect and is none, each beside its sibling that is one.

Every trap was met in a real file. Nothing may be said of it; its sibling, which differs in that
one thing, is reported, so that no test passes because a rule is dead.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from textwrap import dedent
from typing import TypeAlias

import pytest
from conftest import Command, Write
from test_output import notebook

Found: TypeAlias = Callable[..., list[str]]


# Other families have traps of their own.
RULES = ("--select", "TFC0,TFC101,TFC3,TFC501,TFC601")


@pytest.fixture
def found(write: Write, check: Command, request: pytest.FixtureRequest) -> Found:
    """The names of the findings in a script, with ``files`` beside it, by the module's rules."""
    rules = request.module.RULES

    def names(code: str, files: Mapping[str, str] | None = None) -> list[str]:
        write({**(files or {}), "main.py": code})
        return sorted(each["name"] for each in check("main.py", *rules).findings)

    return names


@pytest.fixture
def found_in_cells(write: Write, check: Command) -> Found:
    """The names of all findings in a notebook of these cells."""

    def names(*cells: str) -> list[str]:
        write({"main.ipynb": notebook(*map(dedent, cells))})
        return sorted(each["name"] for each in check("main.ipynb", *RULES).findings)

    return names


# Early stopping

LONG = """
import keras
from keras.callbacks import CSVLogger, EarlyStopping, ModelCheckpoint
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
{code}
"""


@pytest.mark.parametrize(
    "code",
    [
        "stop = EarlyStopping(patience=9)\nmodel.fit(x, y, epochs=500, callbacks=[stop])",
        "stop = EarlyStopping(patience=9)\nmodel.fit(x, y, epochs=500, callbacks=stop)",
        "model.fit(x, y, epochs=500, callbacks=EarlyStopping(patience=9))",
        "model.fit(x, y, epochs=500, callbacks=[CSVLogger('a'), EarlyStopping(patience=9)])",
        "class Trainer:\n"
        "    def callbacks(self):\n"
        "        found = [CSVLogger('a')]\n"
        "        found.append(EarlyStopping(patience=9))\n"
        "        return found\n"
        "    def train(self):\n"
        "        model.fit(x, y, epochs=500, callbacks=self.callbacks())\n"
        "Trainer().train()",
        "found = [CSVLogger('a')]\nif flag:\n    found.append(EarlyStopping(patience=9))\n"
        "model.fit(x, y, epochs=500, callbacks=found)",
    ],
    ids=["variable", "bare variable", "bare", "list", "a method's list", "sometimes"],
)
def test_early_stopping_that_is_passed(found: Found, code: str) -> None:
    """However it gets there, it ends training; the sibling gets a logger there the same way."""
    assert found(LONG.format(code=code)) == []
    without = code.replace("EarlyStopping(patience=9)", "CSVLogger('b')")
    assert found(LONG.format(code=without)) == ["no-early-stopping"]


@pytest.mark.parametrize(
    "code",
    [
        "model.fit(x, y, epochs=500, callbacks=[\n    CSVLogger('a'),\n"
        "    # EarlyStopping(patience=9),\n])",
        "model.fit(x, y, epochs=500)  # callbacks=[EarlyStopping(patience=9)]",
        "stop = EarlyStopping(patience=9)\nmodel.fit(x, y, epochs=500)",
        "stop = EarlyStopping(patience=9)\nfound = [CSVLogger('a')]\n"
        "model.fit(x, y, epochs=500, callbacks=found)",
        "stop = EarlyStopping(patience=9)\nmodel.fit(x, y, epochs=5, callbacks=[stop])\n"
        "model.fit(x, y, epochs=500)",
        "'''\nEarlyStopping(patience=9)\n'''\nmodel.fit(x, y, epochs=500)",
    ],
    ids=["commented out", "behind fit", "never passed", "not in the list", "elsewhere", "text"],
)
def test_early_stopping_that_is_named_and_not_passed(found: Found, code: str) -> None:
    """The word stands in the file, and nothing ends training; a short one needs no ending."""
    assert found(LONG.format(code=code)) == ["no-early-stopping"]
    assert found(LONG.format(code=code.replace("500", "5"))) == []


# Optimizers

OPTIMIZER = """
import keras
from keras.optimizers import SGD
def build(optimizer="adam", **options):
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile(optimizer=optimizer, loss="mse", **options)
    return model
{code}
model.fit(x, y, epochs=5)
"""


@pytest.mark.parametrize(
    "code",
    [
        "model = build(optimizer={optimizer})",
        "model = build({optimizer})",
        "chosen = {optimizer}\nmodel = build(chosen)",
        "settings = {{'optimizer': {optimizer}, 'metrics': ['mae']}}\nmodel = build(**settings)",
        "settings = {{'optimizer': {optimizer}}}\nmodel = build(settings['optimizer'])",
        "def make(**options):\n    return build(**options)\nmodel = make(optimizer={optimizer})",
        "settings = dict(optimizer={optimizer}, loss='mse')\n"
        "model = keras.Sequential([keras.layers.Dense(1)])\nmodel.compile(**settings)",
    ],
    ids=["keyword", "parameter", "variable", "**dict", "item", "**kwargs", "compile"],
)
@pytest.mark.parametrize(
    ("optimizer", "names"),
    [
        ("'sgd'", ["bare-sgd"]),
        ("'SGD'", ["bare-sgd"]),
        ("'Sgd'", ["bare-sgd"]),
        ("SGD()", ["bare-sgd"]),
        ("'Adam'", []),
        ("'ADAM'", []),
        ("SGD(learning_rate=0.01)", []),
        ("SGD(0.01)", []),
        ("SGD(lr=0.01, momentum=0.9)", []),
        ("SGD(**more)", []),
    ],
)
def test_an_optimizer_that_comes_a_long_way(
    found: Found, code: str, optimizer: str, names: list[str]
) -> None:
    """It is followed to its value, and only a value with nothing set is reported."""
    assert found(OPTIMIZER.format(code=code.format(optimizer=optimizer))) == names


@pytest.mark.parametrize(
    ("made", "names"),
    [("SGD(learning_rate=0.1)", []), ("SGD(momentum=0.9)", []), ("SGD()", ["bare-sgd"])],
)
def test_a_variable_called_sgd(found: Found, made: str, names: list[str]) -> None:
    """``optimizer=sgd`` is a name here, and no text."""
    code = f"sgd = {made}\nmodel = build(optimizer=sgd)"
    assert found(OPTIMIZER.format(code=code)) == names


# What is no Keras model

NO_MODEL = """
import keras
model = keras.Sequential([keras.layers.Dense(1)])
{code}
"""


@pytest.mark.parametrize(
    "code",
    [
        "import re\nmodel = re.compile('sgd')\nmodel.fit(x, y, epochs=500)",
        "from kfp import compiler\nmodel = compiler.Compiler()\n"
        "model.compile('sgd', 'mse')\nmodel.fit(x, y, epochs=500)",
        "from keras.preprocessing.image import ImageDataGenerator\n"
        "model = ImageDataGenerator(rescale=1 / 255)\nmodel.fit(x, augment=True, rounds=500)",
        "from keras.preprocessing.text import Tokenizer\nmodel = Tokenizer(num_words=500)\n"
        "model.fit_on_texts(x)\nmodel.fit(x, y, epochs=500)",
        "from sklearn.preprocessing import StandardScaler\nmodel = StandardScaler()\n"
        "model.fit(x, y, epochs=500)",
        "from lightgbm import LGBMClassifier\nmodel = LGBMClassifier(n_estimators=500)\n"
        "model.fit(x, y, eval_set=[(a, b)], callbacks=[log], epochs=500)",
        "import xgboost as xgb\nmodel = xgb.XGBClassifier(n_estimators=500)\n"
        "model.fit(x, y, eval_set=[(a, b)], early_stopping_rounds=None, epochs=500)",
        "from rl.agents.dqn import DQNAgent\nmodel = DQNAgent(model=model, nb_actions=2)\n"
        "model.compile('sgd', metrics=['mae'])\nmodel.fit(env, nb_steps=50000, epochs=500)",
        "class Own:\n    def compile(self, optimizer, loss):\n        self.optimizer = optimizer\n"
        "    def fit(self, x, y, epochs):\n        return self\n"
        "model = Own()\nmodel.compile('sgd', 'mse')\nmodel.fit(x, y, epochs=500)",
    ],
    ids=[
        "re.compile",
        "a compiler of pipelines",
        "ImageDataGenerator",
        "Tokenizer",
        "scaler",
        "LightGBM",
        "XGBoost",
        "keras-rl",
        "a class of the script",
    ],
)
def test_compile_and_fit_of_what_is_no_keras_model(found: Found, code: str) -> None:
    """The methods are called alike; on a Keras model the same calls are reported."""
    assert found(NO_MODEL.format(code=code)) == []
    real = "model.compile('sgd', 'mse')\nmodel.fit(x, y, epochs=500)"
    assert found(NO_MODEL.format(code=f"{real}\n{code}")) == ["bare-sgd", "no-early-stopping"]


GRID = """
import keras
from sklearn.model_selection import GridSearchCV
{imported}
def create(optimizer="sgd"):
    model = keras.Sequential([keras.layers.Dense(1, activation="sigmoid")])
    model.compile(optimizer=optimizer, loss="binary_crossentropy")
    return model
{code}
"""


@pytest.mark.parametrize(
    "imported",
    [
        "from keras.wrappers.scikit_learn import KerasClassifier",
        "from scikeras.wrappers import KerasClassifier",
    ],
)
def test_a_grid_search_around_a_wrapper(found: Found, imported: str) -> None:
    """The grid sets the optimizer and the epochs that are written as defaults."""
    searched = """
grid = GridSearchCV(KerasClassifier(create, epochs=500), {"optimizer": ["adam", "nadam"]})
grid.fit(x, y)
"""
    assert found(GRID.format(imported=imported, code=searched)) == []
    trained = "create().fit(x, y, epochs=500)"
    names = ["bare-sgd", "no-early-stopping"]
    assert found(GRID.format(imported=imported, code=trained)) == names


# What changes labels, the scale or the optimizer where one does not look for it.

QUIET = {
    "the arguments of a function that nobody calls may set it all": """
        import keras
        def build(x, y, **kw):
            model = keras.Sequential([keras.layers.Dense(1, **kw)])
            model.compile(keras.optimizers.SGD(**kw), "binary_crossentropy")
            model.fit(x, y, epochs=500, **kw)
    """,
    "and so may its layers and callbacks": """
        import keras
        def train(x, y, *more):
            model = keras.Sequential([keras.layers.Dense(1), *more])
            model.compile("adam", "mse")
            model.fit(x, y, epochs=500, callbacks=list(more))
    """,
    "a binarizer makes one-hot codes of classes": """
        from sklearn.preprocessing import LabelBinarizer
        y = LabelBinarizer().fit_transform(y)
        train(10, "softmax", "categorical_crossentropy", x / 255, y)
    """,
    "and so does a comparison of each with each": """
        y = (y[:, None] == np.arange(10)).astype(int)
        train(10, "softmax", "categorical_crossentropy", x / 255, y)
    """,
    "argmax makes classes of one-hot codes": """
        y = np.eye(10)[y].argmax(1)
        train(10, "softmax", "sparse_categorical_crossentropy", x / 255, y)
    """,
    "a mask may leave the rows of two classes only": """
        kept = (y == 0) | (y == 1)
        train(1, "sigmoid", "binary_crossentropy", x[kept] / 255, y[kept])
    """,
    "classes may be renumbered in place": """
        y[y != 3] = 0
        y[y == 3] = 1
        train(1, "sigmoid", "binary_crossentropy", x / 255, y)
    """,
    "or be whether they are one of them": """
        train(1, "sigmoid", "binary_crossentropy", x / 255, y.astype(bool))
    """,
    "scaling that depends on a flag may happen": """
        if flag:
            x = x / 255
        train(10, "softmax", "sparse_categorical_crossentropy", x, y)
    """,
    "out= names what a function of NumPy writes into": """
        x = x.astype("float32")
        np.divide(x, 255, out=x)
        train(10, "softmax", "sparse_categorical_crossentropy", x, y)
    """,
    "rows of the unit matrix are one-hot codes": """
        train(1, None, "mse", np.eye(300)[np.random.randint(0, 300, 20)], np.random.rand(20))
    """,
    "the rate is set after the model is compiled": """
        model = train(10, "softmax", "sparse_categorical_crossentropy", optimizer="sgd")
        model.optimizer.learning_rate = 0.1
        model.fit(x / 255, y)
    """,
    "or assigned": """
        model = train(10, "softmax", "sparse_categorical_crossentropy", optimizer="sgd")
        keras.backend.set_value(model.optimizer.learning_rate, 0.1)
        model.optimizer.learning_rate.assign(0.1)
        model.fit(x / 255, y)
    """,
    "nothing runs after the script ends": """
        import sys
        sys.exit()
        train(10, "softmax", "sparse_categorical_crossentropy", x, y)
    """,
}
LOUD = {
    "unscaled-features": 'train(10, "softmax", "sparse_categorical_crossentropy", x, y)',
    "label-encoding": 'train(10, "softmax", "categorical_crossentropy", x / 255, y)',
    "units-against-classes": 'train(9, "softmax", "sparse_categorical_crossentropy", x / 255, y)',
    "bare-sgd": """
        model = train(10, "softmax", "sparse_categorical_crossentropy", optimizer="sgd")
        model.fit(x / 255, y)
    """,
}
MNIST = """\
import argparse
import keras
import numpy as np
flag = argparse.ArgumentParser().parse_args().flag
(x, y), _ = keras.datasets.mnist.load_data()
def train(units, activation, loss, x=None, y=None, optimizer="adam"):
    head = keras.layers.Dense(units, activation=activation)
    model = keras.Sequential([keras.layers.Flatten(), head])
    model.compile(optimizer, loss)
    if x is not None:
        model.fit(x, y)
    return model
"""


@pytest.mark.parametrize("code", QUIET.values(), ids=QUIET)
def test_what_changes_behind_the_back(write: Write, check: Command, code: str) -> None:
    write({"train.py": MNIST + dedent(code)})
    assert [each["name"] for each in check("train.py", *RULES).findings] == []


@pytest.mark.parametrize(("name", "code"), LOUD.items(), ids=LOUD)
def test_without_that_it_is_reported(write: Write, check: Command, name: str, code: str) -> None:
    write({"train.py": MNIST + dedent(code)})
    assert [each["name"] for each in check("train.py", *RULES).findings] == [name]


@pytest.mark.parametrize("callback", ["keras.callbacks.LearningRateScheduler(f)", "Own()", "lost"])
def test_a_rate_that_a_callback_may_set(write: Write, check: Command, callback: str) -> None:
    """The default of 0.01 holds only until then, and the message says so."""
    own = "class Own(keras.callbacks.Callback): pass\n"
    compiled = 'model = train(10, "softmax", "sparse_categorical_crossentropy", optimizer="sgd")\n'
    write({"train.py": f"{MNIST}{own}{compiled}model.fit(x / 255, y, callbacks=[{callback}])\n"})
    (finding,) = check("train.py", *RULES).findings
    assert "unless a callback sets it" in finding["message"]


def test_targets_of_several_columns_are_no_class_numbers(write: Write, check: Command) -> None:
    code = """
        y = np.random.randint(2, size=(60_000, 10))
        train(10, "softmax", "categorical_crossentropy", x / 255, y)
    """
    write({"train.py": MNIST + dedent(code)})
    assert check("train.py", *RULES).findings == []


def test_labels_of_a_generator_that_are_replaced(write: Write, check: Command) -> None:
    code = """
        from keras.preprocessing.image import ImageDataGenerator
        images = ImageDataGenerator(rescale=1 / 255).flow_from_directory("a", class_mode="sparse")
        images.classes = np.eye(10)[images.classes]
        model = train(10, "softmax", "categorical_crossentropy")
        model.fit(images)
    """
    write({"train.py": MNIST + dedent(code)})
    assert check("train.py", *RULES).findings == []


def test_accuracy_of_labels_that_are_not_known_is_a_note(write: Write, check: Command) -> None:
    """They may be 0 and 1, of which accuracy says something even where the loss does not fit."""
    scripts = {
        "lost.py": "x, y = load()",
        "known.py": "from sklearn.datasets import make_regression\nx, y = make_regression()",
    }
    code = """
        import keras
        model = keras.Sequential([keras.layers.Dense(1)])
        model.compile("adam", "mse", metrics=["accuracy"])
        model.fit(x, y)
    """
    write({name: f"{begin}\n{dedent(code)}" for name, begin in scripts.items()})
    found = {each["filename"]: each["severity"] for each in check(".", *RULES).findings}
    assert found == {"known.py": "warning", "lost.py": "note"}
