"""How well does a real program train with Keras' own ``fit``, on the data that it trains on?

    python benchmarks/skill.py PROGRAM... [--fits 3] [--limit 300]

Each is copied with its folder, brought to the installed Keras by ``tfcheck --fix --unsafe-fixes``,
and trained whole, from several seeds, in a fork with limits on time and memory. What is measured
after its last ``fit`` of arrays is skill: how much of the way from the best constant prediction
to a perfect one, in accuracy for classes and in squared error for numbers. It is recomputed from
predictions, because a loss that Keras computes from logits can fall while they stay constant.
"""

from __future__ import annotations

import argparse
import importlib
import io
import math
import multiprocessing
import os
import re
import runpy
import shutil
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Sequence
from contextlib import redirect_stdout, suppress
from pathlib import Path
from typing import Any, NamedTuple

from trained import ENVIRONMENT, OUT_OF_TIME, PATIENCE, restrict

PATCHED = re.compile(r"keras\.callbacks\.DeepLocalize\(.*\)")
"""A callback of a Keras that a benchmark's authors patched, and no version ever had."""
MOST_CLASSES = 20


class Skill(NamedTuple):
    """``value`` is 1 for perfect, 0 for a constant prediction, NaN where ``error`` says why."""

    value: float
    error: str | None = None


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("programs", nargs="+", type=Path)
    parser.add_argument("--fits", type=int, default=3)
    parser.add_argument("--limit", type=int, default=300, help="CPU seconds for each training")
    options = parser.parse_args()
    for program in options.programs:
        skills = skills_of(program, options.fits, options.limit)
        print(*(each.error or f"{each.value:.2f}" for each in skills), program, flush=True)


def skills_of(program: Path, fits: int, limit: int) -> list[Skill]:
    """The skill after training from the seeds 0, 1, …; one only where it cannot be trained."""
    os.environ |= ENVIRONMENT
    for name in ("tensorflow", "keras"):
        importlib.import_module(name)
    with tempfile.TemporaryDirectory() as folder:
        script = copied(program, Path(folder, "program"))
        revive(script)
        skills: list[Skill] = []
        while len(skills) < fits and not (skills and skills[-1].error):
            skills.append(_trained(script, len(skills), limit))
        return skills


def copied(program: Path, folder: Path) -> Path:
    """The program in a copy of its folder, without what no Keras ever had."""
    shutil.copytree(program.parent, folder)
    script = folder / program.name
    text = script.read_text(encoding="utf-8", errors="surrogateescape")
    script.write_text(PATCHED.sub("", text), encoding="utf-8", errors="surrogateescape")
    return script


def revive(script: Path) -> None:
    command = ("check", "--isolated", "--fix", "--unsafe-fixes", "--fail-on", "never")
    tfcheck = Path(sys.executable).with_name("tfcheck")
    subprocess.run((tfcheck, *command, "--select", "TFC9", script), check=True, capture_output=True)


def _trained(script: Path, seed: int, limit: int) -> Skill:
    receiver, sender = multiprocessing.Pipe(duplex=False)
    child = multiprocessing.get_context("fork").Process(
        target=_run, args=(script, seed, limit, sender)
    )
    child.start()
    sender.close()
    skill = Skill(math.nan, OUT_OF_TIME)
    if receiver.poll(limit * PATIENCE):
        with suppress(EOFError):  # it used up its time of CPU, or died
            skill = receiver.recv()
    child.kill()
    child.join()
    return skill


def _run(script: Path, seed: int, limit: int, sender: Any) -> None:
    restrict(limit)
    os.chdir(script.parent)
    silence = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(silence, stream)
    keras = importlib.import_module("keras")
    found = [Skill(math.nan, "it fits no arrays")]
    original = keras.Model.fit

    def fit(self: Any, x: Any = None, y: Any = None, *args: Any, **kwargs: Any) -> Any:
        history = original(self, x, y, *args, **{**kwargs, "verbose": 0})
        with suppress(TypeError, ValueError):
            found[0] = Skill(skill_of(self.predict(x, verbose=0), y))
        return history

    keras.Model.fit = fit
    keras.utils.set_random_seed(seed)
    sys.argv = [str(script)]
    sys.path.insert(0, str(script.parent))
    try:
        with redirect_stdout(io.StringIO()):
            runpy.run_path(str(script), run_name="__main__")
    except BaseException as error:  # noqa: BLE001  what fails after the fit does not matter
        if found[0].error:
            lines = traceback.format_exception_only(error)[-1].strip().splitlines()
            found[0] = Skill(math.nan, lines[0])
    sender.send(found[0])
    os._exit(0)


def skill_of(predicted: Any, y: Any) -> float:
    """Skill of predictions, arrays of ``rows × outputs``, for the targets ``y``.

    Raises ``TypeError`` or ``ValueError`` for what are no two arrays of as many rows.
    """
    import numpy as np

    predicted, y = np.asarray(predicted, float), np.asarray(y, float)
    predicted, y = predicted.reshape(len(predicted), -1), y.reshape(len(y), -1)
    if not np.isfinite(predicted).all():
        return -math.inf
    one_hot = y.shape[1] > 1 and set(np.unique(y)) <= {0.0, 1.0} and (y.sum(axis=1) == 1).all()
    labels = y.argmax(axis=1) if one_hot else y[:, 0]
    classes, counts = np.unique(labels, return_counts=True)
    whole = (classes == classes.round()).all()
    many = predicted.shape[1] > 1
    if one_hot or (y.shape[1] == 1 and whole and len(classes) <= (MOST_CLASSES if many else 2)):
        answers = predicted.argmax(axis=1) if many else predicted[:, 0] > classes.mean()
        right = answers == labels if many else answers == (labels > classes.mean())
        constant = counts.max() / len(labels)
        return float((right.mean() - constant) / max(1e-9, 1 - constant))
    error = ((predicted - y) ** 2).sum()
    constant = ((y - y.mean(axis=0)) ** 2).sum()
    return float(1 - error / max(1e-9, constant))


def middle(skills: Sequence[Skill]) -> float:
    """The median skill, NaN where the program cannot be trained."""
    values = sorted(each.value for each in skills if not each.error)
    return values[len(values) // 2] if len(values) == len(skills) else math.nan


if __name__ == "__main__":
    main()
