"""Data on its way from a source to ``fit``: an immutable chain of steps, newest first.

Every call that is known to make data out of data adds one :class:`Data` in front of what
it was given. Questions (is it scaled? which part of which split?) are folds over that
chain, in :mod:`~tfcheck.script.judgements`.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from tfcheck.rule import Site

if TYPE_CHECKING:
    from tfcheck.script.values import Value

Shape: TypeAlias = "tuple[int | None, ...]"
"""Sizes of the axes, None where one is not known."""


class Scaling(enum.Enum):
    """What a step does to the scale of numbers."""

    KEEPS = "keeps"  # selection, reshaping, renaming: the numbers stay
    SCALES = "scales"  # after it they have a small, known spread
    RAW = "raw"  # a source of numbers that nobody scaled
    SMALL = "small"  # a source, or a step, whose numbers are small by themselves
    NOT_NUMBERS = "not numbers"  # text, token ids, one-hot codes: scale says nothing
    OPAQUE = "opaque"  # something that could not be read


class Range(NamedTuple):
    """Bounds that hold all values."""

    low: float
    high: float

    @property
    def size(self) -> float:
        return max(abs(self.low), abs(self.high))

    def hull(self, other: Range) -> Range:
        return Range(min(self.low, other.low), max(self.high, other.high))


@dataclass(frozen=True, slots=True)
class Ranges:
    """Bounds of an array: of each column of its last axis where ``columns`` is set, and of all.

    ``reached``: there are values at the bounds, so that they can be called large.
    """

    overall: Range
    columns: tuple[Range, ...] | None = None
    reached: bool = True

    @classmethod
    def of_columns(cls, columns: tuple[Range, ...]) -> Ranges:
        overall = columns[0]
        for column in columns[1:]:
            overall = overall.hull(column)
        return cls(overall, columns)

    def together(self) -> Ranges:
        """The bounds of the same values, where their columns are no longer told apart."""
        return Ranges(self.overall, None, self.reached)

    def of_some(self) -> Ranges:
        """Bounds of some of the values: of which columns is not known."""
        alike = self.columns is None or len(set(self.columns)) == 1
        return Ranges(self.overall, None, self.reached and alike)


class Part(NamedTuple):
    """A piece of a split: ``split`` names the place that split it, ``role`` the piece."""

    split: Site
    role: str  # train, test or validation


@dataclass(frozen=True, slots=True, eq=False)
class Data:
    """An array, frame, dataset or generator, and the step that made it.

    ``what`` is the step in words of its library (``read_csv``, ``StandardScaler.transform``,
    ``reshape``). ``form`` is array, frame, series, dataset, generator, statistic, text or
    tensor. ``elements`` are the components of what a dataset or generator yields (x, y).
    ``assigned`` holds the columns that were set since the source, None where a step does not
    say. ``least``: it has at least so many columns, where their number is not known.
    """

    what: str
    site: Site
    scaling: Scaling = Scaling.KEEPS
    before: tuple[Data, ...] = ()
    form: str = "array"
    shape: Shape | None = None
    dtype: str | None = None
    ranges: Ranges | None = None
    content: object = None  # nested lists of numbers, for small literals
    columns: tuple[str, ...] | None = None
    least: int = 0
    assigned: Mapping[str, Value] | None = None
    labels: str | None = None  # one-hot, integer, continuous; other: no longer what it was
    classes: int | None = None
    part: Part | None = None
    order: str | None = None  # shuffled, ordered; None: as before
    elements: tuple[Value, ...] | None = None
    fitted_on: Data | None = None
    ground: str | None = None  # for a source: literal, data set, csv file, unseen csv
    reason: str | None = None  # for an opaque step: why it could not be read
    settings: Mapping[str, Value] = field(default_factory=dict)

    @property
    def main(self) -> Data | None:
        """The data that this step worked on."""
        return self.before[0] if self.before else None

    def chain(self) -> list[Data]:
        """This step and all before it along the main line, newest first."""
        steps: list[Data] = []
        data: Data | None = self
        while data is not None:
            steps.append(data)
            data = data.main
        return steps
