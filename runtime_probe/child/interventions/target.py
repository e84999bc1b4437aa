"""The target of a regression on the scale that its output can give."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from runtime_probe.child.endings import endings
from runtime_probe.child.interventions.contract import Changed, Refusal, diff
from runtime_probe.child.setup import Array, Sample, Setup
from runtime_probe.child.task import Task
from runtime_probe.child.trees import leaves, map_leaves


def standardised_target(setup: Setup, task: Task) -> Changed | Refusal:
    """Scales the target to mean 0 and deviation 1, or into the range of a bounded output."""
    if task.kind != "regression":
        return Refusal(f"the target is not a quantity; the task is {task.kind}")
    if len(task.parts) != 1:
        return Refusal("the model has several outputs")
    (y,) = leaves(setup.sample.y)
    (end,) = endings(setup.model, 1)
    center, spread = _scale(y, end.activation)
    if _is_standard(y, end.activation):
        return Refusal("the target is on a common scale", already=True)

    def scaled(values: Array) -> Array:
        result: Array = ((values - center) / spread).astype(np.float32)
        return result

    def inverse(values: Array) -> Array:
        result: Array = values * spread.reshape(-1)[0] + center.reshape(-1)[0]
        return values * spread + center if values.shape[1:] == y.shape[1:] else result

    changed = replace(setup, sample=_scaled(setup.sample, scaled), inverse=inverse)
    words = f"from mean {y.mean():.4g} and deviation {y.std():.4g} to that of a common scale"
    return Changed(
        changed,
        f"target scaled {words}",
        diff("model.fit(x, y, ...)", "model.fit(x, (y - y.mean()) / y.std(), ...)"),
    )


def _scaled(sample: Sample, change: Callable[[Array], Array]) -> Sample:
    validation = sample.validation and _scaled(sample.validation, change)
    return replace(sample, y=map_leaves(change, sample.y), validation=validation)


def _scale(y: Array, activation: str | None) -> tuple[Array, Array]:
    """What the target is shifted and divided by, column by column."""
    y = y.astype(float)
    if y.ndim == 2 and y.shape[1] > 1:
        least, most = y.min(axis=0), y.max(axis=0)
        mean, deviation = y.mean(axis=0), y.std(axis=0)
    else:
        least, most = np.asarray(y.min()), np.asarray(y.max())
        mean, deviation = np.asarray(y.mean()), np.asarray(y.std())
    width = np.where(most > least, most - least, 1.0)
    deviation = np.where(deviation > 0, deviation, 1.0)
    if activation in {"sigmoid", "hard_sigmoid", "softmax"}:
        return least, width
    if activation == "tanh":
        return (least + most) / 2, width / 2
    if activation in {"relu", "softplus"}:
        return np.minimum(least, 0.0), deviation
    return mean, deviation


def _is_standard(y: Array, activation: str | None) -> bool:
    least, most = y.min(), y.max()
    if activation in {"sigmoid", "hard_sigmoid", "softmax"}:
        return bool(least >= 0 and most <= 1)
    if activation == "tanh":
        return bool(least >= -1 and most <= 1)
    return bool(abs(y.mean()) <= 2 and 0.1 <= y.std() <= 3)
