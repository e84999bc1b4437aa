"""Changes to the arguments of one call, made together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

import libcst as cst

from tfcheck.changes import (
    AppendToArgument,
    Passed,
    RemoveArgument,
    RenameArgument,
    SetArgument,
    Written,
)
from tfcheck.fixing.items import Items, with_commas
from tfcheck.fixing.page import Page, Patch, Void, brackets

Change: TypeAlias = "SetArgument | AppendToArgument | RenameArgument | RemoveArgument"


def wanted(call: cst.Call) -> Iterator[cst.CSTNode]:
    """The nodes of a call whose places are needed to change its arguments."""
    yield call
    yield from with_commas(call.args)
    for each in call.args:
        yield from brackets(each.value)
        if isinstance(each.value, cst.List):
            yield from with_commas(each.value.elements)
        if each.keyword is not None:
            yield each.keyword


def patches(page: Page, call: cst.Call, changes: Iterable[Change]) -> Iterator[Patch]:
    """What the changes come to. Two of one argument are void, as one would undo the other."""
    items = Items(page, call.args, page.span(call)[1] - 1)
    touched: set[str] = set()
    for change in changes:
        names = {change.name, change.to} if isinstance(change, RenameArgument) else {change.name}
        if not touched.isdisjoint(names):
            raise Void(f"{change.name} is changed twice")
        touched |= names
        if isinstance(change, SetArgument):
            yield from _set(page, call, change, items)
        elif isinstance(change, AppendToArgument):
            yield from _appended(page, call, change, items)
        elif isinstance(change, RenameArgument):
            yield _renamed(page, call, change)
        else:
            items.removed.add(_removable(call, change))
    yield from items.patches()


def name_passed(node: cst.CSTNode, asked: Passed) -> str:
    """The plain name that a call gets as an argument."""
    index = _find(node, asked.name, asked.position) if isinstance(node, cst.Call) else None
    if index is not None:
        assert isinstance(node, cst.Call)
        value = node.args[index].value
        if isinstance(value, cst.Name):
            return value.value
    raise Void(f"{asked.name} is no plain name")


def text_passed(page: Page, node: cst.CSTNode, asked: Written) -> str:
    """What a call gets as an argument, on one line."""
    index = _find(node, asked.name, asked.position) if isinstance(node, cst.Call) else None
    if index is None:
        raise Void(f"there is no {asked.name}")
    assert isinstance(node, cst.Call)
    value = node.args[index].value
    text = page.tree.code_for_node(value)
    if "\n" in text and isinstance(value, cst.Tuple):
        items = [page.tree.code_for_node(each.value) for each in value.elements]
        text = f"({', '.join(items)}{',' * (len(items) == 1)})"
    if "\n" in text:
        raise Void(f"{asked.name} goes over several lines")
    return text


def _set(page: Page, call: cst.Call, change: SetArgument, items: Items) -> Iterator[Patch]:
    index = _find(call, change.name, change.position)
    if index is not None:
        yield Patch(*page.outer(call.args[index].value), change.text)
        return
    if any(each.star == "**" for each in call.args):
        raise Void(f"{change.name} may be passed with **")
    if any(isinstance(each.value, cst.GeneratorExp) and not each.value.lpar for each in call.args):
        raise Void("a generator without brackets must be the only argument")
    items.added.append(f"{change.name}={change.text}")


def _appended(
    page: Page, call: cst.Call, change: AppendToArgument, items: Items
) -> Iterator[Patch]:
    index = _find(call, change.name, change.position)
    given = call.args[index].value if index is not None else None
    if given is None or (isinstance(given, cst.Name) and given.value == "None"):
        alone = SetArgument(change.site, change.name, f"[{change.text}]", change.position)
        yield from _set(page, call, alone, items)
    elif isinstance(given, cst.List):
        listed = Items(page, given.elements, page.span(given)[1] - 1)
        listed.added.append(change.text)
        yield from listed.patches()
    elif isinstance(given, cst.Name | cst.Attribute | cst.Call | cst.Subscript):
        start, end = page.outer(given)
        yield Patch(start, start, "[*")
        yield Patch(end, end, f", {change.text}]")
    else:
        raise Void(f"{change.name} is computed where it is passed")


def _renamed(page: Page, call: cst.Call, change: RenameArgument) -> Patch:
    index = _find(call, change.name, None)
    if index is None or _find(call, change.to, None) is not None:
        raise Void(f"there is no {change.name} to call {change.to}")
    keyword = call.args[index].keyword
    assert keyword is not None
    return Patch(*page.span(keyword), change.to)


def _removable(call: cst.Call, change: RemoveArgument) -> int:
    index = _find(call, change.name, change.position)
    if index is None:
        raise Void(f"there is no {change.name} to take out")
    positional = call.args[index].keyword is None
    if positional and any(each.keyword is None for each in call.args[index + 1 :]):
        raise Void("the arguments after it would move up")
    return index


def _find(call: cst.Call, name: str, position: int | None) -> int | None:
    """The index of an argument, by its name or else by the position where it may stand."""
    for index, arg in enumerate(call.args):
        if arg.keyword is not None and arg.keyword.value == name:
            return index
    if position is None:
        return None
    for index, arg in enumerate(call.args[: position + 1]):
        if arg.star == "*":
            raise Void(f"{name} may be passed with *")
        if arg.keyword is not None or arg.star:
            return None
        if index == position:
            return index
    return None
