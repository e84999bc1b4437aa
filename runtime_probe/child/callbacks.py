"""What the callbacks of a script do to training, as far as that can be known."""

from __future__ import annotations

import dis
import types
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from runtime_probe.child.setup import Stop

_RATE = frozenset({"LearningRateScheduler", "ReduceLROnPlateau"})
_HARMLESS = frozenset(
    "BackupAndRestore BaseLogger CSVLogger History ModelCheckpoint OrbaxCheckpoint ProgbarLogger "
    "RemoteMonitor TensorBoard TerminateOnNaN".split()
)
# What a method must use, or set on anything but itself, to change how training goes on.
_USED = frozenset(
    "apply apply_gradients assign assign_add assign_sub compile eval exec fit fit_generator "
    "load_weights reset_states set_learning_rate set_value set_weights setattr "
    "train_on_batch".split()
)
_SET = frozenset("learning_rate lr momentum optimizer stop_training trainable".split())


@dataclass(frozen=True, slots=True)
class Callbacks:
    """The callbacks of one fit, sorted. ``unknown`` are the names of the classes of some."""

    rate: Sequence[Any] = ()
    stop: Stop | None = None
    unknown: Sequence[str] = ()


def sorted_out(given: Any) -> Callbacks:
    """``given`` as ``fit`` takes it: one, some, none or a ``CallbackList``."""
    rate: list[Any] = []
    stop: Stop | None = None
    unknown: list[str] = []
    for each in listed(given):
        name = type(each).__name__
        if not _is_of_keras(type(each)):
            if not _is_harmless(each):
                unknown.append(name)
        elif name in _RATE:
            rate.append(each)
        elif name == "EarlyStopping":
            stop = _stop(each)
        elif name == "LambdaCallback":
            if not _is_harmless(each):
                unknown.append(name)
        elif name not in _HARMLESS:
            unknown.append(name)
    return Callbacks(rate, stop, unknown)


def listed(given: Any) -> list[Any]:
    if given is None:
        return []
    if isinstance(given, (list, tuple)):
        return [each for group in given for each in listed(group)]
    if type(given).__name__ == "CallbackList":
        return list(given.callbacks)
    return [given]


def _is_of_keras(kind: type[Any]) -> bool:
    return kind.__module__.partition(".")[0] in {"keras", "tf_keras"}


def _stop(callback: Any) -> Stop:
    monitor = str(callback.monitor)
    mode = getattr(callback, "mode", "auto")
    if mode not in {"min", "max"}:
        is_score = any(word in monitor for word in ("acc", "auc", "f1", "precision", "recall"))
        mode = "max" if is_score else "min"
    return Stop(
        monitor,
        int(callback.patience),
        abs(float(callback.min_delta)),
        mode,
        int(getattr(callback, "start_from_epoch", 0)),
    )


def _is_harmless(callback: Any) -> bool:
    """Whether no code that the script wrote for it does anything by which training is changed.

    What it calls by a name that the script defined is read too.
    """
    seen: set[types.CodeType] = set()
    waiting = list(_written(callback))
    while waiting:
        function = waiting.pop()
        if function.__code__ in seen:
            continue
        seen.add(function.__code__)
        codes = list(_codes(function.__code__))
        names = {name for code in codes for name in code.co_names}
        if names & _USED or any(not _SET.isdisjoint(_set(code)) for code in codes):
            return False
        known = (function.__globals__.get(name) for name in names)
        waiting += [
            each
            for each in known
            if isinstance(each, types.FunctionType) and each.__module__ == function.__module__
        ]
    return True


def _written(callback: Any) -> Iterator[types.FunctionType]:
    """The functions that are of the script: methods of its class, functions given to a lambda."""
    own = (vars(kind) for kind in type(callback).__mro__ if not _is_of_keras(kind))
    for space in (*own, vars(callback)):
        yield from (each for each in space.values() if isinstance(each, types.FunctionType))


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    """The code of a function and of those that are written in it."""
    yield code
    for each in code.co_consts:
        if isinstance(each, types.CodeType):
            yield from _codes(each)


def _set(code: types.CodeType) -> Iterator[str]:
    """The attributes that are set on anything but the first argument, which is the callback."""
    before = None
    for each in dis.get_instructions(code):
        if each.opname == "STORE_ATTR":
            # Some instructions load two names at once, the object last.
            loaded = before[-1] if isinstance(before, tuple) else before
            if loaded != "self":
                yield each.argval
        before = each.argval
