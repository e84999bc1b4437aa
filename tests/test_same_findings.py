"""Findings do not depend on how, where and in what company files are checked."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path
from typing import Any

import pytest
from conftest import SCRIPT, TRAINING, Command, Write, spawn

FIXTURES = Path(__file__).parent.parent / "fixtures"
HELPERS = """\
import keras
from keras.optimizers import SGD

def build(units=1, activation=None):
    return keras.Sequential([keras.layers.Dense(units, activation=activation)])

def train(model, x, y, epochs=200, optimizer="sgd"):
    model.compile(optimizer=optimizer, loss="binary_crossentropy")
    model.fit(x, y, epochs=epochs)
"""
USE = """\
import keras
from project.helpers import *
import project.{other}

model = build({number}, "softmax")
train(model, project.{other}.x, [0, 1], epochs={number}00)
x = [1, 2]
"""


@pytest.fixture
def files(write: Write, folder: Path) -> list[str]:
    """A project whose files import each other in a circle, and whatever fixtures there are."""
    write({"project/__init__.py": "", "project/helpers.py": HELPERS, "alone.py": TRAINING})
    for number in range(8):
        text = USE.format(number=number, other=f"use{(number + 3) % 8}")
        write({f"project/use{number}.py": text})
    cell: dict[str, object] = {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {},
        "outputs": [],
    }
    cell["source"] = TRAINING
    book = {"cells": [cell, cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    write({"project/book.ipynb": json.dumps(book)})
    write({"project/old/tfcheck.toml": 'select = ["TFC5"]', "project/old/a.py": TRAINING})
    shutil.copytree(FIXTURES, folder / "fixtures")
    patterns = ("*.py", "*.ipynb")
    return sorted(str(path) for pattern in patterns for path in folder.rglob(pattern))


def findings(check: Command, *words: str | Path) -> list[dict[str, Any]]:
    result = check(*words)
    assert result.code in (0, 1), result.err
    return result.findings


def test_in_any_number_of_processes(check: Command, files: list[str]) -> None:
    alone = findings(check, "--jobs", "1")
    assert alone
    for jobs in ("2", "3", str(len(files) + 1)):
        assert findings(check, "--jobs", jobs) == alone
    assert findings(check) == alone


def test_in_any_order(check: Command, files: list[str]) -> None:
    expected = findings(check)
    for seed in range(3):
        shuffled = random.Random(seed).sample(files, len(files))
        assert findings(check, *shuffled) == expected
        assert findings(check, "--jobs", "2", *shuffled) == expected


def test_in_any_batches(check: Command, files: list[str]) -> None:
    expected = findings(check)
    for size in (1, 3):
        batches = [files[start : start + size] for start in range(0, len(files), size)]
        found = [each for batch in batches for each in findings(check, *batch)]
        assert sorted(map(str, found)) == sorted(map(str, expected))


def test_from_any_folder(
    check: Command, files: list[str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = findings(check)
    monkeypatch.chdir("/")
    for each in (found := findings(check, folder)):
        edits = each["fix"]["edits"] if each["fix"] else []
        for place in (each, *each["evidence"], *edits):
            place["filename"] = str(Path("/", place["filename"]).relative_to(folder))
    assert found == expected


@pytest.mark.parametrize("seed", ["0", "1", "2"])
def test_with_any_hash_seed(check: Command, files: list[str], folder: Path, seed: str) -> None:
    command = (SCRIPT, "--output-format", "json", "--jobs", "1")
    done = spawn(*command, cwd=folder, environment={"PYTHONHASHSEED": seed})
    assert json.loads(done.stdout) == findings(check)


def test_given_twice(check: Command, files: list[str]) -> None:
    assert findings(check, ".", *files, "./project/../alone.py") == findings(check)
