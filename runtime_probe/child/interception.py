"""Taking over where a script trains.

The frameworks are patched right after the script has imported them, never before: it may choose
the backend, or the old Keras, by its environment first.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import os
import sys
import time
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import FrameType, ModuleType
from typing import Any, Protocol, TypeAlias

from runtime_probe.child.callbacks import listed
from runtime_probe.child.capture import Captured, Place, captured, first_rows, framework_of
from runtime_probe.child.feed import UnknownData
from runtime_probe.child.importing import Finder
from runtime_probe.child.setup import Emit, State
from runtime_probe.child.stand_ins import StandIns
from runtime_probe.job import Job
from runtime_probe.records import Remark

_CAPPED_STEPS = 3
_SHOWN_ROWS = 256  # that the history of a fit which was taken over is made with
_READING = 0.2  # the share of the time left that may go into reading a stream


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


Hear: TypeAlias = Callable[[Captured, Job, Emit, float], "Outcome | None"]


def install(job: Job, emit: Emit, deadline: float, hear: Hear | None = None) -> Interception:
    """Have every framework patched as soon as it is imported.

    ``deadline`` is the end of everything, in seconds of ``time.monotonic``. ``hear`` is called
    with each training that is taken over; without one it is that of the court.
    """
    interception = Interception(job, emit, deadline, hear or _court)
    packages = dict.fromkeys(("keras", "tf_keras"), interception.patch)
    sys.meta_path.insert(0, Finder({**packages, **interception.stand_ins.hooks()}))
    return interception


def _court(taken: Captured, job: Job, emit: Emit, deadline: float) -> Outcome | None:
    court = importlib.import_module("runtime_probe.child.court")
    outcome: Outcome | None = court.hear(taken, job, emit, deadline)
    return outcome


class Interception:
    """What was patched, and the fits that were taken over."""

    def __init__(self, job: Job, emit: Emit, deadline: float, hear: Hear) -> None:
        self._hear = hear
        self._job = job
        self._emit = emit
        self._deadline = deadline
        self._compiled: weakref.WeakKeyDictionary[Any, dict[str, Any]] = weakref.WeakKeyDictionary()
        self._seen: set[tuple[str, int]] = set()
        self._busy = False
        self._patched: list[tuple[type[Any], Any]] = []
        self.stand_ins = StandIns(emit)
        self.fits = 0

    def patch(self, module: ModuleType) -> None:
        """Put wrappers in the place of methods of a framework that was just imported."""
        _wrap(module.Model, "compile", self._compile)
        _wrap(module.Model, "fit", self._fit)
        self._patched.append((module.Model, module.Model.fit))

    @property
    def is_replaced(self) -> bool:
        """Whether the script has put a ``fit`` of its own in the place of the one to take over."""
        return any(model.fit is not ours for model, ours in self._patched)

    def _compile(self, original: Callable[..., Any], model: Any, *args: Any, **kwargs: Any) -> Any:
        result = original(model, *args, **kwargs)
        bound = inspect.signature(original).bind(model, *args, **kwargs)
        bound.apply_defaults()
        self._compiled[model] = bound.arguments
        return result

    def _fit(self, original: Callable[..., Any], model: Any, *args: Any, **kwargs: Any) -> Any:
        if self._busy or model not in self._compiled:
            return original(model, *args, **kwargs)
        bound = inspect.signature(original).bind(model, *args, **kwargs)
        bound.apply_defaults()
        arguments = {name: bound.arguments[name] for name in list(bound.arguments)[1:]}
        place = self._place()
        self._busy = True
        try:
            if place is None or not self._is_asked(place):
                return _capped(original, model, arguments)
            return self._taken_over(original, model, arguments, place)
        finally:
            self._busy = False

    def _taken_over(
        self, original: Callable[..., Any], model: Any, arguments: dict[str, Any], place: Place
    ) -> Any:
        now = time.monotonic()
        until = now + _READING * (self._deadline - now)
        try:
            taken = captured(
                model,
                arguments,
                self._compiled[model],
                place,
                limit=self._job.max_samples,
                until=until,
            )
        except UnknownData as error:
            self._emit(Remark(f"line {place.line}: the probe cannot read {error}"))
            return _capped(original, model, arguments)
        taken = replace(taken, fit=self.fits, stand_in=", ".join(self.stand_ins.used) or None)
        self.fits += 1
        outcome = self._hear(taken, self._job, self._emit, self._deadline)
        return _carried_on(original, taken, arguments, outcome)

    def _is_asked(self, place: Place) -> bool:
        """Whether this line is to be taken over; only its first visit is."""
        asked = self._job.lines
        if asked and not any(place.line <= line <= place.last for line in asked):
            return False
        key = (place.filename, place.line)
        is_new = key not in self._seen
        self._seen.add(key)
        return is_new

    def _place(self) -> Place | None:
        """The line of the script itself that is asked for, else the innermost of its files'."""
        places = [
            place
            for frame in _frames(sys._getframe(1))
            if (place := self._in_folder(frame)) is not None
        ]
        for place in places:
            if place.filename == self._job.script and any(
                place.line <= line <= place.last for line in self._job.lines
            ):
                return place
        return places[0] if places else None

    def _in_folder(self, frame: FrameType) -> Place | None:
        filename = frame.f_code.co_filename
        if not filename.startswith(self._job.folder + os.sep):
            return None
        return Place(filename, *_lines(frame))


