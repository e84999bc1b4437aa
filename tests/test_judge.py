"""Keras is the judge: what it holds at ``fit`` of our own programs lies inside what was read."""

from __future__ import annotations

import os
import sys
from collections import Counter
from pathlib import Path

import pytest
from conftest import spawn
from judge.collect import records_for
from judge.compare import Verdict, judge

ROOT = Path(__file__).parent.parent
PROGRAMS = sorted((ROOT / "fixtures/programs").glob("*.py")) + sorted(
    (ROOT / "fixtures/three_scripts").glob("*.py")
)
WITHOUT_FIT = {"helpers.py"}
LEAST_SHARES = {
    "layers": 0.95,
    "optimizer": 1.0,
    "loss": 1.0,
    "epochs": 0.9,
    "features scaled": 0.9,
    "shapes": 0.9,
}


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Verdict]]:
    """What the comparison says of each program, each run by Keras in a process of its own."""
    folder = tmp_path_factory.mktemp("records")
    path = os.pathsep.join((str(ROOT / "benchmarks"), str(ROOT)))
    done = spawn(
        *(sys.executable, "-m", "judge.collect", folder, *PROGRAMS),
        cwd=folder,
        environment={"PYTHONPATH": path},
    )
    assert done.returncode == 0, done.stderr
    return {
        program.name: list(judge(program, records_for(folder, program)))
        for program in PROGRAMS
        if records_for(folder, program).exists()
    }


def test_paths_may_be_relative(tmp_path: Path) -> None:
    path = os.pathsep.join((str(ROOT / "benchmarks"), str(ROOT)))
    script = tmp_path / "script.py"
    script.write_text(
        "import keras\n"
        "model = keras.Sequential([keras.layers.Dense(1)])\n"
        'model.compile(loss="mse")\n'
        "model.fit([[1.0]], [[2.0]])\n"
    )
    done = spawn(
        *(sys.executable, "-m", "judge.collect", "records", "script.py"),
        cwd=tmp_path,
        environment={"PYTHONPATH": path},
    )
    assert done.returncode == 0, done.stderr
    assert records_for(tmp_path / "records", script.resolve()).read_text().count("\n") == 1


def test_every_program_reaches_fit(verdicts: dict[str, list[Verdict]]) -> None:
    assert {each.name for each in PROGRAMS} - verdicts.keys() == WITHOUT_FIT


@pytest.mark.parametrize(
    "program", [each.name for each in PROGRAMS if each.name not in WITHOUT_FIT]
)
def test_nothing_is_contradicted(verdicts: dict[str, list[Verdict]], program: str) -> None:
    found = verdicts[program]
    assert Verdict("training run", "known") in found
    assert [each for each in found if each.outcome == "contradicted"] == []


@pytest.mark.parametrize("fact", LEAST_SHARES)
def test_most_is_known(verdicts: dict[str, list[Verdict]], fact: str) -> None:
    outcomes = Counter(
        each.outcome for found in verdicts.values() for each in found if each.fact == fact
    )
    assert outcomes["known"] / outcomes.total() >= LEAST_SHARES[fact]
