"""What ``multiprocessing`` would run in processes runs in threads.

The guard refuses the shared memory in which its locks lie, of which pools of threads too have one.
And a fork of a process in which TensorFlow runs may hang.
"""

from __future__ import annotations

import multiprocessing
import multiprocessing.pool
import multiprocessing.queues
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from multiprocessing import dummy
from types import ModuleType
from typing import Any, cast

from runtime_probe.child.hooks import after_import

_SAME = """Array Barrier BoundedSemaphore Condition Event JoinableQueue Lock Manager Pipe Pool
    Process Queue RLock Semaphore""".split()
"""What :mod:`multiprocessing.dummy` has under the names of :mod:`multiprocessing`."""


def install() -> None:
    """Put threads in the place of processes, in this process and its forks."""
    context = cast(Any, dummy)
    context.Value = _Value
    context.SimpleQueue = partial(multiprocessing.queues.SimpleQueue, ctx=context)
    for name in (*_SAME, "Value"):
        setattr(multiprocessing, name, getattr(context, name))
    for module in (multiprocessing, multiprocessing.pool):
        cast(Any, module).get_context = lambda method=None: context
    after_import({"concurrent.futures.process": _make_executor_of_threads})


class _Value:
    """A value that threads share, with the lock that one of processes has."""

    def __init__(self, typecode: Any, value: Any = 0, *, lock: object = True) -> None:
        self.value = value
        self._lock = threading.RLock()

    def get_lock(self) -> threading.RLock:
        return self._lock


class _Executor(ThreadPoolExecutor):
    """With the arguments of one of processes."""

    def __init__(
        self,
        max_workers: int | None = None,
        mp_context: object = None,
        initializer: Callable[..., object] | None = None,
        initargs: tuple[Any, ...] = (),
        **options: object,
    ) -> None:
        super().__init__(max_workers, "", initializer, initargs)


def _make_executor_of_threads(module: ModuleType) -> None:
    cast(Any, module).ProcessPoolExecutor = _Executor
