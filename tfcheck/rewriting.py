"""Writing files so that a reader, or a crash, never meets half of one."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress

from tfcheck.errors import WrongUse


def rewrite(path: str, original: bytes, content: bytes) -> str | None:
    """Put ``content`` where ``original`` was read; why not, where that cannot be.

    What was changed by somebody else since it was read is left alone.
    """
    target = os.path.realpath(path)
    try:
        if not os.stat(target).st_mode & 0o222 or not os.access(target, os.W_OK):
            return "it is read-only"
        with open(target, "rb") as file:
            if file.read() != original:
                return "it has changed"
        _replace(target, content)
    except OSError as error:
        return error.strerror
    return None


def write_whole(path: str, content: bytes) -> None:
    """Make a file, or put ``content`` in place of what it holds."""
    try:
        _replace(os.path.realpath(path), content)
    except OSError as error:
        raise WrongUse(f"{path}: {error.strerror}") from error


def _replace(target: str, content: bytes) -> None:
    """Write in one step and keep the rights; ``target`` is no link, which would be replaced."""
    folder, name = os.path.split(target)
    handle, beside = tempfile.mkstemp(prefix=f".{name}.", dir=folder)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
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
