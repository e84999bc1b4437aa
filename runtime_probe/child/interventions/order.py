"""Rows in a new order every epoch."""

from __future__ import annotations

from dataclasses import replace

from runtime_probe.child.interventions.contract import Changed, Refusal, diff
from runtime_probe.child.setup import Setup
from runtime_probe.child.task import Task


def shuffled_order(setup: Setup, task: Task) -> Changed | Refusal:
    if setup.sample.shuffled:
        return Refusal("the rows are shuffled every epoch", already=True)
    if any(getattr(layer, "stateful", False) for layer in setup.model.layers):
        return Refusal("the model keeps its state from batch to batch, so the order matters")
    return Changed(
        replace(setup, sample=replace(setup.sample, shuffled=True)),
        "rows shuffled every epoch",
        diff("model.fit(x, y, shuffle=False, ...)", "model.fit(x, y, shuffle=True, ...)"),
    )
