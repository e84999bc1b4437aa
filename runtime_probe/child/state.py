"""Every variable of a model: read, put back, and drawn anew for other seeds."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from runtime_probe.child.frameworks import framework
from runtime_probe.child.setup import Array, State

_AS_CAPTURED = "one seed: the weights that the script had"
_DRAWN = "other seeds drawn by the model's own initializers"
_PERMUTED = "other seeds by permuting the values within each kernel, as the model cannot be cloned"
_TRAINED = "every seed starts from the script's weights, which are trained; only the order differs"

# What user code may raise when a model of its own is built from its configuration.
_UNCLONABLE = (NotImplementedError, TypeError, ValueError, AttributeError, KeyError, RuntimeError)
_COMPARABLE = 64  # values from which on a spread says something
_SPREAD = 1.5


def values(model: Any) -> State:
    """The values of all its variables: weights, statistics and states of random generators."""
    return [np.array(each.numpy()) for each in model.variables]


def assign(model: Any, state: State) -> None:
    """Gives every variable its value. Raises ``ValueError`` for a state of another model."""
    for variable, value in zip(model.variables, state, strict=True):
        variable.assign(value)


def states(model: Any, count: int) -> tuple[list[State], str]:
    """Where ``count`` seeds start, and how that was found in words.

    The first is the model as it stands. Weights that are frozen, or trained already, are kept.
    """
    captured = values(model)
    if count == 1:
        return [captured], _AS_CAPTURED
    with _randomness_kept():
        clones = [_clone(model, seed) for seed in range(1, max(count, 3))]
    drawn = [each for each in clones if each is not None]
    if len(drawn) < len(clones):
        how, starts = _PERMUTED, [_permuted(captured, seed) for seed in range(1, count)]
    elif not _fresh(model, captured, drawn):
        how, starts = _TRAINED, [captured] * (count - 1)
    else:
        how, starts = _DRAWN, drawn[: count - 1]
    others = [_start(model, captured, new, seed) for seed, new in enumerate(starts, 1)]
    return [captured, *others], how


def _clone(model: Any, seed: int) -> State | None:
    """What the initializers of the model draw, None where it cannot be built a second time."""
    keras = framework(model)
    keras.utils.set_random_seed(seed)
    try:
        clone = keras.models.clone_model(model)
        drawn = values(clone)
    except _UNCLONABLE:
        return None
    same = [each.shape for each in drawn] == [tuple(each.shape) for each in model.variables]
    return drawn if same else None


def _trainable(model: Any) -> list[bool]:
    """Which of its variables are trained."""
    trainable = {id(each) for each in model.trainable_variables}
    return [id(each) in trainable for each in model.variables]


def _fresh(model: Any, captured: State, drawn: Sequence[State]) -> bool:
    """Whether the weights are as the initializers leave them.

    What they leave without chance must be equal; what they draw must spread alike.
    """
    pairs = zip(_trainable(model), captured, *drawn, strict=True)
    return all(_drawn_alike(value, others) for trained, value, *others in pairs if trained)


def _drawn_alike(value: Array, others: Sequence[Array]) -> bool:
    first, *rest = others
    if all(np.array_equal(first, each) for each in rest):
        return np.array_equal(value, first)
    if value.size < _COMPARABLE:
        return True
    ratio = np.std(value) / np.std(first)
    return bool(1 / _SPREAD < ratio < _SPREAD)


def _permuted(captured: State, seed: int) -> State:
    """Kernels with their values in another order; biases and statistics as they are."""
    draw = np.random.default_rng(seed)
    return [
        draw.permutation(value.ravel()).reshape(value.shape) if value.ndim > 1 else value
        for value in captured
    ]


def _start(model: Any, captured: State, new: State, seed: int) -> State:
    """The new weights where they are trained, and other states of the random generators."""
    return [
        old + np.array(seed, old.dtype)
        if "seed_generator" in variable.name
        else (value if trained else old)
        for variable, trained, old, value in zip(
            model.variables, _trainable(model), captured, new, strict=True
        )
    ]


@contextmanager
def _randomness_kept() -> Iterator[None]:
    """Python's and NumPy's generators go on for the script as if nobody had drawn."""
    python, numpy = random.getstate(), np.random.get_state()
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)
