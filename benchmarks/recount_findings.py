"""Look which findings that were judged are still made, and count what is true of them.

    python benchmarks/recount_findings.py CORPUS_ROOT [--write]

``CORPUS_ROOT`` is as for ``draw_findings.py``. Each file of ``data/finding_verdicts.csv`` is
checked again with the default rules; ``today`` says how severe the same finding at the same place
is now, or ``gone``. With ``--write`` that is put down in the table. The counts are by rule and
group, of all that were judged and of those that are still a warning or an error.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tfcheck.checker import Checker
from tfcheck.config import Settings
from tfcheck.engine import File

TABLE = Path(__file__).parent / "data" / "finding_verdicts.csv"
LOUD = ("warning", "error")
GONE = "gone"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("corpus_root", type=Path)
    parser.add_argument("--write", action="store_true", help="put down what is said today")
    options = parser.parse_args()
    with TABLE.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    recount(options.corpus_root, rows)
    if options.write:
        with TABLE.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    for (rule, group), judged in sorted(grouped(rows).items()):
        left = [row for row in judged if row["today"] in LOUD]
        print(f"{rule:34} {group:7} {share(judged):>9} judged {share(left):>9} today")
    return 0


def recount(root: Path, rows: Sequence[dict[str, str]]) -> None:
    """Fill in ``today``, file by file."""
    by_file: dict[Path, list[dict[str, str]]] = defaultdict(list)
    for row in rows:
        row["today"] = GONE
        for path in versions(root, row):
            by_file[path].append(row)
    check = Checker()
    for path, wanted in sorted(by_file.items()):
        said = {
            (each.name, str(each.location.cell or ""), str(each.location.row)): each.severity.label
            for each in check(File(str(path), Settings())).findings
        }
        for row in wanted:
            row["today"] = said.get((row["rule"], row["cell"], row["line"]), row["today"])


def versions(root: Path, row: Mapping[str, str]) -> Iterator[Path]:
    """Where the file lies, in each version of its repository."""
    name = row["repo"].replace("/", "+")
    for folder in sorted({root / name, *root.glob(f"{name}__*")}):
        if (folder / row["path"]).is_file():
            yield folder / row["path"]


def grouped(
    rows: Sequence[dict[str, str]],
) -> Mapping[tuple[str, str], list[dict[str, str]]]:
    """Rows by rule, and by whether experts wrote the code; of two judgements the newer counts."""
    newest = {
        (row["rule"], row["repo"], row["path"], row["cell"], row["line"]): row for row in rows
    }
    found: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
    for row in newest.values():
        group = "experts" if row["kind"] == "expert" else "others"
        found[row["rule"], group].append(row)
    return found


def share(rows: Sequence[Mapping[str, str]]) -> str:
    return f"{sum(row['verdict'] == 'true' for row in rows)} of {len(rows)}"


if __name__ == "__main__":
    sys.exit(main())
