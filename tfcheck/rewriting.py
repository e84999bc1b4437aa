"""Writing files so that a reader, or a crash, never meets half of one."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress

from tfcheck.errors import WrongUse


def write_whole(path: str, data: bytes) -> None:
    """Put ``data`` in place of a file at once, with the rights that the file has.

    A link stays a link: it is what it points to that is written.
    """
    target = os.path.realpath(path)
    try:
        _replace(target, data)
    except OSError as error:
        raise WrongUse(f"{path}: {error.strerror}") from error


def _replace(target: str, data: bytes) -> None:
    number, beside = tempfile.mkstemp(dir=os.path.dirname(target), prefix=".tfcheck-")
    try:
        with os.fdopen(number, "wb") as file:
            file.write(data)
        os.chmod(beside, _mode(target))
        os.replace(beside, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(beside)
        raise


def _mode(target: str) -> int:
    try:
        return os.stat(target).st_mode & 0o7777
    except FileNotFoundError:
        umask = os.umask(0)  # there is no way to ask for it without setting it
        os.umask(umask)
        return 0o666 & ~umask
