"""Notebooks, and scripts that were one, in which a model is still found, and no key printed."""

from __future__ import annotations

import pytest
from conftest import Command, Write
from test_output import notebook
from test_traps import RULES, Found, found, found_in_cells

__all__ = ["RULES", "found", "found_in_cells"]


# Notebooks

BUILD = "import keras\nmodel = keras.Sequential([keras.layers.Dense(1)])"
TRAIN = "model.compile('sgd', 'mse')\nmodel.fit(x, y, epochs=5)"
TRAIN_WELL = TRAIN.replace("sgd", "adam")


@pytest.mark.parametrize(
    "cell",
    [
        "try:\n    %tensorflow_version 2.x\nexcept Exception:\n    pass",
        "try:\n    !pip install keras\n    import keras\nexcept ImportError:\n    pass",
        "if True:\n    %matplotlib inline",
        "%load_ext tensorboard\n%tensorboard --logdir logs",
        "files = !ls *.csv\nprint(files)",
        "%%bash\nls -l | wc && echo 'sgd'",
        "%%html\n<b>model.fit(x, y)</b>",
        "model.fit?",
        "",
        "# only a comment",
    ],
)
def test_magics_do_not_cost_the_notebook(found_in_cells: Found, cell: str) -> None:
    """What is no Python for us is Python for IPython, so it is no syntax error either."""
    assert found_in_cells(cell, BUILD, TRAIN_WELL) == []
    assert found_in_cells(cell, BUILD, TRAIN) == ["bare-sgd"]


def test_a_model_under_a_cell_magic_and_on_the_line_of_one(found_in_cells: Found) -> None:
    """The cell runs as Python, and the line trains."""
    build, train = f"%%time\n{BUILD}", "model.compile('{}', 'mse')\n%time model.fit(x, y)"
    assert found_in_cells(build, train.format("adam")) == []
    assert found_in_cells(build, train.format("sgd")) == ["bare-sgd"]


def test_lines_of_a_cell_with_a_leading_space(write: Write, check: Command) -> None:
    """IPython dedents a cell before it runs it."""

    def names(train: str) -> list[str]:
        cells = [f" {line}" for line in train.splitlines()]
        write({"main.ipynb": notebook(BUILD, "\n".join(cells))})
        return [each["name"] for each in check("main.ipynb", *RULES).findings]

    assert names(TRAIN_WELL) == []
    assert names(TRAIN) == ["bare-sgd"]


@pytest.mark.parametrize("quotes", ["'''", '"""'])
def test_a_model_in_a_text_of_several_lines(found_in_cells: Found, quotes: str) -> None:
    """Old code is put between quotes rather than deleted."""
    old = TRAIN.replace("'", "")
    assert found_in_cells(BUILD, f"{quotes}\n{old}\n{quotes}", TRAIN_WELL) == []
    assert found_in_cells(BUILD, f"{quotes}\n{old}\n{quotes}", TRAIN) == ["bare-sgd"]


@pytest.mark.parametrize(
    "skeleton",
    [
        "model = None  # YOUR CODE HERE",
        "model = ...  # build a model of two layers",
        "def build():\n    # YOUR CODE HERE\n    raise NotImplementedError()\nmodel = build()",
        "def build():\n    ### START CODE HERE ###\n    model = None\n    ### END CODE HERE ###\n"
        "    return model\nmodel = build()",
        "def build():\n    '''Return a model with a sigmoid output.'''\n    pass\nmodel = build()",
        "model = keras.Sequential([___])",
    ],
)
def test_exercise_skeletons(found_in_cells: Found, skeleton: str) -> None:
    """There is nothing to judge in an exercise; once it is filled in, there is."""
    train = "model.compile('{}', 'binary_crossentropy')\nmodel.fit(x, y, epochs=5)"
    assert found_in_cells("import keras", skeleton, train.format("adam")) == []
    filled = "model = keras.Sequential([keras.layers.Dense(1)])"
    names = ["bare-sgd", "logits-without-from-logits"]
    assert found_in_cells("import keras", skeleton, filled, train.format("sgd")) == names


def test_functions_that_later_cells_define_anew(found_in_cells: Found) -> None:
    """A call means the function as it is when the cell runs."""
    build = "def build(units):\n    return keras.Sequential([keras.layers.Dense(units, '{}')])"
    train = "model = build(10)\nmodel.compile('adam', 'categorical_crossentropy')\nmodel.fit(x, y)"
    bad, good = build.format("sigmoid"), build.format("softmax")
    assert found_in_cells("import keras", bad, good, train) == []
    assert found_in_cells("import keras", good, bad, train) == ["sigmoid-with-categorical"]
    assert found_in_cells("import keras", good, train, bad) == []


