"""Every function and method whose effect is known, called on all kinds of things.

What a script passes is not up to us: the wrong type, too few arguments, a text where an array is
meant, an object of a class that inherits from what is called. None of it may stop the reader.
"""

from __future__ import annotations

import itertools

import pytest
from reading import script_of

from tfcheck.script.effects.registry import FUNCTIONS, METHODS

THINGS = {
    "nothing": "None",
    "number": "1",
    "less": "-1",
    "real": "0.5",
    "text": "'a'",
    "bytes": "b'a'",
    "folder": "Path('a')",
    "list": "[1, 2]",
    "empty": "[]",
    "pair": "(1, 2)",
    "texts": "['a', 'b']",
    "mapping": "{'a': 1, 2: 3}",
    "array": "np.array([[1.0, 2.0], [3.0, 4.0]])",
    "statistic": "np.random.rand(3, 2).mean(axis=0)",
    "series": "pd.read_csv('unseen.csv')['a']",
    "frame": "pd.read_csv('unseen.csv')",
    "dataset": "tf.data.Dataset.from_tensor_slices((np.zeros((4, 2)), np.zeros(4)))",
    "lines": "tf.data.TextLineDataset('a')",
    "word": "next(iter(lines))",
    "generator": "ImageDataGenerator().flow_from_directory('a')",
    "tensor": "keras.Input((2,))",
    "image": "next(iter(keras.utils.image_dataset_from_directory('a')))[0]",
    "layer": "keras.layers.Dense(1)",
    "model": "keras.Sequential([keras.layers.Dense(1, activation='sigmoid')])",
    "function": "lambda *a, **k: a",
    "object": "Own()",
    "class_": "Own",
    "either": "[1] if unknown else keras.layers.Dense(1)",
    "lost": "unknown",
}
BEGINNING = (
    "import keras, tensorflow as tf, numpy as np, pandas as pd\n"
    "from pathlib import Path\n"
    "from keras.preprocessing.image import ImageDataGenerator\n"
    "class Own: pass\n" + "".join(f"{name} = {made}\n" for name, made in THINGS.items())
)
ARGUMENTS = [
    "",
    "*lost",
    "**lost",
    "x=1",
    *THINGS,
    *(
        f"{one}, {two}"
        for one, two in itertools.permutations(("number", "text", "array", "lost"), 2)
    ),
    *(f"{one}, {one}, {one}" for one in ("number", "text", "list", "array", "tensor", "function")),
]
# What stands for each family of receivers that is no class of a library.
RECEIVERS = {
    "list": ("list",),
    "dict": ("mapping",),
    "str": ("text",),
    "tuple": ("pair",),
    "path": ("folder",),
    "model": ("model",),
    "layer": ("layer",),
    "optimizer": ("keras.optimizers.SGD()",),
    "array": ("array", "image"),
    "data": ("array", "frame", "series", "dataset", "lines", "word", "generator", "statistic"),
    "statistic": ("statistic",),
    "frame": ("frame",),
    "series": ("series",),
    "dataset": ("dataset", "lines"),
    "imblearn.resampler": ("imblearn.over_sampling.SMOTE()",),
}


def imports(path: str) -> str:
    top = path.partition(".")[0]
    return f"import {top}\n" if "." in path else ""


@pytest.mark.parametrize("path", sorted(FUNCTIONS))
def test_functions(path: str) -> None:
    calls = "".join(f"{path}({arguments})\n" for arguments in ARGUMENTS)
    assert not script_of(BEGINNING + imports(path) + calls).problems


@pytest.mark.parametrize("family", sorted(METHODS))
def test_methods(family: str) -> None:
    receivers = RECEIVERS.get(family, (f"{family}()", "Inherits()"))
    inherited = "" if family in RECEIVERS else f"class Inherits({family}): pass\n"
    for receiver, method in itertools.product(receivers, METHODS[family]):
        name = method.removeprefix("super.")
        calls = "".join(f"({receiver}).{name}({arguments})\n" for arguments in ARGUMENTS)
        code = BEGINNING + imports(family) + "import imblearn\n" + inherited + calls
        assert not script_of(code).problems


@pytest.mark.parametrize("family", ["list", "dict", "str", "tuple", "set", "object"])
def test_classes_that_inherit_from_what_python_has(family: str) -> None:
    names = {*METHODS["list"], *METHODS["dict"], *METHODS["str"], *METHODS["tuple"]}
    calls = "".join(
        f"        self.{name}({arguments})\n        super().{name}({arguments})\n"
        for name in sorted(names)
        for arguments in ("", "number", "text", "list")
    )
    own = f"class Inherits({family}):\n    def all(self):\n{calls}Inherits().all()\n"
    assert not script_of(BEGINNING + own).problems


@pytest.mark.parametrize("base", ["keras.Model", "keras.Sequential", "keras.models.Functional"])
def test_classes_that_inherit_from_a_model(base: str) -> None:
    calls = "".join(
        f"        self.{name}({arguments})\n        super().{name}({arguments})\n"
        for name in sorted(each.removeprefix("super.") for each in METHODS["model"])
        for arguments in ("", "number", "array", "lost", "array, array")
    )
    own = f"class Inherits({base}):\n    def all(self):\n{calls}Inherits().all()\n"
    assert not script_of(BEGINNING + own).problems


def test_a_call_operator_that_is_no_function() -> None:
    own = "class Inherits:\n    __call__ = unknown\nInherits()(1)\n"
    assert not script_of(BEGINNING + own).problems


@pytest.mark.parametrize(
    "index", ["1:2", "(1, 2)", "1:2, 0", "slice(1)", "lost", "...", "[1]", "array"]
)
@pytest.mark.parametrize("thing", THINGS)
def test_items(thing: str, index: str) -> None:
    changes = (
        f"{thing}[{index}]\n{thing}[{index}] = 1\n{thing}[{index}] += 1\ndel {thing}[{index}]\n"
    )
    assert not script_of(BEGINNING + changes).problems


@pytest.mark.parametrize("thing", THINGS)
def test_operators(thing: str) -> None:
    operators = "+ - * / // % ** @ & | ^ << >> < <= == != is in and or".split()
    lines = [f"{thing} {operator} {other}" for operator in operators for other in THINGS]
    lines += [f"-{thing}", f"not {thing}", f"~{thing}", f"[*{thing}]", f"{{**{thing}}}"]
    lines += [f"a, b = {thing}", f"a, *b = {thing}", f"for a in {thing}: a", f"{thing}.a.b = 1"]
    lines += [f"with {thing} as a: a", f"[a for a in {thing}]", f"f'{{{thing}}}'", f"{thing}.a(1)"]
    assert not script_of(BEGINNING + "\n".join(lines) + "\n").problems
