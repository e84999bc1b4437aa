"""Notebooks and IPython's lines, against the real IPython."""

from __future__ import annotations

import ast
import json

import pytest
from conftest import Command, Write
from hypothesis import given
from hypothesis import strategies as st
from IPython.core.inputtransformer2 import TransformerManager
from reading import script_of
from test_output import notebook

from tfcheck.magics import neutralise

CELLS = [
    "%matplotlib inline\nx = 1",
    "!pip install keras\nx = 1",
    "x = !ls\ny = 1",
    "files = %sx ls\n",
    "x = %timeit -o f()\n",
    "?print\nx = 1",
    "print?\nx = 1",
    "np.array??\nx = 1",
    "try:\n    %tensorflow_version 2.x\nexcept Exception:\n    pass",
    "if True:\n    !ls\nelse:\n    x = 1",
    "for i in range(3):\n    !echo {i}\n    x = i",
    "!wget \\\n  http://x \\\n  y\nx = 1",
    "%time x = 1\n",
    "%time model.fit(x, y)\nz = 3",
    "%timeit for i in x: pass\nz = 3",
    "  x = 1\n  y = 2",
    "text = '''\n%matplotlib inline\n!ls\n'''\n",
    "x = (1\n% 2)\n",
    "x = 5 \\\n% 3\n",
    "x = [\n'a', # it's\n]\n!ls",
    "%%time\nx = 1",
    "%%capture out\nx = 1",
    "%%timeit -n 1\nx = 1",
    "%%bash\nls -l | grep x\n",
    "%%html\n<b>not Python</b>",
    "%%writefile a.py\nprint 'x'\n",
    "%load_ext tensorboard\n%tensorboard --logdir logs\n",
    "%cd ..\n%env A=1",
    "get_ipython().magic('matplotlib inline')",
    "print('100%')\nx = '!'\n",
    "x = a != b\n",
    "y = x % 3\n",
    "# %magic in a comment\nx = 1 # what?\n",
    "if x: # why?\n    pass",
    "s = 'a\\\n%b'\n",
    "def f():\n    %time g()\n    return 1\n",
]


@pytest.mark.parametrize("cell", CELLS)
def test_a_cell_parses_wherever_ipython_makes_it_python(cell: str) -> None:
    ast.parse(TransformerManager().transform_cell(cell))
    neutral = neutralise(cell)
    ast.parse(neutral)
    assert neutral.count("\n") == cell.count("\n")


@pytest.mark.parametrize(
    "cell", ["x = 1", "%matplotlib inline\nx = 1", "%time x = 1", "!ls\nx = 1"]
)
def test_what_is_python_stays_where_it_stands(cell: str) -> None:
    tree = ast.parse(neutralise(cell))
    (target,) = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == "x"]
    row = cell.splitlines()[target.lineno - 1]
    assert row[target.col_offset] == "x"


@given(st.lists(st.sampled_from("abx=%!?'\"#()[]\\\n 1"), max_size=40).map("".join))
def test_rows_are_kept_whatever_a_cell_holds(cell: str) -> None:
    assert neutralise(cell).count("\n") == cell.count("\n")


def test_findings_are_located_by_cell_and_row(write: Write, check: Command) -> None:
    imports = "%matplotlib inline\nimport keras\nmodel = keras.Sequential([keras.layers.Dense(1)])"
    write({"a.ipynb": notebook(imports, "!ls\n\nmodel.compile('sgd', 'mse')", "model.fit(x, y)")})
    (bare,) = [each for each in check("a.ipynb").findings if each["name"] == "bare-sgd"]
    assert (bare["cell"], bare["location"]) == (3, {"row": 3, "column": 15})
    assert [each["cell"] for each in bare["evidence"]] == [3, 4]


def test_a_cell_that_does_not_parse_costs_itself_alone(write: Write, check: Command) -> None:
    cells = ["import keras\nm = keras.Sequential([keras.layers.Dense(1)])", "print 'x'"]
    write({"a.ipynb": notebook(*cells, "m.compile('sgd', 'mse')\nm.fit(x, y)")})
    found = {each["name"]: each for each in check("a.ipynb").findings}
    assert set(found) == {"syntax-error", "bare-sgd"}
    assert found["syntax-error"]["cell"] == 3
    assert found["syntax-error"]["severity"] == "note"
    assert "print" in found["syntax-error"]["message"]


