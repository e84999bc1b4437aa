"""Where a number first stopped being finite, in a run whose loss did."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import tensorflow as tf

from runtime_probe.child.layers import trained_layers
from runtime_probe.child.order import Order
from runtime_probe.child.setup import Array, Setup, State, Tree
from runtime_probe.child.state import values
from runtime_probe.child.surface import Surface
from runtime_probe.child.taps import listening
from runtime_probe.child.training import train


def origin(setup: Setup, seed: int, diverged_at: int, deadline: float) -> tuple[str, str] | None:
    """The layer, or ``fit``, and in words what happened there, of a run with such a step.

    The run is made again up to the last update before it. None where ``deadline``, a time of
    ``time.monotonic``, came first, or where the run cannot be made again.
    """
    if (words := _in_data(setup)) is not None:
        return "fit", words
    seen: list[State] = []
    last = max(diverged_at - 1, 0)
    run = train(
        setup,
        seed,
        diverged_at + 1,
        deadline,
        looks=sorted({last, diverged_at}),
        look=lambda step: seen.append(values(setup.model)),
    )
    if run.diverged_at != diverged_at or not seen:
        return None
    if len(seen) > 1 and not _finite(seen[-1]):
        return _backward(setup, seen[0], _rows(setup, seed, last))
    return _forward(setup, seen[-1], _rows(setup, seed, diverged_at))


def _in_data(setup: Setup) -> str | None:
    sample = setup.sample
    for name, tree in (("x", sample.x), ("y", sample.y), ("sample_weight", sample.weights)):
        for leaf in tf.nest.flatten(tree):
            array = np.asarray(leaf if leaf is not None else 0)
            if array.dtype.kind != "f" or np.isfinite(array).all():
                continue
            rows = ~np.isfinite(array).reshape(len(array), -1)
            column = int(np.argmax(rows.sum(axis=0)))
            known = name == "x" and rows.shape[1] == len(sample.names)
            place = f"column {sample.names[column]!r} of x" if known else name
            return f"{place} is not finite in {rows.any(axis=1).sum()} of {len(array)} rows"
    return None


def _rows(setup: Setup, seed: int, step: int) -> Array:
    """The rows of one step."""
    order = Order(setup.sample, seed)
    number, place = divmod(step, order.steps)
    rows: Array = order.block(number)[place][: order.sizes[place]]
    return rows


def _forward(setup: Setup, state: State, rows: Array) -> tuple[str, str] | None:
    """The first layer that makes something of finite numbers that is not finite, or the loss."""
    surface = Surface(replace(setup, states=(state,)), 0)
    with surface.at_start(), listening(setup.model) as calls:
        outputs = surface.called(rows)
    for call in calls:
        if _finite(call.given) and not _finite(call.result):
            return call.layer.name, f"what {call.layer.name} gives is not finite, of a finite input"
    if not _finite(outputs):
        return None
    low = min(float(np.min(each)) for each in outputs)
    high = max(float(np.max(each)) for each in outputs)
    return "fit", f"the loss has no finite value for predictions from {low:.3g} to {high:.3g}"


def _backward(setup: Setup, state: State, rows: Array) -> tuple[str, str] | None:
    """The layer nearest to the loss whose gradient is not finite, or whose update overflowed."""
    surface = Surface(replace(setup, states=(state,)), 0)
    with surface.at_start():
        gradients = surface.split(surface.gradient(rows))
    for unit in reversed(trained_layers(setup.model)):
        if not _finite([gradients[place] for place in unit.places]):
            return unit.name, f"the gradient of {unit.name} is not finite, while the loss still is"
    return "fit", "the last update took weights beyond the range of float32"


def _finite(tree: Tree) -> bool:
    arrays = [np.asarray(each) for each in tf.nest.flatten(tree) if each is not None]
    return all(bool(np.isfinite(each).all()) for each in arrays if each.dtype.kind == "f")
