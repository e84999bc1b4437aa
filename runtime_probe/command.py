"""What ``tfcheck probe`` and ``tfcheck check --probe`` do once their words are read."""

from __future__ import annotations

import json
import os
import sys
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from runtime_probe import probing
from runtime_probe.report import Report
from runtime_probe.report.evidence import (
    confirmed_findings,
    fails,
    judged_findings,
    measured_findings,
)
from runtime_probe.request import Request
from tfcheck.config import Configuration
from tfcheck.engine import File, RunReport, check, shown
from tfcheck.errors import WrongUse
from tfcheck.registry import active_rules, check_names
from tfcheck.rule import Finding

SUCCESS, FOUND, FAILED = 0, 1, 2


def run(
    options: Namespace, arguments: tuple[str, ...], configuration: Configuration, *, color: bool
) -> int:
    """Probe one script, write what was asked for, and return the exit code."""
    _demand_that_scripts_run(page=options.html is not None)
    earlier = None if options.replay is None else _read_earlier(options.replay)
    request = _request(options, arguments) if earlier is None else _request_of(earlier, options)
    name = options.script if earlier is None else earlier["script"]
    path = os.path.abspath(name)
    if not os.path.isfile(path):
        raise WrongUse(f"{name}: there is no such file")
    settings = configuration.of(os.path.dirname(path))
    check_names(settings)
    file = File(path, settings)
    read = check([file], jobs=1)
    for error in read.errors:
        print(f"tfcheck: internal error: {error}", file=sys.stderr)
    report = _probe(file, read, request, quiet=options.quiet)
    with _output(options.output_file) as stream:
        _write(report, read, options.output_format, stream, color=color)
    if options.html is not None:
        _write_page(report, options.html)
    if options.tensorboard is not None:
        _write_events(report, options.tensorboard)
    if earlier is not None:
        _compare(earlier, report)
    return _exit_code(report, read, file, options)


def tried(
    report: RunReport, files: Sequence[File], options: Namespace, stream: TextIO
) -> tuple[RunReport, frozenset[Finding]]:
    """What ``check`` reports once each script with something to try was run.

    The findings come with the verdicts as evidence, and those that were confirmed a second time.
    """
    _demand_that_scripts_run()
    triable = {each.name for each in report.rules if each.intervention is not None}
    after: list[Finding] = []
    confirmed: list[Finding] = []
    by_name = {shown(each.path): each for each in files}
    for one in report.files:
        own = tuple(each for each in report.findings if each.location.filename == one.path)
        file = by_name.get(one.path)
        if file is None or file.data is not None or not any(each.name in triable for each in own):
            after += own
            continue
        read = report._replace(files=(one,), findings=own, runs=one.runs)
        probed = _probe(file, read, _request(options, ()), quiet=options.quiet)
        after += judged_findings(probed)
        confirmed += confirmed_findings(probed)
    elsewhere = [each for each in report.findings if each.location.filename not in by_name]
    every = sorted((*after, *elsewhere), key=lambda each: each.sort_key)
    return report._replace(findings=tuple(every)), frozenset(confirmed)


def _probe(file: File, read: RunReport, request: Request, *, quiet: bool) -> Report:
    """Run one script, which is said before, and show how far it is."""
    from runtime_probe.report.live import Live

    if not quiet:
        print(f"tfcheck: {probing.intent(file, request)}", file=sys.stderr)
    try:
        with Live(not quiet, request.budget) as live:
            return probing.probe(file, read, request, live.update)
    except OSError as error:
        raise WrongUse(f"{shown(file.path)}: it cannot be copied: {error}") from error


def _demand_that_scripts_run(*, page: bool = False) -> None:
    obstacle = probing.obstacle(page=page)
    if obstacle is not None:
        raise WrongUse(obstacle)


