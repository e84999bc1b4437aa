"""Landlock, the kernel's guard of files that needs no privilege (Linux 5.13 and later).

https://docs.kernel.org/userspace-api/landlock.html gives the numbers. A right that a ruleset
handles is refused everywhere but in the hierarchies for which a rule allows it. What later
versions can refuse is asked for where the kernel knows it, and named as a gap where it does not.
"""

from __future__ import annotations

import ctypes
import glob
import os
import stat

from runtime_probe.sandbox.bounds import DEVICES, Bounds
from runtime_probe.sandbox.kernel import call

_CREATE, _ADD_RULE, _RESTRICT = 444, 445, 446
_ASK_VERSION = 1
_PATH_BENEATH = 1

_WRITE_FILE, _READ_FILE, _READ_FOLDER = 1 << 1, 1 << 2, 1 << 3
_REFER, _TRUNCATE, _DEVICE_CONTROL = 1 << 13, 1 << 14, 1 << 15
_CHANGE_FOLDER = sum(1 << bit for bit in range(4, 13))  # remove and make files of all kinds
_READ = _READ_FILE | _READ_FOLDER

_LATER_RIGHTS = {2: _REFER, 3: _TRUNCATE, 5: _DEVICE_CONTROL}
_OF_FILES = _WRITE_FILE | _READ_FILE | _TRUNCATE | _DEVICE_CONTROL

_TCP_SINCE, _TCP = 4, 0b11  # bind and connect
_SCOPES_SINCE, _SCOPES = 6, 0b11  # abstract sockets and signals of processes outside

_PATH_ONLY = 0o10000000  # O_PATH, which only Linux has

_GPU = ("/dev/nvidia*", "/dev/kfd", "/dev/dri/*")


class _Ruleset(ctypes.Structure):
    _fields_ = (
        ("files", ctypes.c_uint64),
        ("network", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    )


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = (("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32))


def version() -> int:
    """Of the kernel's interface, 0 where it has none."""
    try:
        return call(_CREATE, None, 0, _ASK_VERSION)
    except OSError:
        return 0


def restrict(bounds: Bounds, gpu: bool) -> tuple[str, ...] | None:
    """Keep this process and all that it starts within ``bounds``, for good.

    Returns what that does not cover, None where the kernel does not offer it. That needs
    :func:`~runtime_probe.sandbox.kernel.gain_no_privileges` first.
    """
    known = version()
    try:
        _restrict(bounds, gpu, known)
    except OSError:
        return None
    if known >= _SCOPES_SINCE:
        return ()
    return ("signals to other processes of the user",)


def _restrict(bounds: Bounds, gpu: bool, known: int) -> None:
    later = sum(right for since, right in _LATER_RIGHTS.items() if known >= since)
    handled = _WRITE_FILE | _READ | _CHANGE_FOLDER | later
    asked = _Ruleset(
        handled,
        _TCP if known >= _TCP_SINCE else 0,
        _SCOPES if known >= _SCOPES_SINCE else 0,
    )
    ruleset = call(_CREATE, ctypes.byref(asked), ctypes.sizeof(asked), 0)
    devices = [*DEVICES, *(path for each in _GPU if gpu for path in glob.glob(each))]
    for path in bounds.roots():
        _allow(ruleset, path, _READ)
    for path in devices:
        _allow(ruleset, path, _OF_FILES & handled)
    for path in bounds.writable:
        _allow(ruleset, path, handled)
    call(_RESTRICT, ruleset, 0)
    os.close(ruleset)


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        opened = os.open(path, _PATH_ONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:  # it is gone, or closed to this user anyway
        return
    if not stat.S_ISDIR(os.fstat(opened).st_mode):
        rights &= _OF_FILES
    rule = _Beneath(rights, opened)
    call(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.byref(rule), 0)
    os.close(opened)
