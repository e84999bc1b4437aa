"""How large a step the loss surface allows, from its curvature at the start of a training.

Gradient descent with rate η shrinks an error along a direction of curvature λ only where η < 2/λ
(Nesterov 2004); heavy ball allows (2+2β)/λ, Nesterov's momentum (2+2β)/((1+2β)λ), and Adam
(2+2β₁)/((1-β₁)λ) with λ of the preconditioned Hessian (Cohen et al., arXiv 2103.00065 and
2207.14484). Late in training a network sits at that edge and still learns, so a rate beyond the
limit is evidence at the start of a run only, or for a convex model.

λ is taken where saturation cannot hide it. A sigmoid that unscaled features have driven flat has
a Hessian of nearly 0 and yet diverges. So the curvature of the loss in the outputs comes from a
table, and only the way from the weights to the outputs is measured.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from runtime_probe.child.setup import Array, Setup
from runtime_probe.child.sharpness import Product, largest_eigenvalue
from runtime_probe.child.surface import Surface
from runtime_probe.records import Stability

_MOST_PARAMETERS = 2_000_000
_MOST_ROWS = 128
_MOST_CELLS = 2_000_000  # of a matrix of features: some 10 ms
_MOST_COLUMNS = 1_000  # of which all curvatures are computed: some 100 ms
_LINEAR_BATCHES = 16  # looked at for how much sharper a batch is than all rows
_BATCHES = 2
_GRADIENTS = 8  # of batches, for the preconditioner
_LEAST_BESIDE = 0.1  # of the root mean square of the gradients of the same variable
_LEAST = 1e-3  # and of all
_GENTLE = 0.01  # the most that is recommended to an optimizer whose steps have its rate's size
_LEFT = 0.01  # of an error, where a direction counts as learned


def _reach_of_sgd(config: Mapping[str, Any]) -> float:
    momentum = float(config.get("momentum") or 0.0)
    return (2 + 2 * momentum) / ((1 + 2 * momentum) if config.get("nesterov") else 1)


def _reach_of_adam(config: Mapping[str, Any]) -> float:
    beta = float(config["beta_1"])
    return (2 + 2 * beta) / (1 - beta)


# The largest stable rate as a multiple of 1/λ. The second ones divide by the root mean square of
# the gradients, and so λ is that of the Hessian divided by it. For others no limit is known.
_PLAIN = {"SGD": _reach_of_sgd}
_PRECONDITIONED: Mapping[str, Callable[[Mapping[str, Any]], float]] = {
    "Adam": _reach_of_adam,
    "AdamW": _reach_of_adam,
    "Nadam": _reach_of_adam,
    "RMSprop": lambda config: 2.0,
}


@dataclass(frozen=True)
class _Sharpness:
    """λ where nothing is learned yet, and bounds of it over all rows and in the sharpest batch."""

    method: str
    start: float
    bound: float
    batch: float
    condition: float | None = None


def stability(setup: Setup, seed: int, deadline: float, fit: int = 0) -> Stability | None:
    """The learning rate of ``setup`` against the largest one that is stable at its start.

    ``deadline`` is a time of :func:`time.monotonic`. None where no limit is known: for optimizers
    that adapt in other ways, losses with kinks, models without curvature or with more than two
    million parameters, losses that the model makes itself, and where time ran out.
    """
    kind, config = setup.optimizer.kind.__name__, setup.optimizer.config
    reach = (_PLAIN.get(kind) or _PRECONDITIONED.get(kind, lambda _: 0.0))(config)
    if not reach or setup.sample.y is None:
        return None
    surface = Surface(setup, seed)
    with surface.at_start():
        found = (
            _adaptive(surface, deadline)
            if kind in _PRECONDITIONED
            else _linear(surface) or _general(surface, deadline)
        )
    if found is None or not 0 < found.start < np.inf:
        return None
    momentum = float(config.get("momentum") or 0.0) if kind in _PLAIN else 0.0
    # A batch that is sharper than the sample is noise, which momentum adds up.
    noise = max(found.batch - found.bound, 0.0) / (1 - momentum)
    stable = 1 / (found.bound + noise)
    needed = None
    if found.condition is not None:
        needed = found.condition * float(np.log(1 / _LEFT)) * (1 - momentum)
    return Stability(
        fit=fit,
        method=found.method,
        learning_rate=_largest_rate(setup),
        limit=reach / found.start,
        stable_rate=stable if kind in _PLAIN else min(stable, _GENTLE),
        condition=found.condition,
        needed_steps=needed,
    )


def _largest_rate(setup: Setup) -> float:
    """The rate of the optimizer, or the peak of its schedule."""
    if (rate := setup.optimizer.learning_rate) is not None:
        return rate
    schedule = setup.optimizer.without_scaling()._learning_rate
    steps = np.unique(np.linspace(0, max(setup.steps - 1, 0), 17, dtype=int))
    return max(float(schedule(int(step))) for step in steps)


def _linear(surface: Surface) -> _Sharpness | None:
    """The bound from the data: λmax(X~ᵀX~/n) times the curvature of the loss in its outputs."""
    if (linear := surface.linear(_MOST_CELLS)) is None:
        return None
    features, curvature, decay = linear
    largest, condition = _spectrum(features)
    batches = surface.batches(np.arange(len(features)), _LINEAR_BATCHES)
    sharpest = max((_largest(features[rows]) for rows in batches), default=largest)
    return _Sharpness(
        "features",
        curvature.undecided * largest + decay,
        curvature.bound * largest + decay,
        curvature.bound * sharpest + decay,
        None if decay else condition,
    )


def _general(surface: Surface, deadline: float) -> _Sharpness | None:
    """Gauss-Newton, in which saturated outputs hide nothing, and the Hessian, with residuals."""
    if not 0 < surface.size <= _MOST_PARAMETERS:
        return None
    rows = surface.rows(_MOST_ROWS)
    largest = _sharpest(surface, rows, deadline)
    if largest is None:
        return None
    method, start = largest
    batches = [_sharpest(surface, each, deadline) for each in surface.batches(rows, _BATCHES)]
    return _Sharpness(method, start, start, max([start, *(each[1] for each in batches if each)]))


def _sharpest(surface: Surface, rows: Array, deadline: float) -> tuple[str, float] | None:
    found = [
        (method, largest)
        for method, product in surface.products(rows)
        if (largest := largest_eigenvalue(product, surface.size, deadline)) is not None
    ]
    return max(found, key=lambda each: each[1], default=None)


def _adaptive(surface: Surface, deadline: float) -> _Sharpness | None:
    """The same for P⁻¹H, with P the root mean square of the gradients of batches."""
    if not 0 < surface.size <= _MOST_PARAMETERS:
        return None
    rows = surface.rows(_MOST_ROWS)
    squares = [surface.gradient(each) ** 2 for each in surface.batches(rows, _GRADIENTS) or [rows]]
    epsilon = float(surface.setup.optimizer.config.get("epsilon") or 1e-7)
    scale = 1 / np.sqrt(_root_mean_square(surface, squares) + epsilon)

    def preconditioned(product: Product) -> Product:
        return lambda vector: scale * product(scale * vector)

    found = [
        largest_eigenvalue(preconditioned(product), surface.size, deadline)
        for _, product in surface.products(rows)
    ]
    largest = max((each for each in found if each is not None), default=None)
    if largest is None:
        return None
    return _Sharpness("preconditioned", largest, largest, largest)


def _root_mean_square(surface: Surface, squares: Sequence[Array]) -> Array:
    """Of each gradient, raised to a share of those beside it and of all.

    A gradient that happens to be nearly 0 at the start, as behind a unit that is nearly dead or of
    a bias before BatchNormalization, does not stay what the optimizer divides by.
    """
    mean: Array = np.mean(squares, axis=0)
    floors = [
        np.full(weight.shape, _LEAST_BESIDE**2 * np.mean(part)).ravel()
        for weight, part in zip(surface.weights, surface.split(mean), strict=True)
    ]
    least = np.maximum(np.concatenate(floors), _LEAST**2 * np.mean(mean))
    raised: Array = np.sqrt(np.maximum(mean, least))
    return raised


def _spectrum(features: Array) -> tuple[float, float | None]:
    """The largest eigenvalue of XᵀX/n, and how many times the smallest that is not 0."""
    short = features if features.shape[0] >= features.shape[1] else features.T
    if short.shape[1] > _MOST_COLUMNS:
        return _largest(features), None
    values = np.linalg.eigvalsh(short.T @ short / len(features))
    # Features are of single precision, and so are the zeros of columns that depend on others.
    zero = values[-1] * max(features.shape) * float(np.finfo(np.float32).eps) ** 2
    return float(values[-1]), float(values[-1] / values[values > zero][0])


def _largest(features: Array) -> float:
    """λmax(XᵀX/n)."""
    return (
        largest_eigenvalue(
            lambda vector: features.T @ (features @ vector) / len(features),
            features.shape[1],
            np.inf,
        )
        or 0.0
    )
