"""The fixes of one file, made until nothing changes.

A round makes all fixes that do not touch each other and reads the file again. What does not hold
what was promised is undone: the file parses, as much is read of it as before, the findings are
gone, and none as bad has taken their place.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeAlias

from tfcheck.engine import File, FileReport, Rewritten
from tfcheck.fixing.notebooks import edited_notebook
from tfcheck.fixing.texts import Unchangeable, brings_import, edited_script
from tfcheck.rule import Edit, Finding
from tfcheck.source import read_source

MAX_ROUNDS = 20
STANDS = "the finding would still stand"


def fixed(file: File, report: FileReport, read: Callable[[File], FileReport]) -> FileReport:
    """What is found in ``file`` once its fixes are made, with what it is to hold then."""
    before = report
    if file.data is None:
        try:
            data = Path(file.path).read_bytes()
        except OSError as error:
            return report._replace(notes=(f"{report.path}: not fixed: {error.strerror}",))
        file = file._replace(data=data)
    assert file.data is not None
    original = file.data
    fixes = _Rounds(file, report, read)
    fixes.run()
    assert fixes.file.data is not None
    report = fixes.report._replace(notes=tuple(dict.fromkeys(fixes.notes)))
    if not fixes.fixed:
        return report
    return report._replace(
        rewritten=Rewritten(report.path, original, fixes.file.data, fixes.fixed, before)
    )


class _Rounds:
    """A file between two rounds, and what was found in it as it stands now."""

    def __init__(self, file: File, report: FileReport, read: Callable[[File], FileReport]) -> None:
        self.file = file
        self.report = report
        self.fixed = 0
        self.notes: list[str] = []
        self._read = read
        self._refused: set[_Key] = set()

    def run(self) -> None:
        for _ in range(MAX_ROUNDS):
            chosen = list(_apart(self._waiting()))
            if not chosen:
                return
            if self._make(chosen) is not None:
                for each in chosen:
                    self._make_alone(each)

    def _waiting(self) -> Iterator[Finding]:
        """Findings with a fix that may be made and was not tried in vain."""
        for each in self.report.findings:
            if self._may(each) and _key(each) not in self._refused:
                yield each

    def _make_alone(self, finding: Finding) -> None:
        """One fix of a round that failed as a whole, where an earlier one has not moved it."""
        if finding not in self.report.findings:
            return
        obstacle = self._make([finding])
        if obstacle is not None:
            self._refused.add(_key(finding))
            place = finding.location
            cell = f"cell {place.cell}:" if place.cell is not None else ""
            self.notes.append(
                f"{place.filename}:{cell}{place.row}:{place.column}: the fix of {finding.name} "
                f"was not made: {obstacle}"
            )

    def _make(self, findings: Sequence[Finding]) -> str | None:
        """Make the fixes of ``findings``, or say why they do not hold."""
        made = len(findings)
        try:
            file = self._edited(self.file, findings)
            report = self._read(file)
            obstacle = _obstacle(self.report, report, findings)
            # What a fix brings about may have a fix itself: a rate by its new name is an integer.
            brought = list(_apart(filter(self._may, _brought(self.report, report, findings))))
            if obstacle is not None and obstacle != STANDS and brought:
                made += len(brought)
                file = self._edited(file, brought)
                report = self._read(file)
                obstacle = _obstacle(self.report, report, findings)
        except Unchangeable as error:
            return str(error)
        if obstacle is None:
            self.file, self.report = file, report
            self.fixed += made
        return obstacle

    def _may(self, finding: Finding) -> bool:
        """Whether a finding has a fix that may be made."""
        wanted = ("safe", "unsafe") if self.file.settings.unsafe_fixes else ("safe",)
        return finding.fix is not None and finding.fix.applicability in wanted

    def _edited(self, file: File, findings: Sequence[Finding]) -> File:
        edits, data, path = _merged(findings), file.data, Path(file.path)
        assert data is not None
        if path.suffix == ".ipynb":
            return file._replace(data=edited_notebook(data, edits, read_source(path, data)))
        return file._replace(data=edited_script(data, edits))


_Key: TypeAlias = "tuple[str, str, int | None, int]"


def _key(finding: Finding) -> _Key:
    """What stays the same of a finding when lines are put in before it."""
    return finding.code, finding.message, finding.location.cell, finding.location.column


def _obstacle(before: FileReport, after: FileReport, fixed: Sequence[Finding]) -> str | None:
    """Why the fixes of ``fixed`` cannot stay; None where all is as it should be."""
    if len(after.errors) > len(before.errors) or after.problems > before.problems:
        return "what it writes does not parse"
    if after.runs < before.runs or after.unresolved > before.unresolved:
        return "less of the script would be read"
    cured = {each.code for each in fixed}
    worst = min(each.severity for each in fixed)
    for each in _brought(before, after, fixed):
        if each.code in cured:
            return STANDS
        if each.severity >= worst:
            return f"it would bring about {each.name}"
    return None


def _brought(before: FileReport, after: FileReport, fixed: Sequence[Finding]) -> Iterator[Finding]:
    """Findings of those rules of which there are more than should be left."""
    expected = Counter(each.code for each in before.findings)
    expected.subtract(each.code for each in fixed)
    found = Counter(each.code for each in after.findings)
    return (each for each in after.findings if found[each.code] > expected[each.code])


def _apart(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Findings whose fixes do not touch each other; the others wait for the next round."""
    taken: list[Edit] = []
    for each in findings:
        assert each.fix is not None
        edits = [edit for edit in each.fix.edits if not (brings_import(edit) and edit in taken)]
        if not any(_touch(edit, other) for edit in edits for other in taken):
            taken += edits
            yield each


def _touch(left: Edit, right: Edit) -> bool:
    if brings_import(left) and brings_import(right):
        return False
    first, second = left.location, right.location
    return (
        first.cell == second.cell
        and (first.row, first.column) <= (second.end_row, second.end_column)
        and (second.row, second.column) <= (first.end_row, first.end_column)
    )


def _merged(findings: Iterable[Finding]) -> list[Edit]:
    """The edits of fixes; the import that several need is made once."""
    edits: list[Edit] = []
    for each in findings:
        assert each.fix is not None
        edits += (edit for edit in each.fix.edits if not (brings_import(edit) and edit in edits))
    return edits
