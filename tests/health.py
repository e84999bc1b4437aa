"""Setups made of a compiled model and arrays, for tests of what the probe measures."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from runtime_probe.child.setup import Array, Optimizer, Sample, Setup, State, Tree


def state_of(model: Any) -> State:
    return [np.asarray(variable) for variable in model.variables]


def setup_of(model: Any, x: Tree, y: Tree, batch_size: int = 32, **options: Any) -> Setup:
    """The setup of a compiled model, with the state that it has now."""
    planned = {"steps": 100, "epochs": 10, "loss": model.loss, "states": (state_of(model),)}
    rows = len(tf.nest.flatten(x)[0])
    sample = Sample(x, y, rows, batch_size, shuffled=True, weights=options.pop("weights", None))
    optimizer = Optimizer(type(model.optimizer), model.optimizer.get_config())
    return Setup(model, optimizer, sample=sample, **{**planned, **options})


def blobs(rows: int = 200, columns: int = 4, seed: int = 0) -> tuple[Array, Array]:
    """Features of mean 0 and deviation 1, and a class that a noisy line tells."""
    generator = np.random.default_rng(seed)
    x = generator.normal(size=(rows, columns)).astype("float32")
    noise = generator.normal(size=rows)
    return x, (x.sum(axis=1) + noise > 0).astype("float32")
