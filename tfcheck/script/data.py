"""Data on its way from a source to ``fit``: an immutable chain of steps, newest first.

Every call that is known to make data out of data adds one :class:`Data` in front of what
it was given. Questions (is it scaled? which part of which split?) are folds over that
chain, in :mod:`~tfcheck.script.judgements`.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
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
        return max(self.high, -self.low)

    def hull(self, other: Range) -> Range:
        return Range(min(self.low, other.low), max(self.high, other.high))


@dataclass(frozen=True, slots=True)
class Ranges:
    """Bounds of an array: of each column of its last axis where ``columns`` is set, and of all.

    ``reached``: there are values at the bounds, so that they can be called large. Where they
    are not, ``inner`` may say of less: a value is no larger than its ``low``, and one is no
    smaller than its ``high``. ``mixed``: there are columns of different bounds, no longer told
    apart.
    """

    overall: Range
    columns: tuple[Range, ...] | None = None
    reached: bool = True
    inner: Range | None = None
    mixed: bool = False

    @classmethod
    def of_columns(cls, columns: tuple[Range, ...]) -> Ranges:
        return cls(hull_of(columns), columns)

    @classmethod
    def of_several(cls, several: Sequence[Ranges]) -> Ranges:
        """The bounds of arrays that are put together."""
        overalls = {each.overall for each in several}
        return cls(
            hull_of(tuple(overalls)),
            reached=all(each.reached for each in several),
            mixed=len(overalls) > 1 or any(each.together().mixed for each in several),
        )

    @property
    def sure(self) -> Range | None:
        """A value is no larger than the one end, and one is no smaller than the other."""
        return self.overall if self.reached else self.inner

    def together(self) -> Ranges:
        """The bounds of the same values, where their columns are no longer told apart."""
        mixed = self.mixed or len(set(self.columns or ())) > 1
        return replace(self, columns=None, mixed=mixed)

    def of_some(self) -> Ranges:
        """Bounds of some of the values: of which columns is not known."""
        together = self.together()
        if not together.mixed:
            return together
        return replace(together, reached=False, inner=None)

    def with_some(self, others: Range, placed: bool = False) -> Ranges:
        """Bounds after some values were replaced by others, which surely are ``placed``."""
        inner = others if placed else None
        return Ranges(self.overall.hull(others), reached=False, inner=inner)

    def through(self, change: Callable[[float], float], falls: bool = False) -> Ranges:
        """Bounds after a change that grows with the value, or ``falls`` with it."""

        def of(bounds: Range) -> Range:
            low, high = change(bounds.low), change(bounds.high)
            return Range(high, low) if falls else Range(low, high)

        return replace(
            self,
            overall=of(self.overall),
            columns=None if self.columns is None else tuple(map(of, self.columns)),
            inner=None if self.inner is None else of(self.inner),
        )


def hull_of(several: Sequence[Range]) -> Range:
    """Bounds that hold the values of them all."""
    return Range(min(each.low for each in several), max(each.high for each in several))


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
    content: tuple[Range, ...] | None = None  # bounds of each item, of one axis
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
