"""The processes that a child started, wherever they have gone, and how to end them all.

A process that detaches itself (two forks, a session of its own) is found because this process
adopts orphans: whatever comes to it while a child is watched came from that child.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

_PATIENCE = 1.0  # seconds that killed processes have to vanish


@dataclass(frozen=True, slots=True)
class Process:
    """One line of the process table: its parent and the bytes of memory it has in use."""

    parent: int
    memory: int


def table() -> dict[int, Process]:
    """All processes by number."""
    return _from_proc() if sys.platform == "linux" else _from_ps()


class Family:
    """A process started by this one, and all its descendants. All of them end with the context.

    Enter it before anything is started: its members are the descendants that this process did not
    have then.
    """

    def __init__(self) -> None:
        self._before: set[int] = set()
        self._first: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Family:
        _adopt_orphans(True)
        self._before = {number for number, each in table().items() if each.parent == os.getpid()}
        return self

    def __exit__(self, *exception: object) -> None:
        self.end()
        _adopt_orphans(False)

    def start(self, first: Callable[[], subprocess.Popen[bytes]]) -> subprocess.Popen[bytes]:
        """The first of the family."""
        self._first = first()
        return self._first

    def members(self) -> dict[int, Process]:
        """Those of now, each after its parent; those that ended and were not yet asked are too."""
        processes = table()
        below: dict[int, list[int]] = {}
        for number, process in processes.items():
            below.setdefault(process.parent, []).append(number)
        found = [each for each in below.get(os.getpid(), ()) if each not in self._before]
        for number in found:  # it grows meanwhile
            found += below.get(number, ())
        return {number: processes[number] for number in found}

    def end(self) -> None:
        """Kill every member and wait until none is left."""
        patience = time.monotonic() + _PATIENCE
        while (members := self.members()) and time.monotonic() < patience:
            for what in (signal.SIGSTOP, signal.SIGKILL):  # stopped, none can start another
                for number in members:
                    with contextlib.suppress(ProcessLookupError, PermissionError):
                        os.kill(number, what)
            for number, process in members.items():
                if process.parent == os.getpid():
                    self._bury(number)
            time.sleep(0.002)

    def _bury(self, number: int) -> None:
        if self._first is not None and number == self._first.pid:
            self._first.poll()  # which keeps how it ended
            return
        with contextlib.suppress(ChildProcessError):
            os.waitpid(number, os.WNOHANG)


def shared_out(numbers: Iterable[int]) -> int:
    """The bytes that processes have in use, where what they share is counted once."""
    return sum(map(_proportional, numbers))


def _from_proc() -> dict[int, Process]:
    page = os.sysconf("SC_PAGE_SIZE")
    found = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            with contextlib.suppress(OSError):
                status = Path("/proc", name, "stat").read_text(errors="replace")
                fields = status.rpartition(")")[2].split()  # a name may hold anything
                found[int(name)] = Process(int(fields[1]), int(fields[21]) * page)
    return found


def _from_ps() -> dict[int, Process]:
    listed = subprocess.run(
        ["/bin/ps", "-axo", "pid=,ppid=,rss="], capture_output=True, text=True, check=True
    )
    rows = (map(int, line.split()) for line in listed.stdout.splitlines())
    return {number: Process(parent, kilobytes << 10) for number, parent, kilobytes in rows}


def _proportional(number: int) -> int:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{number}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) << 10
    return 0


def _adopt_orphans(adopt: bool) -> None:
    if sys.platform == "linux":
        from runtime_probe.sandbox import kernel

        kernel.adopt_orphans(adopt)
