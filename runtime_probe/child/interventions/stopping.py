"""An end to training when it no longer helps."""

from __future__ import annotations

from dataclasses import replace

from runtime_probe.child.interventions.contract import Changed, Refusal, diff
from runtime_probe.child.setup import Setup, Stop
from runtime_probe.child.task import Task

_LEAST_PATIENCE, _MOST_PATIENCE = 5, 50


def early_stopping(setup: Setup, task: Task) -> Changed | Refusal:
    """With the patience that the rule's fix proposes: a tenth of the epochs, 5 to 50."""
    if setup.stop is not None:
        return Refusal(f"it stops by {setup.stop.monitor}", already=True)
    monitor = "loss" if setup.sample.validation is None else "val_loss"
    patience = min(max(setup.epochs // 10, _LEAST_PATIENCE), _MOST_PATIENCE)
    stop = f"EarlyStopping(monitor={monitor!r}, patience={patience}, restore_best_weights=True)"
    return Changed(
        replace(setup, stop=Stop(monitor, patience)),
        f"training ends when {monitor} has not improved for {patience} epochs",
        diff("model.fit(x, y, ...)", f"model.fit(x, y, callbacks=[{stop}], ...)"),
    )
