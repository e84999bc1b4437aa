"""Runs scripts under the probe's interception, in this process."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from runtime_probe.child.capture import Captured
from runtime_probe.child.interception import Interception
from runtime_probe.job import Job, Loop


@dataclass
class Ran:
    """A script that was run, what was taken over of it, and what it holds at its end."""

    taken: list[Captured]
    records: list[Any]
    interception: Interception
    names: dict[str, Any]
    states: list[list[Any]] = field(default_factory=list)


Run = Callable[..., Ran]


def outcome(taken: Captured) -> SimpleNamespace:
    """A training that ended with ones everywhere."""
    state = [np.ones(each.shape) for each in taken.model.variables]
    return SimpleNamespace(state=state, losses=[0.5, 0.25], logs={"accuracy": [0.5, 0.75]})


def intercepting(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the text of a script under an interception whose court is ``hear``."""
    import keras
    import tensorflow as tf
    import tf_keras

    tape = tf.GradientTape
    monkeypatch.setattr(tape, "gradient", tape.gradient)
    function = type(tf.function(lambda: None))
    monkeypatch.setattr(function, "__call__", function.__call__)
    for optimizer in (keras.optimizers.Optimizer, tf_keras.optimizers.Optimizer):
        for name in ("apply", "apply_gradients"):
            owners = [each for each in optimizer.__mro__ if name in vars(each)]
            if owners:
                monkeypatch.setattr(owners[0], name, vars(owners[0])[name])
    for package in (keras, tf_keras):
        layer, base = package.layers.Layer, package.optimizers.Optimizer
        monkeypatch.setattr(layer, "__new__", vars(layer)["__new__"])
        owner = next(each for each in base.__mro__ if "__init__" in vars(each))
        monkeypatch.setattr(owner, "__init__", vars(owner)["__init__"])
    for kind in (keras.Model, tf_keras.Model):
        for name in ("compile", "fit", "train_on_batch"):
            owner = next(each for each in kind.__mro__ if name in vars(each))
            monkeypatch.setattr(owner, name, vars(owner)[name])
    monkeypatch.chdir(folder)

    def runs(
        text: str,
        lines: tuple[int, ...] = (),
        hear: Any = outcome,
        again: tuple[Loop, ...] = (),
    ) -> Ran:
        script = folder / "script.py"
        script.write_text(text)
        job = Job(str(script), str(folder), (), (), lines, 60, 3, 4096, None, False, again=again)
        ran = Ran([], [], None, {"__name__": "__main__"})  # type: ignore[arg-type]

        def court(taken: Captured, *_: Any) -> Any:
            ran.taken.append(taken)
            ran.states.append([each.numpy() for each in taken.model.variables])
            return hear(taken)

        end = time.monotonic() + 60
        ran.interception = Interception(job, ran.records.append, end, court)
        for package in (keras, tf_keras):
            ran.interception.patch(package)
        ran.interception.patch_tapes(tf)
        exec(compile(text, str(script), "exec"), ran.names)
        ran.interception.finish()
        return ran

    return runs
