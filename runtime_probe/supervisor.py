"""Runs the child, reads what it says while it works, and ends it in time with all that it started.

Nothing that the child does is trusted: it shares a process with the script, which may write
records of its own, print without end, detach processes, or stop to answer.
"""

from __future__ import annotations

import json
import os
import re
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from runtime_probe.job import Job
from runtime_probe.processes import Family, shared_out
from runtime_probe.records import Ended, Progress, Record, Remark, from_line
from runtime_probe.sandbox.bounds import Bounds
from runtime_probe.sandbox.environment import caches, environment, furnish
from runtime_probe.sandbox.limits import Limits
from runtime_probe.workspace import Workspace

GRACE = 1.0
"""Seconds after its own deadline at which a child is killed that did not end by itself."""

_TICK = 0.05
_BETWEEN_LOOKS = 0.25  # at the process table

_LONGEST_LINE = 16 << 20
_MOST_RECORDED = 256 << 20

_ENDS_OF_ITSELF = frozenset(("finished", "exception", "exit", "no fit", "memory"))

_START = """\
import sys
orders, sys.path[:] = int(sys.argv[1]), sys.argv[2:]
from runtime_probe.child.__main__ import main
main(orders)
"""
"""Imports nothing before the path is that of the parent, where no folder of the script is."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """All records but the last, which is ``ended``, and ``seconds`` of wall time.

    What the script printed is in the file ``log_path``.
    """

    records: tuple[Record, ...]
    ended: Ended
    log_path: Path
    seconds: float


def run(
    job: Job,
    place: Workspace,
    on_record: Callable[[Record], None],
    limits: Limits | None = None,
    enough: Callable[[], Ended | None] = lambda: None,
) -> Outcome:
    """Run ``job`` in ``place``, for ``job.seconds`` and at most ``GRACE`` more.

    ``on_record`` is called with each record as it comes, and ``enough`` now and then: it says how
    the child ends that has to, though there is time. Whatever way this returns or raises, none of
    the processes is left.
    """
    started = time.monotonic()
    limits = limits or Limits.usual(job.seconds, job.gpu)
    with (
        Family() as family,
        tempfile.TemporaryFile() as orders,
        tempfile.TemporaryFile() as trace,
        place.log.open("wb") as log,
    ):
        reading, writing = os.pipe()
        with os.fdopen(reading, "rb", 0) as pipe:
            said = _Said(pipe, on_record)
            try:
                writable = tuple(map(str, (place.folder, place.home, place.temporary)))
                text = {
                    "job": job.to_json(),
                    "bounds": asdict(Bounds.around(writable, tuple(caches(os.environ).values()))),
                    "limits": asdict(limits),
                    "deadline": started + job.seconds,
                    "records": writing,
                    "trace": trace.fileno(),
                    "parent": os.getpid(),
                }
                orders.write(json.dumps(text).encode())
                orders.seek(0)
                given = (orders.fileno(), trace.fileno(), writing)
                child = family.start(lambda: _started(job, place, given, log))
            finally:
                os.close(writing)
            deadline = started + job.seconds + GRACE
            stopped = _wait(
                child, said, deadline, lambda: enough() or _excess(said, family, limits, place.log)
            )
            if stopped is not None and said.running:
                _ask_for_trace(child)
            family.end()
            said.read_what_is_left()
        if os.path.getsize(place.log) > limits.output:
            os.truncate(place.log, limits.output)
        ended = stopped or said.ended or _translated(child.returncode, said.running, place.log)
        if ended.line is None:
            line = _last_line(trace, job.script)
            ended = Ended(ended.how, ended.message, line)
    on_record(ended)
    return Outcome(tuple(said.records), ended, place.log, time.monotonic() - started)


def _started(
    job: Job, place: Workspace, given: tuple[int, ...], log: IO[bytes]
) -> subprocess.Popen[bytes]:
    furnish(place.home, os.environ)
    path = [each for each in sys.path if os.path.isabs(each)]
    return subprocess.Popen(
        [sys.executable, "-c", _START, str(given[0]), *path],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        pass_fds=given,
        cwd=place.home,
        env=environment(os.environ, place.home, place.temporary, job.gpu),
        start_new_session=True,
    )


class _Said:
    """What has come through the pipe."""

    def __init__(self, pipe: IO[bytes], on_record: Callable[[Record], None]) -> None:
        self.records: list[Record] = []
        self.ended: Ended | None = None
        self.running = False
        self.size = 0
        self.over = False
        self._pipe = pipe
        self._on_record = on_record
        self._line = bytearray()
        self._garbled = False
        os.set_blocking(pipe.fileno(), False)

    def wait(self, seconds: float) -> None:
        """Read what comes, at most so long."""
        if self.over:
            time.sleep(seconds)
        elif select.select([self._pipe], [], [], seconds)[0]:
            self._read()

    def read_what_is_left(self) -> None:
        while not self.over and self.size <= _MOST_RECORDED and self._read():
            pass

    def _read(self) -> bool:
        """Whether anything came."""
        chunk = self._pipe.read(1 << 16)
        if not chunk:
            self.over = chunk is not None  # None: nothing yet, empty: every writer is gone
            return False
        self.size += len(chunk)
        *lines, rest = chunk.split(b"\n")
        for line in lines:
            self._line += line
            self._take(bytes(self._line))
            self._line.clear()
        self._line += rest[:_LONGEST_LINE]
        if len(self._line) > _LONGEST_LINE:
            self._line[:] = b"?"  # whatever follows, it is no record
        return True

    def _take(self, line: bytes) -> None:
        try:
            record = from_line(line.decode())
            if isinstance(record, Ended) and record.how not in _ENDS_OF_ITSELF:
                raise ValueError(record.how)
        except (KeyError, TypeError, ValueError, OverflowError, RecursionError):
            if not self._garbled:
                self._garbled = True
                self._add(Remark("lines that are no records came from the script and were dropped"))
            return
        if isinstance(record, Ended):
            self.ended = record
            return
        self.running = self.running or isinstance(record, Progress)
        self._add(record)

    def _add(self, record: Record) -> None:
        self.records.append(record)
        self._on_record(record)


def _wait(
    child: subprocess.Popen[bytes],
    said: _Said,
    deadline: float,
    excess: Callable[[], Ended | None],
) -> Ended | None:
    """Wait for the child to end. Returns why it must be stopped, None where it has ended."""
    look = time.monotonic()
    while True:
        said.wait(_TICK)
        if child.poll() is not None:
            return None
        now = time.monotonic()
        if now >= deadline:
            return Ended("time", "it was not done when its time was over")
        if now >= look:
            look = now + _BETWEEN_LOOKS
            if (found := excess()) is not None:
                return found


def _excess(said: _Said, family: Family, limits: Limits, log: Path) -> Ended | None:
    """What there is more of than there may be."""
    if said.size > _MOST_RECORDED or os.path.getsize(log) > limits.output:
        return Ended("output", f"it printed more than {limits.output >> 20} MB")
    members = family.members()
    if len(members) > limits.processes:
        return Ended("processes", f"it started more than {limits.processes} processes")
    in_use = sum(each.memory for each in members.values())
    if in_use > limits.memory and shared_out(members) > limits.memory:
        return Ended("memory", f"it used more than {limits.memory / 1e9:.1f} GB of memory")
    return None


def _ask_for_trace(child: subprocess.Popen[bytes]) -> None:
    """Have faulthandler write where the script is; it does even within native code."""
    child.send_signal(signal.SIGUSR1)
    time.sleep(_TICK)


def _last_line(trace: IO[bytes], script: str) -> int | None:
    """Where the main thread of the script was, which is the last that faulthandler writes."""
    trace.seek(0)
    text = trace.read(1 << 20).decode(errors="replace")
    for thread in reversed(text.split("\n\n")):
        found = re.search(rf'File "{re.escape(script)}", line (\d+)', thread)
        if found:
            return int(found[1])
    return None


def _translated(code: int | None, running: bool, log: Path) -> Ended:
    """How a child ended that said nothing itself."""
    if code is not None and code < 0:
        number = -code
        name = next((each.name for each in signal.Signals if each == number), f"signal {number}")
        if name == "SIGKILL":
            return Ended("memory", "the system killed it, most likely for want of memory")
        if name == "SIGXCPU":
            return Ended("time", "it used more processor time than there is")
        return Ended("crash", f"it crashed: {name} ({signal.strsignal(number)})")
    if not running:
        words = log.read_text(errors="replace").strip().splitlines() or ["it said nothing"]
        return Ended("crash", f"the child did not start: {words[-1]}")
    return Ended("exit", f"it ended its process at once, with exit code {code}")