def _frames(frame: FrameType | None) -> Sequence[FrameType]:
    found = []
    while frame is not None:
        found.append(frame)
        frame = frame.f_back
    return found


def _lines(frame: FrameType) -> tuple[int, int]:
    """The first and the last line of the call that a frame is in."""
    if sys.version_info >= (3, 11):
        positions = list(frame.f_code.co_positions())[frame.f_lasti // 2]
        if positions[0] is not None and positions[1] is not None:
            return positions[0], positions[1]
    return frame.f_lineno, frame.f_lineno


def _wrap(owner: type[Any], name: str, wrapper: Callable[..., Any]) -> None:
    """Replace a method where it is defined, so that no subclass finds the original."""
    defining = next(each for each in owner.__mro__ if name in vars(each))
    original = vars(defining)[name]

    @functools.wraps(original)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        return wrapper(original, *args, **kwargs)

    setattr(defining, name, wrapped)


def _capped(original: Callable[..., Any], model: Any, arguments: dict[str, Any]) -> Any:
    """A few steps of the script's own training, so that it goes on."""

    def stop(batch: int, logs: object) -> None:
        if batch >= _CAPPED_STEPS - 1:
            model.stop_training = True

    steps = min(arguments["validation_steps"] or _CAPPED_STEPS, _CAPPED_STEPS)
    given = arguments | {"validation_steps": steps}
    return _trained(original, model, given, stop)


def _carried_on(
    original: Callable[..., Any],
    taken: Captured,
    arguments: dict[str, Any],
    outcome: Outcome | None,
) -> Any:
    """The history that the script gets, and its model as it is after the training.

    Keras makes one step with a few rows, so that callbacks, metrics and the history's names are
    its own; then the model is given the state it has been trained to.
    """

    def assign(batch: int, logs: object) -> None:
        if outcome is not None:
            for variable, value in zip(taken.model.variables, outcome.state, strict=True):
                variable.assign(value)
        taken.model.stop_training = True

    x, y, weights = first_rows(taken.sample, _SHOWN_ROWS)
    held_out = taken.sample.validation
    validation = None if held_out is None else first_rows(held_out, _SHOWN_ROWS)
    given = arguments | {
        "x": x,
        "y": y,
        "sample_weight": weights,
        "class_weight": None,
        "batch_size": _SHOWN_ROWS,
        "steps_per_epoch": None,
        "validation_split": 0.0,
        "validation_data": validation,
        "validation_steps": None,
        "validation_batch_size": None,
    }
    history = _trained(original, taken.model, given, assign)
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
    package = sys.modules[framework_of(model)]
    cap = package.callbacks.LambdaCallback(on_train_batch_end=on_batch)
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