EXPORTED = """\
import keras

{mark}
{cell}

{mark}
m = keras.Sequential([keras.layers.Dense(1)])
m.compile(keras.optimizers.Adam(lr=0.1), "mse")
m.fit(x, y)
"""
PROSE = "From first inspection, lots of zeros.\nprint(x)"


@pytest.mark.parametrize(
    "mark", ["# In[ ]:", "# In[12]:", "# %%", "# %% [markdown]", "# <codecell>"]
)
@pytest.mark.parametrize("cell", [PROSE, "  x = 1", "print(x))", "x = 'unterminated"])
def test_a_cell_of_an_exported_notebook_costs_itself_alone(
    write: Write, check: Command, mark: str, cell: str
) -> None:
    """What is found stands in its row, and nothing is changed in a file that does not parse."""
    code = EXPORTED.format(mark=mark, cell=cell)
    write({"a.py": code})
    report = check("a.py", "--select", "syntax-error,removed-argument")
    found = {each["name"]: each for each in report.findings}
    assert set(found) == {"syntax-error", "removed-argument"}
    assert found["syntax-error"]["location"]["row"] in (4, 5)
    row = 1 + code.splitlines().index('m.compile(keras.optimizers.Adam(lr=0.1), "mse")')
    assert found["removed-argument"]["location"]["row"] == row
    assert found["removed-argument"]["fix"] is None


@pytest.mark.parametrize(
    "code",
    [
        EXPORTED.format(mark="# a cell", cell=PROSE),
        # Marks in a text: what follows them is no code.
        "x = QUOTE\n" + EXPORTED.format(mark="# In[1]:", cell="") + "QUOTE\nfrom here on",
    ],
)
def test_a_script_that_does_not_parse_and_has_no_cells(
    write: Write, check: Command, code: str
) -> None:
    write({"a.py": code.replace("QUOTE", "'''")})
    assert [each["name"] for each in check("a.py").findings] == ["syntax-error"]


def test_an_exported_notebook_that_parses_is_read_as_a_whole(write: Write, check: Command) -> None:
    write({"a.py": EXPORTED.format(mark="# In[1]:", cell="if True:\n    pass")})
    (found,) = check("a.py", "--select", "syntax-error,removed-argument").findings
    assert found["fix"] is not None


def test_format_3_and_sources_in_one_string(write: Write, check: Command) -> None:
    code = "import keras\nm = keras.Sequential([keras.layers.Dense(1)])\n"
    code += "m.compile('sgd', 'mse')\nm.fit(x, y)"
    old = {"nbformat": 3, "worksheets": [{"cells": [{"cell_type": "code", "input": code}]}]}
    new = {"nbformat": 4, "cells": [{"cell_type": "code", "source": code}]}
    write({"old.ipynb": json.dumps(old), "new.ipynb": json.dumps(new)})
    assert check(".").places == ["new.ipynb:3 bare-sgd", "old.ipynb:3 bare-sgd"]


def test_notebooks_of_other_languages_are_left_alone(write: Write, check: Command) -> None:
    metadata = {"kernelspec": {"name": "ir", "language": "R"}}
    cell = {"cell_type": "code", "source": "library(keras)\nx <- 1"}
    write({"a.ipynb": json.dumps({"nbformat": 4, "metadata": metadata, "cells": [cell]})})
    assert check("a.ipynb").findings == []


@pytest.mark.parametrize(
    "text", ["{keras", '{"cells": [keras', "[1, 'keras']", '{"keras": 1}', '"keras"']
)
def test_what_is_no_notebook_is_said_to_be_none(write: Write, check: Command, text: str) -> None:
    write({"a.ipynb": text})
    result = check("a.ipynb")
    assert result.code == 0
    assert {each["severity"] for each in result.findings} <= {"note"}


def test_a_model_in_a_string_is_not_read() -> None:
    script = script_of(
        """
        import keras
        '''
        model = keras.Sequential([keras.layers.Dense(1)])
        model.compile("sgd", "mse")
        model.fit(x, y)
        '''
        """
    )
    assert script.runs == ()
