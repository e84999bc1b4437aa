"""Layers that are put into a model."""

from __future__ import annotations

import libcst as cst

from tfcheck.fixing import statements
from tfcheck.fixing.page import Page, Patch, Void


def before(page: Page, node: cst.CSTNode, text: str) -> Patch:
    """A layer before the one at ``node``: in its list, or added as that is added."""
    holder = page.holder(node)
    waiting: list[cst.CSTNode] = list(holder.small)
    while waiting:
        each = waiting.pop()
        if isinstance(each, cst.List) and any(item.value is node for item in each.elements):
            start = page.outer(node)[0] if isinstance(node, cst.BaseExpression) else 0
            separator = f",\n{page.indent(start)}" if page.begins_line(start) else ", "
            return Patch(start, start, f"{text}{separator}")
        if isinstance(each, cst.Call) and _adds(each, node):
            assert isinstance(each.func, cst.Attribute)
            model = page.tree.code_for_node(each.func.value)
            return statements.before(page, node, f"{model}.add({text})")
        waiting += each.children
    raise Void("the layer stands neither in a list nor is it added")


def _adds(call: cst.Call, node: cst.CSTNode) -> bool:
    """Whether a call is ``model.add(layer)`` for the layer at ``node``."""
    is_add = isinstance(call.func, cst.Attribute) and call.func.attr.value == "add"
    return is_add and len(call.args) == 1 and call.args[0].value is node
