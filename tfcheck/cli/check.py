"""``tfcheck check``: report what is wrong in files and folders."""

from __future__ import annotations

import os
import sys
from argparse import (
    ArgumentParser,
    ArgumentTypeError,
    Namespace,
    RawDescriptionHelpFormatter,
)
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import partial
from typing import TextIO

from tfcheck import __version__
from tfcheck.cli import FAILED, FOUND, SUCCESS
from tfcheck.cli.adoption import Adoption, add_adoption
from tfcheck.cli.fixes import Fixes, add_options, fix_counts, print_patch
from tfcheck.cli.options import (
    add_color,
    add_configuration,
    add_exit_code,
    add_rules,
    configuration,
    count,
    selection,
    wants_color,
    words,
)
from tfcheck.cli.progress import Progress
from tfcheck.cli.trials import Trials, add_trials, wanted
from tfcheck.config import Configuration, Given, Settings
from tfcheck.discovery import discover, refuses
from tfcheck.engine import File, RunReport, check
from tfcheck.errors import WrongUse
from tfcheck.output import FORMATS, writer

DESCRIPTION = (
    "Read Keras training scripts and say why they will not train. Nothing is run without --probe."
)
EPILOG = """\
other commands, where they are the first word (a folder of that name is ./rules):
  tfcheck explain RULE   what a rule reports and why, by its code or name
  tfcheck probe SCRIPT   run a script's model on a sample of its data, to put findings on trial
  tfcheck rules          all rules
  tfcheck show FILE      what was read of a file, and what was not

exit codes: 0 nothing found at or above --fail-on, 1 something found, 2 wrong use, bad
configuration, or an internal error
"""
STDIN = "-"
HELP_WIDTH = 100  # to ask for the terminal's takes longer than to parse the arguments
FOR_READERS = ("full", "concise")


def run(arguments: Sequence[str]) -> int:
    """Check what ``arguments`` name and return the exit code."""
    options = _parser().parse_args(arguments)
    settings = configuration(options, _given(options))
    folder = _common_folder(options.paths)
    of_run = settings.of(folder)
    if options.show_settings:
        _check_names((of_run,))
        from tfcheck.cli.settings import describe

        print(describe(of_run))
        return SUCCESS
    files = list(_files(options, settings))
    _check_names((of_run, *(file.settings for file in files)))
    adopt = Adoption(of_run, folder, files, options)
    fixes = Fixes(options, files)
    with Progress(shown=not options.quiet) as progress:
        report = check(files, options.jobs, progress.update, fixes.write)
    report, remarks = adopt(report)
    trials = Trials(options, files)
    if wanted(options):
        report = trials(report)
    _complain(report)
    if options.diff:
        return print_patch(report, options)
    fixes.print_text(report)
    _print(report, remarks, of_run.output_format, options, fixes.report_stream)
    fail_on = "never" if options.exit_zero else of_run.fail_on
    if options.fail_on_verdict is not None:
        report = report._replace(findings=tuple(trials.confirmed))
        fail_on = "never" if options.exit_zero else "note"
    return _exit_code(report, fail_on)


def _parser() -> ArgumentParser:
    parser = ArgumentParser(
        "tfcheck",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=partial(RawDescriptionHelpFormatter, width=HELP_WIDTH),
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"tfcheck {__version__}")
    parser.add_argument(
        "paths",
        nargs="*",
        metavar="PATH",
        help="scripts, notebooks and folders, - for the standard input; the working directory "
        "where there is none",
    )
    parser.add_argument(
        "--stdin-filename", metavar="FILE", help="what the standard input is to be taken for"
    )

    rules = add_rules(parser)
    rules.add_argument(
        "--per-file-ignores",
        type=_file_ignores,
        action="extend",
        metavar="PATTERN:RULE,...",
        help="do not check these rules in the files that a pattern matches",
    )

    files = parser.add_argument_group("files")
    files.add_argument(
        "--exclude",
        type=words,
        action="extend",
        metavar="PATTERN,...",
        help="leave out what these patterns match, which are read as in .gitignore",
    )
    files.add_argument(
        "--force-exclude", action="store_true", help="exclude paths even if they are given"
    )

    add_adoption(parser)
    add_options(parser)
    add_trials(parser)

    output = parser.add_argument_group("output")
    output.add_argument("--output-format", choices=FORMATS)
    output.add_argument("-o", "--output-file", metavar="FILE")
    add_exit_code(output)
    output.add_argument("--statistics", action="store_true", help="count the findings by rule")
    add_color(output)
    volume = output.add_mutually_exclusive_group()
    volume.add_argument("-q", "--quiet", action="store_true", help="print findings only")
    volume.add_argument("-v", "--verbose", action="store_true", help="say what each file is")

    add_configuration(parser)
    parser.add_argument(
        "-j", "--jobs", type=count, metavar="N", help="processes; by default as many as pay off"
    )
    parser.add_argument(
        "--show-settings", action="store_true", help="print the settings for the paths and stop"
    )
    return parser


