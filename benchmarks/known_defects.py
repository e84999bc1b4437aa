"""How many published defects are named, and how quiet tfcheck is about the fixed programs.

    python benchmarks/known_defects.py CORPUS_ROOT known_defects.csv

``CORPUS_ROOT`` holds a work tree for each repository, in a folder named ``OWNER+NAME``. The table
has the columns ``set``, ``repo``, ``path`` and ``static_category_output_vs_loss``: what anybody
can see of the output layer and the loss alone. Categories that begin with SOFT are a matter of
taste, and a set whose name ends in ``-fixed`` holds the repaired programs. Every program with a
hard category should have a finding of a rule that stands for it; those without a category, and
the fixed ones, should have none of these rules.

A program that is reported without a category is named: the table says what a look at one layer
saw, and the reader may see more.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections import Counter
from pathlib import Path

from tfcheck.checker import Checker
from tfcheck.config import Settings
from tfcheck.engine import File

RULES_OF = {
    "activation-plus-from_logits": {"activation-with-from-logits", "double-softmax"},
    "bad-output-activation-for-crossentropy": {"relu-output", "sigmoid-with-categorical"},
    "categorical-ce-on-one-sigmoid": {"sigmoid-with-categorical", "units-against-classes"},
    "missing-output-activation-or-from_logits": {"logits-without-from-logits"},
    "sigmoid-with-categorical-ce": {"sigmoid-with-categorical"},
    "sigmoid-with-sparse-ce": {"sigmoid-with-categorical"},
    "softmax-on-one-unit": {"softmax-single-unit"},
}
"""The rules that name the fault of a category; one of them is enough."""

ALL_RULES = frozenset[str]().union(*RULES_OF.values())


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("corpus_root", type=Path)
    parser.add_argument("table", type=Path)
    options = parser.parse_args()
    check, counts = Checker(), Counter[str]()
    with options.table.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            path = options.corpus_root / row["repo"].replace("/", "+") / row["path"]
            outcome = judged(check, path, row) if path.exists() else "its file is missing"
            counts[outcome] += 1
            if outcome not in ("named", "quiet"):
                print(f"{outcome}: {row['set']} {row['path']}: {row[CATEGORY] or 'no category'}")
    for outcome, count in counts.most_common():
        print(f"{count:4} {outcome}")
    return 0


CATEGORY = "static_category_output_vs_loss"


def judged(check: Checker, path: Path, row: dict[str, str]) -> str:
    found = {each.name for each in check(File(str(path), Settings())).findings} & ALL_RULES
    hard = [each for each in row[CATEGORY].split("; ") if each and not each.startswith("SOFT")]
    if row["set"].endswith("-fixed") or not hard:
        return f"reported ({', '.join(sorted(found))})" if found else "quiet"
    named = any(RULES_OF[each] & found for each in hard)
    return "named" if named else "missed"


if __name__ == "__main__":
    sys.exit(main())
