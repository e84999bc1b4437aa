"""Capture what Keras holds at ``fit`` of many scripts, each in a process of its own.

    python -m judge.collect RECORDS SCRIPT... [--keras tf_keras] [--jobs 2] [--limit 90]

RECORDS is a folder; it gets a ``.jsonl`` for each script that reached a ``fit``, and
``index.csv``, which says of each script how far it came. Scripts that have records already are
passed over, so a second run with ``--keras tf_keras`` tries Keras 2 on those that Keras 3 refuses.
Keras is imported once and each script runs in a fork, in an empty folder, without a display, with
limits on time and memory; it is not kept from the network.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import importlib
import multiprocessing
import os
import resource
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from judge import capture

MEMORY = 12 * 1024**3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("records", type=Path)
    parser.add_argument("scripts", nargs="+", help="scripts, or @FILE with one on each line")
    parser.add_argument("--keras", choices=("keras", "tf_keras"), default="keras")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--limit", type=int, default=90, help="seconds for each script")
    options = parser.parse_args()
    options.records = options.records.resolve()  # scripts run in a folder of their own
    options.records.mkdir(parents=True, exist_ok=True)
    os.environ |= capture.ENVIRONMENT
    if options.keras == "tf_keras":
        capture.stand_in_for_keras()
    importlib.import_module(options.keras)
    importlib.import_module("tensorflow")
    scripts = [path for word in options.scripts for path in _expanded(word)]
    todo = [path for path in scripts if not records_for(options.records, path).exists()]
    with (
        ThreadPoolExecutor(options.jobs) as pool,
        (options.records / "index.csv").open("a") as file,
    ):
        index = csv.writer(file)
        for row in pool.map(lambda path: _capture(path, options), todo):
            index.writerow(row)
            file.flush()
            print(*row, flush=True)


def records_for(folder: Path, script: Path) -> Path:
    return folder / f"{hashlib.sha256(str(script).encode()).hexdigest()[:16]}.jsonl"


def _expanded(word: str) -> list[Path]:
    if not word.startswith("@"):
        return [Path(word).resolve()]
    return [Path(line).resolve() for line in Path(word[1:]).read_text().splitlines() if line]


def _capture(script: Path, options: argparse.Namespace) -> tuple[str, str, int]:
    """The script, on which Keras it ran, and the number of calls that were captured."""
    records = records_for(options.records, script)
    with tempfile.TemporaryDirectory() as folder:
        child = multiprocessing.get_context("fork").Process(
            target=_run, args=(script, records, folder, options.keras)
        )
        child.start()
        child.join(options.limit)
        if child.is_alive():
            child.kill()
            child.join()
    count = records.read_text().count("\n") if records.exists() else 0
    if not count:
        records.unlink(missing_ok=True)
    return str(script), options.keras, count


def _run(script: Path, records: Path, folder: str, library: str) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    os.chdir(folder)
    silence = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(silence, stream)
    with records.open("w") as file:
        capture.capture(script, file, library)


if __name__ == "__main__":
    main()
