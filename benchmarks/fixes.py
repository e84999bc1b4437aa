"""Hold what fixes do to real files against what they promise. Nothing is written.

    python benchmarks/fixes.py FOLDER... [--files 400] [--seed 20261124]

Of the scripts and notebooks about Keras under the folders, as many of each folder are drawn and
fixed in memory, twice: with the safe fixes, and with all. After each it must hold that

* what parsed still parses, and a notebook is still one, with its outputs and metadata;
* fixing again changes nothing;
* no rule that is as bad as the worst that was cured has more findings;
* with safe fixes, no more statements are written anew than there were fixes, and for each there is
  at most one new beside it; of imports, which gain names as well, the same.

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
from collections.abc import Iterator, Sequence
from itertools import islice, zip_longest
from pathlib import Path

from tfcheck.checker import Checker
from tfcheck.config import Settings
from tfcheck.engine import File, FileReport, Rewritten, mentions_keras
from tfcheck.source import read_source

LONGEST = 400_000  # bytes; of longer notebooks most is pictures


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--files", type=int, default=400)
    parser.add_argument("--seed", type=int, default=20261124)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    check, counts = Checker(), Counter[str]()
    for path in drawn(options.folders, options.files, random.Random(options.seed)):
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


def drawn(folders: Sequence[Path], files: int, chance: random.Random) -> list[Path]:
    """As many of each folder, where it has them, until there are enough."""
    shuffled = []
    for folder in sorted(folders):
        paths = sorted(scripts(folder))
        shuffled.append(chance.sample(paths, len(paths)))
    rounds = (path for each in zip_longest(*shuffled) for path in each if path is not None)
    return list(islice(rounds, files))


def scripts(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        if path.suffix in (".py", ".ipynb") and path.is_file():
            data = path.read_bytes()
            if len(data) < LONGEST and mentions_keras(data):
                yield path


def promises(path: Path, made: Rewritten, report: FileReport, unsafe: bool) -> Iterator[str]:
    """What was promised and does not hold."""
    if path.suffix == ".ipynb" and frame(made.original) != frame(made.content):
        yield "more than the source of cells has changed"
    pairs = zip(blocks(path, made.original), blocks(path, made.content), strict=True)
    gone, new = Counter[str](), Counter[str]()
    for before, after in pairs:
        if parses(before) and not parses(after):
            yield "it no longer parses"
        elif parses(before):
            first, second = Counter(statements(before)), Counter(statements(after))
            gone.update(kind for kind, _ in (first - second).elements())
            new.update(kind for kind, _ in (second - first).elements())
    for kind in () if unsafe else sorted(gone | new):
        if gone[kind] > made.fixed or new[kind] > gone[kind] + made.fixed:
            yield f"{gone[kind]} {kind} gone and {new[kind]} new by {made.fixed} fixes"
    if worse(made.before, report):
        yield "a finding is new and as bad"


def blocks(path: Path, data: bytes) -> list[str]:
    return [each.text for each in read_source(path, data).blocks]


def frame(data: bytes) -> object:
    """A notebook without the source of its code."""
    notebook = json.loads(data)
    for cell in notebook.get("cells", ()):
        if cell.get("cell_type") == "code":
            cell["source"] = None
    return notebook


def parses(text: str) -> bool:
    try:
        ast.parse(text)
    except (SyntaxError, ValueError):
        return False
    return True


def statements(text: str) -> Iterator[tuple[str, str]]:
    """The simple statements of a text, imports told from others."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.stmt) and not hasattr(node, "body"):
            kind = "imports" if isinstance(node, ast.Import | ast.ImportFrom) else "statements"
            yield kind, ast.dump(node)


def worse(before: FileReport, after: FileReport) -> bool:
    """Whether a rule has more findings and is as bad as the worst of which there are fewer."""
    first, second = (
        Counter((each.severity, each.code) for each in report.findings)
        for report in (before, after)
    )
    cured = [severity for severity, _ in first - second]
    return any(not cured or severity >= max(cured) for severity, _ in second - first)


if __name__ == "__main__":
    sys.exit(main())
