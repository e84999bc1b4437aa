"""What training runs do with the learning rate."""

from __future__ import annotations

from collections.abc import Iterable

from lint_rules.pipeline import steps
from tfcheck.script import Script
from tfcheck.script.data import Data
from tfcheck.script.judgements import most_rows
from tfcheck.script.training import Callback, Compiled, Model, Optimizer, TrainingRun
from tfcheck.script.uses import Use
from tfcheck.script.values import Ref, Value, integer, number

SCHEDULES = "keras.optimizers.schedules."

# Optimizers whose first steps move each weight by the rate itself, whatever the gradients are.
NORMALISED = frozenset({"adam", "adamax", "adamw", "lamb", "nadam", "rmsprop"})

# Callbacks of Keras that leave the rate as it is, or lower it only after some epochs.
_STEADY = frozenset(
    "BackupAndRestore CSVLogger EarlyStopping ModelCheckpoint ProgbarLogger ReduceLROnPlateau "
    "RemoteMonitor SwapEMAWeights TensorBoard TerminateOnNaN".split()
)

# Steps of a dataset after which it has no more elements than before.
_NO_MORE = frozenset("cache filter map prefetch shuffle skip with_options".split())


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


def most_steps(script: Script, run: TrainingRun) -> int | None:
    """How many batches a run sees at most, where their number or that of its rows is known."""
    epochs, given = integer(run.epochs), run.arguments.get("x")
    if epochs is None or run.more is not None or run.in_loop:
        return None
    if isinstance(given, Data) and given.form == "dataset":
        batches = _most_of_dataset(script, given)
    else:
        batches = _most_of_arrays(run)
    bounds = (batches, integer(run.arguments.get("steps_per_epoch")))
    known = [each for each in bounds if each is not None]
    return epochs * min(known) if known else None


def _most_of_arrays(run: TrainingRun) -> int | None:
    """Features and labels have as many rows, so that those of one of them will do."""
    if run.arguments.get("y") is None:  # what a generator gives are batches
        return None
    arrays = [each for each in (*run.features, *run.labels) if isinstance(each, Data)]
    rows = _fewest(each for each in arrays if each.form in ("array", "frame", "series"))
    return -(-rows // run.batch_size) if rows is not None and run.batch_size else None


def _most_of_dataset(script: Script, dataset: Data) -> int | None:
    """What arrays are sliced into, put into batches or not."""
    first, *later = dataset.chain()[::-1]
    if first.what != "from_tensor_slices":
        return None
    slices = [each.main for each in first.elements or () if isinstance(each, Data)]
    count = _fewest(each for each in slices if each is not None)
    for step in later:
        if step.what in steps.BATCHES:
            size = _said(script, step, "batch_size")
            count = -(-count // size) if count is not None and size else None
        elif step.what == "take":
            most = _said(script, step, "count")
            count = min(count, most) if count is not None and most and most > 0 else count
        elif step.what not in _NO_MORE:
            return None
    return count


def _said(script: Script, step: Data, name: str) -> int | None:
    """The number that the call behind a step is given, where there is one such call."""
    made = steps.made_by(script, step)
    return integer(made[0].argument(0, name)) if len(made) == 1 else None


def _fewest(arrays: Iterable[Data]) -> int | None:
    """The least of the bounds that are known, of arrays that have as many rows."""
    return min((rows for each in arrays if (rows := most_rows(each)) is not None), default=None)
