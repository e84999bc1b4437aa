"""Calling a function in other processes, where a process that dies costs one call.

A worker is started isolated and is given the parent's ``sys.path``: the start methods of
``multiprocessing`` would look into the working directory, which may hold modules of any name.
"""

from __future__ import annotations

import gc
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from queue import SimpleQueue
from typing import Any, TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")

_START = "import sys; sys.path[:] = sys.argv[1:]; from tfcheck.workers import serve; serve()"


class Died(Exception):
    """A worker ended before it answered."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def call_each(
    function: Callable[[Task], Result],
    tasks: Sequence[Task],
    count: int,
    died: Callable[[Task, int], Result],
) -> Iterator[Result]:
    """The results of ``function``, which is pickled, for ``tasks`` in their order.

    ``died`` makes the result of a task that ended its process, given the exit code.
    """
    idle: SimpleQueue[_Worker] = SimpleQueue()
    started = [_Worker(function) for _ in range(count)]
    for worker in started:
        idle.put(worker)

    def call(task: Task) -> Result:
        worker = idle.get()
        try:
            return worker.call(task)  # type: ignore[no-any-return]
        except Died as death:
            worker = _Worker(function)
            started.append(worker)
            return died(task, death.code)
        finally:
            idle.put(worker)

    try:
        with ThreadPoolExecutor(count) as threads:
            yield from threads.map(call, tasks)
    finally:
        for worker in started:
            worker.end()


class _Worker:
    """A process that answers one call after the other."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-c", _START, *sys.path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._function: Callable[[Any], Any] | None = function

    def call(self, task: Any) -> Any:
        assert self._process.stdin is not None and self._process.stdout is not None
        try:
            if self._function is not None:
                pickle.dump(self._function, self._process.stdin)
                self._function = None
            pickle.dump(task, self._process.stdin)
            self._process.stdin.flush()
            return pickle.load(self._process.stdout)
        except (OSError, EOFError, pickle.UnpicklingError):
            raise Died(self._process.wait()) from None

    def end(self) -> None:
        self._process.kill()
        self._process.communicate()


def serve() -> None:
    """Answer calls until the parent hangs up. What is printed goes to the standard error."""
    gc.disable()  # as in the parent
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent gets it too, and hangs up
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    function = pickle.load(sys.stdin.buffer)
    with suppress(EOFError):
        while True:
            pickle.dump(function(pickle.load(sys.stdin.buffer)), answers)
            answers.flush()
