"""Compare tfcheck's CPU time with that of a bare parse, and with other linters.

    python benchmarks/speed.py FOLDER... [--rounds 5] [--lines 60000]
        [--peer NAME 'COMMAND ...']

The scripts are drawn as people check them, a folder at a time: folders that hold a script that
trains are taken in an order of chance, with every file in them that mentions Keras and that CPython
parses, until there are 150 files and enough lines. Tests are left out. In each round every program
reads all of
them in one process of its own, one after the other: ``libcst.parse_module`` alone, with the
garbage collector off as tfcheck has it; tfcheck with every rule and one job; and each peer, a
command to which the paths are added. What is compared is the CPU time of the process, start
included; the figures are the medians over the rounds of the ratio to the bare parse of that round.
"""

from __future__ import annotations

import argparse
import ast
import random
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path

TRAINS = re.compile(rb"\.(fit|fit_generator|train_on_batch)\(")
LEAST_SCRIPTS = 150
MOST_OF_A_FOLDER = 40
SEED = 20261124
BARE_PARSE = """\
import gc, sys
gc.disable()
import libcst
for path in sys.argv[1:]:
    try:
        libcst.parse_module(open(path, "rb").read())
    except libcst.ParserSyntaxError:  # of a few files that CPython reads
        pass
"""
START = "the start of Python"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--lines", type=int, default=60_000)
    parser.add_argument("--peer", nargs=2, action="append", default=[], metavar=("NAME", "COMMAND"))
    options = parser.parse_args()
    scripts, lines = draw(options.folders, options.lines)
    print(f"{len(scripts)} scripts, {lines} lines")
    commands = {
        "libcst.parse_module": [sys.executable, "-c", BARE_PARSE],
        "tfcheck": [sys.executable, "-m", "tfcheck", "--isolated", "--jobs", "1", "--exit-zero"],
        **{name: command.split() for name, command in options.peer},
    }
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(options.rounds):
        for name, command in commands.items():
            seconds[name].append(cpu([*command, *map(str, scripts)]))
    bare = seconds["libcst.parse_module"]
    print(f"{'':20}{'CPU s':>8}{'ratio':>8}   {'least':>6}{'most':>8}")
    for name, spent in seconds.items():
        ratios = [one / other for one, other in zip(spent, bare, strict=True)]
        print(
            f"{name:20}{statistics.median(spent):8.2f}{statistics.median(ratios):8.2f}"
            f"   {min(ratios):6.2f}{max(ratios):8.2f}"
        )
    start(options.rounds)


def draw(folders: Iterable[Path], least_lines: int) -> tuple[list[Path], int]:
    """Scripts, folder by folder in an order of chance, and their lines."""
    by_folder: dict[Path, list[Path]] = {}
    for path in sorted(path for folder in folders for path in folder.resolve().rglob("*.py")):
        if path.is_file() and "test" not in path.name:
            by_folder.setdefault(path.parent, []).append(path)
    order = list(by_folder)
    random.Random(SEED).shuffle(order)
    drawn: list[Path] = []
    lines = 0
    for folder in order:
        if lines >= least_lines and len(drawn) >= LEAST_SCRIPTS:
            break
        texts = {path: path.read_bytes() for path in by_folder[folder]}
        if not any(b"keras" in data and TRAINS.search(data) for data in texts.values()):
            continue
        chosen = [path for path, data in texts.items() if b"keras" in data and parses(data)]
        drawn += chosen[:MOST_OF_A_FOLDER]
        lines += sum(texts[path].count(b"\n") for path in chosen[:MOST_OF_A_FOLDER])
    return drawn, lines


def parses(data: bytes) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(data)
    except (SyntaxError, ValueError):
        return False
    return True


def cpu(command: Sequence[str]) -> float:
    """The CPU time of a process and of all that it starts, in seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(command, cwd=folder, capture_output=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def start(rounds: int) -> None:
    """How long nothing takes: the version, and a folder of files that are not about Keras."""
    with tempfile.TemporaryDirectory() as folder:
        for number in range(100):
            Path(folder, f"module{number}.py").write_text("import os\n\nprint(os.getcwd())\n" * 50)
        commands = {
            START: [sys.executable, "-c", "pass"],
            "tfcheck --version": [sys.executable, "-m", "tfcheck", "--version"],
            "100 files of others": [sys.executable, "-m", "tfcheck", "--isolated", folder],
        }
        seconds = {
            name: [cpu(command) for _ in range(rounds * 4)] for name, command in commands.items()
        }
    bare = statistics.median(seconds[START])
    for name, spent in seconds.items():
        median = statistics.median(spent)
        print(f"{name:20}{median * 1000:6.0f}ms{median / bare:8.2f} times {START}")


if __name__ == "__main__":
    main()
