"""The child's start: bound first, then everything else.

Nothing heavy is imported before the guard holds, because a guard binds the thread that calls it
and what that starts later.
"""

from __future__ import annotations

import faulthandler
import json
import os
import signal
import sys
import threading

from runtime_probe.job import Job
from runtime_probe.records import Ended, Progress, Reached, Record, Remark, to_line
from runtime_probe.sandbox import guard
from runtime_probe.sandbox.bounds import Bounds
from runtime_probe.sandbox.limits import Limits

_NO_FIT = "it ended without training a model"
_OWN_FIT = "it puts a fit of its own in the place of that of Keras, so nothing can be taken over"


def main(orders: int) -> None:
    """Do what the file with the descriptor ``orders`` says. It does not return."""
    with open(orders, encoding="utf-8") as file:
        told = json.load(file)
    job = Job.from_json(told["job"])
    emitter = Emitter(told["records"])
    _stay_with(told["parent"])
    _leave_traces(told["trace"])
    Limits(**told["limits"]).apply()
    bounds = Bounds(**{name: tuple(paths) for name, paths in told["bounds"].items()})
    emitter(guard.hold(bounds, job.gpu))

    from runtime_probe.child import absent, inert, interception, running, seeding, threads

    os.chdir(job.folder)
    inert.install()
    absent.install(job.folder, lambda message: emitter(Remark(message)))
    threads.install()
    seeding.install()
    taken_over = interception.install(job, emitter, told["deadline"])
    emitter(Progress("running the script"))
    ended = running.run(job, taken_over.finish)
    if ended.how == "finished" and not emitter.reached:
        ended = Ended("no fit", _OWN_FIT if taken_over.is_replaced else _NO_FIT)
    emitter.end(ended)


class Emitter:
    """Sends records, from any thread. Forks of the script have no say."""

    def __init__(self, descriptor: int) -> None:
        self.reached = False
        self._descriptor = descriptor
        self._process = os.getpid()
        self._lock = threading.Lock()
        os.set_inheritable(descriptor, False)

    def __call__(self, record: Record) -> None:
        if os.getpid() != self._process:
            return
        self.reached = self.reached or isinstance(record, Reached)
        rest = memoryview(to_line(record).encode() + b"\n")
        with self._lock:
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]

    def end(self, ended: Ended) -> None:
        """Send the last record, and end this process whatever threads still run."""
        self(ended)
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except (AttributeError, OSError, ValueError):  # the script may have done what it likes
                continue
        os._exit(0)


def _stay_with(parent: int) -> None:
    """End when the parent ends."""
    if sys.platform == "linux":
        from runtime_probe.sandbox import kernel

        kernel.end_with_parent()
        if os.getppid() != parent:  # it ended before that
            os._exit(1)


def _leave_traces(descriptor: int) -> None:
    """Write where the script is, on a crash and when the parent asks."""
    os.set_inheritable(descriptor, False)
    faulthandler.enable(descriptor)
    faulthandler.register(signal.SIGUSR1, descriptor)
