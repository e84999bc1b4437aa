"""What a training is given: its data, callbacks and validation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tfcheck.rule import Site
from tfcheck.script import effects
from tfcheck.script.compilation import each_of
from tfcheck.script.data import Data, Shape
from tfcheck.script.store import ListState, ObjectState
from tfcheck.script.training import Callback
from tfcheck.script.values import (
    NONE,
    Answer,
    Class,
    Tuple,
    Unknown,
    Value,
    constant,
    number,
    options,
)

if TYPE_CHECKING:
    from tfcheck.script.calls import Call
    from tfcheck.script.interpreter import Interpreter


def data_of(
    interpreter: Interpreter, arguments: Mapping[str, Value], site: Site
) -> tuple[tuple[Value, ...], tuple[Value, ...]]:
    """What goes into the model and what it is to give, from arrays or from what yields both."""
    x, y = arguments.get("x"), arguments.get("y", NONE)
    if x is None:
        return (), ()
    if constant(y) is None and isinstance(x, Data) and x.elements:
        elements = x.elements
        x, y = elements[0], elements[1] if len(elements) > 1 else NONE
    labels = () if constant(y) is None else _parts(interpreter, y, site)
    return _parts(interpreter, x, site), labels


def shape_fed(value: Value) -> Shape | None:
    """The shape in which an array enters a model, where it is fed as it is."""
    if not isinstance(value, Data) or value.form not in ("array", "frame") or not value.shape:
        return None
    return (None, *value.shape[1:]) if len(value.shape) > 1 else None


def _parts(interpreter: Interpreter, value: Value, site: Site) -> tuple[Value, ...]:
    """One array, or those of a list, tuple or dict of arrays; literal lists become arrays."""
    array = effects.as_data(interpreter, value, site)
    return (array,) if array is not None else each_of(interpreter, value)


def callbacks_of(
    interpreter: Interpreter, value: Value, call: Call
) -> tuple[Callback | Unknown, ...]:
    if constant(value) is None:
        return ()
    return tuple(
        _callback(interpreter, each, call.site)
        for item in each_of(interpreter, value)
        for each in options(item)
        if constant(each) is not None
    )


def is_listed(interpreter: Interpreter, value: Value) -> bool:
    return isinstance(value, Tuple) or interpreter.store.state(value, ListState) is not None


def _callback(interpreter: Interpreter, value: Value, site: Site) -> Callback | Unknown:
    state = interpreter.store.state(value, ObjectState)
    if state is None:
        return (
            value if isinstance(value, Unknown) else Unknown("a callback that is not known", site)
        )
    of = state.of if isinstance(state.of, Class) else None
    name = state.path.rpartition(".")[2]
    config = {**state.config, **state.attributes}
    return Callback(name, state.site, config, state.more, of, state.path)


def validated(arguments: Mapping[str, Value], more: Unknown | None) -> Answer:
    ways = (_split_off(arguments), _validation_data(arguments.get("validation_data", more or NONE)))
    for answer in (Answer.YES, Answer.UNKNOWN):
        if answer in ways:
            return answer
    return Answer.NO


def _split_off(arguments: Mapping[str, Value]) -> Answer:
    split = arguments.get("validation_split", NONE)
    if constant(split) is None:
        return Answer.NO
    found = number(split)
    return Answer.YES if found or found is None else Answer.NO


def _validation_data(given: Value) -> Answer:
    if isinstance(given, Unknown):
        return Answer.UNKNOWN
    absent = [constant(each) is None for each in options(given)]
    if all(absent):
        return Answer.NO
    return Answer.UNKNOWN if any(absent) else Answer.YES
