"""``tfcheck probe``: run a script's model on a sample of its data, and put findings on trial.

What runs scripts is another package, which is loaded by name once it is asked for.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Sequence
from functools import partial
from importlib import import_module

from tfcheck.cli.effort import add_effort
from tfcheck.cli.options import (
    add_color,
    add_configuration,
    add_exit_code,
    add_rules,
    configuration,
    count,
    selection,
    wants_color,
)
from tfcheck.config import Given
from tfcheck.errors import WrongUse

DESCRIPTION = """\
Run the model of a script or notebook on a sample of its data, with and without the change that
would cure each finding, and report what happened. This executes the script: in a copy of the
working directory, without network, and without leave to write anywhere else.
"""
EPILOG = """\
what follows -- are the arguments of the script

exit codes: 0 nothing found at or above --fail-on that the trials did not refute, 1 something
found, 2 wrong use, bad configuration, nothing to run scripts with, or an internal error
"""
FORMATS = ("full", "json", "sarif")
HELP_WIDTH = 100


def run(arguments: Sequence[str]) -> int:
    """Probe the script that ``arguments`` name and return the exit code."""
    own, script_arguments = split(arguments)
    options = _parser().parse_args(own)
    if (options.script is None) == (options.replay is None):
        raise WrongUse("probe needs a SCRIPT, or --replay FILE")
    given = Given(
        selection=selection(options), fail_on=options.fail_on, preview=options.preview, fix=False
    )
    command = import_module("runtime_probe.command")
    code: int = command.run(
        options,
        script_arguments,
        configuration(options, given),
        color=wants_color(options.color, sys.stdout),
    )
    return code


def split(arguments: Sequence[str]) -> tuple[Sequence[str], tuple[str, ...]]:
    """The words before ``--`` and those after it."""
    if "--" not in arguments:
        return arguments, ()
    at = arguments.index("--")
    return arguments[:at], tuple(arguments[at + 1 :])


def _parser() -> ArgumentParser:
    parser = ArgumentParser(
        "tfcheck probe",
        usage="tfcheck probe [options] SCRIPT [-- ARGUMENT ...]",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=partial(RawDescriptionHelpFormatter, width=HELP_WIDTH),
        allow_abbrev=False,
    )
    parser.add_argument("script", nargs="?", metavar="SCRIPT", help="a script or a notebook")
    parser.add_argument(
        "--line",
        type=count,
        action="append",
        metavar="N",
        help="try the fit on this line only; may be given again",
    )
    parser.add_argument(
        "--keep", action="store_true", help="leave the copy of the working directory, and say where"
    )
    parser.add_argument(
        "--replay",
        metavar="FILE",
        help="probe again as this JSON report says, and compare the verdicts",
    )
    add_effort(parser)
    add_rules(parser)
    output = parser.add_argument_group("output")
    output.add_argument("--output-format", choices=FORMATS, default="full")
    output.add_argument("-o", "--output-file", metavar="FILE")
    output.add_argument("--html", metavar="FILE", help="write a page with plots, too")
    output.add_argument(
        "--tensorboard", metavar="DIR", help="write event files for TensorBoard, too"
    )
    add_exit_code(output)
    output.add_argument(
        "--fail-on-verdict",
        choices=("confirmed",),
        help="set the exit code to 1 only for findings that a trial confirmed",
    )
    add_color(output)
    output.add_argument(
        "-q", "--quiet", action="store_true", help="print the report only, and no progress"
    )
    add_configuration(parser)
    return parser
