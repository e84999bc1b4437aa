"""IPython's lines in notebook cells, made into Python of the same rows.

What IPython would run as a magic or in a shell becomes ``pass``, so that the rest of the
cell is read; ``%time`` and its kin keep the statement that they time.
"""

from __future__ import annotations

import ast
import re

# Cell magics whose body is Python that runs in the notebook's own namespace.
_PYTHON_CELLS = frozenset({"capture", "prun", "time", "timeit"})
_TIMED = re.compile(r"%(?:time|timeit|prun)(?=\s)")

_CELL_MAGIC = re.compile(r"%%\s*(\w+)")
_SUSPECT = re.compile(r"^\s*[%!?/,;]|[?]\s*$|=\s*[%!]", re.MULTILINE)
_LINE = re.compile(r"\s*(?:%{1,2}\s*\w|!|\?{1,2}\s*[\w.%*]|[/,;]\s*[A-Za-z_])")
_HELP = re.compile(r"\s*%{0,2}[\w.*\[\]()'\"]+\s*\?{1,2}\s*$")
_ASSIGNED = re.compile(r"(\s*[\w.,\s*\[\]()'\"]+=\s*)(?:%{1,2}\w|!)(?!=)")

_TOKEN = re.compile(
    r"""(?P<comment>\#.*)
      | (?P<string>(?P<quote>'''|\"\"\"|'|"))
      | (?P<open>[\[({])
      | (?P<close>[\])}])""",
    re.VERBOSE,
)


def neutralise(text: str) -> str:
    """A cell as Python, with as many lines as it has."""
    lines = text.split("\n")
    first = next((number for number, line in enumerate(lines) if line.strip()), None)
    if first is None:
        return text
    magic = _CELL_MAGIC.match(lines[first])
    if magic is not None:
        if magic[1] not in _PYTHON_CELLS:
            return "\n" * (len(lines) - 1)
        lines[first] = ""
        return neutralise("\n".join(lines))
    lines = _dedented(lines, lines[first])
    if not _SUSPECT.search("\n".join(lines)):
        return "\n".join(lines)
    return "\n".join(_without_magics(lines))


def _dedented(lines: list[str], first: str) -> list[str]:
    """IPython takes the indentation of the first line off every line that has it."""
    indent = first[: len(first) - len(first.lstrip(" \t"))]
    if not indent or first.lstrip().startswith("#"):
        return lines
    return [
        line[len(indent) :] if line.startswith(indent) else line.lstrip(" \t") for line in lines
    ]


def _without_magics(lines: list[str]) -> list[str]:
    state = _State()
    result: list[str] = []
    swallowing = False
    for line in lines:
        if swallowing:
            swallowing = line.endswith("\\")
            result.append("")
            continue
        python = line if not state.fresh else _python_of(line)
        swallowing = python != line and line.endswith("\\")
        result.append(python)
        if python == line:
            state.read(line)
    return result


def _python_of(line: str) -> str:
    """A line at the beginning of a statement, without what only IPython understands."""
    indent = line[: len(line) - len(line.lstrip())]
    if _LINE.match(line):
        return _timed(line, indent) or f"{indent}pass"
    assigned = _ASSIGNED.match(line)
    if assigned is not None:
        return f"{assigned[1]}get_ipython()"
    return f"{indent}pass" if _HELP.match(line) else line


def _timed(line: str, indent: str) -> str | None:
    """``%time model.fit(x, y)`` with the statement kept where it stands."""
    magic = _TIMED.match(line, len(indent))
    if magic is None:
        return None
    width = magic.end() - magic.start()
    kept = f"{indent}_{' ' * (width - 2)}={line[magic.end() :]}"
    try:
        ast.parse(kept.strip())
    except (SyntaxError, ValueError):
        return None
    return kept


class _State:
    """Whether the next line begins a statement: outside strings, brackets, continuations."""

    def __init__(self) -> None:
        self.depth = 0
        self.quote: str | None = None
        self.continued = False

    @property
    def fresh(self) -> bool:
        return not (self.depth or self.quote or self.continued)

    def read(self, line: str) -> None:
        position = 0
        while True:
            if self.quote is not None:
                position = self._end_of_string(line, position)
                if position < 0:
                    break
            token = _TOKEN.search(line, position)
            if token is None or token["comment"]:
                break
            position = token.end()
            if token["quote"]:
                self.quote = token["quote"]
            else:
                self.depth = max(0, self.depth + (1 if token["open"] else -1))
        self.continued = line.endswith("\\")
        if self.quote is not None and len(self.quote) == 1 and not self.continued:
            self.quote = None  # a string that is not closed ends with its line

    def _end_of_string(self, line: str, position: int) -> int:
        """The position after the string that is open, or -1 where the line ends in it."""
        assert self.quote is not None
        while position < len(line):
            if line[position] == "\\":
                position += 2
            elif line.startswith(self.quote, position):
                position += len(self.quote)
                self.quote = None
                return position
            else:
                position += 1
        return -1
