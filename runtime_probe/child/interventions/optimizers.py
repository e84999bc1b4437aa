"""Another optimizer, or the same one at a rate at which training is stable and gets somewhere."""

from __future__ import annotations

import inspect
import time
from dataclasses import replace
from typing import Any

from runtime_probe.child.curvature import stability
from runtime_probe.child.frameworks import framework
from runtime_probe.child.interventions.contract import Changed, Refusal, diff
from runtime_probe.child.setup import Optimizer, Setup
from runtime_probe.child.task import Task
from runtime_probe.records import Stability

_MOMENTUM = 0.9
_LIMIT_SECONDS = 2.0  # that measuring the curvature may take
_NEAR = 3.0  # rates within this factor of one another are the same for our purposes
_FASTER = 100.0  # the most by which a rate is raised
_SLOWER = 10.0  # the least by which one that is too high is lowered

# Optimizers whose steps are as long as the rate, whatever the gradients are.
NORMALISED = frozenset({"Adam", "AdamW", "Adamax", "Lamb", "Lion", "Nadam", "RMSprop"})
# Where Keras' default is not what the optimizer was published with.
PUBLISHED = {"Adadelta": 1.0, "Adagrad": 0.01}


def momentum(setup: Setup, task: Task) -> Changed | Refusal:
    """Plain SGD with a momentum of 0.9 at the rate that it has."""
    optimizer = setup.optimizer
    if optimizer.kind.__name__ != "SGD":
        return Refusal(f"{optimizer.kind.__name__} is not plain SGD", already=True)
    if optimizer.config.get("momentum"):
        return Refusal(f"its momentum is {optimizer.config['momentum']:g}", already=True)
    changed = replace(optimizer, config={**optimizer.config, "momentum": _MOMENTUM})
    return _with(setup, changed, f"SGD with a momentum of {_MOMENTUM:g}")


def adam(setup: Setup, task: Task) -> Changed | Refusal:
    """Adam at its default rate."""
    if setup.optimizer.kind.__name__ in NORMALISED:
        return Refusal(f"{setup.optimizer.kind.__name__} adapts its steps already", already=True)
    made = framework(setup.model).optimizers.Adam()
    changed = replace(setup.optimizer, kind=type(made), config=made.get_config())
    return _with(setup, changed, "Adam at its default rate")


def stable_learning_rate(setup: Setup, task: Task) -> Changed | Refusal:
    """A rate below the stable limit by curvature, or one that is no longer hopelessly low.

    Chosen by the bound and by the optimizer's default, never by trying what works best.
    """
    optimizer = setup.optimizer
    rate = optimizer.learning_rate
    if rate is None:
        return Refusal("the learning rate follows a schedule")
    limit = stability_of(setup)
    better = _better_rate(setup, rate, limit)
    if better is None:
        return Refusal(f"a rate of {rate:g} is about what it should be", already=True)
    changed = replace(optimizer, config={**optimizer.config, "learning_rate": better})
    why = "" if limit is None else f"; training is stable up to about {limit.limit:.2g}"
    return _with(setup, changed, f"a learning rate of {better:.2g} in place of {rate:.2g}{why}")


def _better_rate(setup: Setup, rate: float, limit: Stability | None) -> float | None:
    """A rate to use in place of ``rate``; None where that is right."""
    kind = setup.optimizer.kind
    usual = default_rate(kind)
    if limit is not None and rate > limit.limit:
        return min(rate / _SLOWER, limit.stable_rate)
    if kind.__name__ in NORMALISED or limit is None:
        return usual if not usual / _NEAR <= rate <= usual * _NEAR else None
    wanted = max(usual, _sufficient(setup, limit) or usual)
    better = min(limit.stable_rate, wanted, rate * _FASTER)
    return better if better > rate * _NEAR else None


def _sufficient(setup: Setup, limit: Stability) -> float | None:
    """The rate at which the planned steps are enough, None where the curvature does not tell."""
    if limit.needed_steps is None:
        return None
    return limit.limit * limit.needed_steps / max(setup.steps, 1)


def stability_of(setup: Setup) -> Stability | None:
    """The rate at which the training is stable from its first state, None if not known."""
    return stability(setup, 0, time.monotonic() + _LIMIT_SECONDS)


def default_rate(kind: type[Any]) -> float:
    """The rate that an optimizer was made for: Keras' default, save for two of them."""
    if kind.__name__ in PUBLISHED:
        return PUBLISHED[kind.__name__]
    given = inspect.signature(kind).parameters.get("learning_rate")
    return float(given.default) if given is not None and given.default else 0.001


def _with(setup: Setup, optimizer: Optimizer, summary: str) -> Changed:
    before, after = spelled(setup.optimizer), spelled(optimizer)
    text = diff(f"model.compile(optimizer={before}, ...)", f"model.compile(optimizer={after}, ...)")
    return Changed(replace(setup, optimizer=optimizer), summary, text)


def spelled(optimizer: Optimizer) -> str:
    """An optimizer as a script would write it."""
    rate = optimizer.learning_rate
    parts = [] if rate is None else [f"learning_rate={rate:.4g}"]
    if optimizer.config.get("momentum") and optimizer.kind.__name__ == "SGD":
        parts.append(f"momentum={optimizer.config['momentum']:g}")
    return f"{optimizer.kind.__name__}({', '.join(parts)})"
