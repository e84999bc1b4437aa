"""Hold what fixes do to real files against what they promise. Nothing is written.

    python benchmarks/fixes.py FOLDER... [--files 400] [--seed 20261124]

Of the scripts and notebooks about Keras under the folders, some are drawn and fixed in memory,
twice: with the safe fixes, and with all. After each it must hold that

* what parsed still parses, and a notebook is still one, with its outputs and metadata;
* fixing again changes nothing;
* no finding is new that is as bad as the worst that was cured;
* of a script with safe fixes, no more statements have changed than there were fixes and imports.

What does not hold is named; the counts are printed at the end.
"""

from __future__ import annotations

import argparse
import ast
import json
import random
import sys
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tfcheck.checker import Checker
from tfcheck.config import Settings
from tfcheck.engine import File, FileReport, Rewritten, mentions_keras
from tfcheck.rule import Severity

LONGEST = 400_000  # bytes; of longer notebooks most is pictures


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--files", type=int, default=400)
    parser.add_argument("--seed", type=int, default=20261124)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    paths = sorted(path for folder in options.folders for path in scripts(folder))
    drawn = random.Random(options.seed).sample(paths, min(options.files, len(paths)))
    check, counts = Checker(), Counter[str]()
    for path in drawn:
        for unsafe in (False, True):
            level = "all fixes" if unsafe else "safe fixes"
            settings = Settings(fix=True, unsafe_fixes=unsafe)
            report = check(File(str(path), settings))
            made = report.rewritten
            counts[f"{level}: files"] += 1
            counts[f"{level}: notes of fixes that were undone"] += len(report.notes)
            if made is None:
                continue
            counts[f"{level}: files changed"] += 1
            counts[f"{level}: fixes"] += made.fixed
            for broken in promises(path, made, report, unsafe):
                counts[f"{level}: BROKEN: {broken}"] += 1
                print(f"{level}: {path}: {broken}")
            again = check(File(str(path), settings, made.content))
            if again.rewritten is not None:
                counts[f"{level}: BROKEN: fixing again changes it"] += 1
                print(f"{level}: {path}: fixing again changes it")
    for name, count in sorted(counts.items()):
        print(f"{count:6} {name}")
    return int(any("BROKEN" in name for name in counts))


def scripts(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        if path.suffix in (".py", ".ipynb") and path.is_file():
            data = path.read_bytes()
            if len(data) < LONGEST and mentions_keras(data):
                yield path


def promises(path: Path, made: Rewritten, report: FileReport, unsafe: bool) -> Iterator[str]:
    """What was promised and does not hold."""
    before, after = made.original, made.content
    if path.suffix == ".ipynb":
        if frame(before) != frame(after):
            yield "more than the source of cells has changed"
    elif parses(before):
        if not parses(after):
            yield "it no longer parses"
        elif not unsafe and changed(before, after) > 2 * made.fixed:
            yield f"{changed(before, after)} statements changed by {made.fixed} fixes"
    if worse(made.before, report):
        yield "a finding is new and an error"


def frame(data: bytes) -> object:
    """A notebook without the source of its code."""
    notebook = json.loads(data)
    for cell in notebook.get("cells", ()):
        if cell.get("cell_type") == "code":
            cell["source"] = None
    return notebook


def parses(data: bytes) -> bool:
    try:
        ast.parse(data)
    except (SyntaxError, ValueError):
        return False
    return True


def changed(before: bytes, after: bytes) -> int:
    """The simple statements that are in one of two texts alone, the fewer side counted once."""
    first, second = (Counter(map(ast.dump, statements(each))) for each in (before, after))
    return max((first - second).total(), (second - first).total())


def statements(data: bytes) -> Iterator[ast.stmt]:
    for node in ast.walk(ast.parse(data)):
        if isinstance(node, ast.stmt) and not hasattr(node, "body"):
            yield node


def worse(before: FileReport, after: FileReport) -> bool:
    """Whether there are more errors of a rule than there were."""
    first, second = (
        Counter(each.code for each in report.findings if each.severity is Severity.ERROR)
        for report in (before, after)
    )
    return bool(second - first)


if __name__ == "__main__":
    sys.exit(main())
