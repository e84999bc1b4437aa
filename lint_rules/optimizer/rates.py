"""What training runs do with the learning rate."""

from __future__ import annotations

from tfcheck.script import Script
from tfcheck.script.data import Data
from tfcheck.script.judgements import most_rows
from tfcheck.script.training import Callback, Compiled, Model, Optimizer, TrainingRun
from tfcheck.script.uses import Use
from tfcheck.script.values import Ref, Value, constant, number

SCHEDULES = "keras.optimizers.schedules."

# Optimizers whose first steps move each weight by the rate itself, whatever the gradients are.
NORMALISED = frozenset({"adam", "adamax", "adamw", "lamb", "nadam", "rmsprop"})

# Callbacks of Keras that leave the rate as it is, or lower it only after some epochs.
_STEADY = frozenset(
    "BackupAndRestore CSVLogger EarlyStopping ModelCheckpoint ProgbarLogger ReduceLROnPlateau "
    "RemoteMonitor SwapEMAWeights TensorBoard TerminateOnNaN".split()
)


def optimizer_of(run: TrainingRun) -> Optimizer | None:
    """The optimizer where it is one of Keras', and nothing sets its rate but itself."""
    compiled, model = run.compiled, run.model
    if not isinstance(compiled, Compiled) or not isinstance(compiled.optimizer, Optimizer):
        return None
    if not isinstance(model, Model) or model.touched or not compiled.optimizer.defaults:
        return None
    steady = all(
        isinstance(each, Callback) and each.of is None and each.name in _STEADY
        for each in run.callbacks
    )
    return compiled.optimizer if steady and compiled.optimizer.more is None else None


def made_by(script: Script, value: Value | None, prefix: str) -> Use | None:
    """The call that made ``value``, where it is one of a library's under ``prefix``."""
    made = script.uses.giving(value) if isinstance(value, Ref) else ()
    return next((use for use in made if use.path.startswith(prefix)), None)


def first_rate(script: Script, optimizer: Optimizer) -> float | None:
    """The rate of the first steps, from a number or from a schedule without a warm-up."""
    rate = optimizer.learning_rate
    schedule = made_by(script, rate, SCHEDULES) if number(rate) is None else None
    if schedule is None:
        return number(rate)
    if schedule.more is not None or "warmup_target" in schedule.keywords:
        return None
    return number(schedule.argument(0, "initial_learning_rate"))


def most_steps(run: TrainingRun) -> int | None:
    """How many batches a run sees at most, where the number of its rows is known."""
    epochs, batch = constant(run.epochs), run.batch_size
    rows = {most_rows(each) for each in run.features if isinstance(each, Data) and each.shape}
    if not isinstance(epochs, int) or not batch or len(rows) != 1 or run.more is not None:
        return None
    (count,) = rows
    return None if count is None or run.in_loop else epochs * -(-count // batch)
