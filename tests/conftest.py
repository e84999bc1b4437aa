"""The command line as tests call it, and the files that they call it on."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from textwrap import dedent
from typing import Any, NamedTuple, TypeAlias

import pytest

from tfcheck.cli import main

SCRIPT = Path(sys.executable).with_name("tfcheck")

TRAINING = """\
import keras

def train(x, y):
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile(optimizer="sgd", loss="mse")
    model.fit(x, y, epochs=500)
"""
"""A script with ``bare-sgd`` on row 5 and ``no-early-stopping`` on row 6."""


class Result(NamedTuple):
    """What a call of tfcheck printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def findings(self) -> list[dict[str, Any]]:
        """What a JSON report lists."""
        found: list[dict[str, Any]] = json.loads(self.out)
        return found

    @property
    def places(self) -> list[str]:
        """The findings of a JSON report as ``file:row name``."""
        return [
            f"{each['filename']}:{each['location']['row']} {each['name']}" for each in self.findings
        ]

    @property
    def files(self) -> list[str]:
        """The files in which a JSON report finds something."""
        return sorted({each["filename"] for each in self.findings})


Command: TypeAlias = Callable[..., Result]
Write: TypeAlias = Callable[[Mapping[str, str | bytes]], None]
Pack: TypeAlias = Callable[..., None]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory."""
    here = tmp_path / "work"
    here.mkdir()
    monkeypatch.chdir(here)
    return here


@pytest.fixture
def write(folder: Path) -> Write:
    """Write files, contents by path, into the working directory."""

    def write_files(files: Mapping[str, str | bytes]) -> None:
        for name, content in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else dedent(content).encode())

    return write_files


@pytest.fixture
def tfcheck(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Command:
    """Call the command line in this process."""

    def call(*words: str | Path, stdin: str = "") -> Result:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        capsys.readouterr()
        try:
            code = main([str(word) for word in words])
        except SystemExit as end:  # argparse ends the process itself
            code = end.code if isinstance(end.code, int) else 1
        return Result(code, *capsys.readouterr())

    return call


@pytest.fixture
def check(tfcheck: Command) -> Command:
    """Check paths and report as JSON."""

    def call(*words: str | Path, stdin: str = "") -> Result:
        return tfcheck("--output-format", "json", *words, stdin=stdin)

    return call


@pytest.fixture
def install_pack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pack:
    """Install a rule pack whose one rule, TFC990 ``example``, is the given function body.

    ``more`` are further arguments of the rule.

    Packs of different tests need different names, as they do in one environment.
    """
    packages = tmp_path / "packages"
    monkeypatch.syspath_prepend(packages)

    def install(name: str, body: str, more: str = "") -> None:
        package = packages / name
        package.mkdir(parents=True)
        (package / "__init__.py").touch()
        (package / "example.py").write_text(
            '"""Says what the test wants."""\n'
            "from tfcheck.rule import Draft, Rule, Severity\n"
            "def check(script, options):\n"
            "    path = script.source.path\n"
            f"    {body}\n"
            '    yield from (Draft(run.site, "seen") for run in script.runs)\n'
            'RULE = Rule("TFC990", "example", Severity.WARNING, check, __doc__, {"limit": 1.5}, '
            f"{more})\n"
        )

    return install


def spawn(
    *words: str | Path, cwd: Path, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command in a process of its own."""
    return subprocess.run(
        [str(word) for word in words],
        cwd=cwd,
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Processes that are started here take the signals that ``nohup`` and ``&`` have ignored."""
    before = {each: signal.signal(each, signal.SIG_DFL) for each in (signal.SIGHUP, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)
