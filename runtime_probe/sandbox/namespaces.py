"""Namespaces of the user, mounts and network, for a Linux without Landlock (5.12 and later).

Every file system becomes read-only but for the script's own folders, and the network is empty.
"""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

from runtime_probe.sandbox.bounds import Bounds
from runtime_probe.sandbox.kernel import call, function

_USER, _MOUNTS, _NETWORK, _IPC = 0x10000000, 0x00020000, 0x40000000, 0x08000000
_BIND, _RECURSIVE, _PRIVATE = 0x1000, 0x4000, 0x40000

_MOUNT_SETATTR = 442
_HERE, _WITH_ALL_BELOW = -100, 0x8000
_READ_ONLY = 1


class _Attributes(ctypes.Structure):
    _fields_ = tuple((name, ctypes.c_uint64) for name in ("set", "clear", "propagation", "user"))


def enter(bounds: Bounds) -> tuple[str, ...] | None:
    """Move this process into namespaces in which it can write within ``bounds`` only.

    Returns what that does not cover, None where the system offers none of it. The capabilities that
    it brings must be dropped afterwards.
    """
    if not _offered(bounds):
        return None
    _enter(bounds)
    return (
        "reading what is hidden in the home folder",
        "devices that the user may write to",
        "signals to other processes of the user",
    )


def _offered(bounds: Bounds) -> bool:
    """Tried in a process of its own, because half of it would be worse than nothing."""
    process = os.fork()
    if process == 0:
        code = 1
        try:
            _enter(bounds)
            code = 0
        finally:
            os._exit(code)
    return os.waitpid(process, 0)[1] == 0


def _enter(bounds: Bounds) -> None:
    user, group = os.getuid(), os.getgid()
    function("unshare", ctypes.c_int(_USER | _MOUNTS | _NETWORK | _IPC))
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    _mount(None, "/", _RECURSIVE | _PRIVATE)
    for folder in bounds.writable:
        _mount(folder, folder, _BIND)
    _set("/", _Attributes(set=_READ_ONLY))
    for folder in bounds.writable:
        _set(folder, _Attributes(clear=_READ_ONLY))
    os.chdir(os.getcwd())  # from the folder below a mount into the mount


def _mount(source: str | None, target: str, flags: int) -> None:
    from_ = None if source is None else os.fsencode(source)
    function("mount", from_, os.fsencode(target), None, ctypes.c_ulong(flags), None)


def _set(path: str, attributes: _Attributes) -> None:
    size = ctypes.sizeof(attributes)
    name = ctypes.c_char_p(os.fsencode(path))
    call(_MOUNT_SETATTR, _HERE, name, _WITH_ALL_BELOW, ctypes.byref(attributes), size)
