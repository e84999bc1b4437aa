"""Python as the reader executes it: values, branches, loops, functions, files of a project."""

from __future__ import annotations

import pytest
from reading import head_of, layers_of, model_of, optimizer_of, run_of, script_of

from tfcheck.script.values import Const, Unknown

MODEL = """
import keras
def fit(optimizer="adam", epochs=1, **more):
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile(optimizer=optimizer, loss="mse")
    model.fit(x, y, epochs=epochs, **more)
"""


def epochs_of(code: str, files: dict[str, str] | None = None) -> object:
    """The epochs that ``code`` passes to ``fit``; ``...`` where they are not known."""
    epochs = run_of(MODEL + code, files).epochs
    return epochs.value if isinstance(epochs, Const) else ...


@pytest.mark.parametrize(
    "code",
    [
        "fit(epochs=6 * 7)",
        "a, (b, *c) = 1, (2, 40, 0)\nfit(epochs=b + c[0])",
        "n = 40\nn += 2\nfit(epochs=n)",
        "if (n := 42) > 3:\n    fit(epochs=n)",
        "fit(epochs=42 if True else 1)",
        "fit(epochs=int('42'))",
        "fit(epochs=int(f'{4}{2}'))",
        "fit(epochs=max(1, 42))",
        "fit(epochs=len('abc') * 14)",
        "fit(epochs=[i * 2 for i in range(16)][15] + 12)",
        "fit(epochs={name: n for name, n in zip('ab', (1, 42))}['b'])",
        "fit(epochs=sum([40, 2]))",
        "settings = {'epochs': 42}\nfit(**settings)",
        "settings = dict(epochs=1)\nsettings.update(epochs=42)\nfit(**settings)",
        "settings = dict(epochs=1)\nsettings['epochs'] = 42\nfit(settings.get('optimizer'), **settings)",
        "args = ('adam', 42)\nfit(*args)",
        "from functools import partial\npartial(fit, epochs=42)()",
        "(lambda n: fit(epochs=n))(42)",
        "import os\nwith open(os.devnull) as f:\n    n = 42\nfit(epochs=n)",
        "mode = 'long'\nmatch mode:\n    case 'short':\n        n = 1\n    case 'long':\n        n = 42\nfit(epochs=n)",
        "try:\n    n = 42\nfinally:\n    pass\nfit(epochs=n)",
        "del MISSING\nfit(epochs=42)",
        "def outer():\n    n = 41\n    def inner():\n        nonlocal n\n        n += 1\n    inner()\n    fit(epochs=n)\nouter()",
        "n = 1\ndef change():\n    global n\n    n = 42\nchange()\nfit(epochs=n)",
        "class A:\n    EPOCHS = 42\n    def go(self):\n        fit(epochs=self.EPOCHS)\nA().go()",
        "class A:\n    @property\n    def epochs(self):\n        return 42\nfit(epochs=A().epochs)",
        "class A:\n    def __init__(self):\n        self.n = 42\nclass B(A):\n    def __init__(self):\n        super().__init__()\nfit(epochs=B().n)",
        "class A:\n    @staticmethod\n    def n(k):\n        return k\nfit(epochs=A.n(42))",
        "for n in (1, 2, 42):\n    pass\nfit(epochs=n)",
        "if __name__ == '__main__':\n    fit(epochs=42)",
        "def steps():\n    yield 42\nfor n in steps():\n    fit(epochs=n)",
    ],
)
def test_values_that_are_known(code: str) -> None:
    assert epochs_of(code) == 42


@pytest.mark.parametrize(
    "code",
    [
        "fit(epochs=int(input()))",
        "import random\nn = 1 if random.random() < 0.5 else 42\nfit(epochs=n)",
        "n = 1\nwhile n < limit:\n    n = n * 2\nfit(epochs=n)",
        "def f(k):\n    return f(k - 1) if k else 42\nfit(epochs=f(3))",
        "fit(**settings)",
        "n = 2 ** 10 ** 10\nfit(epochs=n)",
        "n = 'a' * 10 ** 12\nfit(epochs=len(n))",
        "import os\nfit(epochs=int(os.environ['EPOCHS']))",
        "def decorate(f):\n    return other\n@decorate\ndef n():\n    return 42\nfit(epochs=n())",
    ],
)
def test_values_that_are_not_known(code: str) -> None:
    assert epochs_of(code) is ...


