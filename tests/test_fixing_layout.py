"""How what a fix writes is laid out: in lines no longer, and in quotes no other than the rest."""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import dedent

import pytest
from conftest import Command, Write
from test_fixing_rules import ALL_FIXES

START = """\
import keras
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("adam", "mse")
log = keras.callbacks.CSVLogger("log")
"""
STOPPED = {
    "below the first argument": (
        "model.fit(x, y, epochs=500, batch_size=32)\n",
        """\
        model.fit(x, y, epochs=500, batch_size=32,
                  callbacks=[keras.callbacks.EarlyStopping(monitor="loss", patience=50,
                                                           restore_best_weights=True)])
        """,
    ),
    "below the first argument on its line": (
        "model.fit(\n    x, y, epochs=500, batch_size=32)  # why\n",
        """\
        model.fit(
            x, y, epochs=500, batch_size=32,
            callbacks=[keras.callbacks.EarlyStopping(monitor="loss", patience=50,
                                                     restore_best_weights=True)])  # why
        """,
    ),
    "in brackets where there is too little room": (
        "history_of_this_training = model.fit(x, y, epochs=500, batch_size=32, verbose=0)\n",
        """\
        history_of_this_training = model.fit(x, y, epochs=500, batch_size=32, verbose=0,
                                             callbacks=[
                                                 keras.callbacks.EarlyStopping(
                                                     monitor="loss", patience=50, restore_best_weights=True
                                                 )
                                             ])
        """,
    ),
    "on a line of its own": (
        "model.fit(\n    x,\n    y,\n    epochs=500,\n)\n",
        """\
        model.fit(
            x,
            y,
            epochs=500,
            callbacks=[
                keras.callbacks.EarlyStopping(
                    monitor="loss", patience=50, restore_best_weights=True
                )
            ],
        )
        """,
    ),
    "on a line of its own that ends the call": (
        "model.fit(x, y,\n          epochs=500)\n",
        """\
        model.fit(x, y,
                  epochs=500,
                  callbacks=[keras.callbacks.EarlyStopping(monitor="loss", patience=50,
                                                           restore_best_weights=True)])
        """,
    ),
    "after tabs": (
        "if True:\n\tmodel.fit(x, y, epochs=500, batch_size=32)\n",
        """\
        if True:
        \tmodel.fit(x, y, epochs=500, batch_size=32,
        \t          callbacks=[keras.callbacks.EarlyStopping(monitor="loss",
        \t                                                   patience=50,
        \t                                                   restore_best_weights=True)])
        """,
    ),
    "where other lines are as long": (
        f"# {'long ' * 20}\nmodel.fit(x, y, epochs=500,\n          callbacks=[log])\n",
        f"""\
        # {"long " * 20}
        model.fit(x, y, epochs=500,
                  callbacks=[log,
                             keras.callbacks.EarlyStopping(monitor="loss", patience=50,
                                                           restore_best_weights=True)])
        """,
    ),
}


@pytest.mark.parametrize("before, after", STOPPED.values(), ids=STOPPED)
def test_lines_are_broken(
    write: Write, tfcheck: Command, folder: Path, before: str, after: str
) -> None:
    write({"train.py": START + before})
    tfcheck(*ALL_FIXES, "--select", "no-early-stopping", "train.py")
    assert (folder / "train.py").read_text() == START + dedent(after)


def test_quotes_are_those_of_the_line(write: Write, tfcheck: Command, folder: Path) -> None:
    write({"train.py": START + "model.fit(x, y, epochs=500, class_weight={'a': 1})\n"})
    tfcheck(*ALL_FIXES, "--select", "no-early-stopping", "train.py")
    assert "monitor='loss'" in (folder / "train.py").read_text()


def test_quotes_are_those_of_the_notebook(write: Write, tfcheck: Command, folder: Path) -> None:
    cells = [START.replace('"', "'"), "model.fit(x, y, epochs=500)"]
    code = [{"cell_type": "code", "source": each, "metadata": {}} for each in cells]
    write({"train.ipynb": json.dumps({"cells": code, "metadata": {}, "nbformat": 4})})
    tfcheck(*ALL_FIXES, "--select", "no-early-stopping", "train.ipynb")
    assert "monitor='loss'" in (folder / "train.ipynb").read_text()
