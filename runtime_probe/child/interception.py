"""Taking over where a script trains.

The frameworks are patched right after the script has imported them, never before: it may choose
the backend, or the old Keras, by its environment first.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import time
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import ModuleType
from typing import Any, TypeAlias

from runtime_probe.child.capture import Captured, captured
from runtime_probe.child.continuing import Outcome, capped, carried_on
from runtime_probe.child.feed import UnknownData
from runtime_probe.child.hooks import after_import
from runtime_probe.child.loops import Loop
from runtime_probe.child.origins import Origins
from runtime_probe.child.places import Place, called_at
from runtime_probe.child.setup import Emit
from runtime_probe.child.stand_ins import StandIns
from runtime_probe.child.state import assign, values
from runtime_probe.child.tapes import Tapes
from runtime_probe.job import Job
from runtime_probe.records import Remark

_READING = 0.2  # the share of the time left that may go into reading a stream


Hear: TypeAlias = Callable[[Captured, Job, Emit, float], Outcome | None]


def install(job: Job, emit: Emit, deadline: float, hear: Hear | None = None) -> Interception:
    """Have every framework patched as soon as it is imported.

    ``deadline`` is the end of everything, in seconds of ``time.monotonic``. ``hear`` is called
    with each training that is taken over; without one it is that of the court.
    """
    interception = Interception(job, emit, deadline, hear or _court)
    patches = {
        "keras": interception.patch,
        "tf_keras": interception.patch,
        "tensorflow": interception.patch_tapes,
    }
    after_import({**patches, **interception.stand_ins.hooks()})
    return interception


def _court(taken: Captured, job: Job, emit: Emit, deadline: float) -> Outcome | None:
    from runtime_probe.child import court  # brings the framework, which the script imports first

    return court.hear(taken, job, emit, deadline)


class Interception:
    """What was patched, and the fits that were taken over."""

    def __init__(self, job: Job, emit: Emit, deadline: float, hear: Hear) -> None:
        self._hear = hear
        self._job = job
        self._emit = emit
        self._deadline = deadline
        self._compiled: weakref.WeakKeyDictionary[Any, dict[str, Any]] = weakref.WeakKeyDictionary()
        self._origins = Origins(job)
        self._seen: set[Place] = set()
        self._busy = False
        self._patched: list[tuple[type[Any], Any]] = []
        self._loops: dict[Place, Loop] = {}
        self._tapes = Tapes(job, emit, self._number, deadline)
        self.stand_ins = StandIns(emit)
        self.fits = 0

    def patch(self, module: ModuleType) -> None:
        """Put wrappers in the place of methods of a Keras that was just imported."""
        _wrap(module.layers.Layer, "__new__", self._layer)
        _wrap(module.optimizers.Optimizer, "__init__", self._optimizer)
        _wrap(module.Model, "compile", self._compile)
        _wrap(module.Model, "fit", self._fit)
        _wrap(module.Model, "train_on_batch", self._train_on_batch)
        _wrap(module.optimizers.Optimizer, "apply_gradients", self._apply_gradients)
        if hasattr(module.optimizers.Optimizer, "apply"):
            _wrap(module.optimizers.Optimizer, "apply", self._apply)
        self._patched.append((module.Model, module.Model.fit))

    def patch_tapes(self, module: ModuleType) -> None:
        """Have TensorFlow, just imported, tell what it calls and differentiates."""
        _wrap(module.GradientTape, "gradient", self._gradient)
        _wrap(type(module.function(lambda: None)), "__call__", self._call)

    def finish(self, whole: bool = True) -> None:
        """Try the loops that have ended with the script; to be called when it has.

        ``whole``: whether it came to its end by itself.
        """
        with self._own_work():
            self._tapes.finish(whole)
            for loop in self._loops.values():
                if not loop.is_over:
                    self._try(loop)

    @property
    def is_replaced(self) -> bool:
        """Whether the script has put a ``fit`` of its own in the place of the one to take over."""
        return any(model.fit is not ours for model, ours in self._patched)

    def _layer(self, original: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        layer = original(*args, **kwargs)
        if not self._busy:
            self._origins.made(layer)
        return layer

    def _optimizer(
        self, original: Callable[..., Any], optimizer: Any, *args: Any, **kwargs: Any
    ) -> None:
        original(optimizer, *args, **kwargs)
        if not self._busy:
            self._origins.made(optimizer)

    def _compile(self, original: Callable[..., Any], model: Any, *args: Any, **kwargs: Any) -> Any:
        result = original(model, *args, **kwargs)
        self._compiled[model] = _arguments(original, model, args, kwargs)
        if not self._busy:
            self._origins.compiled(model)
        return result

    def _fit(self, original: Callable[..., Any], model: Any, *args: Any, **kwargs: Any) -> Any:
        if self._busy or model not in self._compiled:
            return original(model, *args, **kwargs)
        arguments = _arguments(original, model, args, kwargs)
        place = called_at(self._job)
        self._tapes.stop()
        with self._own_work():
            if place is None or not self._is_first(place):
                return capped(original, model, arguments)
            return self._taken_over(original, model, arguments, place)

    def _train_on_batch(
        self, original: Callable[..., Any], model: Any, *args: Any, **kwargs: Any
    ) -> Any:
        place = called_at(self._job)
        if self._busy or model not in self._compiled or place is None or not self._is_asked(place):
            with self._own_work():
                return original(model, *args, **kwargs)
        compiled, limit = self._compiled[model], self._job.max_samples
        loop = self._loops.get(place) or Loop.begun(model, compiled, place, limit, self._deadline)
        self._loops[place] = loop
        with self._own_work():
            if loop.model is not model:
                return original(model, *args, **kwargs)
            result = loop.step(original, _arguments(original, model, args, kwargs))
            if not loop.is_over and time.monotonic() > loop.until:
                self._try(loop)
            return result

    def _try(self, loop: Loop) -> None:
        if len({id(each.model) for each in self._loops.values()}) > 1:
            loop.is_over = True
            words = f"line {loop.place.line}: several models are trained in turn, so none is tried"
            self._emit(Remark(words))
            return
        trained = values(loop.model)
        outcome = self._heard(loop.captured())
        assign(loop.model, trained if outcome is None else outcome.state)

    def _gradient(self, original: Callable[..., Any], tape: Any, *args: Any, **kwargs: Any) -> Any:
        result = original(tape, *args, **kwargs)
        if not self._busy:
            given = _arguments(original, tape, args, kwargs)
            place = called_at(self._job)
            self._tapes.differentiated(given["target"], given["sources"], place)
        return result

    def _call(self, original: Callable[..., Any], function: Any, *args: Any, **kwargs: Any) -> Any:
        call = functools.partial(original, function, *args, **kwargs)
        return call() if self._busy else self._tapes.called(function.python_function, call)

    def _apply_gradients(
        self, original: Callable[..., Any], optimizer: Any, pairs: Any, *args: Any, **kwargs: Any
    ) -> Any:
        listed_pairs = list(pairs)
        return self._applied(
            optimizer, listed_pairs, lambda: original(optimizer, listed_pairs, *args, **kwargs)
        )

    def _apply(
        self,
        original: Callable[..., Any],
        optimizer: Any,
        grads: Any,
        trainable_variables: Any = None,
    ) -> Any:
        step = functools.partial(original, optimizer, grads, trainable_variables)
        if trainable_variables is None:
            return step()
        return self._applied(optimizer, list(zip(grads, trainable_variables, strict=True)), step)

    def _applied(
        self, optimizer: Any, pairs: list[tuple[Any, Any]], step: Callable[[], Any]
    ) -> Any:
        place = None if self._busy else called_at(self._job)
        if place is None:
            return step()
        _, differentiated_at = self._tapes.loss_of(pairs)
        if not (self._is_asked(place) or self._is_asked(differentiated_at or place)):
            return step()
        with self._own_work():
            return self._tapes.applied(place, optimizer, pairs, step)

    @contextlib.contextmanager
    def _own_work(self) -> Iterator[None]:
        """Nothing that happens in here is a training of the script's own."""
        before, self._busy = self._busy, True
        try:
            yield
        finally:
            self._busy = before

    def _number(self) -> int:
        self.fits += 1
        return self.fits - 1

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
            return capped(original, model, arguments)
        return carried_on(original, taken, arguments, self._heard(taken))

    def _heard(self, taken: Captured) -> Outcome | None:
        stand_in = ", ".join(self.stand_ins.used) or None
        lines = self._origins.lines(taken.model, taken.filename)
        taken = replace(taken, fit=self._number(), stand_in=stand_in, lines=lines)
        return self._hear(taken, self._job, self._emit, self._deadline)

    def _is_asked(self, place: Place) -> bool:
        """Whether what is trained at this line is to be tried."""
        return not self._job.lines or place.holds(self._job.lines)

    def _is_first(self, place: Place) -> bool:
        """Whether it is, and was not before."""
        is_new = self._is_asked(place) and place not in self._seen
        self._seen.add(place)
        return is_new


def _arguments(
    function: Callable[..., Any], owner: Any, args: Sequence[Any], kwargs: Mapping[str, Any]
) -> dict[str, Any]:
    """All arguments of a call by their names, the defaults too, but for the object itself."""
    bound = inspect.signature(function).bind(owner, *args, **kwargs)
    bound.apply_defaults()
    return dict(list(bound.arguments.items())[1:])


def _wrap(owner: type[Any], name: str, wrapper: Callable[..., Any]) -> None:
    """Replace a method where it is defined, so that no subclass finds the original."""
    defining = next(each for each in owner.__mro__ if name in vars(each))
    given = vars(defining)[name]
    original = given.__func__ if isinstance(given, staticmethod) else given

    @functools.wraps(original)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        return wrapper(original, *args, **kwargs)

    setattr(defining, name, type(given)(wrapped) if original is not given else wrapped)
