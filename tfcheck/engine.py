"""Files to findings: what is read, by how many processes, and what comes of it.

What a run over files without Keras needs is imported here and nothing more: no libcst, no rules
and no dataclasses, which alone take as long as the interpreter's own start.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from tfcheck.config import Settings
    from tfcheck.rule import Finding, Rule

LIBRARIES = (b"keras", b"tensorflow")
BYTES_AT_ONCE = 1024 * 1024
BYTES_PER_WORKER = 512 * 1024  # what takes about as long to read as a process takes to start


class FileReport(NamedTuple):
    """What became of one file.

    ``errors`` are failures of tfcheck itself, each naming the rule and the file. A skipped
    file mentions neither Keras nor TensorFlow and was not parsed. ``checked`` are the codes of
    the rules that would have found what they report: none where a part was not read.
    """

    path: str
    findings: tuple[Finding, ...] = ()
    runs: int = 0
    unresolved: int = 0
    errors: tuple[str, ...] = ()
    skipped: bool = False
    checked: frozenset[str] = frozenset()
    problems: int = 0
    unsafe_fixes: bool = False
    notes: tuple[str, ...] = ()
    rewritten: Rewritten | None = None


class Rewritten(NamedTuple):
    """A file with fixes: what it holds and what it is to hold, not written yet.

    ``before`` is what was found in it without them.
    """

    path: str
    original: bytes
    content: bytes
    fixed: int
    before: FileReport


class RunReport(NamedTuple):
    """What became of all files of one call of tfcheck; findings are sorted by place.

    ``texts`` holds what was not read from the disk, by the name of its file. ``failures`` say which
    files could not be written.
    """

    files: tuple[FileReport, ...]
    findings: tuple[Finding, ...]
    runs: int
    unresolved: int
    errors: tuple[str, ...]
    rules: tuple[Rule, ...]
    texts: Mapping[str, bytes] = {}
    notes: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()

    @property
    def rewritten(self) -> Sequence[Rewritten]:
        """The files with fixes, by path."""
        return [each.rewritten for each in self.files if each.rewritten is not None]

    def applies(self, finding: Finding) -> bool:
        """Whether the fix of a finding is one that ``--fix`` makes, with the same options."""
        if finding.fix is None or finding.fix.applicability == "display":
            return False
        return finding.fix.applicability == "safe" or finding.location.filename in self._unsafe

    @property
    def _unsafe(self) -> frozenset[str]:
        return frozenset(each.path for each in self.files if each.unsafe_fixes)


class File(NamedTuple):
    """A file to check: an absolute path, and what it holds where that is not on the disk."""

    path: str
    settings: Settings
    data: bytes | None = None


def shown(path: str) -> str:
    """A path as it is printed: from the working directory where it lies in it."""
    return path.removeprefix(os.path.join(os.getcwd(), ""))


def check(
    files: Iterable[File],
    jobs: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    write: Callable[[Rewritten], str | None] | None = None,
) -> RunReport:
    """Check ``files``; what is found depends on nothing but what they and their imports hold.

    ``progress`` is told, whenever a file is done, how many are done and how many there are.
    ``write`` is given each file that has fixes, once all are read, and says why one could not
    be written, which then is as it was.
    """
    reports: list[FileReport] = []
    sized: list[tuple[int, File]] = []
    for file in files:
        size = _size(file)
        if size is None:
            reports.append(FileReport(shown(file.path), skipped=True))
        else:
            sized.append((size, file))
    for done, report in enumerate(_read(sized, jobs), start=1):
        reports.append(report)
        if progress is not None:
            progress(done, len(sized))
    reports.sort(key=lambda each: each.path)
    failures: list[str] = []
    for index, report in enumerate(reports):
        failure = write(report.rewritten) if write and report.rewritten else None
        if failure is not None:
            assert report.rewritten is not None
            failures.append(failure)
            reports[index] = report.rewritten.before
    findings = dict.fromkeys(each for report in reports for each in report.findings)
    return RunReport(
        files=tuple(reports),
        findings=tuple(sorted(findings, key=lambda each: each.sort_key)),
        runs=sum(report.runs for report in reports),
        unresolved=sum(report.unresolved for report in reports),
        errors=tuple(error for report in reports for error in report.errors),
        rules=_rules([file for _, file in sized]),
        texts={
            **{shown(file.path): file.data for _, file in sized if file.data is not None},
            **{each.path: each.rewritten.content for each in reports if each.rewritten},
        },
        notes=tuple(note for report in reports for note in report.notes),
        failures=tuple(failures),
    )


def _size(file: File) -> int | None:
    """How many bytes there are to read; None where nothing is about Keras or TensorFlow."""
    if file.data is not None:
        return len(file.data) if mentions_keras(file.data) else None
    try:
        status = os.stat(file.path)
        is_about = not stat.S_ISREG(status.st_mode) or _is_about_keras(file.path)
    except OSError:  # who reads it next will say why
        return 0
    return status.st_size if is_about else None


def _is_about_keras(path: str) -> bool:
    """Look for the libraries piece by piece: a notebook may hold gigabytes of pictures."""
    end = b""
    with open(path, "rb") as file:
        while piece := file.read(BYTES_AT_ONCE):
            if mentions_keras(end + piece):
                return True
            end = piece[-max(map(len, LIBRARIES)) :]
    return False


def mentions_keras(data: bytes) -> bool:
    """Whether a file could be about Keras at all."""
    return any(library in data for library in LIBRARIES)


def _read(sized: Sequence[tuple[int, File]], jobs: int | None) -> Iterator[FileReport]:
    if not sized:
        return
    from tfcheck.checker import Checker  # brings libcst, which most runs of a hook do not need

    count = min(jobs or _jobs(sum(size for size, _ in sized)), len(sized))
    if count == 1:  # files of one folder import the same, and are next to each other
        yield from map(Checker(), (file for _, file in sized))
        return
    from tfcheck.workers import call_each

    largest_first = [file for _, file in sorted(sized, key=lambda each: each[0], reverse=True)]
    yield from call_each(Checker(), largest_first, count, _died)


def _jobs(size: int) -> int:
    """As many processes as there are cores, as long as each has enough to read."""
    affinity = getattr(os, "sched_getaffinity", None)
    cores = len(affinity(0)) if affinity else os.cpu_count()
    return max(1, min(cores or 1, size // BYTES_PER_WORKER))


def _died(file: File, code: int) -> FileReport:
    path = shown(file.path)
    return FileReport(path, errors=(f"the process that read {path} died with exit code {code}",))


def _rules(files: Sequence[File]) -> tuple[Rule, ...]:
    """All rules that files were checked by; none where no file was read."""
    if not files:
        return ()
    from tfcheck.registry import all_rules

    packs = {pack for file in files for pack in file.settings.rule_packs}
    return all_rules(tuple(sorted(packs)))
