"""From what a rule would change to the edits of a fix."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import libcst as cst

from tfcheck.changes import (
    Append,
    AppendToArgument,
    Cure,
    InsertAfter,
    InsertBefore,
    KeepResult,
    LayerBefore,
    Passed,
    RemoveArgument,
    RemoveStatement,
    RenameArgument,
    RenameAttribute,
    RenameImport,
    Replace,
    Rewrite,
    SetArgument,
    Surround,
    Target,
    Written,
)
from tfcheck.fixing import arguments, imports, layers, layout, new_imports, shifts, statements
from tfcheck.fixing.bindings import Imported
from tfcheck.fixing.items import Items, with_commas
from tfcheck.fixing.names import Names, Place
from tfcheck.fixing.page import Page, Patch, Void, brackets
from tfcheck.rule import Draft, Edit, Fix, Location, Site
from tfcheck.script import Script, ir
from tfcheck.script.modules import Unit

_ARGUMENTS = (SetArgument, AppendToArgument, RenameArgument, RemoveArgument)
_LISTS = (cst.List, cst.Tuple)
_ATOMS = (
    *(cst.Name, cst.Attribute, cst.Call, cst.Subscript, cst.Integer, cst.Float),
    *(cst.SimpleString, cst.FormattedString, cst.List, cst.Dict, cst.Set, cst.ListComp),
    *(cst.DictComp, cst.SetComp),
)


class Places:
    """The places of what drafts name, and the fixes that they propose.

    All nodes of a unit that anything asks for are found with one code generation.
    """

    def __init__(self, script: Script, drafts: Sequence[Draft]) -> None:
        self._script = script
        self._lowered = script.project.lower(script.source)
        self._order = {unit.number: order for order, unit in enumerate(self._lowered.units)}
        self._texts = ("\n".join(unit.block.text for unit in self._lowered.units),)
        self._pages = _Pages(script)
        self._names = Names(self._lowered, self._pages.place_of)
        plain: set[Site] = set()
        for draft in drafts:
            plain.update((draft.site, *(each.site for each in draft.because)))
            for change in _changes(draft.cure):
                self._pages.want(change.site, change)
                for name in getattr(change, "names", ()):
                    self._pages.want(name.site, None)
        rest = (site for site in plain if site.unit not in self._pages.wanted)
        self._located: Mapping[Site, Location] = dict(script.locate(rest))
        for site in plain:
            if site.unit in self._pages.wanted:
                self._pages.want(site, None)

    def location(self, site: Site) -> Location:
        """Where a site stands, for a reader."""
        if site in self._located:
            return self._located[site]
        page = self._page(site.unit)
        span = page.written.shown(page.unit.nodes[site.at])
        return Location(page.unit.path, page.unit.block.cell, *span)

    def fix(self, cure: Cure, filename: str) -> Fix | None:
        """The edits of a cure, or of another where a change cannot be made; None without one.

        A script that does not parse is left alone: nobody could say that it still does.
        """
        if self._lowered.in_pieces:
            return None
        try:
            edits = tuple(self._edits(cure, filename))
        except Void:
            return None if cure.otherwise is None else self.fix(cure.otherwise, filename)
        return Fix(cure.applicability.value, cure.message, edits) if edits else None

    def _edits(self, cure: Cure, filename: str) -> Iterator[Edit]:
        found: dict[int, list[Patch]] = {}
        moved: dict[int, list[Patch]] = {}
        lines: list[str] = []
        places: list[Place] = []
        for group in _grouped(cure.changes):
            unit = group[0].site.unit
            if unit not in self._order:
                raise Void("it stands in another file")
            page = self._page(unit)
            place = Place(self._order[unit], page.span(page.unit.nodes[group[0].site.at])[0])
            places.append(place)
            filled = [self._filled(change, page, place) for change in group]
            lines += (line for _, needed in filled for line in needed)
            found.setdefault(unit, []).extend(_patches(page, [change for change, _ in filled]))
            moved.setdefault(unit, []).extend(_moved(page, group))
        for line in reversed(dict.fromkeys(lines)):
            unit, patches = self._import(line, min(places))
            # before what is put in at the same place
            found[unit] = [*patches, *found.get(unit, ())]
        for unit, patches in sorted(found.items()):
            page = self._page(unit)
            if not page.faithful:
                raise Void("libcst would not give the text back unchanged")
            beside = (each for each in moved.get(unit, ()) if not _overlaps(each, patches))
            for patch in _apart((*patches, *beside)):
                yield page.edit(patch, filename)

    def _filled(self, change: Any, page: Page, place: Place) -> tuple[Any, tuple[str, ...]]:
        """A change with the names and the quotes in its texts as the script has them."""
        texts = {name: getattr(change, name) for name in _TEXTS if hasattr(change, name)}
        spelled = {name: self._names.fill(text, place) for name, text in texts.items()}
        needed = tuple(line for each in spelled.values() for line in each.imports)
        names = [self._name(each) for each in getattr(change, "names", ())]
        line = page.text[page.line_start(place.offset) : page.line_end(place.offset)]
        written = {
            name: _with_names(
                layout.quoted(self._names.with_new_names(each.text), line, *self._texts), names
            )
            for name, each in spelled.items()
        }
        return change._replace(**written), needed

    def _name(self, asked: Target | Passed | Written) -> str:
        """What the script has for a value: a name, or what it writes."""
        if asked.site.unit not in self._order:
            raise Void("it stands in another file")
        page = self._page(asked.site.unit)
        node = page.unit.nodes[asked.site.at]
        if isinstance(asked, Passed):
            return arguments.name_passed(node, asked)
        if isinstance(asked, Written):
            return arguments.text_passed(page, node, asked)
        return statements.target(page, node, asked.path)

    def _import(self, line: str, place: Place) -> tuple[int, Sequence[Patch]]:
        """An import that comes before ``place``."""
        units = self._lowered.units[: place.order + 1]
        pages = [self._page(unit.number) for unit in units[:-1] if _imports(unit)]
        pages.append(self._page(units[-1].number))
        page, patches = new_imports.brought(line, pages, place.offset)
        return page.unit.number, patches

    def _page(self, number: int) -> Page:
        return self._pages.page(number)


class _Pages:
    """The pages of units, with the places of what is wanted of them.

    They know nothing of who asks, so that a file's tree is freed with the last of these.
    """

    def __init__(self, script: Script) -> None:
        self.wanted: dict[int, dict[int, list[cst.CSTNode]]] = {}
        self._project = script.project
        self._units = script.project.lower(script.source).units
        self._pages: dict[int, Page] = {}

    def want(self, site: Site, change: Any) -> None:
        unit = self._project.unit(site.unit)
        self._project.tree(unit)
        statement = bisect_right(unit.starts, site.at) - 1
        wanted = self.wanted.setdefault(site.unit, {}).setdefault(statement, [])
        wanted.extend(_nodes(unit.nodes[site.at], change))

    def page(self, number: int) -> Page:
        if number not in self._pages:
            unit = self._project.unit(number)
            tree = self._project.tree(unit)
            self._pages[number] = Page(unit, tree, self.wanted.get(number, {}))
        return self._pages[number]

    def place_of(self, imported: Imported) -> Place:
        unit = self._units[imported.order]
        page = self.page(unit.number)
        return Place(imported.order, page.span(page.unit.nodes[imported.at])[0])


_TEXTS = ("text", "before", "after")


def _imports(unit: Unit) -> bool:
    return any(isinstance(each, ir.Import | ir.ImportFrom) for each in unit.body)


def _changes(cure: Cure | None) -> Iterator[Any]:
    while cure is not None:
        yield from cure.changes
        cure = cure.otherwise


def _with_names(text: str, names: Sequence[str]) -> str:
    """``text`` with the names in it, without the lines about what is thrown away."""
    for index, name in enumerate(names):
        if name == statements.UNUSED:
            lines = (each for each in text.split("\n") if f"{{{index}}}" not in each)
            text = "\n".join(lines)
        text = text.replace(f"{{{index}}}", name)
    return text


def _nodes(node: cst.CSTNode, change: Any) -> Iterable[cst.CSTNode]:
    """The nodes whose places are needed to make a change to ``node``."""
    if isinstance(change, _ARGUMENTS) and isinstance(node, cst.Call):
        return arguments.wanted(node)
    if isinstance(change, RenameImport) and isinstance(node, cst.Import | cst.ImportFrom):
        return imports.wanted(node)
    if isinstance(change, Append) and isinstance(node, _LISTS):
        return (node, *with_commas(node.elements))
    if isinstance(change, RenameAttribute) and isinstance(node, cst.Attribute):
        return (node, node.attr)
    return brackets(node)


def _grouped(changes: Iterable[Any]) -> Iterator[list[Any]]:
    """Changes that are made together: those to the arguments of one call, or to one import."""
    groups: dict[Any, list[Any]] = {}
    for index, change in enumerate(changes):
        kind: Any = index
        if isinstance(change, _ARGUMENTS):
            kind = "arguments"
        elif isinstance(change, Append | RenameImport):
            kind = type(change)
        groups.setdefault((change.site, kind), []).append(change)
    yield from groups.values()


def _patches(page: Page, group: Sequence[Any]) -> Iterable[Patch]:
    change = group[0]
    node = page.unit.nodes[change.site.at]
    if isinstance(change, _ARGUMENTS):
        if not isinstance(node, cst.Call):
            raise Void("it is no call")
        return arguments.patches(page, node, group)
    if isinstance(change, RenameImport):
        if not isinstance(node, cst.Import | cst.ImportFrom):
            raise Void("it is no import")
        return imports.patches(page, node, group)
    if isinstance(change, Append):
        return _appended(page, node, group)
    if isinstance(change, Replace):
        return (_replaced(page, node, change.text),)
    if isinstance(change, Rewrite):
        return (_rewritten(page, node, change),)
    if isinstance(change, Surround):
        return _surrounded(page, node, change)
    if isinstance(change, RenameAttribute):
        if not isinstance(node, cst.Attribute):
            raise Void("it is no attribute")
        return (Patch(*page.span(node.attr), change.to),)
    if isinstance(change, InsertBefore):
        return (statements.before(page, node, change.text),)
    if isinstance(change, LayerBefore):
        return (layers.before(page, node, change.text),)
    if isinstance(change, InsertAfter):
        return (statements.after(page, node, change.text),)
    if isinstance(change, KeepResult):
        return (_kept(page, node),)
    assert isinstance(change, RemoveStatement)
    return (statements.removed(page, node),)


def _moved(page: Page, group: Sequence[Any]) -> Iterator[Patch]:
    """What follows from the changes, wherever nothing else is written."""
    for change in group:
        node = page.unit.nodes[change.site.at]
        if isinstance(change, RenameAttribute) and isinstance(node, cst.Attribute):
            yield from shifts.shifted(page, node, change.to)


def _overlaps(patch: Patch, others: Iterable[Patch]) -> bool:
    return any(each.start < patch.end and patch.start < each.end for each in others)


def _appended(page: Page, node: cst.CSTNode, group: Sequence[Append]) -> Iterable[Patch]:
    if isinstance(node, cst.Tuple) and not (node.lpar and len(node.elements) > 1):
        raise Void("the tuple has no end of its own")
    if not isinstance(node, _LISTS):
        raise Void("it is no list that is written out")
    items = Items(page, node.elements, page.span(node)[1] - isinstance(node, cst.List))
    items.added += [each.text for each in group]
    return items.patches()


def _replaced(page: Page, node: cst.CSTNode, text: str) -> Patch:
    start, end = page.span(node)
    if isinstance(node, cst.BaseCompoundStatement):
        raise Void("a compound statement is not written anew")
    if isinstance(node, cst.BaseSmallStatement) and "\n" in text:
        holder = page.holder(node)
        if not holder.block or len(holder.small) > 1:
            raise Void("several lines do not fit where it stands")
    first, *rest = text.split("\n")
    indent = page.indent(start)
    return Patch(start, end, "\n".join((first, *(indent + each if each else "" for each in rest))))


def _rewritten(page: Page, node: cst.CSTNode, change: Rewrite) -> Patch:
    if not isinstance(node, cst.SimpleString) or node.evaluated_value != change.value:
        raise Void("the string is put together from parts")
    plain = (
        node.raw_value == change.value and change.to.isprintable() and node.quote not in change.to
    )
    text = f"{node.prefix}{node.quote}{change.to}{node.quote}" if plain else repr(change.to)
    return Patch(*page.span(node), text)


def _surrounded(page: Page, node: cst.CSTNode, change: Surround) -> Iterator[Patch]:
    if not isinstance(node, cst.BaseExpression):
        raise Void("it is no expression")
    start, end = page.span(node)
    before, after = change.before, change.after
    enclosed = before.rstrip()[-1:] in ("", *"([{,=:") and after.lstrip()[:1] in ("", *")]},:")
    if not enclosed and not isinstance(node, _ATOMS):
        before, after = f"{before}(", f"){after}"
    yield Patch(start, start, before)
    yield Patch(end, end, after)


def _kept(page: Page, node: cst.CSTNode) -> Patch:
    receiver = node
    while isinstance(receiver, cst.Call) and isinstance(receiver.func, cst.Attribute):
        receiver = receiver.func.value
    if receiver is node or not isinstance(receiver, cst.Name | cst.Attribute):
        raise Void("it is called on nothing that has a name")
    start = page.span(node)[0]
    return Patch(start, start, f"{cst.Module([]).code_for_node(receiver)} = ")


def _apart(patches: Iterable[Patch]) -> list[Patch]:
    """Patches in the order of the text, those of one place in the order in which they came."""
    ordered = sorted((each for each in patches if each != (each.start, each.start, "")), key=_key)
    for left, right in pairwise(ordered):
        if right.start < left.end:
            raise Void("two changes are made to the same text")
    return ordered


def _key(patch: Patch) -> tuple[int, int]:
    return patch.start, patch.end
