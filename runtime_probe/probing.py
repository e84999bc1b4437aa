"""One probe, from a file to a report: read, copy, run, judge."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from importlib import metadata, util
from pathlib import Path

from runtime_probe import sandbox, supervisor
from runtime_probe.again import Enough, FirstRun, Hear, tried
from runtime_probe.job import Claim, Job, Loop
from runtime_probe.judging import verdicts
from runtime_probe.records import Ended, Reached, Record, Suspicion, Symptom
from runtime_probe.report import Report
from runtime_probe.request import Request
from runtime_probe.revival import Place, Revived, revive
from runtime_probe.workspace import Workspace, workspace
from tfcheck.engine import File, RunReport, shown
from tfcheck.script import Project, read_script
from tfcheck.source import read_source

REST_ON_DATA = frozenset(
    {
        "early-stopping",
        "matching-labels",
        "shuffled-order",
        "standardised-features",
        "standardised-target",
    }
)
NEEDED = ("tensorflow", "numpy", "sklearn")
PAGE_NEEDS = ("jinja2", "vl_convert")
NAMED = ("tensorflow", "keras", "tf_keras", "numpy", "scikit-learn")
MOST_NAMED = 10
RESERVE = 1.0
"""Seconds of the budget that stay for the end of the child, and for judging."""


def obstacle(*, page: bool = False) -> str | None:
    """Why no script can be run here, and what to do about it; None where it can.

    ``page``: whether a page is to be written.
    """
    unsupported = sandbox.unsupported()
    if unsupported is not None:
        return f"probe is not supported here: {unsupported}"
    missing = [name for name in (*NEEDED, *PAGE_NEEDS * page) if util.find_spec(name) is None]
    if missing:
        return f"probe needs {', '.join(missing)}: pip install 'tfcheck[probe]'"
    return None


def intent(file: File, request: Request) -> str:
    """What is about to happen, for whoever asked for it."""
    script = " ".join((shown(file.path), *request.arguments))
    folder = _working_folder(Path(file.path))
    return (
        f"running {script} in a copy of {folder}, without network, for up to {request.budget:g} s"
    )


def probe(file: File, read: RunReport, request: Request, hear: Callable[[Record], None]) -> Report:
    """Run the script of ``file`` and judge ``read``, what reading found in it.

    ``hear`` is given every record as it comes. Raises ``OSError`` where the folder of the script
    cannot be copied.
    """
    began = time.monotonic()
    original = _working_folder(Path(file.path))
    script = Path(file.path).relative_to(original)
    with workspace(original, script, keep=request.keep) as place:
        revived = revive(place.folder / script, place.folder)
        job = _job(file, read, request, place, revived)
        end = began + request.budget - RESERVE
        job = _until(end, job)
        first = FirstRun(job, began, end, hear)
        outcome = supervisor.run(job, place, first, enough=first.enough)
        rerun = partial(_run_again, original=original, script=script, job=job, end=end)
        second = tried(first, rerun)
        records = (*outcome.records, *second)
        written = _Written(place, revived, original)
        return Report(
            script=shown(file.path),
            findings=read.findings,
            verdicts=verdicts(job.claims, records, outcome.ended, job.fit_lines),
            records=tuple(map(written.record, records)),
            ended=written.ended(outcome.ended, revived),
            request=request,
            seconds=time.monotonic() - began,
            rewrites=revived.rewrites,
            remarks=tuple(_not_copied(place)),
            versions=dict(_versions()),
            kept=str(place.root) if request.keep else None,
        )


def _until(end: float, job: Job) -> Job:
    """The job with the time that is left for it."""
    return replace(job, seconds=max(end - time.monotonic(), 1.0))


def _run_again(
    loops: tuple[Loop, ...],
    hear: Hear,
    enough: Enough,
    *,
    original: Path,
    script: Path,
    job: Job,
    end: float,
) -> None:
    """Run the script of ``job`` once more, from a folder as it was before the first time."""
    with workspace(original, script) as place:
        revived = revive(place.folder / script, place.folder)
        again = replace(
            job,
            script=str(revived.script),
            folder=str(place.folder),
            claims=(),
            seeds=1,
            again=loops,
        )
        supervisor.run(_until(end, again), place, hear, enough=enough)


def _working_folder(script: Path) -> Path:
    """The folder that is copied: where the user stands, or that of a script elsewhere."""
    here = Path.cwd()
    if script.is_relative_to(here) and here not in {Path.home(), Path(here.anchor)}:
        return here
    return script.parent


def _fit_lines(file: File, lines: _Run) -> Iterator[int]:
    """The lines of the trainings that reading finds in the script itself."""
    source = read_source(Path(file.path), file.data)
    script = read_script(source, Project())
    for place in script.locate(run.call for run in script.runs).values():
        if place.filename == source.path:
            yield lines.of(Place(place.row, place.cell))


def _job(file: File, read: RunReport, request: Request, place: Workspace, revived: Revived) -> Job:
    lines = _Run(revived)
    return Job(
        script=str(revived.script),
        folder=str(place.folder),
        arguments=request.arguments,
        claims=tuple(_claims(file, read, lines)),
        lines=tuple(lines.of(Place(each)) for each in request.lines),
        seconds=request.budget,
        seeds=request.seeds,
        max_samples=request.max_samples,
        steps=request.steps,
        gpu=request.gpu,
        planned_fits=max(read.runs, 1),
        fit_lines=tuple(_fit_lines(file, lines)),
    )


def _claims(file: File, read: RunReport, lines: _Run) -> Iterator[Claim]:
    interventions = {each.name: each.intervention for each in read.rules}
    for index, finding in enumerate(read.findings):
        intervention = interventions.get(finding.name)
        if intervention is None:
            continue
        places = (finding.location, *(each.location for each in finding.evidence))
        yield Claim(
            finding=index,
            rule=finding.name,
            intervention=intervention,
            lines=tuple(
                lines.of(Place(each.row, each.cell))
                for each in places
                if each.filename == shown(file.path)
            ),
            rests_on_data=intervention in REST_ON_DATA,
        )


class _Run:
    """Lines of the script as it runs, of those as it was written."""

    def __init__(self, revived: Revived) -> None:
        self._lines = revived.lines.get(str(revived.script))

    def of(self, place: Place) -> int:
        line = None if self._lines is None else self._lines.run(place)
        return place.row if line is None else line


class _Written:
    """Records with the lines of the files as they were written."""

    def __init__(self, place: Workspace, revived: Revived, original: Path) -> None:
        self._place = place
        self._revived = revived
        self._original = original
        self._files: dict[int, str] = {}

    def record(self, record: Record) -> Record:
        if isinstance(record, Reached):
            self._files[record.fit] = record.filename
            at = self._at(record.filename, record.line)
            filename = self._name(record.filename)
            return replace(record, filename=filename, line=at.row, cell=at.cell)
        if isinstance(record, (Symptom, Suspicion)) and record.line is not None:
            at = self._at(self._files.get(record.fit, str(self._revived.script)), record.line)
            return replace(record, line=at.row, cell=at.cell)
        return record

    def ended(self, ended: Ended, revived: Revived) -> Ended:
        if ended.line is None:
            return ended
        return replace(ended, line=self._at(str(revived.script), ended.line).row)

    def _at(self, filename: str, line: int) -> Place:
        lines = self._revived.lines.get(filename)
        return Place(line) if lines is None else lines.written(line)

    def _name(self, filename: str) -> str:
        """A file of the copy as the user knows the original."""
        path = Path(filename)
        if not path.is_relative_to(self._place.folder):
            return shown(filename)  # a package that is installed, or what the script made up
        if path == self._revived.script and path.suffixes[-2:] == [".ipynb", ".py"]:
            path = path.with_suffix("")
        return shown(str(self._original / path.relative_to(self._place.folder)))


def _not_copied(place: Workspace) -> Iterator[str]:
    yield from (f"not copied: {each}" for each in place.left_out[:MOST_NAMED])
    if len(place.left_out) > MOST_NAMED:
        yield f"not copied: {len(place.left_out) - MOST_NAMED} more"


def _versions() -> Iterator[tuple[str, str]]:
    for name in NAMED:
        try:
            yield name, metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