@pytest.mark.parametrize(
    "code",
    [
        """
        import argparse
        parser = argparse.ArgumentParser()
        parser.add_argument("--epochs", type=int, default=42)
        args = parser.parse_args()
        fit(epochs=args.epochs)
        """,
        """
        import argparse
        parser = argparse.ArgumentParser()
        group = parser.add_argument_group("training")
        group.add_argument("-e", "--num-epochs", type=int, default="42")
        args, rest = parser.parse_known_args()
        fit(epochs=args.num_epochs)
        """,
        """
        from absl import flags
        FLAGS = flags.FLAGS
        flags.DEFINE_integer("epochs", 42, "how long")
        fit(epochs=FLAGS.epochs)
        """,
        """
        import click
        @click.command()
        @click.option("--epochs", default=42)
        def main(epochs):
            fit(epochs=epochs)
        main()
        """,
        """
        def train(epochs=42):
            fit(epochs=epochs)
        """,
    ],
)
def test_what_a_command_line_assumes_is_marked_as_a_default(code: str) -> None:
    from textwrap import dedent

    epochs = run_of(MODEL + dedent(code)).epochs
    assert isinstance(epochs, Const)
    assert epochs.value == 42
    assert epochs.default is not None


def test_a_default_decides_no_branch() -> None:
    code = """
import argparse
parser = argparse.ArgumentParser()
parser.add_argument("--fast", action="store_true")
if parser.parse_args().fast:
    fit("sgd")
else:
    fit("adam")
"""
    assert {optimizer_of(run).name for run in script_of(MODEL + code).runs} == {"sgd", "adam"}


def test_an_optimizer_that_comes_through_a_dict_keywords_and_a_parameter() -> None:
    run = run_of(
        """
        import keras
        def create(layers, optimizer):
            model = keras.Sequential([keras.layers.Dense(layers)])
            model.compile(optimizer=optimizer, loss="mse")
            return model
        network = {"layers": 6, "optimizer": "sgd"}
        model = create(**network)
        model.fit(x, y)
        """
    )
    assert optimizer_of(run).string == "sgd"
    assert head_of(run).units == 6


def test_functions_redefined_later_are_called_as_they_are_then() -> None:
    code = """
def epochs():
    return 1
def epochs():
    return 42
fit(epochs=epochs())
"""
    assert epochs_of(code) == 42


def test_what_one_branch_changes_is_not_known_after_it() -> None:
    run = run_of(
        """
        import keras, sys
        model = keras.Sequential([keras.layers.Dense(4)])
        if len(sys.argv) > 1:
            model.add(keras.layers.Dense(3, activation="softmax"))
        model.compile("adam", "mse")
        model.fit(x, y)
        """
    )
    assert isinstance(model_of(run).heads[0], Unknown)


def test_a_branch_that_returns_leaves_no_trace_behind() -> None:
    run = run_of(
        """
        import keras
        def build(kind):
            model = keras.Sequential()
            if kind:
                model.add(keras.layers.Dense(2, activation="softmax"))
                return model
            model.add(keras.layers.Dense(1, activation="sigmoid"))
            return model
        model = build(0)
        model.compile("adam", "mse")
        model.fit(x, y)
        """
    )
    assert head_of(run).activation == "sigmoid"


def test_a_method_that_code_of_the_project_calls_is_not_visited_again() -> None:
    code = """
class Trainer:
    def train(self, epochs):
        fit(epochs=epochs)
Trainer().train(42)
"""
    assert len(script_of(MODEL + code).runs) == 1


def test_a_method_that_nobody_calls_is_visited() -> None:
    code = """
class Trainer:
    def __init__(self, optimizer):
        self.optimizer = optimizer
    def train(self, data):
        fit(epochs=42)
"""
    runs = script_of(MODEL + code).runs
    assert [getattr(run.epochs, "value", ...) for run in runs][-1] == 42


