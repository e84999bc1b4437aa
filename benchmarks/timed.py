"""Checking a file and measuring it, in a module that worker processes can import."""

from __future__ import annotations

import time
from pathlib import Path
from typing import NamedTuple

from tfcheck.checker import Checker
from tfcheck.config import Settings
from tfcheck.engine import File, FileReport


class Timed(NamedTuple):
    report: FileReport
    seconds: float


class TimedChecker:
    """Checks a file, and measures the CPU time of that."""

    def __init__(self) -> None:
        self._check = Checker()

    def __call__(self, path: Path) -> Timed:
        start = time.process_time()
        report = self._check(File(str(path), Settings()))
        return Timed(report, time.process_time() - start)
