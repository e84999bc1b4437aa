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
    started: list[_Worker] = []
    idle: SimpleQueue[_Worker | None] = SimpleQueue()
    for _ in range(count):
        idle.put(None)

    def call(task: Task) -> Result:
        worker = idle.get()
        if worker is None:
            worker = _Worker(function)
            started.append(worker)
        try:
            result: Result = worker.call(task)
        except Died as death:
            worker = None
            return died(task, death.code)
        finally:
            idle.put(worker)
        return result

    try:
        with ThreadPoolExecutor(count) as threads:
            try:
                yield from threads.map(call, tasks)
            finally:  # before the threads are waited for, which wait for the workers
                for worker in started:
                    worker.kill()
    finally:
        for worker in started:
            worker.close()


class _Worker:
    """A process that answers one call after the other."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-c", _START, *sys.path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._unsent: list[Any] = [function]

    def call(self, task: Any) -> Any:
        """The answer of the process, which is told the function first."""
        questions, answers = self._process.stdin, self._process.stdout
        assert questions is not None
        assert answers is not None
        self._unsent.append(task)
        try:
            while self._unsent:
                pickle.dump(self._unsent.pop(0), questions)
            questions.flush()
            return pickle.load(answers)
        except (OSError, EOFError, pickle.UnpicklingError):
            with suppress(OSError):
                questions.close()
            raise Died(self._process.wait()) from None

    def kill(self) -> None:
        self._process.kill()

    def close(self) -> None:
        """Close the pipes of a process that has ended."""
        with suppress(OSError), self._process:
            pass


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
