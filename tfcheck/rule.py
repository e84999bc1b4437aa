"""The contract of a rule: what it is given, what it says, and what becomes of that.

A rule is one pure function over a :class:`~tfcheck.script.Script`. It yields a
:class:`Draft` for each thing it found: places are still :class:`Site`, because a line
number costs a code generation and most files have nothing to report. The engine turns
drafts into :class:`Finding`, which is what every output prints.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from tfcheck.changes import Cure
    from tfcheck.script import Script

OptionValue: TypeAlias = "int | float | str | bool"

DOCUMENTATION_URL = "https://tfcheck.readthedocs.io/rules/"


class Severity(enum.IntEnum):
    """What happens if you ship this.

    ``ERROR``: it crashes or gives a wrong result. ``WARNING``: a reviewer would ask for a
    change. ``NOTE``: merely untuned; printed, and never fails a run by default.
    """

    NOTE = 1
    WARNING = 2
    ERROR = 3

    @property
    def label(self) -> str:
        return self.name.lower()


class Site(NamedTuple):
    """A place in what was read, before anyone asked for its line.

    ``unit`` numbers a parsed piece of text (a file, or one cell of a notebook) among the
    units of a script, and ``at`` is the ordinal of a node in it.
    """

    unit: int
    at: int


class Location(NamedTuple):
    """A range of text. Rows and columns count from 1, cells from 1 over all cells."""

    filename: str
    cell: int | None
    row: int
    column: int
    end_row: int
    end_column: int


class Because(NamedTuple):
    """One line of evidence, as a rule gives it."""

    site: Site
    message: str


@dataclass(frozen=True, slots=True)
class Draft:
    """What a rule found: where, in one sentence what is wrong, and the lines that led to it."""

    site: Site
    message: str
    because: tuple[Because, ...] = ()
    instead: str | None = None
    severity: Severity | None = None  # None: the severity of the rule
    cure: Cure | None = None


class Evidence(NamedTuple):
    """One line that led to a finding, for a reader."""

    location: Location
    message: str


class Edit(NamedTuple):
    """Replace the text at ``location`` by ``content``."""

    location: Location
    content: str


@dataclass(frozen=True, slots=True)
class Fix:
    """Edits that would cure a finding; ``applicability`` is safe, unsafe or display."""

    applicability: str
    message: str
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """A draft with its places found: what every output prints."""

    code: str
    name: str
    severity: Severity
    message: str
    location: Location
    evidence: tuple[Evidence, ...] = ()
    instead: str | None = None
    fix: Fix | None = None

    @property
    def url(self) -> str:
        return f"{DOCUMENTATION_URL}{self.name}/"

    @property
    def sort_key(self) -> tuple[str, int, int, int, str, str]:
        place = self.location
        return (place.filename, place.cell or 0, place.row, place.column, self.code, self.message)


Check: TypeAlias = "Callable[[Script, Mapping[str, OptionValue]], Iterator[Draft]]"


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: its stable code and name, how bad its findings are, and its check.

    ``documentation`` is the docstring of the module that holds the rule: the page in the
    docs and what ``tfcheck explain`` prints. ``options`` are the defaults of what the
    configuration may set for it; a value given there has the same type as the default.
    ``intervention`` names the change that would cure what it reports, where its claim is about
    training, so that the claim can be put on trial. ``opt_in``: checked only where it is selected,
    in whatever way. ``preview``: new, and may still change; checked with ``--preview`` only.
    """

    code: str
    name: str
    severity: Severity
    check: Check
    documentation: str
    options: Mapping[str, OptionValue] = field(default_factory=dict)
    intervention: str | None = None
    opt_in: bool = False
    preview: bool = False

    @property
    def summary(self) -> str:
        return self.documentation.strip().partition("\n")[0]

    @property
    def has_fix(self) -> bool:
        """Whether its documentation says that some of what it reports can be fixed."""
        says = self.documentation.partition("\n## Fix safety\n")[2]
        return bool(says) and not says.startswith("No fix")

    @property
    def traits(self) -> str:
        """What sets it apart from the rules that are checked by default, in words."""
        words = (("opt-in", self.opt_in), ("preview", self.preview))
        return ", ".join(word for word, holds in words if holds)
