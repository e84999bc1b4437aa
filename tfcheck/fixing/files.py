"""Fixed files on the disk: written whole or not at all, or shown as a patch."""

from __future__ import annotations

import difflib
import io
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress

from tfcheck.engine import Rewritten

_NO_NEWLINE = "\n\\ No newline at end of file\n"


def write(rewritten: Rewritten) -> str | None:
    """Write a file in one step, through links to what they point to; why not, where it cannot be.

    What was changed by somebody else since it was read is left alone.
    """
    path = os.path.realpath(rewritten.path)
    try:
        if not os.stat(path).st_mode & 0o222 or not os.access(path, os.W_OK):
            return f"{rewritten.path}: it is read-only, so its fixes were not written"
        with open(path, "rb") as file:
            if file.read() != rewritten.original:
                return f"{rewritten.path}: it has changed, so its fixes were not written"
        _replace(path, rewritten.content)
    except OSError as error:
        return f"{rewritten.path}: its fixes could not be written: {error.strerror}"
    return None


def _replace(path: str, content: bytes) -> None:
    folder, name = os.path.split(path)
    handle, temporary = tempfile.mkstemp(prefix=f".{name}.", dir=folder)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        shutil.copymode(path, temporary)
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise


def patch(rewritten: Rewritten) -> Iterator[bytes]:
    """What ``patch -p0`` would do, line by line."""
    before, after = (
        io.BytesIO(each).readlines() for each in (rewritten.original, rewritten.content)
    )
    name = os.fsencode(rewritten.path)
    lines = difflib.diff_bytes(difflib.unified_diff, before, after, name, name)
    for line in lines:
        yield line if line.endswith(b"\n") else line + _NO_NEWLINE.encode()
