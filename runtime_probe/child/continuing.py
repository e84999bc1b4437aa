"""What a script gets for a ``fit`` that Keras has not trained to its end, so that it goes on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from runtime_probe.child.callbacks import listed
from runtime_probe.child.capture import Captured, first_rows
from runtime_probe.child.frameworks import framework
from runtime_probe.child.setup import State
from runtime_probe.child.state import assign

_CAPPED_STEPS = 3
_SHOWN_ROWS = 64  # that the history of a fit which was taken over is made with, or one batch


class Outcome(Protocol):
    """A training that was carried out: the model's variables after it, and what was logged.

    ``losses`` are those of the epochs, ``logs`` other values of the epochs by their names.
    """

    @property
    def state(self) -> State: ...

    @property
    def losses(self) -> Sequence[float]: ...

    @property
    def logs(self) -> Mapping[str, Sequence[float]]: ...


def capped(original: Callable[..., Any], model: Any, arguments: dict[str, Any]) -> Any:
    """A few steps of the script's own training, so that it goes on."""

    def stop(batch: int, logs: object) -> None:
        if batch >= _CAPPED_STEPS - 1:
            model.stop_training = True

    steps = min(arguments["validation_steps"] or _CAPPED_STEPS, _CAPPED_STEPS)
    given = arguments | {"validation_steps": steps}
    return _trained(original, model, given, stop)


def carried_on(
    original: Callable[..., Any],
    taken: Captured,
    arguments: dict[str, Any],
    outcome: Outcome | None,
) -> Any:
    """The history that the script gets, and its model as it is after the training.

    Keras makes one step with a few rows, so that callbacks, metrics and the history's names are
    its own; then the model is given the state it has been trained to.
    """

    def finish(batch: int, logs: object) -> None:
        if outcome is not None:
            assign(taken.model, outcome.state)
        taken.model.stop_training = True

    size = taken.sample.batch_size  # a model may be made for this one alone
    shown = size * max(1, _SHOWN_ROWS // size)
    x, y, weights = first_rows(taken.sample, size)
    held_out = taken.sample.validation
    validation = None if held_out is None else first_rows(held_out, shown)
    given = arguments | {
        "x": x,
        "y": y,
        "sample_weight": weights,
        "class_weight": None,
        "batch_size": size,
        "steps_per_epoch": None,
        "validation_split": 0.0,
        "validation_data": validation,
        "validation_steps": None,
        "validation_batch_size": None,
    }
    history = _trained(original, taken.model, given, finish)
    if outcome is not None:
        _fill(history, "loss", outcome.losses)
        for name, values in outcome.logs.items():
            _fill(history, name, values)
    return history


def _trained(
    original: Callable[..., Any],
    model: Any,
    arguments: dict[str, Any],
    on_batch: Callable[[int, object], None],
) -> Any:
    """One epoch of Keras' own ``fit`` without compiling, its history stretched to all epochs."""
    cap = framework(model).callbacks.LambdaCallback(on_train_batch_end=on_batch)
    given = arguments | {"callbacks": [cap, *listed(arguments["callbacks"])], "verbose": 0}
    functions = model.train_function, model.test_function
    was_eager = model.run_eagerly
    model.train_function = model.test_function = None
    model.run_eagerly = True
    try:
        history = original(model, **given)
    finally:
        model.run_eagerly = was_eager
        model.train_function, model.test_function = functions
        model.stop_training = False
    first, end = arguments["initial_epoch"], arguments["epochs"]
    history.epoch = list(range(first, end))
    for name in history.history:
        _fill(history, name, history.history[name])
    return history


def _fill(history: Any, name: str, values: Sequence[float]) -> None:
    """One value for each epoch; the last one stands for those that were not trained."""
    count = len(history.epoch)
    known = [float(each) for each in values][:count]
    if known:
        history.history[name] = known + [known[-1]] * (count - len(known))
