"""Whether a model can learn a single batch by heart, and whether its loss starts where it should.

A model that cannot fit 32 rows in 300 steps does not lack time or data.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import tensorflow as tf

from runtime_probe.child.losses import name_of
from runtime_probe.child.setup import Array, Sample, Setup, Workshop
from runtime_probe.child.surface import taken
from runtime_probe.child.task import Task
from runtime_probe.child.training import train
from runtime_probe.records import FirstBatch

ROWS = 32
STEPS = 300
LEARNED = 0.9  # the skill at which a batch counts as known by heart
_LOOKS = range(50, STEPS, 50)


def first_batch(
    setup: Setup, task: Task, seed: int, deadline: float, fit: int = 0
) -> FirstBatch | None:
    """Trains ``setup`` on its first rows alone, from ``states[seed]``, until it knows them.

    ``skill`` is the best of the looks on the way. None where ``deadline``, a time of
    ``time.monotonic``, came first, as then nothing follows. The model is left anywhere.
    """
    rows = _rows(setup.sample)
    sample = replace(
        setup.sample,
        x=taken(setup.sample.x, rows),
        y=taken(setup.sample.y, rows),
        weights=taken(setup.sample.weights, rows),
        rows=len(rows),
        batch_size=len(rows),
        validation=None,
    )
    # Its program is used once, so it is not worth compiling.
    eager = setup.workshop.mode == "eager" or setup.model.run_eagerly
    alone = replace(
        setup,
        sample=sample,
        steps=STEPS,
        epochs=STEPS,
        stop=None,
        rate_callbacks=(),
        workshop=Workshop(mode="eager" if eager else "graph"),
    )
    skills: list[float] = []

    def look(step: int) -> bool:
        skills.append(task.measure(alone, step).skill)
        return skills[-1] >= LEARNED

    run = train(alone, seed, STEPS, deadline, looks=_LOOKS, look=look)
    if run.diverged_at is None and run.ended != "learned":
        look(run.steps)
    best = max((each for each in skills if math.isfinite(each)), default=-1.0)
    if run.steps < STEPS and run.diverged_at is None and best < LEARNED:
        return None
    return FirstBatch(
        fit=fit,
        rows=len(rows),
        steps=run.steps,
        skill=best,
        initial_loss=float(run.losses[0]),
        expected_loss=_expected_loss(alone),
    )


def _rows(sample: Sample) -> Array:
    """Spread over the sample, so that sorted rows are not all of one class."""
    return np.linspace(0, sample.rows - 1, min(ROWS, sample.rows)).astype(int)


_OF_NOTHING_KNOWN: Mapping[str, Any] = {
    "binary_crossentropy": lambda y, outputs: math.log(2),
    "categorical_crossentropy": lambda y, outputs: math.log(outputs),
    "sparse_categorical_crossentropy": lambda y, outputs: math.log(outputs),
    "mean_squared_error": lambda y, outputs: float(np.var(y, axis=0).mean()),
}


def _expected_loss(setup: Setup) -> float | None:
    """Of a model that says the same of all classes, or the mean of the target."""
    name = name_of(setup.loss)
    outputs = getattr(setup.model, "output_shape", None)
    if (
        name not in _OF_NOTHING_KNOWN
        or not isinstance(outputs, tuple)
        or setup.sample.weights is not None
    ):
        return None
    y = tf.nest.flatten(setup.sample.y)
    if len(y) != 1 or not isinstance(outputs[-1], int):
        return None
    expected: float = _OF_NOTHING_KNOWN[name](np.asarray(y[0], dtype=float), outputs[-1])
    return expected
