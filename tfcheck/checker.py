"""Checking one file after the other in one process."""

from __future__ import annotations

import gc
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tfcheck.engine import File, FileReport, shown
from tfcheck.fixing.cures import Places
from tfcheck.registry import ActiveRule, active_rules, ignored_codes, known_rules
from tfcheck.rule import Draft, Evidence, Finding, Location, Rule, Site
from tfcheck.script import Project, Script, read_script
from tfcheck.source import Source, read_source
from tfcheck.suppression import Ignores
from tfcheck.targets import Finder
from tfcheck.tool_rules import NOT_READ, SYNTAX_ERROR, UNUSED_IGNORE

TEXT_PER_PROJECT = 2_000_000  # of scripts; what is kept of them takes some ten times as much
PROJECTS_PER_COLLECTION = 10  # little has cycles by then, and to look for it takes a while


class Checker:
    """Checks files, which share what they import.

    The project is renewed after so much text, and now and then what has cycles is collected, so
    that memory does not grow with the number of files.
    """

    def __init__(self) -> None:
        self._project = Project()
        self._targets = Finder()
        self._size = 0
        self._projects = 1
        self._active: dict[str | None, Sequence[ActiveRule]] = {}

    def __call__(self, file: File) -> FileReport:
        if self._size > TEXT_PER_PROJECT:
            self._size, self._project = 0, Project()
            self._projects += 1
            if self._projects % PROJECTS_PER_COLLECTION == 0:
                gc.collect()
        report = self._read(file)
        if not file.settings.fix or not any(each.fix for each in report.findings):
            return report
        from tfcheck.fixing.rounds import fixed

        report = fixed(file, report, self._read)
        self._project.forget(file.path)  # whoever imports it gets it as it is on the disk
        return report

    def _read(self, file: File) -> FileReport:
        rules = known_rules(file.settings)
        reading = _Reading(shown(file.path), self._rules_for(file), rules)
        with reading.contained("reading"):
            source = read_source(Path(file.path), file.data)
            self._size += sum(len(block.text) for block in source.blocks)
            targets = self._targets.of(
                source, file.settings.target_keras, file.settings.target_tensorflow
            )
            reading.check(source, read_script(source, self._project, targets))
        self._project.let_go()
        return reading.report()._replace(unsafe_fixes=file.settings.unsafe_fixes)

    def _rules_for(self, file: File) -> Mapping[str, ActiveRule]:
        """The rules to check a file by; those of a configuration file are settled once."""
        key = file.settings.file
        if key not in self._active:
            self._active[key] = active_rules(file.settings)
        ignored = ignored_codes(file.settings, file.path)
        return {each.rule.code: each for each in self._active[key] if each.rule.code not in ignored}


class _Reading:
    """What is found in one file."""

    def __init__(
        self, filename: str, active: Mapping[str, ActiveRule], rules: Sequence[Rule]
    ) -> None:
        self._filename = filename
        self._active = active
        self._rules = rules
        self._findings: list[Finding] = []
        self._errors: list[str] = []
        self._runs: dict[Site, bool] = {}
        self._checked: frozenset[str] = frozenset()
        self._problems = 0

    @contextmanager
    def contained(self, doing: str) -> Iterator[None]:
        """Turn whatever goes wrong into an error of this file, so that the rest goes on."""
        try:
            yield
        except Exception as error:  # noqa: BLE001  (a rule may fail in any way)
            last = traceback.extract_tb(error.__traceback__)[-1]
            what = f"{type(error).__name__}: {error} ({Path(last.filename).name}:{last.lineno})"
            self._errors.append(f"{doing} failed on {self._filename}: {what}")

    def check(self, source: Source, script: Script) -> None:
        """Apply the rules, and what the comments say about them."""
        for run in script.runs:
            self._runs[run.site] = self._runs.get(run.site, True) and run.resolved
        self._problems = len(script.problems)
        for problem in script.problems:
            rule = SYNTAX_ERROR if problem.syntax else NOT_READ
            row, column = problem.row, problem.column
            place = Location(self._filename, problem.cell, row, column, row, column)
            self._findings += self._own(rule, problem.message, place)
        drafts = list(self._drafts(script))
        places = Places(script, [draft for _, draft in drafts])
        self._findings += [self._finding(rule, draft, places) for rule, draft in drafts]

        ignores = Ignores(source, self._filename, self._rules)
        self._findings = ignores.remaining(self._findings)
        if not script.problems and not self._errors:
            self._checked = frozenset(self._active)
        for complaint in ignores.complaints(self._checked):
            own = self._own(UNUSED_IGNORE, complaint.message, complaint.location)
            self._findings += ignores.remaining(own)

    def report(self) -> FileReport:
        unique = {finding.sort_key: finding for finding in reversed(self._findings)}
        return FileReport(
            path=self._filename,
            findings=tuple(sorted(unique.values(), key=lambda each: each.sort_key)),
            runs=len(self._runs),
            unresolved=list(self._runs.values()).count(False),
            errors=tuple(self._errors),
            checked=self._checked,
            problems=self._problems,
        )

    def _drafts(self, script: Script) -> Iterator[tuple[ActiveRule, Draft]]:
        for each in self._active.values():
            with self.contained(f"rule {each.rule.name}"):
                for draft in each.rule.check(script, each.options):
                    yield each, draft

    def _finding(self, active: ActiveRule, draft: Draft, places: Places) -> Finding:
        fix = None
        if draft.cure is not None:
            with self.contained(f"the fix of rule {active.rule.name}"):
                fix = places.fix(draft.cure, self._filename)
        return Finding(
            code=active.rule.code,
            name=active.rule.name,
            severity=active.severity or draft.severity or active.rule.severity,
            message=draft.message,
            location=_shown_place(places.location(draft.site)),
            evidence=tuple(
                Evidence(_shown_place(places.location(each.site)), each.message)
                for each in draft.because
            ),
            instead=draft.instead,
            fix=fix,
        )

    def _own(self, rule: Rule, message: str, place: Location) -> list[Finding]:
        """What tfcheck itself has to say, where the rule that stands for it is checked."""
        active = self._active.get(rule.code)
        if active is None:
            return []
        return [Finding(rule.code, rule.name, active.severity or rule.severity, message, place)]


def _shown_place(place: Location) -> Location:
    return place._replace(filename=shown(place.filename))
