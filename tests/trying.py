"""Trainings as the probe takes them over, for tests of what it does with them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from runtime_probe.child import court, state
from runtime_probe.child.capture import Captured
from runtime_probe.child.setup import Array, Optimizer, Sample, Setup, Tree
from runtime_probe.child.trees import rows_of
from runtime_probe.job import Claim, Job

LINE = 10  # of the fit


def sample(x: Tree, y: Tree, batch: int = 32, **more: Any) -> Sample:
    """All rows of arrays, as a fit of them has it."""
    rows = rows_of(x)
    return Sample(x, y, rows, batch, **{"shuffled": True, **more})


def optimizer(made: Any) -> Optimizer:
    return Optimizer(type(made), made.get_config())


def setup(
    model: Any, data: Sample, made: Any, loss: Any, epochs: int = 10, seeds: int = 1
) -> Setup:
    """What ``model.fit`` of these data with these settings trains."""
    states, _ = state.states(model, seeds)
    steps = epochs * -(-data.rows // data.batch_size)
    return Setup(model, optimizer(made), loss, data, states, steps, epochs)


def captured(training: Setup, **more: Any) -> Captured:
    """The same as it is taken over."""
    fields = {
        "fit": 0,
        "model": training.model,
        "framework": "keras",
        "kind": "sequential",
        "line": LINE,
        "filename": "script.py",
        "sample": training.sample,
        "rows": training.sample.rows,
        "epochs": training.epochs,
        "steps": training.steps,
        "optimizer": training.optimizer,
        "loss": training.loss,
        "loss_weights": None,
        "metrics": None,
    }
    return Captured(**{**fields, **more})


def job(*interventions: str, seeds: int = 2, **more: Any) -> Job:
    """What claims each of ``interventions`` for the fit."""
    claims = tuple(
        Claim(index, f"rule-{index}", each, (LINE,)) for index, each in enumerate(interventions)
    )
    fields = {"script": "script.py", "folder": "", "arguments": (), "claims": claims, "lines": ()}
    return Job(
        **{**fields, "seconds": 60, "seeds": seeds, "max_samples": 4096, "steps": None, **more},
        gpu=False,
    )


def heard(
    taken: Captured, asked: Job, seconds: float = 600
) -> tuple[court.Heard | None, list[Any]]:
    """What the court gives back, and its records."""
    records: list[Any] = []
    result = court.hear(taken, asked, records.append, time.monotonic() + seconds)
    return result, records


def of(records: Sequence[Any], kind: type[Any]) -> list[Any]:
    return [each for each in records if isinstance(each, kind)]


def moons(rows: int = 200, scale: float = 1.0) -> tuple[Array, Array]:
    """Two classes that a line can nearly tell apart, and one column at another scale."""
    generator = np.random.default_rng(7)
    y = generator.integers(0, 2, rows)
    x = generator.normal(size=(rows, 2)) + 2.0 * y[:, None]
    return (x * [1.0, scale]).astype(np.float32), y
