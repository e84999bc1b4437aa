"""Imports of a script that import something else from now on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import libcst as cst

from tfcheck.changes import RenameImport
from tfcheck.fixing import statements
from tfcheck.fixing.items import Items, with_commas
from tfcheck.fixing.page import Page, Patch, Void


def wanted(node: cst.Import | cst.ImportFrom) -> Iterator[cst.CSTNode]:
    """The nodes of an import whose places are needed to change it."""
    yield node
    if isinstance(node, cst.ImportFrom) and node.module is not None:
        yield node.module
    if not isinstance(node.names, cst.ImportStar):
        yield from with_commas(node.names)


def patches(
    page: Page, node: cst.Import | cst.ImportFrom, changes: Sequence[RenameImport]
) -> Iterator[Patch]:
    """The changes to one import statement, made together."""
    if isinstance(node.names, cst.ImportStar):
        raise Void("everything is imported")
    if isinstance(node, cst.Import):
        for change in changes:
            alias = node.names[_index(node.names, change.name)]
            yield Patch(*page.span(alias), _plain(alias, change))
        return
    yield from _from(page, node, changes)


def _plain(alias: cst.ImportAlias, change: RenameImport) -> str:
    if alias.asname is None and "." in change.name:
        raise Void(f"the script knows it as {change.name}")
    return _spelled(change.to, _bound(alias))


def _from(page: Page, node: cst.ImportFrom, changes: Sequence[RenameImport]) -> Iterator[Patch]:
    assert not isinstance(node.names, cst.ImportStar)
    module = dotted(node.module)
    if module is None or node.relative:
        raise Void("it is imported from beside the script")
    items = Items(page, node.names, page.span(node)[1] - 1)
    moved: dict[str, list[str]] = {}
    written: list[Patch] = []
    for change in changes:
        before, _, name = change.name.rpartition(".")
        if before != module:
            raise Void(f"{change.name} is not imported here")
        index = _index(node.names, name)
        target, _, to = change.to.rpartition(".")
        text = _spelled(to, _bound(node.names[index]))
        moved.setdefault(target, []).append(text)
        written.append(Patch(*page.span(node.names[index]), text))
        items.removed.add(index)
    if list(moved) == [module]:
        yield from written
    elif len(moved) == 1 and len(items.removed) == len(node.names):
        assert node.module is not None
        yield Patch(*page.span(node.module), *moved)
        yield from written
    else:
        lines = [f"from {target} import {', '.join(names)}" for target, names in moved.items()]
        if len(items.removed) == len(node.names):
            yield Patch(*page.span(node), lines.pop(0))
        else:
            yield from items.patches()
        if lines:
            yield statements.after(page, node, "\n".join(lines))


def _index(names: Sequence[cst.ImportAlias], name: str) -> int:
    for index, alias in enumerate(names):
        if dotted(alias.name) == name:
            return index
    raise Void(f"{name} is not imported here")


def _spelled(name: str, bound: str) -> str:
    return name if name == bound else f"{name} as {bound}"


def _bound(alias: cst.ImportAlias) -> str:
    """The name by which the script knows what is imported."""
    if alias.asname is not None and isinstance(alias.asname.name, cst.Name):
        return alias.asname.name.value
    return str(dotted(alias.name))


def dotted(node: cst.CSTNode | None) -> str | None:
    """A dotted name; None where something else stands there."""
    parts: list[str] = []
    while isinstance(node, cst.Attribute):
        parts.append(node.attr.value)
        node = node.value
    if not isinstance(node, cst.Name):
        return None
    return ".".join((node.value, *reversed(parts)))
