"""What lets tfcheck into code that has findings already: a report narrowed to what is new."""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tfcheck.config import Settings
from tfcheck.engine import RunReport

if TYPE_CHECKING:
    from tfcheck.baseline import Baseline


def add_adoption(parser: ArgumentParser) -> None:
    """Add the options that say which findings are known."""
    group = parser.add_argument_group("adoption")
    baseline = group.add_mutually_exclusive_group()
    baseline.add_argument(
        "--baseline", metavar="FILE", help="do not report the findings that this file lists"
    )
    baseline.add_argument(
        "--no-baseline",
        dest="baseline",
        action="store_const",
        const="",
        help="report the findings too that the configured baseline lists",
    )
    baseline.add_argument(
        "--write-baseline",
        metavar="FILE",
        help="list all findings in this file instead of reporting them",
    )


class Adoption:
    """The findings of a run without those that are known, or with all of them written down.

    What it needs is read when it is made: a mistake is to be said before a long run.
    """

    def __init__(self, settings: Settings, options: Namespace) -> None:
        self._file: str | None = options.write_baseline or settings.baseline
        self._writes = options.write_baseline is not None
        self._verbose: bool = options.verbose
        self._baseline = self._read()

    def __call__(self, report: RunReport) -> tuple[RunReport, Sequence[str]]:
        """The report of what is new, and remarks for its reader."""
        if self._baseline is None or self._file is None:
            return report, ()
        if self._writes:
            return report._replace(findings=()), (self._written(report, self._baseline),)
        judged = self._baseline.judge(report)
        name = os.path.relpath(self._file)
        stale = [f"{self._baseline.words(key)} is stale in {name}" for key in judged.stale]
        remark = f"{_findings(judged.known)} known from {name}"
        if stale:
            count = sum(judged.stale.values())
            entries = "1 entry of it is" if count == 1 else f"{count} entries of it are"
            remark += f"; {entries} stale, which --write-baseline removes"
        return report._replace(findings=judged.new), (*(stale if self._verbose else ()), remark)

    def _read(self) -> Baseline | None:
        if self._file is None:
            return None
        from tfcheck.baseline import Baseline

        if self._writes:
            return Baseline.read_or_new(self._file)
        return Baseline.read(self._file)

    def _written(self, report: RunReport, baseline: Baseline) -> str:
        if report.errors:
            return f"{self._file} is not written, as something failed"
        stale = sum(baseline.judge(report).stale.values())
        updated = baseline.updated(report)
        updated.write()
        return f"{_findings(updated.size)} listed in {self._file}, {stale} stale removed"


def _findings(count: int) -> str:
    return f"{count} finding{'s' * (count != 1)}"
