"""What the callbacks of a training run watch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tfcheck.script.reports import DOWN, UP, Reported
from tfcheck.script.training import Callback, Compiled, Model, TrainingRun
from tfcheck.script.values import constant, string

# Callbacks that act on a number of the logs, and where its name may stand without ``monitor=``.
_PLACES = {"EarlyStopping": 0, "ReduceLROnPlateau": 0, "ModelCheckpoint": 1}

# Callbacks of Keras that call code of the script, which may write into the logs.
_OPEN = frozenset({"Callback", "LambdaCallback"})

# What schedules add to the logs.
RATES = frozenset({"lr", "learning_rate"})


def count(epochs: int) -> str:
    return "1 epoch" if epochs == 1 else f"{epochs:,} epochs"


class Monitor(NamedTuple):
    """A callback and the name of the number that it acts on."""

    callback: Callback
    name: str
    mode: str | None  # auto where nothing is said, None where it is not known

    @property
    def base(self) -> str:
        """The metric, whichever data it is computed on."""
        return self.name.removeprefix("val_")

    @property
    def of_validation(self) -> bool:
        return self.name.startswith("val_")

    @property
    def place(self) -> int:
        return _PLACES[self.callback.name]

    @property
    def acts(self) -> bool:
        """Whether anything hangs on the number: a checkpoint may save whatever comes."""
        best = constant(self.callback.argument("save_best_only"))
        return self.callback.name != "ModelCheckpoint" or bool(best is not ... and best)


def is_plain(run: TrainingRun) -> bool:
    """Whether this is a ``fit`` of Keras' own, and nothing but Keras writes its logs."""
    if run.method not in ("fit", "fit_generator") or run.more is not None:
        return False
    if not isinstance(run.model, Model) or run.model.own_training or run.model.touched:
        return False
    return all(
        isinstance(each, Callback)
        and each.of is None
        and each.path.startswith("keras.callbacks.")
        and each.name not in _OPEN
        for each in run.callbacks
    )


def monitors(run: TrainingRun, *names: str) -> Iterator[Monitor]:
    """What the callbacks of these names watch, of all that watch something by default."""
    for each in run.callbacks:
        if not isinstance(each, Callback) or each.name not in (names or _PLACES):
            continue
        given = each.argument("monitor")
        monitor = "val_loss" if given is None else string(given)
        mode = each.argument("mode")
        if monitor is not None:
            yield Monitor(each, monitor, "auto" if mode is None else string(mode))


def reports_of(run: TrainingRun) -> tuple[Reported, ...] | None:
    """The loss and the metrics as the run logs them; None where one is not known."""
    if not isinstance(run.compiled, Compiled) or run.compiled.reports is None:
        return None
    return (Reported("loss", "loss", DOWN), *run.compiled.reports)


def is_sound(run: TrainingRun, monitor: Monitor) -> bool:
    """Whether what is watched may be logged, and is better where the callback takes it to be."""
    if reports_of(run) is None:
        return True
    report = report_of(run, monitor)
    if report is None:
        return False
    right = {UP: "max", DOWN: "min"}.get(report.direction or "", monitor.mode)
    return monitor.mode in (right, "auto", None)


def report_of(run: TrainingRun, monitor: Monitor) -> Reported | None:
    """What is watched, where that is known."""
    if monitor.base == "loss":
        return Reported("loss", "loss", DOWN)
    return next((each for each in reports_of(run) or () if each.is_called(monitor.base)), None)
