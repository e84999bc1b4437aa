"""A seccomp filter: system calls that Landlock does not govern.

It refuses sockets of every family, not those of the internet alone: over one in the file system a
script can reach the services of its user, such as Docker's. ``socketpair`` stays, and so do pipes.
``io_uring`` makes sockets without a system call. What changes only the metadata of files does
nothing and succeeds, because no filter sees which file is meant, and copying a file in Python is
followed by such a call.

https://docs.kernel.org/userspace-api/seccomp_filter.html
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct
from dataclasses import dataclass

from runtime_probe.sandbox.kernel import prctl

_PR_SET_SECCOMP = 22
_MODE_FILTER = 2
_ALLOW = 0x7FFF0000
_ERRNO = 0x00050000  # with the number in the low half: 0 is success

_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_AT_NUMBER, _AT_ARCHITECTURE = 0, 4

_FIRST_OF_X32 = 0x40000000


@dataclass(frozen=True, slots=True)
class _Machine:
    """The numbers of its system calls (``include/uapi/asm-generic/unistd.h`` and its kin)."""

    architecture: int
    refused: tuple[int, ...]
    inert: tuple[int, ...]


_MACHINES = {
    "x86_64": _Machine(
        0xC000003E,
        # socket, truncate, ptrace, process_vm_writev, io_uring_setup
        (41, 76, 101, 311, 425),
        (
            *(90, 91, 92, 93, 94),  # chmod, fchmod, chown, fchown, lchown
            *(132, 235, 261, 280),  # utime, utimes, futimesat, utimensat
            *(188, 189, 190, 197, 198, 199),  # setxattr, removexattr and their kin
            *(260, 268, 452),  # fchownat, fchmodat, fchmodat2
            *(463, 466, 469),  # setxattrat, removexattrat, file_setattr
        ),
    ),
    "aarch64": _Machine(
        0xC00000B7,
        # truncate, ptrace, socket, process_vm_writev, io_uring_setup
        (45, 117, 198, 271, 425),
        (
            *(5, 6, 7, 14, 15, 16),  # setxattr, removexattr and their kin
            *(52, 53, 54, 55, 88, 452),  # fchmod, fchmodat, fchownat, fchown, utimensat, fchmodat2
            *(463, 466, 469),  # setxattrat, removexattrat, file_setattr
        ),
    ),
}


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def refuse_network() -> bool:
    """Bind this process and all that it starts, for good. False where the system offers no filter.

    Privileges must have been dropped.
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
    steps.append((_RETURN, 0, 0, _ALLOW))
    return b"".join(struct.pack("HBBI", *step) for step in steps)
