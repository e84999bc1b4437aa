"""Makes a script of the copy one that can run: old Keras is brought up to date, a notebook joined.

What was changed is told in words, and every line of what runs is known by where it was written.
"""

from __future__ import annotations

import ast
import difflib
import importlib.metadata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tfcheck.config import Selection, Settings
from tfcheck.engine import File, FileReport, Rewritten, check, shown
from tfcheck.fixing.files import write
from tfcheck.registry import all_rules
from tfcheck.rule import Finding, Severity
from tfcheck.script import Project
from tfcheck.source import Block, Source, read_source
from tfcheck.targets import Version, version

_FAMILY = "TFC9"
# What IPython gives to a notebook.
_PRELUDE = "from builtins import print as display\n"
_MOST_FILES = 200


@dataclass(frozen=True, slots=True)
class Place:
    """A line of what was written: counted from 1, and in a notebook from 1 in each cell."""

    row: int
    cell: int | None = None


@dataclass(frozen=True, slots=True)
class Lines:
    """Which line of a file that runs is which of the one that was written.

    A line that was added is the one before it; where lines became fewer, the last stands for all.
    """

    _run: Mapping[Place, int]
    _written: Sequence[Place]

    def run(self, place: Place) -> int | None:
        """The line that runs, from 1; None for a place where nothing is written."""
        return self._run.get(place)

    def written(self, line: int) -> Place:
        """Where the line that runs was written."""
        return self._written[min(max(line, 1), len(self._written)) - 1]


@dataclass(frozen=True, slots=True)
class Revived:
    """The file to run, what was changed in words, and the lines of each file by its path.

    A file that is not in ``lines`` runs as it was written.
    """

    script: Path
    rewrites: tuple[str, ...]
    lines: Mapping[str, Lines]


def revive(script: Path, folder: Path) -> Revived:
    """Prepare ``script`` in ``folder``, which is a copy that may be changed.

    The rewriting is what ``tfcheck check --fix --unsafe-fixes`` does about errors of migration: it
    touches nothing but what fails in the installed Keras, whatever the project asks for. What is
    merely ignored there stays as it is, because that is what happens to the script.
    """
    files = _with_imported(script, folder)
    before = {str(each): read_source(each) for each in files}
    report = check([File(path, _settings()) for path in before], jobs=1, write=write)
    rewrites: list[str] = []
    lines: dict[str, Lines] = {}
    after = {each.path: each for each in report.files}
    for rewritten in report.rewritten:
        path = next(path for path in before if shown(path) == rewritten.path)
        changes = _Changes(before[path], read_source(Path(path)))
        name = "" if path == str(script) else f"{Path(path).relative_to(folder)}, "
        rewrites += (name + each for each in _told(rewritten, after[rewritten.path], changes))
        lines[path] = changes.lines()
    if script.suffix != ".ipynb":
        return Revived(script, tuple(rewrites), lines)
    return _of_notebook(script, before[str(script)], rewrites, lines)


def _settings() -> Settings:
    return Settings(
        selections=(Selection("the probe", select=_fatal()),),
        fix=True,
        unsafe_fixes=True,
        target_keras=_installed("keras"),
        target_tensorflow=_installed("tensorflow") or _installed("tensorflow-cpu"),
    )


def _fatal() -> tuple[str, ...]:
    """The rules of migration whose findings crash."""
    rules = (each for each in all_rules() if each.code.startswith(_FAMILY))
    return tuple(each.code for each in rules if each.severity is Severity.ERROR)


def _installed(package: str) -> Version | None:
    try:
        return version(importlib.metadata.version(package))
    except importlib.metadata.PackageNotFoundError:
        return None


def _with_imported(script: Path, folder: Path) -> list[Path]:
    """The script, and the files of the folder that it imports in some way."""
    project = Project()
    found = [script]
    for file in found:
        for module, level in _imports(read_source(file)):
            path = project.find(module, level, file)
            is_ours = path is not None and path.is_file() and path.is_relative_to(folder)
            if path is not None and is_ours and path not in found and len(found) < _MOST_FILES:
                found.append(path)
    return found


