"""Questions about data, each a fold over the steps that led to it."""

from __future__ import annotations

from dataclasses import dataclass

from tfcheck.rule import Because, Site
from tfcheck.script.data import Data, Part, Range, Ranges, Scaling
from tfcheck.script.values import Answer

# Where a column's values pass this, plain SGD at Keras' default rate of 0.01 diverges on a
# linear unit even if most of them are small: the loss' curvature along it is twice its mean
# square, and a step is unstable where rate times curvature exceeds 2. A column that reaches 50
# has a mean square above 100 unless its values lie as close to 0 as those of an exponential one.
LARGE_VALUE = 50.0

# Columns whose spans differ by more than this make the loss so elongated that the rate
# that is stable along the widest one barely moves along the narrowest.
UNEVEN_SPANS = 100.0

# A slice of an array that rises from first to last may hold its lower half only.
CUT_MARGIN = 2.0

MAX_STEPS = 64

_CUTS = frozenset({"a part of it", "a part by its number", "some rows"})


@dataclass(frozen=True, slots=True)
class Judged:
    """An answer, in a few words how, and the lines that led to it."""

    answer: Answer
    how: str = ""
    because: tuple[Because, ...] = ()
    ground: str | None = None
    ranges: Ranges | None = None


def unknown(reason: str, site: Site | None) -> Judged:
    return Judged(Answer.UNKNOWN, reason, (Because(site, reason),) if site else ())


def is_large(ranges: Ranges, margin: float = 1.0) -> bool:
    """Whether values in these ranges are too large, or too uneven, to train on as they are."""
    if ranges.overall.size > margin * LARGE_VALUE:
        return True
    spans = [column.high - column.low for column in ranges.columns or ()]
    spans = [span for span in spans if span > 0]
    return len(spans) > 1 and max(spans) > margin * UNEVEN_SPANS * min(spans)


def all_large(ranges: Ranges) -> bool:
    """Whether any part of values in these ranges is too large, whichever columns it holds."""
    return not ranges.mixed and all(each.size > LARGE_VALUE for each in ranges.columns or ())


def scaled(data: Data, depth: int = 0) -> Judged:
    """Whether the numbers in ``data`` have a scale that training can work with.

    NO needs a known source and no step on the way that scales or cannot be read.
    """
    steps = data.chain()
    if len(steps) + depth > MAX_STEPS:
        return unknown("it comes a longer way than is followed", data.site)
    table = next((step for step in steps if step.assigned is not None), None)
    assigned = table.assigned if table is not None and table.assigned else {}
    columns = [scaled(each, depth + 1) for each in assigned.values() if isinstance(each, Data)]
    if len(columns) < len(assigned):
        return unknown("a column of it is set to something that is not known", data.site)
    if table is not None and table.columns and set(table.columns) <= set(assigned):
        return _agreed(columns, data.site)
    return _agreed([_of_chain(steps, depth), *columns], data.site)


def _of_chain(steps: list[Data], depth: int) -> Judged:
    path: list[Because] = []
    kind = next((each for each in steps if each.scaling is not Scaling.KEEPS), None)
    if kind is not None and kind.scaling is Scaling.NOT_NUMBERS:
        return Judged(Answer.UNKNOWN, f"{kind.what}: not a matter of scale")
    for step in steps:
        if step.scaling is Scaling.OPAQUE:
            return unknown(step.reason or f"{step.what} could not be read", step.site)
        if step.scaling is Scaling.SCALES:
            return Judged(Answer.YES, step.what, (Because(step.site, f"{step.what} scales it"),))
        if step.ranges is not None:
            return _by_ranges(step, steps[-1], path)
        if step.scaling is Scaling.SMALL:
            return Judged(Answer.YES, step.what, (Because(step.site, f"{step.what} is small"),))
        if step.scaling is Scaling.RAW:
            because = (Because(step.site, f"it comes from {step.what}"), *reversed(path))
            return Judged(Answer.NO, step.what, because, step.ground)
        if len(step.before) > 1:
            return _of_several(step, path, depth)
        path.append(Because(step.site, step.what))
    return unknown("its source is not known", steps[-1].site)


