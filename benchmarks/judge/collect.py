"""Capture what Keras holds at ``fit`` of many scripts, each in a process of its own.

    python -m judge.collect RECORDS SCRIPT... [--python PYTHON] [--jobs 2] [--limit 90]

A script that fails on Keras 3 is tried again on Keras 2 (``tf_keras``), which most of the older
ones were written for. RECORDS is a folder; it gets a ``.jsonl`` for each script that reached a
``fit``, and ``index.csv``, which says of each script how far it came. The scripts run in an empty
folder, with limits on time and memory, and with no display; they are not kept from the network.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import os
import resource
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

MEMORY = 10 * 1024**3
ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("records", type=Path)
    parser.add_argument("scripts", nargs="+", help="scripts, or @FILE with one on each line")
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--limit", type=int, default=90, help="seconds for each script")
    options = parser.parse_args()
    options.records.mkdir(parents=True, exist_ok=True)
    scripts = [path for word in options.scripts for path in _expanded(word)]
    with ThreadPoolExecutor(options.jobs) as pool, (options.records / "index.csv").open("a") as file:
        index = csv.writer(file)
        for row in pool.map(lambda path: _capture(path, options), scripts):
            index.writerow(row)
            file.flush()
            print(*row, flush=True)


def _expanded(word: str) -> list[Path]:
    if not word.startswith("@"):
        return [Path(word)]
    return [Path(line) for line in Path(word[1:]).read_text().splitlines() if line]


def _capture(script: Path, options: argparse.Namespace) -> tuple[str, str, str, int]:
    """The script, what came of it, on which Keras, and the number of calls that were captured."""
    name = hashlib.sha256(str(script).encode()).hexdigest()[:16]
    records = options.records / f"{name}.jsonl"
    ended = ""
    for library in ("keras", "tf_keras"):
        ended = _run(script, records, library, options)
        lines = records.read_text().count("\n") if records.exists() else 0
        if lines:
            return str(script), ended, library, lines
    records.unlink(missing_ok=True)
    return str(script), ended, "", 0


def _run(script: Path, records: Path, library: str, options: argparse.Namespace) -> str:
    command = [options.python, "-m", "judge.capture", str(script), str(records), "--keras", library]
    path = os.pathsep.join((str(ROOT / "benchmarks"), str(ROOT)))
    with tempfile.TemporaryDirectory() as folder:
        try:
            done = subprocess.run(
                command,
                cwd=folder,
                env={**os.environ, "PYTHONPATH": path, "HOME": folder, "CUDA_VISIBLE_DEVICES": ""},
                capture_output=True,
                stdin=subprocess.DEVNULL,
                timeout=options.limit,
                preexec_fn=_limit_memory,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return "ran too long"
    last = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
    return "done" if done.returncode == 0 else last[:200]


def _limit_memory() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


if __name__ == "__main__":
    main()