@pytest.mark.parametrize("bad", ["print 'x'", "def f(:", "model.fit(", "for x in y", "1 +"])
def test_one_bad_cell_costs_itself_alone(found_in_cells: Found, bad: str) -> None:
    """The cells around it are read, and the note says which one is not."""
    assert found_in_cells(BUILD, bad, TRAIN_WELL) == ["syntax-error"]
    assert found_in_cells(BUILD, bad, TRAIN) == ["bare-sgd", "syntax-error"]


# Exported scripts


@pytest.mark.parametrize(
    "line",
    [
        "get_ipython().run_line_magic('matplotlib', 'inline')",
        "get_ipython().magic('matplotlib inline')",
        "get_ipython().system('pip install keras')",
        "get_ipython().run_cell_magic('time', '', 'model.fit(x, y, epochs=500)')",
        "# In[12]:\n\n\n# ## Training",
        "# %% [markdown]\n# Training",
    ],
)
def test_lines_that_a_notebook_is_exported_with(found: Found, line: str) -> None:
    """They are Python, and do nothing to the model."""
    assert found(f"# coding: utf-8\n{BUILD}\n{line}\n{TRAIN_WELL}\n{line}") == []
    assert found(f"# coding: utf-8\n{BUILD}\n{line}\n{TRAIN}\n{line}") == ["bare-sgd"]


HYPERAS = """
import keras
from hyperas.distributions import choice, uniform
def create_model(x, y):
    model = keras.Sequential()
    model.add(keras.layers.Dense({{{{choice([64, 128])}}}}))
    model.add(keras.layers.Dropout({{{{uniform(0, 1)}}}}))
    model.add(keras.layers.Dense(10, activation="{activation}"))
    model.compile(loss="categorical_crossentropy", optimizer={{{{choice(["sgd", "adam"])}}}})
    model.fit(x, y, epochs={{{{choice([5, 500])}}}})
    return model
"""


def test_templates_of_hyperas(found: Found) -> None:
    """What a template chooses is not known; what stands around it is."""
    assert found(HYPERAS.format(activation="softmax")) == []
    assert found(HYPERAS.format(activation="sigmoid")) == ["sigmoid-with-categorical"]


def test_tabs(found: Found) -> None:
    """A file that is indented by tabs is read like any other."""
    code = "import keras\ndef train(x, y):\n\tmodel = keras.Sequential([keras.layers.Dense(1)])\n"
    code += "\tif x is not None:\n\t\tmodel.compile('{}', 'mse')\n\tmodel.fit(x, y)\n"
    assert found(code.format("adam")) == []
    assert found(code.format("sgd")) == ["bare-sgd"]


def test_python_2(found: Found, found_in_cells: Found) -> None:
    """A file of Python 2 is one note; in a notebook it costs its cell."""
    assert found(f'{BUILD}\n{TRAIN}\nprint "trained", model') == ["syntax-error"]
    assert found(f'{BUILD}\n{TRAIN}\nprint("trained", model)') == ["bare-sgd"]
    assert found_in_cells(BUILD, 'print "trained"', TRAIN) == ["bare-sgd", "syntax-error"]


# Keys

KEY = "AKIA" + "IOSFODNN7EXAMPLE"


@pytest.mark.parametrize("form", ["full", "json", "concise", "sarif", "github"])
def test_a_key_in_a_notebook_is_never_printed(write: Write, tfcheck: Command, form: str) -> None:
    """Reports are published: they hold the lines that a finding is about, and no others."""
    cells = [
        f"key = '{KEY}'\nimport keras",
        f"%env AWS_KEY={KEY}\nmodel = keras.Sequential([keras.layers.Dense(1)])  # the model",
        f"# {KEY}\nmodel.compile('sgd', 'mse')  # compiled\nkey = '{KEY}'",
        f"login('{KEY}')\nprint 'a bad cell'",
        f"connect(key='{KEY}')\nmodel.fit(x, y, epochs=500)  # trained\nprint('{KEY}')",
    ]
    write({"main.ipynb": notebook(*cells)})
    result = tfcheck("--output-format", form, "main.ipynb")
    assert KEY not in result.out + result.err
    for name in ("bare-sgd", "no-early-stopping", "syntax-error"):
        assert name in result.out


def test_the_lines_that_a_finding_is_about_are_printed(write: Write, tfcheck: Command) -> None:
    """So the test above does not pass because no source is printed at all."""
    write({"main.ipynb": notebook(BUILD, f"# {KEY}\nmodel.compile('sgd', 'mse')\nmodel.fit(x, y)")})
    out = tfcheck("--output-format", "full", "main.ipynb").out
    assert "model.compile('sgd', 'mse')" in out
    assert KEY not in out
