"""Read every script and notebook of some folders, and say what broke or took long.

    python benchmarks/nothing_breaks.py FOLDER... [--limit 5] [--jobs 2]

Each file is read and checked by every rule whether it is about Keras or not, so that folders of
any Python code will do: public repositories, the standard library, an environment's
``site-packages``. A file breaks if tfcheck has an internal error on it, if the process that reads
it dies, or if it takes more seconds of CPU than the limit. The exit code is 1 if any file breaks.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from timed import Timed, TimedChecker

from tfcheck.engine import FileReport
from tfcheck.workers import call_each

SUFFIXES = {".py", ".ipynb"}


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--limit", type=float, default=5.0, help="seconds of CPU for each file")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    paths = [path for folder in options.folders for path in files(folder.resolve())]
    results = list(call_each(TimedChecker(), paths, options.jobs, died))
    broken = list(breakages(results, options.limit))
    for line in broken:
        print(line)
    slowest = max(results, key=lambda each: each.seconds)
    runs = sum(each.report.runs for each in results)
    unresolved = sum(each.report.unresolved for each in results)
    print(f"{len(results)} files, {runs} training runs, {unresolved} of them not resolved")
    print(f"slowest: {slowest.seconds:.2f} s, {slowest.report.path}")
    print(f"{len(broken)} broken")
    return 1 if broken else 0


def files(folder: Path) -> Iterator[Path]:
    """The files of a folder in order, a file itself where it is one."""
    found = sorted(folder.rglob("*")) if folder.is_dir() else [folder]
    return (path for path in found if path.suffix in SUFFIXES and path.is_file())


def died(path: Path, code: int) -> Timed:
    return Timed(FileReport(str(path), errors=(f"the process died with exit code {code}",)), 0)


def breakages(results: Sequence[Timed], limit: float) -> Iterator[str]:
    for report, seconds in results:
        yield from (f"{report.path}: {error}" for error in report.errors)
        if seconds > limit:
            yield f"{report.path}: {seconds:.1f} s"


if __name__ == "__main__":
    sys.exit(main())
