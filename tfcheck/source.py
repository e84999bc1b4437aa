"""A file or a notebook as text that can be parsed, with the way back to its cells."""

from __future__ import annotations

import io
import stat
import tokenize
from dataclasses import dataclass
from pathlib import Path

MAX_BYTES = 20_000_000


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of Python that is parsed by itself: a whole file, or one code cell.

    ``text`` has as many lines as the original, so rows need no translation. ``cell``
    counts from 1 over all cells of a notebook; it is None for a script.
    """

    text: str
    cell: int | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that could not be read, and CPython's own words for it where it has some.

    ``syntax`` says that the text is not valid Python; else it is beyond what is read.
    """

    message: str
    cell: int | None = None
    row: int = 1
    column: int = 1
    syntax: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """What a path holds. A file that cannot be read at all has problems and no blocks.

    ``commands`` are the lines of a notebook that are no Python: ``!pip install keras==2.3``.
    """

    path: str
    blocks: tuple[Block, ...]
    problems: tuple[Problem, ...] = ()
    commands: tuple[str, ...] = ()


def read_source(path: Path, data: bytes | None = None) -> Source:
    """The text of a file, from ``data`` where it was read before.

    A file that is no text, or cannot be read, is a source without blocks and with a problem.
    """
    try:
        content = _content(path) if data is None else data
    except OSError as error:
        return Source(str(path), (), (Problem(f"it cannot be read: {error.strerror}"),))
    if len(content) > MAX_BYTES:
        return Source(str(path), (), (Problem(f"it is larger than {MAX_BYTES:,} bytes"),))
    if path.suffix == ".ipynb":
        from tfcheck.notebook import read_notebook

        return read_notebook(str(path), content.decode("utf-8-sig", errors="replace"))
    return _read_script(str(path), content)


def _content(path: Path) -> bytes:
    if not stat.S_ISREG(path.stat().st_mode):
        raise OSError(0, "it is no regular file")
    return path.read_bytes()


def _read_script(path: str, content: bytes) -> Source:
    if b"\0" in content:
        problem = Problem("source code cannot contain null bytes", syntax=True)
        return Source(path, (), (problem,))
    problems: tuple[Problem, ...] = ()
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        text = content.decode(encoding)
    except (SyntaxError, UnicodeDecodeError, LookupError) as error:
        # Every byte means something in Latin-1, and only comments and texts can be wrong.
        text = content.decode("latin-1")
        problems = (Problem(f"it is not encoded as it says: {error}", syntax=True),)
    # CPython takes a lone carriage return for the end of a line.
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return Source(path, (Block(lines),), problems)
