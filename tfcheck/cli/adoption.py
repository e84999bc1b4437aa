"""What lets tfcheck into code that has findings already: a report narrowed to what is new."""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from tfcheck.config import Settings
from tfcheck.discovery import repository
from tfcheck.engine import File, RunReport
from tfcheck.errors import WrongUse

if TYPE_CHECKING:
    from tfcheck.baseline import Baseline, Judged
    from tfcheck.git import Revision


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
    group.add_argument(
        "--add-ignores",
        metavar="REASON",
        help="write comments that ignore what would be reported, for this reason",
    )
    group.add_argument(
        "--new-from",
        metavar="REV",
        help="report only what is about lines that were changed since this git revision; REV... "
        "is where HEAD left the branch REV",
    )


class Adoption:
    """The findings of a run without those that are known, or with all of them written down.

    What it needs is read when it is made: a mistake is to be said before a long run.
    """

    def __init__(
        self, settings: Settings, folder: str, files: Sequence[File], options: Namespace
    ) -> None:
        self._verbose: bool = options.verbose
        self._written: str | None = options.write_baseline
        self._known = settings.baseline
        self._baseline = self._read_baseline()
        self._revision = None if options.new_from is None else _revision(folder, options.new_from)
        if self._written is not None and self._revision is not None:
            raise WrongUse("--write-baseline lists all findings, and --new-from leaves some out")
        self._ignoring = None
        if options.add_ignores is not None:
            from tfcheck.cli.ignores import Ignoring

            self._ignoring = Ignoring(options.add_ignores, files)
        if self._written is not None and self._ignoring is not None:
            raise WrongUse("--write-baseline and --add-ignores are two ways for the same findings")
        if options.diff and (self._written is not None or self._ignoring is not None):
            raise WrongUse("--diff writes nothing")

    def __call__(self, report: RunReport) -> tuple[RunReport, Sequence[str]]:
        """The report of what is new, and remarks for its reader."""
        if self._written is not None:
            return report._replace(findings=()), (self._write_baseline(report, self._written),)
        remarks: list[str] = []
        if self._baseline is not None:
            judged = self._baseline.judge(report)
            report = report._replace(findings=judged.new)
            remarks += self._about(judged, self._baseline)
        if self._revision is not None:
            from tfcheck.recent import Recent

            recent = tuple(filter(Recent(self._revision, report.texts), report.findings))
            older = len(report.findings) - len(recent)
            report = report._replace(findings=recent)
            remarks.append(f"{_findings(older)} older than {self._revision.name}")
        if self._ignoring is not None:
            report, remark = self._ignoring(report)
            remarks.append(remark)
        return report, remarks

    def _read_baseline(self) -> Baseline | None:
        if self._written is None and self._known is None:
            return None
        from tfcheck.baseline import Baseline

        if self._written is not None:
            return Baseline.read_or_new(self._written)
        assert self._known is not None
        return Baseline.read(self._known)

    def _about(self, judged: Judged, baseline: Baseline) -> Iterator[str]:
        """What there is to say of known findings, and of those that are found no more."""
        assert self._known is not None
        name = os.path.relpath(self._known)
        if self._verbose:
            yield from (f"{baseline.words(key)} is stale in {name}" for key in judged.stale)
        remark = f"{_findings(judged.known)} known from {name}"
        if judged.stale:
            count = sum(judged.stale.values())
            entries = "1 entry of it is" if count == 1 else f"{count} entries of it are"
            remark += f"; {entries} stale, which --write-baseline removes"
        yield remark

    def _write_baseline(self, report: RunReport, file: str) -> str:
        if report.errors:
            return f"{file} is not written, as something failed"
        assert self._baseline is not None
        stale = sum(self._baseline.judge(report).stale.values())
        updated = self._baseline.updated(report)
        updated.write()
        return f"{_findings(updated.size)} listed in {file}, {stale} stale removed"


def _revision(folder: str, name: str) -> Revision:
    from tfcheck.git import Revision

    root = repository(folder)
    if root is None:
        raise WrongUse(f"--new-from: {folder} is in no git repository")
    return Revision(root, name)


def _findings(count: int) -> str:
    return f"{count} finding{'s' * (count != 1)}"
