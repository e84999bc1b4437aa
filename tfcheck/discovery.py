"""The files that are meant by the paths on the command line."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple

from tfcheck.config import Configuration, Patterns, gitignore
from tfcheck.errors import WrongUse

SUFFIXES = (".py", ".ipynb")
NEVER_WALKED = frozenset(
    """
    .bzr .direnv .eggs .git .hg .ipynb_checkpoints .mypy_cache .nox .pytest_cache .ruff_cache
    .svn .tox .venv __pycache__ build dist node_modules site-packages venv
    """.split()
)


def discover(paths: Iterable[str], configuration: Configuration) -> list[str]:
    """The files to check, as absolute paths in order, each once.

    A file that is given is taken whatever it is called and whoever ignores it, unless
    ``force-exclude`` is set. Of a folder it is what looks like Python and nobody ignores.
    """
    walk = _Walk(configuration)
    found: set[str] = set()
    for path in paths:
        absolute = os.path.abspath(path)
        if not os.path.exists(absolute):
            raise WrongUse(f"{path}: there is no such file or folder")
        if not refuses(absolute, configuration):
            found.update(walk.files(absolute))
    return sorted(found)


def refuses(path: str, configuration: Configuration) -> bool:
    """Whether ``force-exclude`` leaves out a path that was given."""
    settings = configuration.of(os.path.dirname(path))
    if not settings.force_exclude:
        return False
    walk = _Walk(configuration)
    ignoring: tuple[_Ignoring, ...] = ()
    configured = os.path.dirname(settings.file) if settings.file else os.getcwd()
    for folder, entry in _steps(repository(path) or configured, path):
        ignoring += _ignoring(folder)
        if walk.skips(entry, ignoring):
            return True
    return False


class _Entry(NamedTuple):
    path: str
    is_folder: bool


class _Ignoring(NamedTuple):
    """The patterns of a ``.gitignore`` and the folder where it stands."""

    folder: str
    patterns: tuple[str, ...]

    def verdict(self, entry: _Entry) -> bool | None:
        """Whether the entry is ignored; None where nothing is said about it.

        What is above the entry was judged before it, so only patterns that can mean the entry
        itself count. Most entries are meant by none, which spares a run the import of pathspec.
        """
        relative = os.path.relpath(entry.path, self.folder).replace(os.sep, "/")
        parts = relative.split("/")
        meant = tuple(each for each in self.patterns if _may_mean(each, parts, entry.is_folder))
        if not meant:
            return None
        return gitignore(meant).check_file(relative + "/" * entry.is_folder).include


class _Walk:
    """Goes through folders as their configuration and their ``.gitignore`` files say."""

    def __init__(self, configuration: Configuration) -> None:
        self._configuration = configuration

    def files(self, path: str) -> Iterator[str]:
        """A file itself, or the Python files and notebooks below a folder."""
        if not os.path.isdir(path):
            yield path
            return
        ignoring: tuple[_Ignoring, ...] = ()
        for folder, entry in _steps(repository(path) or path, path):
            ignoring += _ignoring(folder)
            if _ignored(entry, ignoring):
                ignoring = ()  # who asks for an ignored folder wants what is in it
                break
        exclude = self._configuration.of(path).exclude
        waived = frozenset(each for each in exclude if each.match(path, folder=True))
        yield from self._walk(path, ignoring, waived)

    def _walk(
        self, folder: str, ignoring: tuple[_Ignoring, ...], waived: frozenset[Patterns]
    ) -> Iterator[str]:
        try:
            with os.scandir(folder) as listing:
                entries = list(listing)
        except OSError:
            yield folder  # whoever reads it will say that it cannot be read
            return
        if any(each.name == "pyvenv.cfg" for each in entries):
            return
        ignoring += _ignoring(folder)
        for each in entries:
            is_folder = each.is_dir(follow_symlinks=False)
            if not is_folder and not each.name.endswith(SUFFIXES):
                continue
            entry = _Entry(each.path, is_folder)
            if self.skips(entry, ignoring, waived):
                continue
            if is_folder:
                yield from self._walk(each.path, ignoring, waived)
            elif each.is_file():
                yield each.path

    def skips(
        self,
        entry: _Entry,
        ignoring: tuple[_Ignoring, ...],
        waived: frozenset[Patterns] = frozenset(),
    ) -> bool:
        """Whether a folder or file is left out, unless the patterns ``waived`` alone say so."""
        if entry.is_folder and os.path.basename(entry.path) in NEVER_WALKED:
            return True
        settings = self._configuration.of(os.path.dirname(entry.path))
        excluding = (each for each in settings.exclude if each not in waived)
        if any(each.match(entry.path, entry.is_folder) for each in excluding):
            return True
        return _ignored(entry, ignoring)


def _ignored(entry: _Entry, ignoring: tuple[_Ignoring, ...]) -> bool:
    """What the innermost ``.gitignore`` says that says anything."""
    verdicts = (each.verdict(entry) for each in reversed(ignoring))
    return next((each for each in verdicts if each is not None), False)


def _ignoring(folder: str) -> tuple[_Ignoring, ...]:
    try:
        with open(os.path.join(folder, ".gitignore"), encoding="utf-8", errors="replace") as file:
            patterns = tuple(line for each in file if _is_pattern(line := each.rstrip("\n")))
    except OSError:
        return ()
    return (_Ignoring(folder, patterns),) if patterns else ()


def _may_mean(pattern: str, parts: Sequence[str], is_folder: bool) -> bool:
    """Whether a pattern may speak of the path of ``parts``, and not of something above it only."""
    if "\\" in pattern or "[[" in pattern:
        return True
    body = pattern.rstrip().removeprefix("!")
    if body[-1] == "/" and not is_folder:
        return False
    names = body.strip("/").split("/")
    from_here = "/" in body[:-1] and "**" not in body
    if from_here and len(names) != len(parts):
        return False
    return fnmatchcase(parts[-1], names[-1].replace("[^", "[!"))


def _is_pattern(line: str) -> bool:
    """Whether git takes notice of a line; it overlooks what cannot be understood."""
    return bool(line.strip("! ")) and line[0] != "#" and line[-1] != "\\"


def repository(path: str) -> str | None:
    """The root of the repository that holds ``path``."""
    folder = path if os.path.isdir(path) else os.path.dirname(path)
    while not os.path.exists(os.path.join(folder, ".git")):
        if folder == (folder := os.path.dirname(folder)):
            return None
    return folder


def _steps(top: str, path: str) -> Iterator[tuple[str, _Entry]]:
    """Each folder from ``top`` down to ``path`` with what comes next; none outside of ``top``."""
    parts = os.path.relpath(path, top).split(os.sep)
    if parts[0] in (os.curdir, os.pardir):
        return
    is_folder = os.path.isdir(path)
    folder = top
    for index, part in enumerate(parts, start=1):
        entry = _Entry(os.path.join(folder, part), index < len(parts) or is_folder)
        yield folder, entry
        folder = entry.path
