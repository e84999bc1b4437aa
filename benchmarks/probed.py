"""Run ``tfcheck probe`` on a program and keep what it says."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TFCHECK = Path(sys.executable).with_name("tfcheck")
OVERTIME = 60  # seconds beyond its budget in which a probe must have ended


@dataclass(frozen=True)
class Probed:
    """What a probe said, and how long it took; ``error`` is why it said nothing."""

    report: dict[str, Any]
    seconds: float
    error: str | None = None

    @property
    def judged(self) -> list[dict[str, Any]]:
        """Findings of reading, then faults that were measured, each with its verdict."""
        return [*self.report.get("findings", ()), *self.report.get("measured", ())]

    @property
    def confirmed(self) -> frozenset[str]:
        """The interventions that were confirmed, at any fit."""
        return frozenset(self._confirmed(self.judged))

    @property
    def confirmed_by_reading(self) -> frozenset[str]:
        return frozenset(self._confirmed(self.report.get("findings", ())))

    @property
    def symptoms(self) -> frozenset[str]:
        return frozenset(each["name"] for each in self.report.get("symptoms", ()))

    @staticmethod
    def _confirmed(judged: Any) -> Iterator[str]:
        for each in judged:
            for trial in each["trials"]:
                if trial["verdict"] == "confirmed":
                    yield trial["intervention"]


def probe(script: Path, *, budget: int, into: Path) -> Probed:
    """A probe of ``script`` with its folder as the working folder; its report is kept as ``into``.

    ``budget`` is in seconds.
    """
    options = ("--isolated", "--output-format", "json", "--budget", str(budget))
    start = time.monotonic()
    try:
        done = subprocess.run(
            (TFCHECK, "probe", script.name, *options),
            cwd=script.parent,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=budget + OVERTIME,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Probed({}, time.monotonic() - start, "it never ended")
    seconds = time.monotonic() - start
    if done.returncode not in (0, 1):
        lines = done.stderr.strip().splitlines()
        return Probed({}, seconds, lines[-1] if lines else f"exit code {done.returncode}")
    into.parent.mkdir(parents=True, exist_ok=True)
    into.write_text(done.stdout)
    return Probed(json.loads(done.stdout), seconds)
