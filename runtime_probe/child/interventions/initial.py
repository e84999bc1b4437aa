"""Kernels as Keras draws them by default, in place of those that start alike or far too large."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from runtime_probe.child.endings import plain_layers, recurrent_cells
from runtime_probe.child.interventions.contract import Changed, Refusal, diff
from runtime_probe.child.interventions.rebuilding import glorot
from runtime_probe.child.setup import Array, Setup
from runtime_probe.child.task import Task

_LARGE, _SMALL = 8.0, 0.02  # times the usual deviation


def default_initializer(setup: Setup, task: Task) -> Changed | Refusal:
    """Glorot's uniform values from each seed, and biases of 0, where a layer starts badly."""
    faulty = list(faulty_kernels(setup.model, setup.states[0]))
    if not faulty:
        return Refusal("every kernel starts as an initializer of Keras' would draw it", True)
    places = _places(setup.model)
    states = []
    for seed, old in enumerate(setup.states):
        generator = np.random.default_rng(seed)
        new = list(old)
        for layer, _ in faulty:
            kernel = places[id(layer.kernel)]
            new[kernel] = glorot(old[kernel].shape, generator)
            bias = getattr(layer, "bias", None)
            if bias is not None and not hasattr(layer, "recurrent_kernel"):
                new[places[id(bias)]] = np.zeros_like(old[places[id(bias)]])
        states.append(new)
    names = ", ".join(layer.name for layer, _ in faulty[:3])
    return Changed(
        replace(setup, states=states),
        f"kernels drawn by Glorot's rule in {names}{' and more' * (len(faulty) > 3)}",
        diff(
            "\n".join(f"{_spelled(layer)}" for layer, _ in faulty[:3]),
            "\n".join(
                f"{type(layer).__name__}(..., kernel_initializer='glorot_uniform')"
                for layer, _ in faulty[:3]
            ),
        ),
    )


def faulty_kernels(model: Any, state: Any) -> Iterator[tuple[Any, str]]:
    """Layers whose kernel starts all equal, or far from the usual size, and what is wrong."""
    places = _places(model)
    for layer in (*plain_layers(model), *recurrent_cells(model)):
        kernel = state[places[id(layer.kernel)]]
        wrong = _fault(kernel)
        if wrong is not None:
            yield layer, wrong


def _fault(kernel: Array) -> str | None:
    if kernel.ndim < 2 or kernel.size < 2:
        return None
    if np.ptp(kernel) == 0:
        several = kernel.shape[-1] > 1
        return f"all weights start at {kernel.flat[0]:g}" if several else None
    usual = float(glorot(kernel.shape, np.random.default_rng(0)).std())
    ratio = float(kernel.std()) / max(usual, 1e-12)
    if kernel.size >= 16 and not _SMALL <= ratio <= _LARGE:
        return f"weights start with deviation {kernel.std():.3g}, where {usual:.3g} is usual"
    return None


def _places(model: Any) -> dict[int, int]:
    return {id(variable): index for index, variable in enumerate(model.variables)}


def _spelled(layer: Any) -> str:
    kind = type(layer.kernel_initializer).__name__
    return f"{type(layer).__name__}(..., kernel_initializer={kind}(...))"
