"""The comments of a text, each with the rows that it speaks of."""

from __future__ import annotations

import io
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

_STRING_STARTS = ("FSTRING_START", "TSTRING_START")  # of Python 3.12 and 3.14
_STRING_ENDS = ("FSTRING_END", "TSTRING_END")
_NO_CODE = (tokenize.NL, tokenize.COMMENT, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)


@dataclass(slots=True)
class Comment:
    """A comment, from ``row`` to ``last``.

    At the end of a line it speaks of that line. On a line of its own it speaks of the statement
    that follows, up to its colon where it has a body, or of the next line where it stands inside
    a statement.
    """

    text: str
    row: int
    column: int
    last: int


class Rows(NamedTuple):
    """The rows of a statement, up to its colon where it has a body."""

    first: int
    last: int


def scan(text: str) -> tuple[list[Comment], list[Rows]]:
    """The comments and the statements of ``text``, as far as it can be split into tokens."""
    comments: list[Comment] = []
    statements: list[Rows] = []
    waiting: list[Comment] = []  # for code to follow them
    above: list[Comment] = []  # for the statement below them to end
    first = None
    code_row = 0
    for token in _tokens(text):
        row, column = token.start
        if token.type == tokenize.COMMENT:
            comment = Comment(token.string, row, column, row)
            comments.append(comment)
            if row != code_row:
                waiting.append(comment)
        elif token.type == tokenize.NEWLINE:
            statements.append(Rows(row if first is None else first, row))
            for comment in above:
                comment.last = row
            first, above = None, []
        elif token.type not in _NO_CODE:
            if first is None:
                first, above = row, waiting
            for comment in waiting:
                comment.last = row
            waiting, code_row = [], token.end[0]
    return comments, statements


def rows_without_end(text: str) -> frozenset[int]:
    """The rows that a comment cannot end: what follows them goes on in a string or a line."""
    rows: set[int] = set()
    started: list[int] = []
    for token in _tokens(text):
        kind = tokenize.tok_name[token.type]
        if kind in _STRING_STARTS:
            started.append(token.start[0])
        elif kind in _STRING_ENDS:
            rows.update(range(started.pop(), token.end[0]))
        elif token.type == tokenize.STRING:
            rows.update(range(token.start[0], token.end[0]))
    lines = enumerate(text.split("\n"), start=1)
    rows.update(row for row, line in lines if line.endswith("\\"))
    return frozenset(rows)


def _tokens(text: str) -> Iterator[tokenize.TokenInfo]:
    try:
        yield from tokenize.generate_tokens(io.StringIO(text).readline)
    except (tokenize.TokenError, SyntaxError, UnicodeError):
        return
