"""Where in the script something is called."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from types import FrameType

from runtime_probe.job import Job


@dataclass(frozen=True, slots=True)
class Place:
    """Where the script calls: a file by its path, and the first and last line of the call."""

    filename: str
    line: int
    last: int

    def holds(self, lines: tuple[int, ...]) -> bool:
        """Whether one of the lines is of the call."""
        return any(self.line <= line <= self.last for line in lines)


def called_at(job: Job) -> Place | None:
    """The line of the script itself that is asked for, else the innermost of its files'.

    None where no file of the folder is in the chain of calls.
    """
    places = [
        Place(frame.f_code.co_filename, *_lines(frame))
        for frame in _frames(sys._getframe(1))
        if frame.f_code.co_filename.startswith(job.folder + os.sep)
    ]
    of_script = (each for each in places if each.filename == job.script and each.holds(job.lines))
    return next(of_script, places[0] if places else None)


def _frames(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back


def _lines(frame: FrameType) -> tuple[int, int]:
    """The first and the last line of the call that a frame is in."""
    if sys.version_info >= (3, 11):
        first, last, _, _ = list(frame.f_code.co_positions())[frame.f_lasti // 2]
        if first is not None and last is not None:
            return first, last
    return frame.f_lineno, frame.f_lineno
