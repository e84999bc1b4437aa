"""``check --probe``: findings put on trial before they are reported.

What runs scripts is another package, which is loaded by name once it is asked for.
"""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING

from tfcheck.cli.effort import add_effort
from tfcheck.engine import File, RunReport

if TYPE_CHECKING:
    from tfcheck.rule import Finding

SETTING = "TFCHECK_PROBE"
"""The environment variable that stands for ``--probe``.

It is no key of the configuration, which comes with a repository: whoever checks a stranger's code
must not run it because that code says so.
"""

OF_A_HOOK = "PRE_COMMIT"  # pre-commit sets it for its hooks


def add_trials(parser: ArgumentParser) -> None:
    """Add the options that have findings tried."""
    group = add_effort(parser)
    group.add_argument(
        "--probe",
        action="store_true",
        help=f"run the scripts to try what is found; so does {SETTING}=1 in the environment, but "
        "in no commit hook",
    )
    group.add_argument(
        "--fail-on-verdict",
        choices=("confirmed",),
        help="set the exit code to 1 only for findings that a trial confirmed",
    )


def wanted(options: Namespace) -> bool:
    """Whether scripts are to be run."""
    if options.probe:
        return True
    return os.environ.get(SETTING) == "1" and OF_A_HOOK not in os.environ


class Trials:
    """Tries what is found, script by script, and remembers what was confirmed."""

    def __init__(self, options: Namespace, files: Sequence[File]) -> None:
        self._options = options
        self._files = files
        self.confirmed: frozenset[Finding] = frozenset()

    def __call__(self, report: RunReport) -> RunReport:
        """The report with the verdicts as evidence."""
        tried = import_module("runtime_probe.command").tried
        report, self.confirmed = tried(report, self._files, self._options, sys.stderr)
        return report