# Files of one project

BUILDER = """
import keras
EPOCHS = 42
def build():
    model = keras.Sequential([keras.layers.Dense(7)])
    model.compile("sgd", "mse")
    return model
"""


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("builder.py", "from builder import build"),
        ("builder.py", "import builder\nbuild = builder.build"),
        ("builder.py", "from builder import *"),
        ("pack/__init__.py", "from pack import build"),
        ("pack/builder.py", "from pack.builder import build"),
        ("pack/builder.py", "import pack.builder\nbuild = pack.builder.build"),
        ("pack/builder.py", "import pack.builder as b\nbuild = b.build"),
        ("pack/builder.py", "from pack import builder\nbuild = builder.build"),
        ("src/pack/builder.py", "from pack.builder import build"),
        (
            "builder.py",
            "def get():\n    from builder import build\n    return build\nbuild = get()",
        ),
        (
            "builder.py",
            "try:\n    from .builder import build\nexcept ImportError:\n    from builder import build",
        ),
    ],
)
def test_models_of_another_file(path: str, code: str) -> None:
    run = run_of(f"{code}\nmodel = build()\nmodel.fit(x, y)", {path: BUILDER})
    assert layers_of(run) == ["Dense"]
    assert optimizer_of(run).string == "sgd"


def test_relative_imports_and_what_a_package_exports() -> None:
    files = {
        "pack/__init__.py": "from .models import build",
        "pack/models/__init__.py": "from ..shared import units\nfrom .small import build",
        "pack/models/small.py": BUILDER.replace("Dense(7)", "Dense(units)").replace(
            "import keras", "import keras\nfrom ..shared import units"
        ),
        "pack/shared.py": "units = 12",
    }
    run = run_of("import pack\nmodel = pack.build()\nmodel.fit(x, y)", files)
    assert head_of(run).units == 12


def test_files_that_import_each_other() -> None:
    files = {"a.py": "import b\nn = 42\n", "b.py": "import a\ndef epochs():\n    return a.n\n"}
    assert epochs_of("import b, a\nfit(epochs=b.epochs())", files) == 42


def test_a_file_named_like_a_library_is_not_taken_for_it() -> None:
    run = run_of(MODEL + "\nimport keras\nfit('sgd')", {"keras.py": "Sequential = None"})
    assert layers_of(run) == ["Dense"]


def test_training_of_an_imported_file_belongs_to_that_file() -> None:
    assert script_of("import other", {"other.py": MODEL + "fit()"}).runs == ()


def test_training_in_a_function_of_another_file_is_found_at_the_call() -> None:
    script = script_of("from other import fit\n\nfit('sgd', epochs=300)", {"other.py": MODEL})
    (run,) = script.runs
    place = script.locate([run.site])[run.site]
    assert place.row == 3
    assert place.filename.endswith("main.py")


def test_a_statement_that_is_there_more_than_once_is_found_where_it_stands() -> None:
    train = "model.fit(x, y)"
    model = "import keras\nmodel = keras.Sequential([keras.layers.Dense(1)])"
    code = f"# {train}\n{model}\n{train}\n{train}\n\n\nif x:\n    {train}\n{train}"
    script = script_of(code)
    places = script.locate([run.site for run in script.runs])
    rows = [number for number, line in enumerate(code.split("\n"), 1) if line.strip() == train]
    assert [places[run.site].row for run in script.runs] == rows


def test_functions_of_other_files_are_followed_within_a_budget_of_their_own() -> None:
    long = "def long():\n" + "    x = [0, 1, 2, 3]\n" * 900  # of some 5,400 steps
    wide = long + "def epochs():\n    return 42\n"
    script = "from wide import epochs, long\n" + "long()\n" * 5 + "fit(epochs=epochs())\n"
    assert epochs_of(script.replace("long()\n" * 5, ""), {"wide.py": wide}) == 42
    assert epochs_of(script, {"wide.py": wide}) is ...
    assert epochs_of(script.replace("from wide import epochs, long", wide)) == 42
