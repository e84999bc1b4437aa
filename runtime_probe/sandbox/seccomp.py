"""A seccomp filter: system calls that Landlock does not govern.

It refuses sockets of every family, not those of the internet alone: over one in the file system a
script can reach the services of its user, such as Docker's. ``socketpair`` stays, and so do pipes.
``io_uring`` makes sockets without a system call. Landlock's first versions let a file be cut off
that is opened for reading. What changes only the metadata of files does nothing and succeeds,
because no filter sees which file is meant, and copying a file in Python ends in such a call.

https://docs.kernel.org/userspace-api/seccomp_filter.html
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
from dataclasses import dataclass

from runtime_probe.sandbox.kernel import prctl

_PR_SET_SECCOMP = 22
_MODE_FILTER = 2
_ALLOW = 0x7FFF0000
_ERRNO = 0x00050000  # with the number in the low half: 0 is success

_LOAD, _AND, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x54, 0x15, 0x35, 0x06
_AT_NUMBER, _AT_ARCHITECTURE, _AT_ARGUMENTS = 0, 4, 16

_FIRST_OF_X32 = 0x40000000


@dataclass(frozen=True, slots=True)
class _Machine:
    """The numbers of its system calls (``include/uapi/asm-generic/unistd.h`` and its kin).

    ``missing`` are answered as by a kernel that does not have them, because what they would do is
    not seen. ``opening`` are those that open a file, each with the place of its flags.
    """

    architecture: int
    refused: tuple[int, ...]
    inert: tuple[int, ...]
    opening: tuple[tuple[int, int], ...]
    missing: tuple[int, ...] = (425, 437)  # io_uring_setup, openat2


_MACHINES = {
    "x86_64": _Machine(
        0xC000003E,
        (41, 76, 101, 311),  # socket, truncate, ptrace, process_vm_writev
        (
            *(90, 91, 92, 93, 94),  # chmod, fchmod, chown, fchown, lchown
            *(132, 235, 261, 280),  # utime, utimes, futimesat, utimensat
            *(188, 189, 190, 197, 198, 199),  # setxattr, removexattr and their kin
            *(260, 268, 452),  # fchownat, fchmodat, fchmodat2
            *(463, 466, 469),  # setxattrat, removexattrat, file_setattr
        ),
        ((2, 1), (257, 2)),  # open, openat
    ),
    "aarch64": _Machine(
        0xC00000B7,
        (198, 45, 117, 271),  # socket, truncate, ptrace, process_vm_writev
        (
            *(5, 6, 7, 14, 15, 16),  # setxattr, removexattr and their kin
            *(52, 53, 54, 55, 88, 452),  # fchmod, fchmodat, fchownat, fchown, utimensat, fchmodat2
            *(463, 466, 469),  # setxattrat, removexattrat, file_setattr
        ),
        ((56, 2),),  # openat
    ),
}


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def refuse_network() -> bool:
    """Bind this process and all that it starts, for good. False where the system offers no filter.

    That needs :func:`~runtime_probe.sandbox.kernel.gain_no_privileges` first.
    """
    machine = _MACHINES.get(platform.machine())
    if machine is None:
        return False
    code = _assembled(machine)
    try:
        prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(_Program(len(code) // 8, code)))
    except OSError:
        return False
    return True


def _assembled(machine: _Machine) -> bytes:
    answers = {
        **dict.fromkeys(machine.refused, _ERRNO | errno.EACCES),
        **dict.fromkeys(machine.missing, _ERRNO | errno.ENOSYS),
        **dict.fromkeys(machine.inert, _ERRNO),
    }
    steps = [
        (_LOAD, 0, 0, _AT_ARCHITECTURE),
        (_EQUAL, 1, 0, machine.architecture),
        (_RETURN, 0, 0, _ERRNO | errno.EPERM),  # a 32-bit call has numbers of its own
        (_LOAD, 0, 0, _AT_NUMBER),
        (_AT_LEAST, 0, 1, _FIRST_OF_X32),
        (_RETURN, 0, 0, _ERRNO | errno.EPERM),
    ]
    for number, answer in answers.items():
        steps += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, answer)]
    for number, place in machine.opening:
        steps += [
            (_EQUAL, 0, 5, number),
            (_LOAD, 0, 0, _AT_ARGUMENTS + 8 * place),  # its low half, as both are little-endian
            (_AND, 0, 0, os.O_TRUNC | os.O_ACCMODE),
            (_EQUAL, 0, 1, os.O_TRUNC | os.O_RDONLY),
            (_RETURN, 0, 0, _ERRNO | errno.EACCES),
            (_RETURN, 0, 0, _ALLOW),
        ]
    steps.append((_RETURN, 0, 0, _ALLOW))
    return b"".join(struct.pack("HBBI", *step) for step in steps)
