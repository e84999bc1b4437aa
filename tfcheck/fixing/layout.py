"""Texts laid out on lines that are no longer than the others are."""

from __future__ import annotations

import re
from collections.abc import Iterator

_SHORT, _LONG = 79, 100  # whatever the lines of a script are, one may be as long, and no longer
_TOKEN = re.compile(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"|[(\[{]|[)\]}]|, ")


def width(text: str) -> int:
    """How long a line of ``text`` may be."""
    longest = max((len(line.expandtabs(4)) for line in text.split("\n")), default=0)
    return min(max(longest, _SHORT), _LONG)


def fits(line: str, limit: int) -> bool:
    """Whether the last line of ``line`` is no longer than that."""
    return len(line.rpartition("\n")[2].expandtabs(4)) <= limit


def aligned(text: str, margin: str, rest: str, limit: int) -> str:
    """``text`` after ``margin``, broken after commas and gone on under the bracket that is open.

    ``margin`` is white space as wide as what stands before the text, ``rest`` what comes after it.
    """
    if fits(margin + text + rest, limit) or "\n" in text:
        return text
    fitting = [each for each in _commas(text) if fits(margin + text[: each[0]], limit)]
    if not fitting:
        return hanging(text, margin, limit)
    end, under = fitting[-1]
    margin += " " * under
    return f"{text[:end]}\n{margin}{aligned(text[end + 1 :], margin, rest, limit)}"


def hanging(text: str, indent: str, limit: int) -> str:
    """``text`` on a line of its own, with what is in its last brackets on lines that are deeper."""
    if fits(f"{indent}{text},", limit) or "\n" in text or text[-1:] not in (*")]}",):
        return text
    unclosed = _open(text[:-1])
    if not unclosed:
        return text
    opened = unclosed[-1] + 1
    deeper = indent + ("\t" if indent.endswith("\t") else "    ")
    inner = hanging(text[opened:-1], deeper, limit)
    return f"{text[:opened]}\n{deeper}{inner}\n{indent}{text[-1]}"


def blank(text: str) -> str:
    """White space that is as wide as ``text``."""
    return re.sub(r"\S", " ", text)


def _commas(text: str) -> Iterator[tuple[int, int]]:
    """Where each comma ends, and where what is in the brackets around it begins."""
    opened = [0]
    for token in _TOKEN.finditer(text):
        if token[0] in (*"([{",):
            opened.append(token.end())
        elif token[0] in (*")]}",) and len(opened) > 1:
            opened.pop()
        elif token[0] == ", ":
            yield token.end() - 1, opened[-1]


def _open(text: str) -> list[int]:
    """Where the brackets stand that are not closed again."""
    opened: list[int] = []
    for token in _TOKEN.finditer(text):
        if token[0] in (*"([{",):
            opened.append(token.start())
        elif token[0] in (*")]}",) and opened:
            opened.pop()
    return opened


def quoted(text: str, *samples: str) -> str:
    """``text`` with its strings in the quotes of the first sample that prefers one kind."""
    for sample in samples:
        single = sample.replace("'''", "").count("'") // 2
        double = sample.replace('"""', "").count('"') // 2
        if single != double:
            return text.replace('"', "'") if single > double and "'" not in text else text
    return text