def _by_ranges(step: Data, source: Data, path: list[Because]) -> Judged:
    ranges = step.ranges
    assert ranges is not None
    origin = Because(source.site, f"it comes from {source.what}")
    if not is_large(ranges):
        how = f"its values lie in {describe(ranges)}"
        return Judged(Answer.YES, how, (Because(step.site, how),), source.ground, ranges)
    if ranges.sure is None or (not ranges.reached and ranges.sure.size <= LARGE_VALUE):
        return unknown("it is computed from several arrays, or a part of one", step.site)
    if path and not all_large(ranges):
        return unknown(f"{path[0].message}: which columns are left is not known", path[0].site)
    if source.ground == "literal" and _is_cut(step) and not is_large(ranges, margin=CUT_MARGIN):
        return unknown("it is a part of an array whose largest values may be left out", step.site)
    because = (origin, *reversed(path))
    return Judged(Answer.NO, source.what, because, source.ground, ranges)


def _is_cut(data: Data) -> bool:
    """Whether rows were taken out of it by their positions, and which is not known."""
    for step in data.chain():
        # What is cut before it was looked at item by item, or out of every window, is all there.
        if step.content is not None or step.what == "window":
            return False
        if step.what in _CUTS:
            return not _has_windows(step)
    return False


def _has_windows(data: Data) -> bool:
    return any(step.what == "window" for step in data.chain())


def _of_several(step: Data, path: list[Because], depth: int) -> Judged:
    judged = _agreed([scaled(each, depth + len(path) + 1) for each in step.before], step.site)
    kept = judged.ranges is None or all_large(judged.ranges)
    if path and judged.answer is Answer.NO and not kept:
        return unknown(f"{path[0].message}: which columns are left is not known", path[0].site)
    return judged


def _agreed(judged: list[Judged], site: Site) -> Judged:
    """The answer for data put together from several."""
    for answer in (Answer.UNKNOWN, Answer.NO, Answer.YES):
        these = [each for each in judged if each.answer is answer]
        if len(these) == len(judged):
            return these[0]
        if answer is Answer.UNKNOWN and these:
            return these[0]
    return unknown("some of it is scaled and some is not", site)


def describe(ranges: Ranges) -> str:
    """Ranges in words: ``1 to 4 and 1,000 to 4,000``, or those of all columns together."""
    columns = ranges.columns
    if columns is None or len(columns) > 3 or len(set(columns)) == 1:
        return span(ranges.overall)
    return " and ".join(map(span, columns))


def span(values: Range) -> str:
    return f"{_plain(values.low)} to {_plain(values.high)}"


def _plain(value: float) -> str:
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.4g}"


def least_columns(data: Data) -> int:
    """The number of columns that data surely has, as far as they were not picked by place.

    Those of a table that was brought into more axes are the columns that the table had.
    """
    for step in data.chain():
        if step.columns is not None:
            return len(step.columns)
        if step.shape is not None and len(step.shape) == 2 and step.shape[-1] is not None:
            return step.shape[-1]
        if step.least or step.what.startswith(("a part", "column")) or len(step.before) > 1:
            return step.least
    return 0


def part(data: Data) -> Part | None:
    """The piece of the newest split that ``data`` is, where its line is known."""
    for step in data.chain():
        if step.part is not None:
            return step.part
        if step.scaling is Scaling.OPAQUE or len(step.before) > 1:
            return None
    return None


# Steps that give no more rows than they are given, whatever their shapes.
_KEEPS_ROWS = frozenset(
    {"astype", "to_numpy", "values", "some rows", "some columns", "a part of it"}
)
_WITH_STATISTIC = ("division by its ", "x - mean", "x - min", "x - median")


def most_rows(data: Data) -> int | None:
    """How many rows ``data`` has at most: before a split, all of them."""
    for step in data.chain():
        if step.shape and step.shape[0] is not None:
            return step.shape[0]
        fewer = step.part is not None or step.what in _KEEPS_ROWS
        by_column = step.what.startswith(("column ", *_WITH_STATISTIC))
        by_column |= step.what.endswith("transform")
        if len(step.before) != 1 or not (fewer or by_column):
            return None
    return None


def source(data: Data) -> Data:
    """Where the main line of ``data`` begins."""
    return data.chain()[-1]


def has_step(data: Data, *names: str) -> Answer:
    """Whether one of the named steps lies on the way."""
    for step in data.chain():
        if step.what in names:
            return Answer.YES
        if step.scaling is Scaling.OPAQUE:
            return Answer.UNKNOWN
    return Answer.NO


def label_kind(data: Data) -> tuple[str, int | None, Data] | None:
    """What kind of labels these are, how many classes, and the step that says so."""
    picked = False
    for step in data.chain():
        if step.labels is not None:
            some = picked and step.labels == "integer"
            return step.labels, None if some else step.classes, step
        if step.scaling is not Scaling.KEEPS or len(step.before) > 1:
            return None
        # The rows may be those of some classes only; one-hot codes stay as wide as they are.
        picked = picked or step.what == "some rows"
    return None
