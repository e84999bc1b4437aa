"""Linux system calls for which Python has no name."""

from __future__ import annotations

import ctypes
import os
import signal
from typing import Any

_LIBRARY = ctypes.CDLL(None, use_errno=True)

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_PR_SET_NO_NEW_PRIVS = 38

_CAPABILITY_VERSION_3 = 0x20080522


def call(number: int, *arguments: Any) -> int:
    """The system call ``number``. Raises ``OSError`` where it fails."""
    return checked(_LIBRARY.syscall(ctypes.c_long(number), *map(_long, arguments)))


def prctl(option: int, *arguments: Any) -> None:
    """Raises ``OSError`` where it fails."""
    padded = (*arguments, 0, 0, 0, 0)[:4]
    checked(_LIBRARY.prctl(ctypes.c_int(option), *map(_long, padded)))


def function(name: str, *arguments: Any) -> int:
    """A function of the C library that returns -1 where it fails. Raises ``OSError`` then."""
    return checked(getattr(_LIBRARY, name)(*arguments))


def checked(result: int) -> int:
    if result == -1:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def _long(value: Any) -> Any:
    return ctypes.c_long(value) if isinstance(value, int) else value


def adopt_orphans(adopt: bool) -> None:
    """Whether descendants whose parent ends become children of this process."""
    prctl(_PR_SET_CHILD_SUBREAPER, int(adopt))


def end_with_parent() -> None:
    """Have this process killed when the thread that started it ends."""
    prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL))


def gain_no_privileges() -> None:
    """Keep this process, and all that it starts, from getting rights by running a program."""
    prctl(_PR_SET_NO_NEW_PRIVS, 1)


def drop_capabilities() -> None:
    """Give up root's rights, which no program gives back after :func:`gain_no_privileges`."""

    class Header(ctypes.Structure):
        _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))

    none = (ctypes.c_uint32 * 6)()
    function("capset", ctypes.byref(Header(_CAPABILITY_VERSION_3, 0)), ctypes.byref(none))
