"""What a script does: a libcst tree in, a Script out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tfcheck.rule import Location, Site
from tfcheck.source import Problem, Source


@dataclass(frozen=True, slots=True)
class TrainingRun:
    site: Site
    resolved: bool


@dataclass(slots=True)
class Script:
    """What was read of one file: its training runs, and the problems met while parsing it."""

    source: Source
    runs: tuple[TrainingRun, ...] = ()
    problems: tuple[Problem, ...] = ()

    def locate(self, sites: Iterable[Site]) -> Mapping[Site, Location]:
        """Find the lines of ``sites``, all of them with one code generation a unit."""
        return {}


class Project:
    """The files that a script may import, lowered once and shared by all that import them."""


def read_script(source: Source, project: Project) -> Script:
    return Script(source)