def _file_ignores(text: str) -> list[tuple[str, tuple[str, ...]]]:
    """``tests/*:TFC501,TFC601,docs/*:ALL``: a word with a colon begins the next pattern."""
    ignores: list[tuple[str, tuple[str, ...]]] = []
    for word in words(text):
        pattern, colon, rule = word.rpartition(":")
        if not colon and not ignores:
            raise ArgumentTypeError(f"{word!r} is not PATTERN:RULE")
        if colon:
            ignores.append((pattern, (rule,)))
        else:
            pattern, rules = ignores.pop()
            ignores.append((pattern, (*rules, rule)))
    return ignores


def _given(options: Namespace) -> Given:
    return Given(
        selection=selection(options),
        per_file_ignores=tuple(options.per_file_ignores or ()),
        exclude=tuple(options.exclude or ()),
        force_exclude=options.force_exclude,
        fail_on=options.fail_on,
        output_format=options.output_format,
        preview=options.preview,
        baseline=options.baseline,
        fix=True if options.diff else options.fix,
        unsafe_fixes=options.unsafe_fixes,
    )


def _common_folder(paths: Sequence[str]) -> str:
    """The folder whose configuration speaks for the whole run, in whatever order paths come."""
    absolute = [os.path.abspath(path) for path in paths if path != STDIN] or [os.getcwd()]
    common = os.path.commonpath(absolute)
    return common if os.path.isdir(common) else os.path.dirname(common)


def _files(options: Namespace, settings: Configuration) -> Iterable[File]:
    named = [path for path in options.paths if path != STDIN]
    if named or not options.paths:
        for path in discover(named or [os.curdir], settings):
            yield File(path, settings.of(os.path.dirname(path)))
    if STDIN in options.paths:
        path = os.path.abspath(options.stdin_filename or STDIN)
        if not refuses(path, settings):
            yield File(path, settings.of(os.path.dirname(path)), sys.stdin.buffer.read())
    elif options.stdin_filename:
        raise WrongUse(f"--stdin-filename needs the path {STDIN}")


def _check_names(all_settings: Iterable[Settings]) -> None:
    """Check the rules that are named, even if no file needs them; loading them takes a while."""
    named = {each.file: each for each in all_settings if each.names_rules}.values()
    if not named:
        return
    from tfcheck.registry import check_names, without_effect

    for settings in named:
        check_names(settings)
    for complaint in dict.fromkeys(each for one in named for each in without_effect(one)):
        print(f"tfcheck: warning: {complaint}", file=sys.stderr)


def _complain(report: RunReport) -> None:
    for note in report.notes:
        print(f"tfcheck: note: {note}", file=sys.stderr)
    for failure in report.failures:
        print(f"tfcheck: error: {failure}", file=sys.stderr)
    for error in report.errors:
        print(f"tfcheck: internal error: {error}", file=sys.stderr)


def _print(
    report: RunReport,
    remarks: Sequence[str],
    output_format: str,
    options: Namespace,
    stream: TextIO,
) -> None:
    _write(report, output_format, options, stream)
    if options.verbose:
        for file in report.files:
            what = "not about Keras" if file.skipped else _runs(file.runs, file.unresolved)
            print(f"{file.path}: {what}", file=sys.stderr)
    spare = stream if output_format in FOR_READERS else sys.stderr
    if options.statistics:
        counts = Counter((each.code, each.name) for each in report.findings)
        for (code, name), count in sorted(counts.items(), key=lambda each: (-each[1], each[0])):
            print(f"{count:6} {code} {name}", file=spare)
    if not options.quiet:
        for line in (*fix_counts(report), *remarks, _summary(report)):
            print(line, file=spare)


def _write(report: RunReport, output_format: str, options: Namespace, stream: TextIO) -> None:
    if not report.findings and output_format in FOR_READERS and options.output_file is None:
        return  # rich takes longer to load than most runs of a hook take
    write = writer(output_format)
    if options.output_file is None:
        write(report, stream, color=wants_color(options.color, stream))
        return
    try:
        with open(options.output_file, "w", encoding="utf-8") as file:
            write(report, file, color=wants_color(options.color, file))
    except OSError as error:
        raise WrongUse(f"{options.output_file}: {error.strerror}") from error


def _runs(runs: int, unresolved: int) -> str:
    return f"{runs} training run{'s' * (runs != 1)} read, {unresolved} not resolved"


def _summary(report: RunReport) -> str:
    """The last line of a run, so that silent and clean never look alike."""
    skipped = sum(file.skipped for file in report.files)
    read = len(report.files) - skipped
    files = f"{read} file{'s' * (read != 1)} about Keras, {skipped} not"
    return f"{_runs(report.runs, report.unresolved)} ({files})"


def _exit_code(report: RunReport, fail_on: str) -> int:
    if report.errors or report.failures:
        return FAILED
    if fail_on == "never" or not report.findings:
        return SUCCESS
    from tfcheck.rule import Severity

    limit = Severity[fail_on.upper()]
    return FOUND if any(each.severity >= limit for each in report.findings) else SUCCESS
