"""Python's audit hooks: the last guard, and words for what the others refuse without any.

A hook sees what Python code does, in this process and in its forks. It does not see native code,
and no other program may be started where it is the only guard.

https://docs.python.org/3/library/audit_events.html
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Any

from runtime_probe.sandbox.bounds import Bounds

_NETWORK = frozenset(
    """socket.connect socket.bind socket.sendto socket.sendmsg socket.getaddrinfo
    socket.gethostbyname socket.gethostbyaddr socket.getnameinfo""".split()
)

_PROGRAMS = frozenset(
    "subprocess.Popen os.system os.exec os.posix_spawn os.spawn pty.spawn".split()
)

_SIGNALS = frozenset(("os.kill", "os.killpg"))

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

_CHANGES: Mapping[str, tuple[tuple[int, int | None], ...]] = {
    "os.remove": ((0, 1),),
    "os.rename": ((0, 2), (1, 3)),
    "os.rmdir": ((0, 1),),
    "os.mkdir": ((0, 2),),
    "os.link": ((0, 2), (1, 3)),
    "os.symlink": ((1, 2),),
    "os.truncate": ((0, None),),
    "os.chmod": ((0, 2),),
    "os.chown": ((0, 3),),
    "os.utime": ((0, 3),),
    "os.chflags": ((0, None),),
    "os.lchflags": ((0, None),),
    "os.setxattr": ((0, None),),
    "os.removexattr": ((0, None),),
}
"""Events that change files: the arguments that are paths, each with that of its folder."""

_FOLLOWING = frozenset(
    "os.truncate os.chmod os.chown os.utime os.chflags os.setxattr os.removexattr".split()
)
"""Those that change what a link points to, and not the link."""


def refuse_network() -> None:
    """Every attempt from Python code raises ``PermissionError``, in this process for good."""

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event in _NETWORK:
            raise PermissionError("the probe refuses the network")

    sys.addaudithook(hook)


def restrict(bounds: Bounds) -> None:
    """What leaves ``bounds`` raises ``PermissionError``, in this process for good."""

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, _, flags = arguments
            if path is not None and not isinstance(path, int):
                allowed = bounds.may_write if flags & _WRITING else bounds.may_read
                _demand(allowed(os.path.realpath(os.fsdecode(path))), event, path)
        elif event in _CHANGES:
            for path_at, folder_at in _CHANGES[event]:
                path = arguments[path_at]
                folder = None if folder_at is None else arguments[folder_at]
                real = _real(path, folder, follow=event in _FOLLOWING)
                _demand(real is not None and bounds.may_write(real), event, path)
        elif event in _PROGRAMS:
            raise PermissionError(f"the probe refuses {event}: only audit hooks guard it here")
        elif event in _SIGNALS:
            _demand(arguments[0] == os.getpid(), event, arguments[0])

    sys.addaudithook(hook)


def _demand(allowed: bool, event: str, what: object) -> None:
    if not allowed:
        raise PermissionError(f"the probe refuses {event} outside the copy: {what}")


def _real(path: Any, folder: int | None, follow: bool) -> str | None:
    """The path without links, None where it cannot be told."""
    if isinstance(path, int):
        return _of_descriptor(path)
    text = os.fsdecode(path)
    if not os.path.isabs(text) and folder is not None and folder >= 0:
        base = _of_descriptor(folder)
        if base is None:
            return None
        text = os.path.join(base, text)
    if follow:
        return os.path.realpath(text)
    head, tail = os.path.split(text.rstrip("/"))
    if tail in {"", ".", ".."}:
        return os.path.realpath(text)
    return os.path.join(os.path.realpath(head), tail)


def _of_descriptor(number: int) -> str | None:
    if sys.platform == "darwin":
        import fcntl

        try:
            return fcntl.fcntl(number, fcntl.F_GETPATH, bytes(1024)).rstrip(b"\0").decode()
        except OSError:
            return None
    try:
        return os.readlink(f"/proc/self/fd/{number}")
    except OSError:
        return None
