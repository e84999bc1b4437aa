"""Lines of a call that stand under its first argument, where that moves."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from tfcheck.fixing.page import Page, Patch


def shifted(page: Page, name: cst.Attribute, to: str) -> Iterator[Patch]:
    """Have the lines of the call of ``name`` follow, as that is called ``to`` from now on."""
    start, end = page.span(name)
    code = _call(page, name)
    if not code or not page.text.startswith(code, start) or page.text[end : end + 1] != "(":
        return
    column = end + 1 - page.line_start(end)
    offset = len(to) - len(name.attr.value)
    line = page.line_end(end) + 1
    while line <= start + len(code):
        text = page.text[line : page.line_end(line)]
        indent = len(text) - len(text.lstrip(" "))
        if column <= indent < len(text):
            yield Patch(line, line - min(offset, 0), " " * offset)
        line = page.line_end(line) + 1


def _call(page: Page, name: cst.Attribute) -> str:
    """The text of the call of a name, if its lines are surely no part of a string."""
    waiting: list[cst.CSTNode] = [*page.holder(name).small]
    while waiting:
        node = waiting.pop()
        if isinstance(node, cst.Call) and node.func is name and not node.lpar:
            code = page.tree.code_for_node(node)
            return "" if '"""' in code or "'''" in code else code
        waiting += node.children
    return ""
