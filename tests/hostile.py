"""Running a script of which anything is expected, and looking for what it left behind."""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import TypeAlias

import pytest

from runtime_probe import supervisor
from runtime_probe.job import Job
from runtime_probe.processes import table
from runtime_probe.records import Ended, Guarded, Record, Remark
from runtime_probe.sandbox.limits import Limits
from runtime_probe.workspace import workspace

LATE = 10.0
"""The seconds after its budget by which everything must be over, even where a machine is busy."""


@dataclass(frozen=True)
class Survived:
    """How a run ended, what the child said, and what the script printed."""

    ended: Ended
    records: tuple[Record, ...]
    printed: str

    @property
    def guarded(self) -> Guarded:
        return next(each for each in self.records if isinstance(each, Guarded))

    @property
    def remarks(self) -> list[str]:
        return [each.message for each in self.records if isinstance(each, Remark)]


Survive: TypeAlias = Callable[..., Survived]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home folder of the user, with the things that people have there."""
    there = tmp_path / "home"
    (there / ".ssh").mkdir(parents=True)
    (there / ".ssh" / "id_rsa").write_text("key")
    (there / ".netrc").write_text("password")
    (there / "houses.csv").write_text("1,2")
    monkeypatch.setenv("HOME", str(there))
    return there


@pytest.fixture
def survive(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Survive:
    """Run a script in the user's project, and demand that it leaves nothing behind."""
    project = home / "project"
    (project / "models").mkdir(parents=True)
    (project / "notes.txt").write_text("mine")
    (project / "models" / "best.h5").write_text("weights")
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))

    def run(
        text: str, seconds: float = 5.0, limits: Limits | None = None, words: tuple[str, ...] = ()
    ) -> Survived:
        (project / "train.py").write_text(dedent(text))
        before = state_of(home)
        started = time.monotonic()
        with workspace(project, Path("train.py")) as place:
            script = str(place.folder / "train.py")
            job = Job(script, str(place.folder), words, (), (), seconds, 3, 100, None, False)
            outcome = supervisor.run(job, place, lambda record: None, limits)
            printed = place.log.read_text(errors="replace")
            assert not processes_of(place.root)
        assert time.monotonic() - started < seconds + LATE
        assert state_of(home) == before
        assert list(temporary.iterdir()) == []
        return Survived(outcome.ended, outcome.records, printed)

    return run


def state_of(folder: Path) -> dict[str, tuple[str, int, int]]:
    """Contents, modes and times of all files."""
    return {
        str(each): (
            hashlib.sha256(each.read_bytes()).hexdigest() if each.is_file() else "",
            each.stat().st_mode,
            each.stat().st_mtime_ns,
        )
        for each in sorted(folder.rglob("*"))
    }


def processes_of(root: Path) -> list[int]:
    """Those that were started by this process, or know of the folder ``root``."""
    return [
        number
        for number, process in table().items()
        if process.parent == os.getpid() or _knows(number, root)
    ]


def _knows(number: int, root: Path) -> bool:
    if number == os.getpid():
        return False
    try:
        if os.readlink(f"/proc/{number}/cwd").startswith(str(root)):
            return True
        return os.fsencode(root) in Path(f"/proc/{number}/environ").read_bytes()
    except OSError:
        return False
