"""The largest curvature of a model's loss, by products with matrices that are never built."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
import tensorflow as tf

from runtime_probe.child.setup import Array

Product: TypeAlias = Callable[[Array], Array]

_STEPS = 20
_FEWEST_STEPS = 4  # fewer say too little where time ran out
_CONVERGED = 0.05


def largest_eigenvalue(product: Product, size: int, deadline: float) -> float | None:
    """The algebraically largest eigenvalue of a symmetric matrix of ``size`` rows, by Lanczos.

    Power iteration finds the largest by magnitude, which for the Hessian of a network can be a
    negative one. The estimate grows towards λ from below and ends within 5 % of it, or after 20
    products. None where ``deadline``, of :func:`time.monotonic`, came before it meant anything,
    or where the products are not finite.
    """
    vector = np.random.default_rng(0).standard_normal(size)
    vector /= np.linalg.norm(vector)
    before = np.zeros(size)
    diagonal: list[float] = []
    beside: list[float] = []
    largest = -math.inf
    for step in range(min(_STEPS, size)):
        if time.monotonic() > deadline:
            return largest if step >= _FEWEST_STEPS else None
        following = product(vector)
        if not np.all(np.isfinite(following)):
            return None
        diagonal.append(float(vector @ following))
        following = following - diagonal[-1] * vector - (beside[-1] if beside else 0.0) * before
        values, vectors = np.linalg.eigh(
            np.diag(diagonal) + np.diag(beside, 1) + np.diag(beside, -1)
        )
        length = float(np.linalg.norm(following))
        largest = float(values[-1])
        # The error of a Ritz value is at most the residual of its vector.
        settled = length * abs(vectors[-1, -1]) <= _CONVERGED * abs(largest)
        if (step >= _FEWEST_STEPS and settled) or length <= 1e-9 * float(np.max(np.abs(values))):
            return largest
        beside.append(length)
        before, vector = vector, following / length
    return largest


def gauss_newton(
    outputs: Callable[[], Sequence[Any]], weights: Sequence[Any], curvatures: Sequence[Any]
) -> Product:
    """Products with JᵀCJ, J the Jacobian of ``outputs`` in ``weights``, C the ``curvatures``.

    ``curvatures`` has one tensor for every output, which multiplies it element by element. The
    matrix has no negative eigenvalues.
    """

    def product(vector: Array) -> Array:
        directions = split(vector, weights)
        with tf.GradientTape() as outer:
            with tf.GradientTape(persistent=True) as inner:
                given = outputs()
            seeds = [tf.zeros_like(each) for each in given]
            outer.watch(seeds)
            # Jᵀu is linear in u, so that its derivative along the direction is Jv.
            pulled = inner.gradient(given, weights, output_gradients=seeds)
            along = _dot(pulled, directions)
        pushed = outer.gradient(along, seeds)
        scaled = [
            tf.zeros_like(seed) if each is None else each * curvature
            for each, seed, curvature in zip(pushed, seeds, curvatures, strict=True)
        ]
        return joined(inner.gradient(given, weights, output_gradients=scaled), weights)

    return product


def hessian(loss: Callable[[], Any], weights: Sequence[Any]) -> Product:
    """Products with the Hessian of ``loss`` in ``weights``."""

    def product(vector: Array) -> Array:
        directions = split(vector, weights)
        with tf.GradientTape() as outer:
            with tf.GradientTape() as inner:
                value = loss()
            along = _dot(inner.gradient(value, weights), directions)
        return joined(outer.gradient(along, weights), weights)

    return product


def gradient(loss: Callable[[], Any], weights: Sequence[Any]) -> Array:
    """The gradient of ``loss``, as one vector."""
    with tf.GradientTape() as tape:
        value = loss()
    return joined(tape.gradient(value, weights), weights)


def joined(tensors: Sequence[Any], weights: Sequence[Any]) -> Array:
    """One vector of tensors shaped like ``weights``; one that is None counts as zeros."""
    return np.concatenate(
        [
            np.zeros(math.prod(weight.shape))
            if each is None
            else np.asarray(tf.convert_to_tensor(each), dtype=np.float64).ravel()
            for each, weight in zip(tensors, weights, strict=True)
        ]
    )


def split(vector: Array, weights: Sequence[Any]) -> list[Any]:
    ends = np.cumsum([math.prod(weight.shape) for weight in weights])
    return [
        tf.constant(part.reshape(weight.shape), dtype=weight.dtype)
        for part, weight in zip(np.split(vector, ends[:-1]), weights, strict=True)
    ]


def _dot(tensors: Sequence[Any], directions: Sequence[Any]) -> Any:
    return tf.add_n(
        [
            tf.reduce_sum(tf.convert_to_tensor(each) * direction)
            for each, direction in zip(tensors, directions, strict=True)
            if each is not None
        ]
    )