def _imports(source: Source) -> Iterator[tuple[str, int]]:
    """The modules that are imported, with those that may be meant by the names from one."""
    for block in source.blocks:
        try:
            tree = ast.parse(block.text)
        except (SyntaxError, ValueError, RecursionError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    yield from ((name, 0) for name in _outer(alias.name))
            elif isinstance(node, ast.ImportFrom):
                module = node.module or ""
                yield from ((name, node.level) for name in _outer(module))
                for alias in node.names:
                    yield f"{module}.{alias.name}".removeprefix("."), node.level


def _outer(module: str) -> Iterator[str]:
    """A module and the packages that it is in, which are imported as well."""
    parts = module.split(".")
    yield from (".".join(parts[:count]) for count in range(1, len(parts) + 1) if parts[0])


class _Changes:
    """The difference between what was written and what runs, block by block."""

    def __init__(self, written: Source, runs: Source, first: int = 1) -> None:
        self._blocks = [
            (old, new, _opcodes(old, new))
            for old, new in zip(written.blocks, runs.blocks, strict=True)
        ]
        self._first = first

    def lines(self) -> Lines:
        run: dict[Place, int] = {}
        written = [Place(1, self._blocks[0][0].cell if self._blocks else None)] * (self._first - 1)
        for old, new, opcodes in self._blocks:
            start = len(written) + 1
            for _, first, end, new_first, new_end in opcodes:
                for row in range(first, end):
                    at = min(new_first + row - first, max(new_end - 1, new_first))
                    run[Place(row + 1, old.cell)] = start + at
                for row in range(new_first, new_end):
                    at = min(first + row - new_first, max(end - 1, 0))
                    written.append(Place(at + 1, old.cell))
            assert len(written) == start - 1 + len(_rows(new))
        return Lines(run, written)

    def hunks(self) -> Iterator[tuple[Place, int, Sequence[str], Sequence[str]]]:
        """Where something was changed, the last row of it, and the old and new lines."""
        for old, new, opcodes in self._blocks:
            rows, new_rows = _rows(old), _rows(new)
            for tag, first, end, new_first, new_end in opcodes:
                if tag != "equal":
                    place = Place(first + 1, old.cell)
                    yield place, max(end, first + 1), rows[first:end], new_rows[new_first:new_end]


def _opcodes(old: Block, new: Block) -> Sequence[tuple[str, int, int, int, int]]:
    matcher = difflib.SequenceMatcher(None, _rows(old), _rows(new), autojunk=False)
    return matcher.get_opcodes()


def _rows(block: Block) -> list[str]:
    return block.text.split("\n")


def _told(rewritten: Rewritten, after: FileReport, changes: _Changes) -> Iterator[str]:
    """Every change by what its fix is for, or else by what became of the line."""
    left = Counter((each.code, each.message) for each in after.findings)
    made: list[Finding] = []
    for finding in rewritten.before.findings:
        key = (finding.code, finding.message)
        if left[key]:
            left[key] -= 1
        elif finding.fix is not None:
            made.append(finding)
    for place, last, old, new in changes.hunks():
        within = [
            each
            for each in made
            if each.location.cell == place.cell and place.row <= each.location.row <= last
        ]
        for each in within:
            assert each.fix is not None
            yield f"{_words(Place(each.location.row, place.cell))}: {each.fix.message}"
        if not within:
            yield f"{_words(place)}: {_became(old, new)}"


def _words(place: Place) -> str:
    return f"line {place.row}" if place.cell is None else f"cell {place.cell}, line {place.row}"


def _became(old: Sequence[str], new: Sequence[str]) -> str:
    was, now = ("; ".join(each.strip() for each in rows if each.strip()) for rows in (old, new))
    if not was:
        return f"added `{now}`"
    return f"`{was}` became `{now}`" if now else f"removed `{was}`"


def _of_notebook(
    notebook: Path, written: Source, rewrites: Sequence[str], lines: Mapping[str, Lines]
) -> Revived:
    """The code cells as one script beside the notebook, under a name that nothing can import."""
    runs = read_source(notebook)
    script = notebook.with_name(f"{notebook.name}.py")
    script.write_text(_PRELUDE + "\n".join(each.text for each in runs.blocks), encoding="utf-8")
    made = _Changes(written, runs, first=2).lines()
    others = {path: each for path, each in lines.items() if path != str(notebook)}
    return Revived(script, tuple(rewrites), {**others, str(script): made})
