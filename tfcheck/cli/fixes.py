"""What ``check`` does with fixes: options, the fixed files, the patch, and the counts."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, BooleanOptionalAction, Namespace
from collections.abc import Sequence

from tfcheck.cli import FAILED, FOUND, SUCCESS
from tfcheck.engine import File, Rewritten, RunReport, shown


def add_options(parser: ArgumentParser) -> None:
    """Add the options that say what becomes of fixes."""
    fixes = parser.add_argument_group("fixes")
    fixes.add_argument(
        "--fix",
        action=BooleanOptionalAction,
        help="make the safe fixes and report what remains; of the standard input the fixed text "
        "is printed",
    )
    fixes.add_argument(
        "--unsafe-fixes",
        action=BooleanOptionalAction,
        help="make or count unsafe fixes, too: those after which a model trains differently",
    )
    fixes.add_argument(
        "--diff", action="store_true", help="print the fixes as a patch and write nothing"
    )


class Fixes:
    """Takes fixed files to where they belong: the disk, or the standard output."""

    def __init__(self, options: Namespace, files: Sequence[File]) -> None:
        self._diff: bool = options.diff
        given = next((each for each in files if each.data is not None), None)
        piped = given is not None and given.settings.fix and not self._diff
        self._piped = given if piped else None
        self.report_stream = sys.stderr if piped else sys.stdout

    def write(self, rewritten: Rewritten) -> str | None:
        """Write one file; why not, where that cannot be."""
        if self._diff or (self._piped and rewritten.path == shown(self._piped.path)):
            return None
        from tfcheck.fixing.files import write

        return write(rewritten)

    def print_text(self, report: RunReport) -> None:
        """Print what was given on the standard input, with its fixes made."""
        if self._piped is None:
            return
        assert self._piped.data is not None
        path = shown(self._piped.path)
        fixed = (each.content for each in report.rewritten if each.path == path)
        _print_bytes(next(fixed, self._piped.data))


def print_patch(report: RunReport, options: Namespace) -> int:
    """Print what fixes would change, and return the exit code: 1 where they would."""
    count = 0
    if report.rewritten:
        from tfcheck.fixing.files import patch

        for rewritten in report.rewritten:
            _print_bytes(b"".join(patch(rewritten)))
            count += rewritten.fixed
    if not options.quiet:
        print(f"would fix {count}, {len(report.findings)} would remain", file=sys.stderr)
    if report.errors:
        return FAILED
    return FOUND if count and not options.exit_zero else SUCCESS


def fix_counts(report: RunReport) -> list[str]:
    """The lines that say how many findings were fixed and how many could be."""
    lines: list[str] = []
    fixed = sum(each.fixed for each in report.rewritten)
    if fixed:
        lines.append(f"fixed {fixed}, {len(report.findings)} remain")
    fixable = sum(map(report.applies, report.findings))
    available = [each for each in report.findings if each.fix is not None]
    unsafe = sum(
        each.fix is not None and each.fix.applicability == "unsafe" and not report.applies(each)
        for each in available
    )
    if fixable and unsafe:
        lines.append(f"{fixable} fixable with --fix, {unsafe} more with --unsafe-fixes")
    elif fixable:
        lines.append(f"{fixable} fixable with --fix")
    elif unsafe:
        lines.append(f"{unsafe} fixable with --fix --unsafe-fixes")
    return lines


def _print_bytes(data: bytes) -> None:
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()
