"""The text of a unit with the places of its nodes, in which changes become patches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

import libcst as cst

from tfcheck.fixing import layout
from tfcheck.rule import Edit, Location
from tfcheck.script.modules import Unit
from tfcheck.script.positions import Written


class Void(Exception):
    """A change that cannot be made as it was meant, and so takes its whole fix with it."""


class Patch(NamedTuple):
    """Write ``content`` in place of the text between two offsets of a page."""

    start: int
    end: int
    content: str


class Statement(NamedTuple):
    """A statement among its siblings: one line of simple statements, or a compound one.

    ``block`` is false in a suite that stands on the line of its colon, as in ``if x: y = 1``.
    """

    node: cst.CSTNode
    siblings: int
    block: bool

    @property
    def small(self) -> tuple[cst.BaseSmallStatement, ...]:
        """The simple statements of a line, between semicolons; none of a compound statement."""
        if isinstance(self.node, (cst.SimpleStatementLine, cst.SimpleStatementSuite)):
            return tuple(self.node.body)
        return ()


class Page:
    """A unit as it is written, of which only those statements are looked at that matter.

    ``wanted`` are nodes whose places are asked for later, by the number of the statement of the
    module that holds them. The first statement is there in any case, and so are the imports with
    the first and the last name in them.
    """

    def __init__(
        self, unit: Unit, tree: cst.Module, wanted: Mapping[int, Sequence[cst.CSTNode]]
    ) -> None:
        self.unit = unit
        self.tree = tree
        self.text = unit.block.text
        imports = (number for number, each in enumerate(tree.body) if _has_import(each))
        nodes: dict[int, list[cst.CSTNode]] = {}
        statements: list[Statement] = []
        for number in sorted({*wanted, *imports, *range(min(1, len(tree.body)))}):
            inner = list(_statements(tree, number))
            statements += inner
            nodes[number] = [*wanted.get(number, ())]
            for each in inner:
                nodes[number] += [each.node, *each.small]
                nodes[number] += (end for small in each.small for end in _ends(small))
                if isinstance(each.node, (cst.FunctionDef, cst.ClassDef)):
                    nodes[number] += each.node.decorators
        self.statements = tuple(statements)
        self.written = Written(tree, self.text, nodes)

    @cached_property
    def width(self) -> int:
        """How long its lines may become."""
        return layout.width(self.text)

    @property
    def faithful(self) -> bool:
        """Whether the tree gives back the text that it was read from."""
        return self.written.faithful

    def span(self, node: cst.CSTNode) -> tuple[int, int]:
        return self.written.span(node)

    def outer(self, node: cst.BaseExpression) -> tuple[int, int]:
        """The span of an expression with the brackets around it."""
        start, end = self.span(node)
        if node.lpar:
            start = self.span(node.lpar[0])[0]
        if node.rpar:
            end = self.span(node.rpar[-1])[1]
        return start, end

    def line_start(self, offset: int) -> int:
        return self.text.rfind("\n", 0, offset) + 1

    def line_end(self, offset: int) -> int:
        """The offset of the end of the line, before its newline."""
        end = self.text.find("\n", offset)
        return len(self.text) if end < 0 else end

    def indent(self, offset: int) -> str:
        """The white space at the beginning of a line."""
        line = self.text[self.line_start(offset) : self.line_end(offset)]
        return line[: len(line) - len(line.lstrip())]

    def begins_line(self, offset: int) -> bool:
        """Whether nothing but white space stands before it on its line."""
        return not self.text[self.line_start(offset) : offset].strip()

    def start_of(self, statement: Statement) -> int:
        """Where a statement begins, with its decorators."""
        node = statement.node
        if isinstance(node, (cst.FunctionDef, cst.ClassDef)) and node.decorators:
            return self.text.index("@", self.span(node.decorators[0])[0])
        return self.span(node)[0]

    def end_of(self, statement: Statement) -> int:
        """Where the last simple statement of a statement ends."""
        start, end = self.span(statement.node)
        if statement.small:
            return self.span(statement.small[-1])[1]
        inner = (small for each in self.statements for small in each.small)
        return max(last for first, last in map(self.span, inner) if start <= first < end)

    def holder(self, node: cst.CSTNode) -> Statement:
        """The innermost statement that holds a node."""
        start, end = self.span(node)
        found: Statement | None = None
        for each in self.statements:
            first = self.start_of(each)
            if first > start:
                break  # they come in the order of the text
            if end <= self.span(each.node)[1]:
                found = each
        if found is None:
            raise Void("it stands in no statement")
        return found

    def edit(self, patch: Patch, filename: str) -> Edit:
        row, column = self.written.place(patch.start)
        end_row, end_column = self.written.place(patch.end)
        place = Location(filename, self.unit.block.cell, row, column, end_row, end_column)
        return Edit(place, patch.content)


def brackets(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """An expression and the outermost brackets around it, whose places :meth:`Page.outer` needs."""
    yield node
    if isinstance(node, cst.BaseExpression):
        yield from node.lpar[:1]
        yield from node.rpar[-1:]


def _has_import(node: cst.CSTNode) -> bool:
    small = node.body if isinstance(node, cst.SimpleStatementLine) else ()
    return any(isinstance(each, (cst.Import, cst.ImportFrom)) for each in small)


def _ends(small: cst.BaseSmallStatement) -> Iterator[cst.CSTNode]:
    """The first and the last name of an import, the latter with its comma."""
    if isinstance(small, cst.ImportFrom) and not isinstance(small.names, cst.ImportStar):
        last = small.names[-1]
        yield from (small.names[0], last)
        if isinstance(last.comma, cst.Comma):
            yield last.comma


def _statements(tree: cst.Module, number: int) -> Iterator[Statement]:
    """A statement of a module and all that are in it, in the order of its text."""
    waiting: list[tuple[cst.CSTNode, int, bool]] = [(tree.body[number], len(tree.body), True)]
    while waiting:
        node, siblings, block = waiting.pop()
        yield Statement(node, siblings, block)
        inner: list[tuple[cst.CSTNode, int, bool]] = []
        for suite in _suites(node):
            if isinstance(suite, cst.SimpleStatementSuite):
                inner.append((suite, 1, False))
            else:
                inner += ((each, len(suite.body), True) for each in suite.body)
        waiting += reversed(inner)


def _suites(node: cst.CSTNode) -> Iterator[cst.BaseSuite]:
    body = getattr(node, "body", None)
    if isinstance(body, cst.BaseSuite):
        yield body
    for name in ("handlers", "cases"):
        for each in getattr(node, name, ()):
            yield each.body
    for name in ("orelse", "finalbody"):
        part = getattr(node, name, None)
        if part is not None:
            yield from _suites(part)