def _request(options: Namespace, arguments: tuple[str, ...]) -> Request:
    return Request(
        arguments=arguments,
        lines=tuple(getattr(options, "line", None) or ()),
        budget=options.budget,
        seeds=options.seeds,
        max_samples=options.max_samples,
        steps=options.steps,
        gpu=options.gpu,
        keep=getattr(options, "keep", False),
    )


def _read_earlier(name: str) -> dict[str, Any]:
    try:
        earlier = json.loads(Path(name).read_text(encoding="utf-8"))
    except OSError as error:
        raise WrongUse(f"{name}: {error.strerror}") from error
    except ValueError as error:
        raise WrongUse(f"{name}: this is no JSON: {error}") from error
    if not isinstance(earlier, dict) or not {"script", "settings", "findings"} <= earlier.keys():
        raise WrongUse(f"{name}: this is no report of a probe; write one with --output-format json")
    return earlier


def _request_of(earlier: dict[str, Any], options: Namespace) -> Request:
    settings = earlier["settings"]
    return Request(
        arguments=tuple(settings["arguments"]),
        lines=tuple(settings["lines"]),
        budget=settings["budget"],
        seeds=settings["seeds"],
        max_samples=settings["max_samples"],
        steps=settings["steps"],
        gpu=settings["gpu"],
        keep=options.keep,
    )


def _compare(earlier: dict[str, Any], report: Report) -> None:
    """Say which verdicts are no longer those of an earlier report."""
    before = {_key(each): each["verdict"] for each in earlier["findings"]}
    cards = zip(report.findings, report.of_findings, strict=True)
    now = {
        (each.name, each.location.cell, each.location.row): card.ruling.value
        for each, card in cards
    }
    changed = sorted(
        (key for key in before.keys() | now.keys() if before.get(key) != now.get(key)), key=str
    )
    for name, _, row in changed:
        key = (name, _, row)
        words = f"{before.get(key, 'not found')} before, {now.get(key, 'not found')} now"
        print(f"tfcheck: line {row}: {name}: {words}", file=sys.stderr)
    if not changed:
        print(f"tfcheck: all {len(now)} verdicts are those of before", file=sys.stderr)


def _key(finding: dict[str, Any]) -> tuple[str, int | None, int]:
    return finding["name"], finding["cell"], finding["location"]["row"]


@contextmanager
def _output(name: str | None) -> Iterator[TextIO]:
    if name is None:
        yield sys.stdout
        return
    try:
        with open(name, "w", encoding="utf-8") as stream:
            yield stream
    except OSError as error:
        raise WrongUse(f"{name}: {error.strerror}") from error


def _write(
    report: Report, read: RunReport, output_format: str, stream: TextIO, *, color: bool
) -> None:
    if output_format == "json":
        from runtime_probe.report import json as as_json

        as_json.write(report, stream)
    elif output_format == "sarif":
        from runtime_probe.report import sarif

        sarif.write(report, read.rules, stream)
    else:
        from runtime_probe.report import terminal

        terminal.write(report, stream, color=color)


def _write_page(report: Report, name: str) -> None:
    from runtime_probe.report import html

    try:
        html.write(report, Path(name))
    except OSError as error:
        raise WrongUse(f"{name}: {error.strerror}") from error


def _write_events(report: Report, name: str) -> None:
    from runtime_probe.report import tensorboard

    try:
        tensorboard.write(report, Path(name))
    except OSError as error:
        raise WrongUse(f"{name}: {error.strerror}") from error


def _exit_code(report: Report, read: RunReport, file: File, options: Namespace) -> int:
    if read.errors:
        return FAILED
    if options.exit_zero:
        return SUCCESS
    rules = {each.rule.name: each.rule for each in active_rules(file.settings)}
    measured = list(measured_findings(report, rules))
    if options.fail_on_verdict is not None:
        return FOUND if measured or confirmed_findings(report) else SUCCESS
    every = (*judged_findings(report), *measured)
    return FOUND if fails(every, file.settings.fail_on) else SUCCESS
