"""Where a script imports what a fix needs: with what it imports of the same library."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import libcst as cst

from tfcheck.fixing import statements
from tfcheck.fixing.imports import dotted
from tfcheck.fixing.items import Items
from tfcheck.fixing.page import Page, Patch, Statement

_KERAS = frozenset({"keras", "tensorflow", "tf_keras"})


class _Import(NamedTuple):
    """An import at the top level: the page that it is on, and its number among its statements."""

    page: Page
    number: int
    statement: Statement

    @property
    def names(self) -> Iterator[tuple[cst.ImportFrom | None, str]]:
        """The modules that are imported, with the statement where names of them are."""
        for small in self.statement.small:
            if isinstance(small, cst.Import):
                yield from ((None, dotted(each.name) or "") for each in small.names)
            elif isinstance(small, cst.ImportFrom) and not small.relative:
                yield small, dotted(small.module) or ""

    def is_of(self, library: str) -> bool:
        return any(_library(module) == library for _, module in self.names)


def brought(line: str, pages: Sequence[Page], end: int) -> tuple[Page, Sequence[Patch]]:
    """The page and the patches for the import ``line``, before ``end`` of the last of the pages.

    A ``from`` import that there is gets one name more. Else it comes after what is imported of the
    same library, where most of that is, or else after the most imports that stand together.
    """
    imports = [each for page in pages for each in _imports(page, page is pages[-1], end)]
    module, _, name = line.removeprefix("from ").partition(" import ")
    if name:
        for each in reversed(imports):
            for statement, imported in each.names:
                if statement is not None and imported == module:
                    patches = _extended(each.page, statement, name)
                    if patches:
                        return each.page, patches
    library = _library(module.removeprefix("import "))
    if imports:
        place = _home(imports, library)
        return place.page, [statements.lines_after(place.page, place.statement, line)]
    page = pages[-1]
    first = page.statements[0]
    if _is_docstring(first) and page.unit.block.cell is None:
        return page, [statements.lines_after(page, first, f"\n{line}")]
    start = page.line_start(page.start_of(first))
    return page, [Patch(start, start, f"{line}\n")]


def _library(module: str) -> str:
    root = module.partition(" ")[0].partition(".")[0]
    return "keras" if root in _KERAS else root


def _imports(page: Page, last: bool, end: int) -> Iterator[_Import]:
    numbers = {id(each): number for number, each in enumerate(page.tree.body)}
    for each in page.statements:
        number = numbers.get(id(each.node))
        if number is None or (last and page.end_of(each) > end):
            continue
        if any(isinstance(small, cst.Import | cst.ImportFrom) for small in each.small):
            yield _Import(page, number, each)


def _home(imports: Sequence[_Import], library: str) -> _Import:
    """The import after which to put one of a library."""
    together: list[list[_Import]] = []
    for each in imports:
        before = together[-1][-1] if together else None
        if before and (before.page, before.number + 1) == (each.page, each.number):
            together[-1].append(each)
        else:
            together.append([each])
    most = max(together, key=lambda run: (sum(each.is_of(library) for each in run), len(run)))
    return next((each for each in reversed(most) if each.is_of(library)), most[-1])


def _extended(page: Page, statement: cst.ImportFrom, name: str) -> Sequence[Patch]:
    """One more name in an import of names; nothing where some are renamed, or it does not fit."""
    names = statement.names
    if isinstance(names, cst.ImportStar) or any(each.asname for each in names):
        return ()
    end = page.span(names[-1])[1]
    if statement.lpar is None:
        long = page.line_end(end) - page.line_start(end) + len(f", {name}") > page.width
        return () if long else (Patch(end, end, f", {name}"),)
    items = Items(page, names, page.span(statement)[1] - 1)
    items.added.append(name)
    return tuple(items.patches())


def _is_docstring(statement: Statement) -> bool:
    small = statement.small
    return (
        len(small) == 1
        and isinstance(small[0], cst.Expr)
        and isinstance(small[0].value, cst.SimpleString | cst.ConcatenatedString)
    )
