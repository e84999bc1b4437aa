"""How many old programs reach ``fit`` again once their fixes are made?

    python benchmarks/revive.py FOLDER --programs PROGRAMS.csv [--only REPOSITORY] [--jobs 2]

FOLDER holds checkouts named ``owner+repository``. PROGRAMS has a column ``repo``, a ``path`` in it
and a ``fixed_path``, the same program as someone corrected it, which counts as one more; ``data``
says what a program needs, and ``runs_offline`` what is known of it. Programs that need a file which
is not there, that are no program but a snippet, that never call ``fit``, or that are made to fail
before it, are left out; so is what turns out to need a file or a download when it is run.

Each is copied with its folder and run twice, as it is and after ``tfcheck --fix --unsafe-fixes``,
with ``fit`` intercepted and data sets replaced as in ``judge.capture``. Callbacks of a patched
Keras, which no version ever had, are replaced by one that does nothing, both times. Keras is
imported once and each program runs in a fork, with limits on time and memory.
"""

from __future__ import annotations

import argparse
import csv
import importlib
import multiprocessing
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from judge import capture

MEMORY = 12 * 1024**3
REACHED = "reaches fit"
LEFT_OUT = ("MISSING", "image folder", "repo data", "unknown")
NO_PROGRAMS = ("no: TF1", "snippets", "crash faults")
NEEDS_FILE = ("FileNotFoundError", "urllib.error", "Exception: URL fetch failure")
PATCHED_CALLBACKS = ("DeepLocalize",)


class Outcome(NamedTuple):
    """How far a program came, as it is and with its fixes."""

    program: Path
    before: str
    after: str


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--programs", type=Path, required=True)
    parser.add_argument("--only", default="", help="of repositories with this in their name")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--limit", type=int, default=90, help="seconds for each run")
    parser.add_argument("--tfcheck", default=str(Path(sys.executable).with_name("tfcheck")))
    options = parser.parse_args()
    os.environ |= capture.ENVIRONMENT
    keras = importlib.import_module("keras")
    importlib.import_module("tensorflow")
    for name in PATCHED_CALLBACKS:
        setattr(keras.callbacks, name, lambda *_args, **_kwargs: keras.callbacks.Callback())
    programs = list(dict.fromkeys(_programs(options.programs, options.folder, options.only)))
    outcomes: list[Outcome] = []
    with ThreadPoolExecutor(options.jobs) as pool:
        for outcome in pool.map(lambda path: _outcome(path, options), programs):
            outcomes.append(outcome)
            print(outcome.after, outcome.program, sep="  ", flush=True)
    _print_summary(outcomes)


def _programs(table: Path, folder: Path, only: str) -> Iterator[Path]:
    with table.open(newline="") as file:
        for row in csv.DictReader(file):
            needs, known = row["data"], row["runs_offline"]
            if only not in row["repo"] or any(word in needs for word in LEFT_OUT):
                continue
            if known.startswith(NO_PROGRAMS):
                continue
            root = folder / row["repo"].replace("/", "+")
            for path in (root / row["path"], root / row["fixed_path"]):
                if path.suffix == ".py" and path.is_file() and b".fit(" in path.read_bytes():
                    yield path


def _outcome(program: Path, options: argparse.Namespace) -> Outcome:
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "program")
        shutil.copytree(program.parent, copy)
        script = copy / program.name
        as_it_was = script.read_bytes()
        before = _run(script, Path(folder), options.limit)
        command = ("check", "--isolated", "--fix", "--unsafe-fixes", "--fail-on", "never")
        subprocess.run((options.tfcheck, *command, script), check=True, capture_output=True)
        if script.read_bytes() == as_it_was:
            return Outcome(program, before, before)
        return Outcome(program, before, _run(script, Path(folder), options.limit))


def _run(script: Path, folder: Path, limit: int) -> str:
    """REACHED, or in one line why not."""
    records, errors = folder / "records.jsonl", folder / "errors.txt"
    records.unlink(missing_ok=True)
    child = multiprocessing.get_context("fork").Process(
        target=_capture, args=(script, records, errors)
    )
    child.start()
    child.join(limit)
    if child.is_alive():
        child.kill()
        child.join()
        return f"not after {limit} s"
    if records.exists() and records.stat().st_size:
        return REACHED
    lines = errors.read_text().splitlines() if errors.exists() else []
    return lines[-1] if lines else "it never calls fit"


def _capture(script: Path, records: Path, errors: Path) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    os.chdir(script.parent)
    silence = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(silence, stream)
    errors.unlink(missing_ok=True)
    with records.open("w") as file:
        try:
            capture.capture(script, file)
        except SystemExit:
            raise
        except BaseException as error:
            errors.write_text(traceback.format_exception_only(error)[0].strip().splitlines()[0])
            raise


def _print_summary(outcomes: Sequence[Outcome]) -> None:
    without = [each for each in outcomes if each.after.startswith(NEEDS_FILE)]
    run = [each for each in outcomes if each not in without]
    before = sum(each.before == REACHED for each in run)
    after = sum(each.after == REACHED for each in run)
    count = len(run) or 1
    print(f"\n{len(without)} programs need a file that is not there")
    print(f"{len(run)} others: {before} reach fit as they are ({before / count:.0%}),")
    print(f"{after} with their fixes ({after / count:.0%})")
    reasons = Counter(each.after for each in run if each.after != REACHED)
    print("the rest, by reason:" if reasons else "")
    for reason, times in reasons.most_common():
        print(f"{times:4}  {reason}")


if __name__ == "__main__":
    main()
