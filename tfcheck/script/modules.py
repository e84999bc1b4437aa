"""Files as lowered units, and the imports between files of one project."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import libcst as cst

from tfcheck.rule import Location, Site
from tfcheck.script import effects, ir
from tfcheck.script.exported import parsed
from tfcheck.script.lowering import Lowerer
from tfcheck.script.names import LIBRARIES
from tfcheck.script.parsing import parse
from tfcheck.script.positions import locate
from tfcheck.script.store import Pending, Scope
from tfcheck.script.values import Module, Symbol, Unknown, Value
from tfcheck.source import Block, Problem, Source, read_source

if TYPE_CHECKING:
    from tfcheck.script.interpreter import Interpreter

MAX_IMPORT_DEPTH = 6
MAX_IMPORTED = 64  # files that one script may bring along
MAX_ROOTS = 6
_ROOT_MARKS = (".git", "pyproject.toml", "setup.py", "setup.cfg", ".hg")


@dataclass(slots=True, eq=False)
class Unit:
    """A parsed piece of text: a file, or one cell of a notebook or of what was exported from one.

    ``starts`` is the ordinal of the first node of each of its statements. ``tree`` and ``nodes``
    are needed to find places and take the most memory by far: they are None once they were let
    go, and made again from the text where a place is wanted later.
    """

    number: int
    path: str
    block: Block
    body: ir.Body
    starts: list[int]
    tree: cst.Module | None
    nodes: list[cst.CSTNode]


@dataclass(slots=True, eq=False)
class Lowered:
    """All units of one source, and what could not be read of it."""

    path: str
    source: Source
    units: tuple[Unit, ...]
    problems: tuple[Problem, ...]

    @property
    def in_pieces(self) -> bool:
        """Whether it is a script that is read by its cells, because it does not parse."""
        return any(unit.block not in self.source.blocks for unit in self.units)


class Project:
    """The files that scripts import, read and lowered once and shared by all that import them."""

    def __init__(self) -> None:
        # libcst writes a sum of 500 terms, which is the most that is parsed, 2,500 calls deep.
        sys.setrecursionlimit(max(sys.getrecursionlimit(), 5_000))
        self._units: list[Unit] = []
        self._with_trees: list[Unit] = []
        self._interpreters: list[Interpreter] = []
        self._files: dict[str, Lowered] = {}
        self._found: dict[tuple[str, Path], Path | None] = {}
        self._roots: dict[Path, tuple[Path, ...]] = {}

    def lower(self, source: Source) -> Lowered:
        """Parse and lower every block of ``source``; a block that does not parse is a problem."""
        known = self._files.get(source.path)
        if known is not None and known.source == source:
            return known
        lowered = self._lower(source)
        self._files[source.path] = lowered
        return lowered

    def _lower(self, source: Source) -> Lowered:
        units: list[Unit] = []
        problems = list(source.problems)
        for block, tree in (each for whole in source.blocks for each in parsed(whole)):
            if isinstance(tree, Problem):
                problems.append(tree)
                continue
            lowerer = Lowerer()
            try:
                body = lowerer.lower(tree)
            except RecursionError:
                problems.append(Problem("it is nested too deeply: it is not read", block.cell))
                continue
            unit = Unit(
                len(self._units), source.path, block, body, lowerer.starts, tree, lowerer.nodes
            )
            self._units.append(unit)
            self._with_trees.append(unit)
            units.append(unit)
        return Lowered(source.path, source, tuple(units), tuple(problems))

    def until_let_go(self, interpreter: Interpreter) -> None:
        """Keep what was interpreted whole as long as it is asked of."""
        self._interpreters.append(interpreter)

    def let_go(self) -> None:
        """Free syntax trees and what was interpreted, so that the next file takes their place."""
        for interpreter in self._interpreters:
            interpreter.let_go()
        self._interpreters.clear()
        for unit in self._with_trees:
            unit.tree, unit.nodes = None, []
        self._with_trees.clear()

    def forget(self, path: str) -> None:
        """Read a file anew where it is wanted again: what was read of it was never written."""
        self._files.pop(path, None)

    def tree(self, unit: Unit) -> cst.Module:
        """The syntax tree of a unit, whose nodes are then there as well."""
        if unit.tree is None:
            tree, lowerer = parse(unit.block), Lowerer()
            assert not isinstance(tree, Problem)
            lowerer.lower(tree)
            unit.tree, unit.nodes = tree, lowerer.nodes
            self._with_trees.append(unit)
        return unit.tree

    def unit(self, number: int) -> Unit:
        return self._units[number]

    def file(self, path: Path) -> Lowered:
        """A file that is imported, as it was when it was first read."""
        known = self._files.get(str(path))
        return known if known is not None else self.lower(read_source(path))

    def locate(self, sites: Iterable[Site]) -> dict[Site, Location]:
        """The places of ``sites``: only the statements that they are in are written again."""
        by_unit: dict[int, list[Site]] = {}
        for site in sites:
            by_unit.setdefault(site.unit, []).append(site)
        places: dict[Site, Location] = {}
        for number, group in by_unit.items():
            unit = self._units[number]
            tree = self.tree(unit)
            nodes = {site.at: unit.nodes[site.at] for site in group}
            spans = locate(tree, unit.block.text, nodes, unit.starts)
            for site in group:
                places[site] = Location(unit.path, unit.block.cell, *spans[site.at])
        return places

    def holds(self, outer: Site, inner: Site) -> bool:
        """Whether the node at ``inner`` is written within the one at ``outer``, or is that."""
        if outer.unit != inner.unit:
            return False
        unit = self._units[outer.unit]
        self.tree(unit)
        wanted, waiting = unit.nodes[inner.at], [unit.nodes[outer.at]]
        while waiting:
            node = waiting.pop()
            if node is wanted:
                return True
            waiting += node.children
        return False

    def function_of(self, site: Site) -> Site | None:
        """The innermost function or class in which a node is written; None at the top level."""
        unit = self._units[site.unit]
        tree = self.tree(unit)
        wanted = unit.nodes[site.at]
        waiting: list[tuple[cst.CSTNode, cst.CSTNode | None]] = [(tree, None)]
        while waiting:
            node, within = waiting.pop()
            if node is wanted:
                return next(
                    (Site(site.unit, at) for at, each in enumerate(unit.nodes) if each is within),
                    None,
                )
            inner = node if isinstance(node, cst.FunctionDef | cst.ClassDef) else within
            waiting += ((child, inner) for child in node.children)
        return None

    def find(self, name: str, level: int, importer: Path) -> Path | None:
        """The file or folder that ``name`` means in ``importer``; None where there is none."""
        base = importer.parent
        for _ in range(level - 1):
            base = base.parent
        key = (f"{level}{name}", base)
        if key not in self._found:
            parts = name.split(".") if name else []
            roots = [base] if level else self.roots(base)
            found = (_module_at(root.joinpath(*parts)) for root in roots)
            self._found[key] = next((each for each in found if each is not None), None)
        return self._found[key]

    def roots(self, folder: Path) -> tuple[Path, ...]:
        """Where absolute imports may start: beside the script, above it, and in ``src``."""
        if folder not in self._roots:
            roots = [folder]
            for parent in (folder, *folder.parents)[:MAX_ROOTS]:
                roots += [parent, parent / "src"]
                if any((parent / mark).exists() for mark in _ROOT_MARKS):
                    break
            self._roots[folder] = tuple(dict.fromkeys(roots))
        return self._roots[folder]


def _module_at(path: Path) -> Path | None:
    if (path / "__init__.py").is_file():
        return path / "__init__.py"
    file = path.with_name(path.name + ".py") if path.name else path
    if file.is_file():
        return file
    return path if path.is_dir() else None


class Modules:
    """The modules that one script has imported so far, executed in its interpreter."""

    def __init__(self, project: Project, main: Lowered) -> None:
        self._project = project
        self._main = frozenset(unit.number for unit in main.units)
        self.folder = str(Path(main.path).parent)
        self._loaded: dict[Path, Module] = {}
        self._depth = 0
        self.flags: dict[str, Value] = {}  # absl's flags, one set for all modules

    def path(self, unit: int) -> str:
        """The file in which a unit stands."""
        return self._project.unit(unit).path

    def is_main(self, unit: int) -> bool:
        return unit in self._main

    def load(self, interpreter: Interpreter, name: str, level: int, site: Site) -> Value:
        """The module ``name``: of the project where a file of that name is found."""
        if level == 0 and name.partition(".")[0] in LIBRARIES:
            return effects.symbol(name)
        importer = Path(self._project.unit(site.unit).path)
        path = self._project.find(name, level, importer)
        if path is None or path == importer:
            return effects.symbol(name) if not level else Unknown(f"there is no {name}", site)
        module = self._execute(interpreter, path, name)
        parent, _, last = name.rpartition(".")
        if parent and not level:
            outer = self.load(interpreter, parent, 0, site)
            if isinstance(outer, Module):
                interpreter.store.write(outer.scope.names, last, module)
        return module

    def load_name(
        self, interpreter: Interpreter, module: str, level: int, name: str, site: Site
    ) -> Value:
        value = self.load(interpreter, module, level, site)
        if isinstance(value, Symbol):
            return effects.member(value, name)
        if not isinstance(value, Module):
            return value
        member = self.member(interpreter, value.scope, name)
        if member is not None:
            return member
        starred = self.from_stars(value.scope.stars, name)
        if starred is not None:
            return starred
        dotted = f"{module}.{name}" if module else name
        submodule = self.load(interpreter, dotted, level, site)
        missing = Unknown(f"{module or 'the package'} has no {name}", site)
        return submodule if isinstance(submodule, Module) else missing

    def load_all(self, interpreter: Interpreter, module: str, level: int, site: Site) -> None:
        value = self.load(interpreter, module, level, site)
        scope = interpreter.frame.scope
        if isinstance(value, Module):
            for name, each in value.scope.names.items():
                if not name.startswith("_"):
                    interpreter.bind(name, each)
            scope.module.stars.extend(value.scope.stars)
            scope.pending.update(value.scope.pending)
            scope.pending_stars.extend(value.scope.pending_stars)
        elif isinstance(value, Symbol):
            interpreter.recorder.mention(interpreter, value, site, "star")
            scope.module.stars.append(value.spelled)

    def member(self, interpreter: Interpreter, scope: Scope, name: str) -> Value | None:
        """A name in the scope of a module, with the import made that brings it."""
        if name in scope.names:
            return scope.names[name]
        if name in scope.pending:
            scope.names[name] = self._make(interpreter, scope.pending.pop(name))
            return scope.names[name]
        while scope.pending_stars and name not in scope.names and name not in scope.pending:
            star = scope.pending_stars.pop()
            interpreter.frames.append(interpreter.module_frame(star.site.unit, scope))
            self.load_all(interpreter, star.module, star.level, star.site)
            interpreter.frames.pop()
        found = name in scope.names or name in scope.pending
        return self.member(interpreter, scope, name) if found else None

    def _make(self, interpreter: Interpreter, pending: Pending) -> Value:
        module, level, name, site = pending
        if name is None:
            return self.load(interpreter, module, level, site)
        return self.load_name(interpreter, module, level, name, site)

    def from_stars(self, stars: Iterable[str], name: str) -> Value | None:
        """A name that one of the library modules imported with ``*`` is known to have."""
        found = [each for each in stars if effects.has_name(each, name)]
        return effects.symbol(f"{found[-1]}.{name}") if found else None

    def _execute(self, interpreter: Interpreter, path: Path, name: str) -> Module:
        if path in self._loaded:
            return self._loaded[path]
        module = Module(name, Scope())
        self._loaded[path] = module
        deep = self._depth >= MAX_IMPORT_DEPTH or len(self._loaded) > MAX_IMPORTED
        if path.is_dir() or deep:
            return module
        self._depth += 1
        mark = interpreter.store.mark()
        with interpreter.recorder.silence():
            first_function, first_class = len(interpreter.functions), len(interpreter.classes)
            for unit in self._project.file(path).units:
                interpreter.run(unit.body, module.scope, unit.number)
            del interpreter.functions[first_function:]
            del interpreter.classes[first_class:]
        # It is imported once, wherever that happens, and has what it has from then on.
        interpreter.store.settle(mark)
        self._depth -= 1
        return module
