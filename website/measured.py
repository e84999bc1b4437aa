"""What judges said of the findings of each rule, for its page."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

_TABLE = Path(__file__).parent.parent / "benchmarks" / "data" / "finding_verdicts.csv"
_LOUD = ("warning", "error")
_GROUPS = ("experts", "others")

_NOTHING = (
    "Among the findings that were [drawn from public code and judged](../measurements.md"
    "#precision-of-all-rules) none is of this rule.\n"
)
_HEAD = """\
Findings at warning or above that were [drawn from public code and judged](../measurements.md\
#precision-of-all-rules) from code and message alone: how many are true, of all, and of those that
it still makes after what was mended.

| code of | all | still made |
|---|---|---|
"""


def section(rule: str) -> str:
    """The text under "Measured" on the page of a rule."""
    groups = _verdicts().get(rule)
    if groups is None:
        return _NOTHING
    return _HEAD + "".join(_rows(groups))


def _rows(groups: Mapping[str, Sequence[Mapping[str, str]]]) -> Iterator[str]:
    for group in _GROUPS:
        judged = groups.get(group, ())
        left = [row for row in judged if row["today"] in _LOUD]
        if judged:
            yield f"| {group} | {_share(judged)} | {_share(left) if left else 'none'} |\n"


def _share(rows: Sequence[Mapping[str, str]]) -> str:
    return f"{sum(row['verdict'] == 'true' for row in rows)} of {len(rows)}"


@cache
def _verdicts() -> Mapping[str, Mapping[str, Sequence[Mapping[str, str]]]]:
    """Rows by rule and group; what was judged twice counts once, as it was judged last."""
    with _TABLE.open(encoding="utf-8", newline="") as lines:
        newest = {
            (row["rule"], row["repo"], row["path"], row["cell"], row["line"]): row
            for row in csv.DictReader(lines)
        }
    found: dict[str, dict[str, list[Mapping[str, str]]]] = defaultdict(lambda: defaultdict(list))
    for row in newest.values():
        group = "experts" if row["kind"] == "expert" else "others"
        found[row["rule"]][group].append(row)
    return found
