"""Hold what the first rules find against labels that were made by reading the code.

    python benchmarks/accuracy.py CORPUS_ROOT --runs benchmarks/data/training_run_labels.csv
    python benchmarks/accuracy.py CORPUS_ROOT --files labels.csv
    python benchmarks/accuracy.py CORPUS_ROOT --mismatches output_loss_mismatch.csv
    python benchmarks/accuracy.py CORPUS_ROOT --scalers scaler_before_split.csv
    python benchmarks/accuracy.py CORPUS_ROOT --bugs labels.csv

``CORPUS_ROOT`` holds a work tree for each repository, in a folder named ``OWNER+NAME``. Labels
are of training runs (``repo``, ``path``, ``cell`` counted from 1 over all cells, ``line``,
``keras``, ``unscaled``, ``bare_sgd`` and ``can_stop``, each yes, no or unknown), or of whole files
(``repo``, ``path``, ``unscaled_features``, ``bare_sgd_string``, ``lacks_early_stopping``), or of
files in which a look at the last layer and the loss alone suspects a mismatch (``repo``, ``path``,
``category``, ``verdict``: TP where it is one, FP-trap where it is none), or of files in which a
scaler stands before a split (``repo``, ``path``, ``verdict``: TP, likely, unclear or FP-trap,
``scaler_line(concat)`` and ``split_line``), or of files with definite bugs (``repo``, ``path``,
``definite_bug``, ``bug_category`` with semicolons, ``keras3_removed_api``), of which those kinds
count that a rule claims. A row whose file is not there is counted as missing
and left out.

For each rule it prints how many findings are right, wrong, missed, and made where the label is
unknown, with precision and recall, and names each place that is not right.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
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
    labels.add_argument("--mismatches", type=Path, help="csv of suspected mismatches")
    labels.add_argument("--scalers", type=Path, help="csv of scalers before a split")
    labels.add_argument("--bugs", type=Path, help="csv of files with definite bugs")
    options = parser.parse_args()
    if options.bugs:
        return bugs(options.corpus_root, options.bugs)
    if options.scalers:
        return scalers(options.corpus_root, options.scalers)
    if options.mismatches:
        return mismatches(options.corpus_root, options.mismatches)
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
            label = question.of_file(row) if options.files else of_run(question, row)
            outcome = judged(found, label)
            counts[question.rule][outcome] += 1
            if outcome in ("wrong", "missed", "made where unknown"):
                place = ":".join(filter(None, (row["path"], row.get("cell"), row.get("line"))))
                print(f"{question.rule}: {outcome}: {row['repo']} {place}")
    for question in QUESTIONS:
        print(summary(question.rule, counts[question.rule]))
    print(f"{missing} rows whose file is missing")
    return 0


# The rules that stand for each kind of mismatch.
MISMATCHES = {
    "activation-plus-from_logits": {"activation-with-from-logits"},
    "bad-output-activation-for-crossentropy": {"relu-output"},
    "double-output-activation": {"double-softmax"},
    "missing-output-activation-or-from_logits": {"logits-without-from-logits", "relu-output"},
    "sigmoid-with-categorical-ce": {"sigmoid-with-categorical"},
    "sigmoid-with-sparse-ce": {"sigmoid-with-categorical"},
    "softmax-on-one-unit": {"softmax-single-unit"},
}


def mismatches(root: Path, path: Path) -> int:
    """How many of the real mismatches are found, and how many of the traps."""

    def is_found(findings: Sequence[Finding], row: Labels) -> bool:
        return any(each.name in MISMATCHES[row["category"]] for each in findings)

    return by_verdict(root, path, is_found)


def scalers(root: Path, path: Path) -> int:
    """How many of the scalers before a split are found, and how many of the traps.

    A trap is a scaler and a split that have nothing to do with one another. It counts where a
    finding names both: the scaler may well have been fitted before another split.
    """

    def is_found(findings: Sequence[Finding], row: Labels) -> bool:
        found = [each for each in findings if each.name == "fit-before-split"]
        if row["verdict"] != "FP-trap":
            return bool(found)
        return any(
            str(each.location.row) == row["scaler_line(concat)"]
            and row["split_line"] in {str(line.location.row) for line in each.evidence}
            for each in found
        )

    return by_verdict(root, path, is_found)


RULES_BY_BUG = {
    "BCE-on-logits": ("logits-without-from-logits",),
    "ES-monitors-missing-val_loss": ("monitor-without-validation", "monitor-not-logged"),
    "augmented-validation": ("augmented-validation",),
    "checkpoint-monitors-missing-val_loss": ("monitor-without-validation", "monitor-not-logged"),
    "double-softmax": ("double-softmax",),
    "leakage-scale-before-split": ("fit-before-split",),
    "leakage-train-contains-validation": ("train-equals-test",),
    "missing-sigmoid": ("logits-without-from-logits",),
    "relu-output+BCE": ("relu-output",),
    "sigmoid+categorical_crossentropy": ("sigmoid-with-categorical",),
    "train/val preprocessing mismatch": ("test-not-scaled",),
    "unused-early-stopping": ("callback-not-passed",),
}
"""The kinds of bugs that rules claim, by the word that begins their label."""


def bugs(root: Path, path: Path) -> int:
    """Whether files with definite bugs have findings of rules for them, and removed API, too."""
    check, counts = Checker(), Counter[str]()
    for row in rows(path):
        script = root / row["repo"].replace("/", "+") / row["path"]
        if not script.is_file():
            counts["missing files"] += 1
            continue
        findings = check(File(str(script), Settings())).findings
        names = {each.name for each in findings}
        if row["keras3_removed_api"] in {"yes", "no"}:
            found = any(each.code.startswith("TFC9") for each in findings)
            counts[f"removed API {row['keras3_removed_api']}, {'found' if found else 'quiet'}"] += 1
            if found != (row["keras3_removed_api"] == "yes"):
                print(f"removed API {row['keras3_removed_api']}: {row['repo']} {row['path']}")
        if row["definite_bug"] != "yes":
            continue
        for bug in map(str.strip, row["bug_category"].split(";")):
            rules = next((it for key, it in RULES_BY_BUG.items() if bug.startswith(key)), None)
            if rules is None:
                counts["bugs of a kind that no rule claims"] += 1
                continue
            found = not names.isdisjoint(rules)
            counts[f"bugs {'found' if found else 'missed'}"] += 1
            if not found:
                print(f"missed: {bug} in {row['repo']} {row['path']}")
    for what, count in sorted(counts.items()):
        print(f"{what}: {count}")
    return 0


def by_verdict(
    root: Path, path: Path, is_found: Callable[[Sequence[Finding], Labels], bool]
) -> int:
    """Count the rows of each verdict that are found, and name those that should not be so."""
    check, counts = Checker(), Counter[tuple[str, bool]]()
    for row in rows(path):
        file = root / row["repo"].replace("/", "+") / row["path"]
        if not file.exists():
            counts["missing", False] += 1
            continue
        found = is_found(check(File(str(file), Settings())).findings, row)
        counts[row["verdict"], found] += 1
        if found == (row["verdict"] == "FP-trap"):
            print(f"{row['verdict']} {'found' if found else 'missed'}: {row['repo']} {row['path']}")
    for verdict in sorted({verdict for verdict, _ in counts}):
        found_, missed = counts[verdict, True], counts[verdict, False]
        print(f"{verdict}: {found_} found, {missed} not")
    return 0


def of_run(question: Question, row: Labels) -> str:
    """What no Keras model is trained by is none of a rule's business."""
    return question.of_run(row) if row["keras"] == "yes" else "no"


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
