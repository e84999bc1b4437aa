"""Text to a libcst tree, with bounds on what libcst cannot bear.

Its parser overruns the stack on thousands of nested brackets, which kills the process, and
takes minutes on sums of tens of thousands of terms. Text that could do that is looked
through before; the look costs little, and most files are passed by their counts alone.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import libcst as cst

from tfcheck.script.nodes import make_lean
from tfcheck.source import Block, Problem

make_lean()

MAX_BRACKETS = 200  # as CPython
MAX_CHAIN = 500
MAX_ELIFS = 500
MAX_LAMBDAS = 200

_NO_BRACKETS = bytes(set(range(256)) - set(b"()[]{}"))
_TO_COMMAS = bytes.maketrans(b"=:;", b",,,")
_TOKEN = re.compile(
    r"""(?P<skip>\#[^\n]*)
      | (?P<string>[rRbBuUfF]{0,3}(?:'''(?:[^\\]|\\.)*?'''|\"\"\"(?:[^\\]|\\.)*?\"\"\"
            |'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"))
      | (?P<open>[\[({])
      | (?P<close>[\])}])
      | (?P<reset>[,;])
      | (?P<newline>\n)
      | (?P<operator>[-+*/%@&|^~<>.!]|\b(?:and|or|not|if|await|lambda|in|is)\b)""",
    re.VERBOSE | re.DOTALL,
)


def parse(block: Block) -> cst.Module | Problem:
    """The tree of a block, or why there is none."""
    excess = _excess(block.text)
    if excess is not None:
        return Problem(f"{excess}: it is not read", block.cell)
    try:
        with _frugal():
            return cst.parse_module(block.text)
    except cst.ParserSyntaxError as error:
        said = _said_by_python(block)
        return said or Problem(
            f"it could not be parsed: {error.message}", block.cell, error.raw_line
        )
    except RecursionError:
        return Problem("it is nested too deeply: it is not read", block.cell)


@contextmanager
def _frugal() -> Iterator[None]:
    """Build a tree without what is there many times.

    Two nodes of five are whitespace, most of it empty or one blank, and whitespace of the same text
    is one node here: that saves a twentieth.
    """
    whitespace = cst.SimpleWhitespace
    cst.SimpleWhitespace = cache(whitespace)  # type: ignore[assignment,misc]
    try:
        yield
    finally:
        cst.SimpleWhitespace = whitespace  # type: ignore[misc]


def _said_by_python(block: Block) -> Problem | None:
    """CPython's own message for text that it does not accept either."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(block.text)
    except SyntaxError as error:
        row, column = error.lineno or 1, error.offset or 1
        return Problem(error.msg, block.cell, row, max(column, 1), syntax=True)
    except (ValueError, RecursionError, MemoryError) as error:
        return Problem(str(error), block.cell, syntax=True)
    return None


def _excess(text: str) -> str | None:
    """What there is too much of for libcst; None where it will bear the text."""
    if text.count("elif") > MAX_ELIFS and _longest_elif(text) > MAX_ELIFS:
        return f"more than {MAX_ELIFS} elif in a row"
    if text.count("lambda") > MAX_LAMBDAS and _most_lambdas(text) > MAX_LAMBDAS:
        return f"more than {MAX_LAMBDAS} lambda in one line"
    data = text.encode(errors="replace")
    pieces = data.translate(_TO_COMMAS).split(b",")
    if _may_be_deep(data) or max(map(len, pieces)) > 2 * MAX_CHAIN:
        return _excess_of_tokens(text)
    return None


def _may_be_deep(data: bytes) -> bool:
    """Whether brackets may nest too deeply: pairs are taken out from the inside."""
    brackets = data.translate(None, _NO_BRACKETS)
    for _ in range(MAX_BRACKETS // 2):
        fewer = brackets.replace(b"()", b"").replace(b"[]", b"").replace(b"{}", b"")
        if len(fewer) == len(brackets):
            return len(fewer) > MAX_BRACKETS // 2
        brackets = fewer
    return True


def _excess_of_tokens(text: str) -> str | None:
    chains = [0]  # operators since the last comma, for each open bracket
    after_string = False
    for token in _TOKEN.finditer(text):
        kind = token.lastgroup
        if kind == "open":
            chains[-1] += 1
            chains.append(0)
            if len(chains) > MAX_BRACKETS:
                return f"more than {MAX_BRACKETS} brackets inside one another"
        elif kind == "close" and len(chains) > 1:
            chains.pop()
        elif kind == "reset" or (kind == "newline" and len(chains) == 1):
            chains[-1] = 0
        elif kind == "operator" or (kind == "string" and after_string):
            chains[-1] += 1
        if kind != "newline":
            after_string = kind == "string"
        if chains[-1] > MAX_CHAIN:
            return f"an expression of more than {MAX_CHAIN} operations"
    return None


def _longest_elif(text: str) -> int:
    """The most ``elif`` of one indentation with nothing shallower between them."""
    longest = 0
    counts: dict[int, int] = {}
    for line in text.split("\n"):
        code = line.lstrip()
        if not code or code.startswith("#"):
            continue
        indent = len(line) - len(code)
        for deeper in [each for each in counts if each > indent]:
            del counts[deeper]
        counts[indent] = counts.get(indent, 0) + 1 if code.startswith("elif") else 0
        longest = max(longest, counts[indent])
    return longest


def _most_lambdas(text: str) -> int:
    return max(line.count("lambda") for line in text.split("\n"))
