"""Where nodes stand in the text, for the few that a report needs.

libcst knows no positions. It is asked to write the module once more, and while it does,
the tokens at which the wanted nodes begin and end are noted; that costs a quarter of a
parse, where libcst's own provider, which notes every node, costs two.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
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
    """A module as it is written, and where the wanted nodes of it stand."""

    def __init__(self, module: cst.Module, nodes: Iterable[cst.CSTNode]) -> None:
        state = _State(module, map(id, nodes))
        module._codegen(state)
        offsets = [0, *accumulate(map(len, state.tokens))]
        self.text = "".join(state.tokens)
        self._lines = _line_starts(self.text)
        # A newline that the text does not end with is written first and taken back at the end.
        count = len(state.tokens)
        self._spans = {
            key: (offsets[min(first, count)], offsets[min(last, count)])
            for key, (first, last) in state.spans.items()
        }

    def span(self, node: cst.CSTNode) -> tuple[int, int]:
        """The offsets at which a node begins and ends, without brackets around it."""
        return self._spans[id(node)]

    def place(self, offset: int) -> tuple[int, int]:
        """The row and column of an offset."""
        row = bisect_right(self._lines, offset)
        return row, offset - self._lines[row - 1] + 1

    def shown(self, node: cst.CSTNode) -> Span:
        """The span of a node for a reader; a compound statement is given by its first line."""
        first, last = self.span(node)
        row, column = self.place(first)
        end_row, end_column = self.place(last)
        if end_row > row and isinstance(node, cst.BaseCompoundStatement):
            end_row, end_column = row, self._width(row) + 1
        return Span(row, column, end_row, end_column)

    def _width(self, row: int) -> int:
        end = self._lines[row] if row < len(self._lines) else len(self.text)
        return len(self.text[self._lines[row - 1] : end].rstrip())


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
