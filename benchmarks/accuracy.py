"""Hold what the first rules find against labels that were made by reading the code.

    python benchmarks/accuracy.py CORPUS_ROOT --runs benchmarks/data/training_run_labels.csv
    python benchmarks/accuracy.py CORPUS_ROOT --files labels.csv

``CORPUS_ROOT`` holds a work tree for each repository, in a folder named ``OWNER+NAME``. Labels
are of training runs (``repo``, ``path``, ``cell`` counted from 1 over all cells, ``line``,
``unscaled``, ``bare_sgd`` and ``can_stop``, each yes, no or unknown) or of whole files (``repo``,
``path``, ``unscaled_features``, ``bare_sgd_string``, ``lacks_early_stopping``). A row whose file
is not there is counted as missing and left out.

For each rule it prints how many findings are right, wrong, missed, and made where the label is
unknown, with precision and recall, and names each place that is not right.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from tfcheck.checker import Checker
from tfcheck.config import Settings
from tfcheck.engine import File
from tfcheck.rule import Finding

Labels = dict[str, str]


class Question(NamedTuple):
    """A rule, and the columns that say whether it should speak of a run and of a file."""

    rule: str
    of_run: Callable[[Labels], str]
    of_file: Callable[[Labels], str]
    in_file: Callable[[Finding], bool] = lambda finding: True


def stops(can_stop: str) -> str:
    """A run that can stop must stay unreported; whether another is, is a matter of its length."""
    return "no" if can_stop == "yes" else "allowed"


QUESTIONS = (
    Question(
        "unscaled-features", lambda row: row["unscaled"], lambda row: row["unscaled_features"]
    ),
    Question(
        "bare-sgd",
        lambda row: row["bare_sgd"],
        lambda row: row["bare_sgd_string"],
        # Files are labelled for the text alone; SGD() is a finding as well.
        lambda finding: finding.message.startswith("'"),
    ),
    Question(
        "no-early-stopping",
        lambda row: stops(row["can_stop"]),
        lambda row: "no" if row["lacks_early_stopping"] == "no" else "allowed",
    ),
)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("corpus_root", type=Path)
    labels = parser.add_mutually_exclusive_group(required=True)
    labels.add_argument("--runs", type=Path, help="csv of labelled training runs")
    labels.add_argument("--files", type=Path, help="csv of labelled files")
    options = parser.parse_args()
    check = Checker()
    missing = 0
    counts = {question.rule: Counter[str]() for question in QUESTIONS}
    for row in rows(options.runs or options.files):
        path = options.corpus_root / row["repo"].replace("/", "+") / row["path"]
        if not path.exists():
            missing += 1
            continue
        report = check(File(str(path), Settings()))
        for question in QUESTIONS:
            found = any(
                each.name == question.rule
                and (question.in_file(each) if options.files else concerns(each, row))
                for each in report.findings
            )
            label = (question.of_file if options.files else question.of_run)(row)
            outcome = judged(found, label)
            counts[question.rule][outcome] += 1
            if outcome in ("wrong", "missed", "made where unknown"):
                place = ":".join(filter(None, (row["path"], row.get("cell"), row.get("line"))))
                print(f"{question.rule}: {outcome}: {row['repo']} {place}")
    for question in QUESTIONS:
        print(summary(question.rule, counts[question.rule]))
    print(f"{missing} rows whose file is missing")
    return 0


def rows(path: Path) -> Iterator[Labels]:
    with path.open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


def concerns(finding: Finding, row: Labels) -> bool:
    """Whether the finding is at the run, or names the run in its evidence."""
    cell = int(row["cell"]) if row["cell"] else None
    line = int(row["line"])
    places = [finding.location, *(each.location for each in finding.evidence)]
    return any(
        place.cell == cell
        and place.row <= line <= place.end_row
        and place.filename.endswith(row["path"])
        for place in places
    )


def judged(found: bool, label: str) -> str:
    if label == "allowed":
        return "allowed" if found else "quiet"
    if label in ("yes", "no"):
        right = found == (label == "yes")
        return ("right" if found else "quiet") if right else ("wrong" if found else "missed")
    return "made where unknown" if found else "quiet where unknown"


def summary(rule: str, counts: Counter[str]) -> str:
    right, wrong, missed = counts["right"], counts["wrong"], counts["missed"]
    parts = [f"{rule}: {sum(counts.values())} labels"]
    parts += [f"{name} {count}" for name, count in sorted(counts.items())]
    if right + wrong:
        parts.append(f"precision {right / (right + wrong):.2f}")
    if right + missed:
        parts.append(f"recall {right / (right + missed):.2f}")
    return ", ".join(parts)


if __name__ == "__main__":
    sys.exit(main())
