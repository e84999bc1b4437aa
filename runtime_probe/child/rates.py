"""Callbacks of the script that steer training, replayed in every arm on that arm's own losses."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from runtime_probe.child.frameworks import framework
from runtime_probe.child.setup import Setup

_OF_STEPS = ("on_train_batch_begin", "on_train_batch_end", "on_batch_begin", "on_batch_end")


class Replay:
    """The callbacks of one run. They are copies: those of the script see nothing of it.

    What they monitor is the loss, of validation where that is what they ask for: metrics are not
    computed in a trial, and all arms are treated alike.
    """

    def __init__(self, setup: Setup, optimizer: Any) -> None:
        keras = framework(setup.model)
        self._model = SimpleNamespace(optimizer=optimizer, stop_training=False, metrics=[])
        self._callbacks = [_copied(each) for each in setup.rate_callbacks]
        if setup.stop is not None:
            self._callbacks.append(_stopping(keras, setup))
        base = keras.callbacks.Callback
        self.every_step = any(
            getattr(type(each), name) is not getattr(base, name)
            for each in self._callbacks
            for name in _OF_STEPS
        )
        self.wants_epochs = bool(self._callbacks)
        self.wants_validation = any(
            getattr(each, "monitor", "loss").startswith("val_") for each in self._callbacks
        )
        for each in self._callbacks:
            each.set_params(
                {"epochs": setup.epochs, "steps": setup.steps // setup.epochs, "verbose": 0}
            )
            each.set_model(self._model)
            each.on_train_begin()

    def epoch_begins(self, epoch: int) -> None:
        for each in self._callbacks:
            each.on_epoch_begin(epoch)

    def epoch_ends(self, epoch: int, logs: Mapping[str, float]) -> bool:
        """Tells them the losses of an epoch, counted from 0. Returns whether training ends."""
        for each in self._callbacks:
            each.on_epoch_end(epoch, dict(logs))
        return bool(self._model.stop_training)

    def step_begins(self, step: int) -> None:
        for each in self._callbacks:
            each.on_train_batch_begin(step)

    def step_ends(self, step: int, loss: float) -> None:
        for each in self._callbacks:
            each.on_train_batch_end(step, {"loss": loss})


def _monitored(monitor: str) -> str:
    return "val_loss" if monitor.startswith("val_") else "loss"


def _copied(callback: Any) -> Any:
    made = copy.copy(callback)
    if getattr(made, "verbose", 0):
        made.verbose = 0
    monitor = getattr(made, "monitor", None)
    if monitor is not None and monitor != _monitored(monitor):
        made.monitor, made.mode, made.monitor_op = _monitored(monitor), "min", None
        made.min_delta = abs(made.min_delta)
    return made


def _stopping(keras: Any, setup: Setup) -> Any:
    stop = setup.stop
    assert stop is not None
    monitor = _monitored(stop.monitor)
    return keras.callbacks.EarlyStopping(
        monitor=monitor,
        patience=stop.patience,
        min_delta=stop.min_delta,
        mode=stop.mode if monitor == stop.monitor else "min",
        start_from_epoch=stop.start_from_epoch,
    )
