"""Faults are planted by a program of their own, in the same places for the same seed."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from conftest import spawn
from planting import KINDS, Mutant, drawn, mutants
from trained import code_of

ROOT = Path(__file__).parent.parent
PATHS = sorted((ROOT / "fixtures/sound").iterdir())
PROGRAMS = {path.name: code_of(path) for path in PATHS if path.suffix in {".py", ".ipynb"}}
FEW = {name: PROGRAMS[name] for name in ("iris_one_hot.py", "two_inputs.py", "series_gru.py")}
DRAW = """
import hashlib
from test_planting import FEW
from planting import drawn
codes = [each.code for each in drawn(FEW, 4, 5)]
print(hashlib.sha256(repr(codes).encode()).hexdigest())
"""


def drawn_elsewhere(hash_seed: str) -> str:
    """The draw as another interpreter makes it, whose sets have another order."""
    path = os.pathsep.join(str(ROOT / each) for each in ("benchmarks", "tests", "."))
    environment = {"PYTHONPATH": path, "PYTHONHASHSEED": hash_seed}
    done = spawn(sys.executable, "-c", DRAW, cwd=ROOT, environment=environment)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_same_seed_draws_the_same_mutants() -> None:
    assert drawn_elsewhere("1") == drawn_elsewhere("2")


def test_another_seed_draws_others() -> None:
    assert drawn(FEW, 4, 5) != drawn(FEW, 5, 5)


def test_every_kind_is_planted() -> None:
    kinds = [each.kind for each in drawn(PROGRAMS, 4, 5)]
    assert kinds == [kind for kind in KINDS for _ in range(5)]


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_mutant_is_another_program(program: str) -> None:
    found: list[Mutant] = list(mutants({program: PROGRAMS[program]}))
    assert found
    for each in found:
        compile(each.code, program, "exec")
    assert len({each.code for each in found} | {PROGRAMS[program]}) == len(found) + 1
