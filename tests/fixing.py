"""A rule for tests of fixes: it changes calls of ``old`` as the test says."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import TypeAlias

import pytest
from conftest import Command, Result, Write

Fixed: TypeAlias = Callable[..., str]

_NUMBERS = count()
_RULE = '''
"""Says what the test wants."""
import libcst as cst
from tfcheck.changes import *
from tfcheck.changes import Applicability, Cure
from tfcheck.rule import Draft, Rule, Severity, Site


def check(script, options):
    for unit in script.project.lower(script.source).units:
        script.project.tree(unit)
        for at, node in enumerate(unit.nodes):
            code = cst.Module([]).code_for_node(node)
            site = Site(unit.number, at)
            if {when}:
                cure = Cure(Applicability.{level}, "make it new", ({changes},))
                yield Draft(site, "it is old", cure=cure)


RULE = Rule("TFC990", "example", Severity.WARNING, check, __doc__)
'''
OLD = 'isinstance(node, cst.Call) and code.startswith("old(")'


class Rules:
    """Installs rules that change what they find, and fixes files by them."""

    def __init__(self, packages: Path, write: Write, tfcheck: Command, folder: Path) -> None:
        self._packages, self._write, self._tfcheck = packages, write, tfcheck
        self.folder = folder

    def install(self, changes: str, when: str = OLD, level: str = "SAFE") -> None:
        """Have ``changes``, which see ``site``, made ``when`` a ``node`` and its ``code`` are so."""
        name = f"pack_of_changes_{next(_NUMBERS)}"
        package = self._packages / name
        package.mkdir(parents=True)
        (package / "__init__.py").touch()
        rule = _RULE.format(when=when, level=level, changes=changes)
        (package / "example.py").write_text(rule.lstrip())
        self._write({"tfcheck.toml": f'rule-packs = ["{name}"]\nselect = ["TFC990"]'})

    def fix(self, text: str | bytes, *words: str) -> Result:
        """Fix ``text`` as train.py."""
        data = text.encode() if isinstance(text, str) else text
        self._write({"train.py": data})
        return self._tfcheck("--fix", "train.py", *words)

    @property
    def text(self) -> str:
        return (self.folder / "train.py").read_bytes().decode()


@pytest.fixture
def rules(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    write: Write,
    tfcheck: Command,
    folder: Path,
) -> Rules:
    """A way to install rules and to fix files by them."""
    packages = tmp_path / "packages"
    packages.mkdir()
    monkeypatch.syspath_prepend(packages)
    return Rules(packages, write, tfcheck, folder)
