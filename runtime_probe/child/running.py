"""Runs the script as the program of this process."""

from __future__ import annotations

import builtins
import os
import sys
import traceback
from collections.abc import Callable
from types import ModuleType, TracebackType

from runtime_probe.child.errors import is_wrapped, reason_of
from runtime_probe.job import Job
from runtime_probe.records import Ended

_MOST_WORDS = 2_000
_BY_ITSELF = ("finished", "exit")


def run(job: Job, then: Callable[[bool], None]) -> Ended:
    """Execute the script as ``python SCRIPT ARGUMENTS`` would, and say how it ended.

    ``then`` is called after it, with whether it came to its end by itself; it may run code of the
    script too. The working folder must be the current one.
    """
    ended = _contained(job, lambda: _execute(job))
    after = _contained(job, lambda: then(ended.how in _BY_ITSELF))
    return after if ended.how == "finished" else ended


def _execute(job: Job) -> None:
    sys.argv = [os.path.relpath(job.script, job.folder), *job.arguments]
    sys.path.insert(0, os.path.dirname(job.script))
    program = ModuleType("__main__")
    program.__dict__.update(__file__=job.script, __builtins__=builtins, __cached__=None)
    sys.modules["__main__"] = program
    with open(job.script, "rb") as file:
        code = compile(file.read(), job.script, "exec", dont_inherit=True)
    exec(code, program.__dict__)


def _contained(job: Job, execute: Callable[[], None]) -> Ended:
    try:
        execute()
    except SystemExit as end:
        return Ended("exit", f"sys.exit({end.code!r})", _line(end.__traceback__, job.script))
    except MemoryError as error:
        words = "it ran out of the memory that it may use"
        return Ended("memory", words, _line(error.__traceback__, job.script))
    except SyntaxError as error:
        traceback.print_exc()
        line = error.lineno if error.filename == job.script else None
        return Ended("exception", _words(error), line or _line(error.__traceback__, job.script))
    except BaseException as error:  # noqa: BLE001  (the border to the script)
        traceback.print_exc()
        return Ended("exception", _words(error), _line(error.__traceback__, job.script))
    return Ended("finished")


def _words(error: BaseException) -> str:
    if is_wrapped(error):
        return reason_of(error)
    return "".join(traceback.format_exception_only(type(error), error)).strip()[:_MOST_WORDS]


def _line(trace: TracebackType | None, script: str) -> int | None:
    """The innermost line of the script itself."""
    walked = traceback.walk_tb(trace)
    lines = [number for frame, number in walked if frame.f_code.co_filename == script]
    return lines[-1] if lines else None
