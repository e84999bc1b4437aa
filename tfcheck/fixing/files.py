"""Fixed files on the disk: written whole or not at all, or shown as a patch."""

from __future__ import annotations

import difflib
import io
import os
from collections.abc import Iterator

from tfcheck.engine import Rewritten
from tfcheck.rewriting import rewrite

_NO_NEWLINE = "\n\\ No newline at end of file\n"


def write(rewritten: Rewritten) -> str | None:
    """Write a file in one step; why not, where that cannot be."""
    obstacle = rewrite(rewritten.path, rewritten.original, rewritten.content)
    return obstacle and f"{rewritten.path}: {obstacle}, so its fixes were not written"


def patch(rewritten: Rewritten) -> Iterator[bytes]:
    """What ``patch -p0`` would do, line by line."""
    before, after = (
        io.BytesIO(each).readlines() for each in (rewritten.original, rewritten.content)
    )
    name = os.fsencode(rewritten.path)
    lines = difflib.diff_bytes(difflib.unified_diff, before, after, name, name)
    for line in lines:
        yield line if line.endswith(b"\n") else line + _NO_NEWLINE.encode()
