"""Whole statements: lines that are put in before or after them, and their removal."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

import libcst as cst

from tfcheck.fixing.page import Page, Patch, Statement, Void

UNUSED = "_"  # what is called so is thrown away
_LEAVES = (cst.Return, cst.Raise, cst.Break, cst.Continue)


def indented(text: str, indent: str) -> str:
    """Lines of code, each with an indentation and its newline; empty ones stay empty."""
    lines = text.rstrip("\n").split("\n")
    return "".join(f"{indent}{line}\n" if line.strip() else "\n" for line in lines)


def before(page: Page, node: cst.CSTNode, text: str) -> Patch:
    """``text`` as lines before the statement that holds ``node``."""
    holder = page.holder(node)
    start = page.start_of(holder)
    _check_own_line(page, holder, start)
    if holder.small and not _holds(page, holder.small[0], node):
        raise Void("other statements stand before it on its line")
    line = page.line_start(start)
    return Patch(line, line, indented(text, page.text[line:start]))


def after(page: Page, node: cst.CSTNode, text: str) -> Patch:
    """``text`` as lines after the statement that holds ``node``."""
    holder = page.holder(node)
    start = page.start_of(holder)
    _check_own_line(page, holder, start)
    if holder.small and not _holds(page, holder.small[-1], node):
        raise Void("other statements follow it on its line")
    if holder.small and isinstance(holder.small[-1], _LEAVES):
        raise Void("what follows it is never reached")
    return lines_after(page, holder, text)


def lines_after(page: Page, holder: Statement, text: str) -> Patch:
    """``text`` as lines after a statement, indented as it is."""
    start = page.start_of(holder)
    lines = indented(text, page.text[page.line_start(start) : start])
    end = page.line_end(page.end_of(holder))
    if end == len(page.text):
        return Patch(end, end, "\n" + lines[:-1])
    return Patch(end + 1, end + 1, lines)


def removed(page: Page, node: cst.CSTNode) -> Patch:
    """Without the simple statement that holds ``node``; a block is never left empty."""
    holder = page.holder(node)
    if not holder.small:
        raise Void("it is no simple statement")
    index = next(i for i, each in enumerate(holder.small) if _holds(page, each, node))
    start, end = page.span(holder.small[index])
    if len(holder.small) > 1:
        if index + 1 < len(holder.small):
            return Patch(start, page.span(holder.small[index + 1])[0], "")
        return Patch(page.span(holder.small[index - 1])[1], end, "")
    if holder.siblings == 1:
        return Patch(start, end, "pass")
    _check_own_line(page, holder, start)
    rest = page.text[end : page.line_end(end)]
    if rest.strip(" \t;"):
        return Patch(start, end + len(rest) - len(rest.lstrip(" \t;")), "")
    return Patch(page.line_start(start), min(page.line_end(end) + 1, len(page.text)), "")


def target(page: Page, node: cst.CSTNode, path: Sequence[int]) -> str:
    """The name that gets the value of ``node``, or a part of it, in an assignment."""
    for each in page.holder(node).small:
        if isinstance(each, cst.Assign) and each.value is node and len(each.targets) == 1:
            found: cst.BaseExpression = each.targets[0].target
            for index in path:
                parts = _parts(found)
                if index < len(parts):
                    found = parts[index]
                elif not (isinstance(found, cst.Name) and found.value == UNUSED):
                    raise Void("it is not taken apart")
            if isinstance(found, cst.Name):
                return found.value
    raise Void("it is assigned to no name")


def _parts(target: cst.BaseExpression) -> list[cst.BaseExpression]:
    """What a target takes apart, up to what takes any number of values."""
    elements = target.elements if isinstance(target, cst.Tuple | cst.List) else ()
    plain = takewhile(lambda each: isinstance(each, cst.Element), elements)
    return [each.value for each in plain]


def _check_own_line(page: Page, holder: Statement, start: int) -> None:
    if not holder.block or not page.begins_line(start):
        raise Void("the statement does not begin its line")


def _holds(page: Page, statement: cst.CSTNode, node: cst.CSTNode) -> bool:
    (first, last), (start, end) = page.span(statement), page.span(node)
    return first <= start and end <= last
