"""A copy of the working folder, in which a script can do what it likes.

There is no link in it to an original, because what is deleted or written goes through links.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import tempfile
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

MOST_BYTES = 1 << 30
MOST_FILES = 20_000

_NEVER_COPIED = frozenset(
    """.git .hg .svn .tox .nox .venv __pycache__ .mypy_cache .pytest_cache .ruff_cache
    .ipynb_checkpoints node_modules""".split()
)
_MARKS_OF_AN_ENVIRONMENT = ("pyvenv.cfg", "conda-meta")


@dataclass(frozen=True, slots=True)
class Workspace:
    """The copy, and what was not copied, each with the reason.

    Environments, versions and caches of tools are never copied, and not named.
    """

    root: Path
    left_out: tuple[str, ...]

    @property
    def folder(self) -> Path:
        """The copy of the working folder."""
        return self.root / "work"

    @property
    def home(self) -> Path:
        """The script's home folder, empty."""
        return self.root / "home"

    @property
    def temporary(self) -> Path:
        """For the script's temporary files."""
        return self.root / "tmp"

    @property
    def log(self) -> Path:
        """For what the script prints; not writable to it by this name."""
        return self.root / "log.txt"


@contextlib.contextmanager
def workspace(original: Path, script: Path, keep: bool = False) -> Iterator[Workspace]:
    """A copy of the folder ``original``, removed at the end and on every signal unless ``keep``.

    ``script``, relative to it, is always copied. Where the rest exceeds ``MOST_BYTES`` or
    ``MOST_FILES``, the largest files and folders beside the script, or beside a folder on the way
    to it, are left out whole: half a data set would train another model.
    """
    with _signals_raise():
        root = Path(tempfile.mkdtemp(prefix="tfcheck-")).resolve()
        try:
            made = Workspace(root, ())
            for each in (made.folder, made.home, made.temporary):
                each.mkdir()
            left_out = _copy(original.resolve(), script, made.folder)
            yield Workspace(root, tuple(left_out))
        finally:
            if not keep:
                with _signals_wait():
                    _remove(root)


@dataclass(slots=True)
class _Unit:
    """A file or folder that is copied whole or not at all, with paths relative to the original."""

    path: str
    folders: list[str] = field(default_factory=list)
    files: list[tuple[str, str]] = field(default_factory=list)  # where it is read, where it goes
    left_out: list[str] = field(default_factory=list)
    size: int = 0

    @property
    def entries(self) -> int:
        return len(self.files) + len(self.folders)

    @property
    def excess(self) -> float:
        """Its share of what may be copied, the larger of the two."""
        return max(self.size / MOST_BYTES, self.entries / MOST_FILES)

    def __str__(self) -> str:
        at_least = "at least " if self.excess > 1 else ""
        return f"{self.path} ({at_least}{self.entries:,} files, {self.size / 1e6:,.0f} MB)"


def _copy(original: Path, script: Path, copy: Path) -> list[str]:
    """Returns what was left out."""
    units = [_gathered(str(original), each) for each in _beside(original, script)]
    left_out = [each for unit in units for each in unit.left_out]
    largest_last = sorted(units, key=lambda each: each.excess)
    source = original / script
    own = _Unit(str(script), files=[(str(source), str(script))], size=source.stat().st_size)
    units.append(own)
    while largest_last and _exceeds(units):
        unit = largest_last.pop()
        units.remove(unit)
        left_out.append(f"{unit}: too large to copy")
    for unit in units:
        for folder in unit.folders:
            (copy / folder).mkdir(parents=True, exist_ok=True)
        for read_from, name in unit.files:
            target = copy / name
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                shutil.copy2(read_from, target)
            except OSError as error:
                left_out.append(f"{name}: {error.strerror}")
    return left_out


def _exceeds(units: list[_Unit]) -> bool:
    size, entries = sum(each.size for each in units), sum(each.entries for each in units)
    return size > MOST_BYTES or entries > MOST_FILES


def _beside(original: Path, script: Path) -> Iterator[str]:
    """All that lies beside the script, or beside a folder on the way to it."""
    for each in (script, *script.parents[:-1]):
        for name in _names(str(original / each.parent)):
            if name != each.name:
                yield str(each.parent / name)


def _gathered(original: str, path: str) -> _Unit:
    """What is to be copied of ``path``; no more is looked at than may be copied."""
    unit = _Unit(path)
    ahead: list[tuple[str, tuple[str, ...]]] = [(path, ())]
    while ahead and unit.excess <= 1:
        name, above = ahead.pop()
        real = os.path.realpath(os.path.join(original, name))
        inside = os.path.commonpath((original, real)) == original
        if not inside or real in above or real == original:
            unit.left_out.append(f"{name}: a link that leads outside, or in a circle")
        elif os.path.isfile(real):
            unit.files.append((real, name))
            unit.size += os.path.getsize(real)
        elif not os.path.isdir(real):
            unit.left_out.append(f"{name}: no file")
        elif not _is_environment(real):
            unit.folders.append(name)
            ahead += ((os.path.join(name, each), (*above, real)) for each in _names(real))
    return unit


def _names(folder: str) -> list[str]:
    try:
        return sorted({*os.listdir(folder)} - _NEVER_COPIED)
    except OSError:  # what cannot be looked into cannot be read by the script either
        return []


def _is_environment(folder: str) -> bool:
    return any(os.path.exists(os.path.join(folder, each)) for each in _MARKS_OF_AN_ENVIRONMENT)


def _remove(root: Path) -> None:
    """Whatever a script made in there: closed folders, and folders in each other by the thousands,
    which are brought up so that no path grows long.
    """
    ahead, moved = [root], 0
    while ahead:
        folder = ahead.pop()
        folder.chmod(0o700)
        for each in list(os.scandir(folder)):
            if not each.is_dir(follow_symlinks=False):
                os.unlink(each.path)
                continue
            os.chmod(each.path, 0o700)  # a folder that moves is itself written to
            moved += 1
            ahead.append(Path(each.path).rename(root / f"moved {moved}"))
        if folder != root:
            folder.rmdir()
    root.rmdir()


@contextlib.contextmanager
def _signals_raise() -> Iterator[None]:
    """A signal that would end this process at once ends it as an exception."""

    def end(number: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    with _handled({signal.SIGTERM: end, signal.SIGHUP: end}):
        yield


@contextlib.contextmanager
def _signals_wait() -> Iterator[None]:
    with _handled(dict.fromkeys((signal.SIGTERM, signal.SIGHUP, signal.SIGINT), signal.SIG_IGN)):
        yield


@contextlib.contextmanager
def _handled(handlers: Mapping[signal.Signals, Any]) -> Iterator[None]:
    """Only the main thread may set handlers; elsewhere those of before stay."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in handlers}
    for number, handler in handlers.items():
        if before[number] is not signal.SIG_IGN:  # such as SIGHUP under nohup
            signal.signal(number, handler)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
