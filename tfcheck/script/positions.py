"""Where nodes stand in the text, for the few that a report needs.

libcst knows no positions. It is asked to write the statements that hold the wanted nodes once
more, and while it does, the tokens at which those begin and end are noted. What it writes is looked
for in the text: a statement that is there more than once is written with its neighbours, until
they are there once. That costs a tenth of a parse, where libcst's own provider, which notes every
node, costs two.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from itertools import accumulate
from types import TracebackType
from typing import NamedTuple

import libcst as cst
from libcst._nodes.internal import CodegenState


class Span(NamedTuple):
    """Rows and columns from 1; the end is exclusive."""

    row: int
    column: int
    end_row: int
    end_column: int


class _Recording(AbstractContextManager[None]):
    """Notes the tokens between which a node's syntax, without its whitespace, is written."""

    def __init__(self, state: _State, node: cst.CSTNode) -> None:
        self.state, self.node = state, node
        self.start = len(state.tokens)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.state.spans[id(self.node)] = (self.start, len(self.state.tokens))


_IGNORED: AbstractContextManager[None] = nullcontext()


class _State(CodegenState):
    def __init__(self, module: cst.Module, wanted: Iterable[int]) -> None:
        super().__init__(module.default_indent, module.default_newline)
        self.wanted = frozenset(wanted)
        self.starts: dict[int, int] = {}
        self.spans: dict[int, tuple[int, int]] = {}

    def before_codegen(self, node: cst.CSTNode) -> None:
        if id(node) in self.wanted:
            self.starts[id(node)] = len(self.tokens)

    def after_codegen(self, node: cst.CSTNode) -> None:
        key = id(node)
        if key in self.wanted and key not in self.spans:
            self.spans[key] = (self.starts[key], len(self.tokens))

    def record_syntactic_position(  # type: ignore[override]
        self,
        node: cst.CSTNode,
        *,
        start_node: cst.CSTNode | None = None,
        end_node: cst.CSTNode | None = None,
    ) -> AbstractContextManager[None]:
        return _Recording(self, node) if id(node) in self.wanted else _IGNORED


class Written:
    """The text of a module, and where the wanted nodes of some of its statements stand in it."""

    def __init__(
        self, module: cst.Module, text: str, nodes: Mapping[int, Iterable[cst.CSTNode]]
    ) -> None:
        """``nodes`` are the wanted ones by the number of the statement that holds them."""
        self.text = text
        self._lines = _line_starts(text)
        self._spans: dict[int, tuple[int, int]] = {}
        self.faithful = True
        closed = text + "\n"
        for number, wanted in nodes.items():
            state, start = _write(module, closed, number, list(map(id, wanted)))
            offsets = list(accumulate(map(len, state.tokens), initial=start))
            self.faithful &= closed.startswith("".join(state.tokens), start)
            for key, (first, last) in state.spans.items():
                self._spans[key] = min(offsets[first], len(text)), min(offsets[last], len(text))

    def span(self, node: cst.CSTNode) -> tuple[int, int]:
        """The offsets at which a node begins and ends, without brackets around it."""
        return self._spans[id(node)]

    def place(self, offset: int) -> tuple[int, int]:
        """The row and column of an offset."""
        return _place(self._lines, offset)

    def shown(self, node: cst.CSTNode) -> Span:
        """The span of a node for a reader; a compound statement is given by its first line."""
        return _shown(node, self.text, self._lines, self.span(node))


def locate(
    module: cst.Module, text: str, nodes: Mapping[int, cst.CSTNode], starts: Sequence[int]
) -> dict[int, Span]:
    """The span of each node, under the ordinal that it has among all of ``module``.

    ``text`` is what the module was parsed from, ``starts`` the ordinal at which each of its
    statements begins. A compound statement is given by its first line.
    """
    by_statement: dict[int, list[int]] = {}
    for at in nodes:
        by_statement.setdefault(bisect_right(starts, at) - 1, []).append(at)
    text += "\n"  # libcst ends the last statement with one even where the file does not
    lines = _line_starts(text)
    spans: dict[int, Span] = {}
    for number, group in by_statement.items():
        state, start = _write(module, text, number, [id(nodes[at]) for at in group])
        offsets = list(accumulate(map(len, state.tokens), initial=start))
        for at in group:
            first, last = state.spans[id(nodes[at])]
            spans[at] = _shown(nodes[at], text, lines, (offsets[first], offsets[last]))
    return spans


def _write(module: cst.Module, text: str, number: int, wanted: Sequence[int]) -> tuple[_State, int]:
    """A statement of ``module`` with as many neighbours as it takes, and where they begin."""
    reach = 0
    while True:
        whole = reach >= len(module.body)
        around = module.body[max(0, number - reach) : number + reach + 1]
        state = _State(module, wanted)
        for node in (*module.header, *module.body) if whole else around:
            node._codegen(state)
        written = "".join(state.tokens)
        start = 0 if whole else text.find(written)
        if whole or (start >= 0 and text.find(written, start + 1) < 0):
            return state, start
        reach = 2 * reach + 1


def _line_starts(text: str) -> list[int]:
    starts = [0]
    position = 0
    while position < len(text):
        newline = text.find("\n", position)
        bare = text.find("\r", position, None if newline < 0 else newline)
        if bare >= 0 and bare + 1 != newline:
            newline = bare
        if newline < 0:
            break
        position = newline + 1
        starts.append(position)
    return starts


def _shown(node: cst.CSTNode, text: str, lines: list[int], span: tuple[int, int]) -> Span:
    (row, column), (end_row, end_column) = (_place(lines, offset) for offset in span)
    if end_row > row and isinstance(node, cst.BaseCompoundStatement):
        end_row, end_column = row, _width(text, lines, row) + 1
    return Span(row, column, end_row, end_column)


def _place(lines: list[int], offset: int) -> tuple[int, int]:
    row = bisect_right(lines, offset)
    return row, offset - lines[row - 1] + 1


def _width(text: str, lines: list[int], row: int) -> int:
    end = lines[row] if row < len(lines) else len(text)
    return len(text[lines[row - 1] : end].rstrip())
