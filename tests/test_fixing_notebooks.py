"""Fixes in notebooks: the source of cells changes, and not a byte of anything else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from conftest import Command, Write
from fixing import OLD, Rules, rules

__all__ = ["rules"]

NEW = 'Replace(site, "new()")'
STOP = 'Replace(site, "{keras.callbacks.EarlyStopping}()")'
AROUND = """\
{
 "cells": [
  {"metadata": {"b": 1, "a": [ ]}, "cell_type": "markdown", "source": "# keras \\u00e4 ä"},
  {
   "cell_type": "code",
   "execution_count": 3,
   "outputs": [{"data": {"image/png": "aGk="},   "output_type": "display_data"}],
   "source": SOURCE,
   "metadata": {"tags": []}
  }
 ],
 "nbformat_minor": 5, "metadata": {"language_info": {"name": "python"}},
 "nbformat": 4
}"""

SOURCES = {
    "a list": (
        '["import keras\\n",\n    "x = old()\\n",\n    "y = 1"]',
        '["import keras\\n",\n    "x = new()\\n",\n    "y = 1"]',
    ),
    "a string": ('"import keras\\nx = old()\\n"', '"import keras\\nx = new()\\n"'),
    "escapes of other lines": (
        '["# keras \\u00e4 \\/ ä\\n", "x = old()"]',
        '["# keras \\u00e4 \\/ ä\\n", "x = new()"]',
    ),
    "umlauts of its own line": (
        '["# keras\\n", "x = old(), \'ä\'"]',
        '["# keras\\n", "x = new(), \'ä\'"]',
    ),
    "spaces in brackets": (
        '[\n "# keras\\n" ,\n "x = old()"\n ]',
        '[\n "# keras\\n" ,\n "x = new()"\n ]',
    ),
    "one line": ('[\n "x = old()"\n]', '[\n "x = new()"\n]'),
    "pieces that are no lines": (
        '["# keras\\nx = ", "old()\\ny = 1\\n"]',
        '["# keras\\n", "x = new()\\n", "y = 1\\n"]',
    ),
    "lines of IPython": (
        '["%matplotlib inline\\n", "!pip install keras\\n", "x = old()\\n", "x?"]',
        '["%matplotlib inline\\n", "!pip install keras\\n", "x = new()\\n", "x?"]',
    ),
    "a statement that is timed": ('["%time old()"]', '["%time new()"]'),
}


@pytest.mark.parametrize("end", ["\n", ""])
@pytest.mark.parametrize("before, after", SOURCES.values(), ids=SOURCES.keys())
def test_nothing_but_the_source_changes(
    rules: Rules, write: Write, tfcheck: Command, before: str, after: str, end: str
) -> None:
    rules.install(NEW)
    write({"train.ipynb": AROUND.replace("SOURCE", before).encode() + end.encode()})
    result = tfcheck("--fix")
    text = (rules.folder / "train.ipynb").read_bytes().decode()
    assert text == AROUND.replace("SOURCE", after) + end
    assert "fixed 1, 0 remain" in result.out


def cells(*sources: str, indent: int | None = 1) -> str:
    listed: list[dict[str, Any]] = [
        {"cell_type": "code", "metadata": {}, "outputs": [], "source": each.splitlines(True)}
        for each in sources
    ]
    return json.dumps({"cells": listed, "metadata": {}, "nbformat": 4}, indent=indent)


def sources(text: str) -> list[str]:
    return ["".join(cell["source"]) for cell in json.loads(text)["cells"]]


IMPORTS = {
    "the cell of the last import": (
        ("import os", "from keras.layers import Dense\n%matplotlib inline", "x = old()"),
        (
            "import os",
            "from keras.layers import Dense\nfrom keras.callbacks import EarlyStopping\n"
            "%matplotlib inline",
            "x = EarlyStopping()",
        ),
    ),
    "its own cell, where that is the first": (
        ("# keras", "x = old()", "import os"),
        ("# keras", "from keras.callbacks import EarlyStopping\nx = EarlyStopping()", "import os"),
    ),
    "no cell, where one has it": (
        ("from keras.callbacks import EarlyStopping", "x = old()"),
        ("from keras.callbacks import EarlyStopping", "x = EarlyStopping()"),
    ),
    "the end of a cell": (
        ("from keras.layers import Dense", "x = old()"),
        (
            "from keras.layers import Dense\nfrom keras.callbacks import EarlyStopping",
            "x = EarlyStopping()",
        ),
    ),
}


@pytest.mark.parametrize("indent", [1, None, 4])
@pytest.mark.parametrize("before, after", IMPORTS.values(), ids=IMPORTS.keys())
def test_where_an_import_goes(
    rules: Rules,
    write: Write,
    tfcheck: Command,
    before: tuple[str, ...],
    after: tuple[str, ...],
    indent: int | None,
) -> None:
    rules.install(STOP)
    write({"train.ipynb": cells(*before, indent=indent).encode()})
    tfcheck("--fix")
    assert (rules.folder / "train.ipynb").read_text() == cells(*after, indent=indent)


LEFT_ALONE = {
    "a line that IPython reads otherwise": "x = %old\nold() if x else !ls",
    "an indentation that IPython takes off": "    import keras\n    old()\n",
    "a cell that is timed and begins the notebook": "%%time\nx = old()",
}


@pytest.mark.parametrize("source", LEFT_ALONE.values(), ids=LEFT_ALONE.keys())
def test_what_is_not_plain_python_is_left_alone(
    rules: Rules, write: Write, tfcheck: Command, source: str
) -> None:
    rules.install(STOP)
    text = cells(source)
    write({"train.ipynb": text.encode()})
    tfcheck("--fix")
    assert (rules.folder / "train.ipynb").read_text() == text


def test_a_notebook_of_format_3(rules: Rules, write: Write, tfcheck: Command) -> None:
    rules.install(NEW)
    listed = [{"cell_type": "code", "input": ["import keras\n", "old()"]}]
    text = json.dumps({"worksheets": [{"cells": listed}], "nbformat": 3})
    write({"train.ipynb": text.encode()})
    tfcheck("--fix")
    assert (rules.folder / "train.ipynb").read_text() == text.replace("old()", "new()")


def test_bytes_that_are_no_text_are_left_alone(
    rules: Rules, write: Write, tfcheck: Command
) -> None:
    rules.install(NEW)
    data = cells("import keras", "old()", "# AE").encode().replace(b"AE", b"\xe4")
    write({"train.ipynb": data})
    result = tfcheck("--fix")
    assert (rules.folder / "train.ipynb").read_bytes() == data
    assert "would not come back unchanged" in result.err


def test_an_edit_is_given_with_its_cell(rules: Rules, write: Write, check: Command) -> None:
    rules.install(STOP, OLD)
    write({"train.ipynb": cells("from keras.layers import Dense\n", "# text\nx = old()").encode()})
    (finding,) = check("train.ipynb").findings
    places = [(each["cell"], each["location"]["row"]) for each in finding["fix"]["edits"]]
    assert places == [(1, 2), (2, 2)]
