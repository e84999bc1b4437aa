"""Train programs that end by printing a score, as ``accuracy 0.97``, from seeds of one's own.

    python benchmarks/trained.py PROGRAM... [--seeds 3] [--jobs 2] [--limit 60]

Keras is imported once and each training runs in a fork, in an empty folder, in one thread, with
the number in ``set_random_seed`` replaced by the seed.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import io
import json
import math
import multiprocessing
import os
import re
import resource
import signal
import tempfile
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

MEMORY = 12 * 1024**3
PATIENCE = 10
ENVIRONMENT = {
    "CUDA_VISIBLE_DEVICES": "",
    "KERAS_BACKEND": "tensorflow",
    "MPLBACKEND": "Agg",
    "OMP_NUM_THREADS": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_NUM_INTEROP_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
}
OUT_OF_TIME = "out of time"
SEED = re.compile(r"set_random_seed\(\d+\)")
SCORE = re.compile(r"(accuracy|R2) (-?(?:\d+\.\d+|inf|nan))$")


class Trained(NamedTuple):
    """What a training printed last, or why it did not: ``error`` is one line then.

    A score of NaN is minus infinity here: nothing is worse.
    """

    metric: str
    score: float
    seconds: float
    error: str | None = None


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("programs", nargs="+", type=Path)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--limit", type=int, default=60, help="CPU seconds for each training")
    options = parser.parse_args()
    import_keras()
    codes = [code_of(path) for path in options.programs]
    with ThreadPoolExecutor(options.jobs) as pool:

        def trained(code: str) -> list[Trained]:
            return [train(code, seed, options.limit) for seed in range(options.seeds)]

        for path, runs in zip(options.programs, pool.map(trained, codes), strict=True):
            scores = " ".join(each.error or f"{each.metric} {each.score:.3f}" for each in runs)
            seconds = max(each.seconds for each in runs)
            print(f"{scores}  {seconds:.1f} s  {path.name}", flush=True)


def import_keras() -> None:
    """Import once what every program needs; forks have it then."""
    os.environ |= ENVIRONMENT
    for name in ("tensorflow", "keras", "pandas", "sklearn.model_selection", "sklearn.datasets"):
        importlib.import_module(name)


def code_of(path: Path) -> str:
    """The text of a script, or of the code cells of a notebook one after another."""
    text = path.read_text()
    if path.suffix != ".ipynb":
        return text
    cells = (each for each in json.loads(text)["cells"] if each["cell_type"] == "code")
    return "\n".join("".join(each["source"]) for each in cells)


def train(code: str, seed: int, limit: float) -> Trained:
    """One training of the program ``code`` from ``seed``.

    It may take ``limit`` seconds of CPU, so that a busy machine does not decide how it ends, and
    ``PATIENCE`` times as much by the clock.
    """
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        script, output = Path(folder, "program.py"), Path(folder, "output.txt")
        script.write_text(SEED.sub(f"set_random_seed({seed})", code))
        child = multiprocessing.get_context("fork").Process(
            target=_run, args=(script, output, limit)
        )
        child.start()
        child.join(limit * PATIENCE)
        if child.is_alive():
            child.kill()
            child.join()
        if child.exitcode in (-signal.SIGKILL, -signal.SIGXCPU):
            return Trained("", -math.inf, time.monotonic() - start, OUT_OF_TIME)
        lines = output.read_text().splitlines() if output.exists() else []
    last = lines[-1] if lines else "it printed nothing"
    seconds = time.monotonic() - start
    if not (found := SCORE.match(last)):
        return Trained("", -math.inf, seconds, last)
    score = float(found[2])
    return Trained(found[1], -math.inf if math.isnan(score) else score, seconds)


def _run(script: Path, output: Path, limit: int) -> None:
    restrict(limit)
    os.chdir(script.parent)
    silence = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(silence, stream)
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            exec(compile(script.read_text(), str(script), "exec"), {"__name__": "__main__"})
    except Exception as error:  # noqa: BLE001  whatever a program with a fault in it raises
        reason = traceback.format_exception_only(error)[0].strip().splitlines()[0]
        printed.write(f"\n{reason}")
    output.write_text(printed.getvalue())


def restrict(seconds: int) -> None:
    """Bound this process in memory and in time of CPU; past that it is killed."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    used = resource.getrusage(resource.RUSAGE_SELF)
    end = int(used.ru_utime + used.ru_stime) + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (end, end))


if __name__ == "__main__":
    main()
