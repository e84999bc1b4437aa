"""What calls of the libraries do to values, as tables with one file a library."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from tfcheck.rule import Site
from tfcheck.script.data import Data, Scaling
from tfcheck.script.names import LIBRARIES, canonical
from tfcheck.script.store import DictState, ListState, ModelState, ObjectState
from tfcheck.script.uses import owner_of
from tfcheck.script.values import (
    COUNTER,
    NONE,
    Class,
    Const,
    Function,
    Method,
    OneOf,
    Ref,
    Symbol,
    Tensor,
    Tuple,
    Unknown,
    Value,
    join,
)

from . import (  # noqa: F401  (each registers its effects)
    arrays,
    builtins,
    command_lines,
    datasets,
    estimators,
    frame_sources,
    frames,
    images,
    keras_layers,
    keras_models,
    keras_objects,
    paths,
    pipelines,
    preprocessing,
    splits,
    text,
    tuners,
)
from .array_sources import as_data
from .data_steps import generator, opaque
from .frames import set_located
from .graphs import begun, gives_tensor, is_symbolic, traced
from .indexing import data_attribute, delete_column, get_item, set_column, set_item, unpack
from .keras_layers import MERGES, call_layer, has_tensor, is_layer, tensor_function
from .keras_models import MODEL_CLASSES, call_model, change_optimizer, construct_base
from .paths import path_attribute
from .registry import FUNCTIONS, METHODS, find_method

if TYPE_CHECKING:
    from tfcheck.script.calls import Call
    from tfcheck.script.interpreter import Interpreter

__all__ = [
    "BUILTINS",
    "MODEL_CLASSES",
    "TRANSPARENT",
    "as_data",
    "begun",
    "call_method",
    "call_object",
    "call_symbol",
    "change_optimizer",
    "construct_base",
    "data_attribute",
    "delete_column",
    "element",
    "enter",
    "generator",
    "get_item",
    "has_name",
    "is_symbolic",
    "is_tape",
    "member",
    "object_attribute",
    "opaque",
    "path_attribute",
    "set_column",
    "set_item",
    "set_located",
    "symbol",
    "traces",
    "unpack",
]


# Names that every module has.
BUILTINS = frozenset(path for path in FUNCTIONS if "." not in path)

# Methods of a variable that give it another value.
_CHANGES = frozenset({"assign", "assign_add", "assign_sub", "assign_mul", "set_value"})

# Decorators after which a function still does what its body says.
TRANSPARENT = (
    "tensorflow.function",
    "tensorflow.autograph",
    "keras.saving",
    "keras.utils.register_keras_serializable",
    "functools",
    "contextlib",
    "abc",
    "typing",
    "staticmethod",
    "classmethod",
    "property",
    "dataclasses",
    "numba",
    "click",
    "hydra.main",
)


_TRACES = "tensorflow.function"


@functools.cache
def symbol(spelled: str) -> Symbol:
    return Symbol(canonical(spelled), spelled)


# What modules hold that are numbers, or stand for nothing.
_NUMBERS: dict[str, float | None] = {
    "numpy.pi": math.pi,
    "math.pi": math.pi,
    "numpy.e": math.e,
    "math.e": math.e,
    "numpy.newaxis": None,
    "tensorflow.newaxis": None,
}


def member(module: Symbol, name: str) -> Symbol | Const:
    """What a module of a library holds under a name."""
    found = symbol(f"{module.spelled}.{name}")
    return Const(_NUMBERS[found.path]) if found.path in _NUMBERS else found


@functools.cache
def _names_by_module() -> dict[str, set[str]]:
    names: dict[str, set[str]] = {}
    for path in FUNCTIONS:
        module, _, name = path.rpartition(".")
        names.setdefault(module, set()).add(name)
    names["keras.layers"] |= MERGES.keys()
    return names


@functools.cache
def has_name(module: str, name: str) -> bool:
    """Whether a library module is known to export ``name``, for ``from module import *``."""
    path = canonical(f"{module}.{name}")
    owner, _, last = path.rpartition(".")
    return last in _names_by_module().get(owner, ())


def call_symbol(call: Call) -> Value:
    """A call of something of a library."""
    result = _call_symbol(call)
    if isinstance(result, Unknown) and any(result is each for each in call.every()):
        result = Unknown(result.reason, result.site)  # as little known, but another thing
    if call.interpreter.traced is None or not gives_tensor(call.path):
        return result
    if isinstance(result, Unknown) or call.path == "tensorflow.range":
        return Unknown(f"{call.spelled} is not followed", call.site, symbolic=True)
    return result


def _call_symbol(call: Call) -> Value:
    name = call.path.rpartition(".")[2]
    if not name[:1].isupper() and has_tensor(call.interpreter, call.every()):
        return tensor_function(call)
    effect = FUNCTIONS.get(call.path)
    if effect is not None:
        return effect(call)
    if name == "preprocess_input":
        return images.preprocess_input(call)
    if name[:1].isupper():
        return _construct(call)
    if call.path.startswith(TRANSPARENT):
        return _decorator(call)
    if call.path.partition(".")[0] not in LIBRARIES:
        call.interpreter.calls.escape(call)
    return call.lost(f"{call.spelled} is not followed")


def _construct(call: Call) -> Value:
    """What is written in capitals is a class, by every convention."""
    if call.path.startswith("keras.layers."):
        return keras_layers.layer(call)
    if call.path.startswith("keras.applications."):
        return keras_models.application(call)
    lost = call.more
    if call.args:
        lost = lost or call.lost(f"arguments of {call.spelled} without names")
    state = ObjectState(call.path, dict(call.keywords), call.site, more=lost)
    return call.interpreter.store.allocate(state)


def _decorator(call: Call) -> Value:
    """``tf.function(f)`` is the function, ``tf.function(jit_compile=True)`` a decorator."""
    if call.args and isinstance(call.args[0], (Function, Method)):
        return traced(call.args[0], call.path) if call.path == _TRACES else call.args[0]
    return call.interpreter.store.allocate(ObjectState(call.path, {}, call.site))


def traces(interpreter: Interpreter, decorator: Value) -> bool:
    """Whether a decorator makes graphs of a function, instead of running it each time."""
    state = interpreter.store.state(decorator, ObjectState)
    path = state.path if state is not None else getattr(decorator, "path", "")
    return path == _TRACES


def is_tape(interpreter: Interpreter, value: Ref) -> bool:
    state = interpreter.store.state(value, ObjectState)
    return state is not None and state.path == "tensorflow.GradientTape"


def call_method(call: Call, receiver: Value, name: str) -> Value:
    """A call of a method of something that is not the project's own."""
    if isinstance(receiver, OneOf):
        return join(*(call_method(call, option, name) for option in receiver.options))
    store = call.interpreter.store
    state = store.get(receiver) if isinstance(receiver, Ref) else None
    result = _call_method(call, receiver, name)
    owner = owner_of(receiver, state)
    if owner is not None:
        call.interpreter.recorder.use(call, f"{owner}.{name}", result, receiver, state)
    return result


def _call_method(call: Call, receiver: Value, name: str) -> Value:
    if isinstance(receiver, Unknown):
        call.receiver = receiver
        if name in keras_models.TRAINING:
            call.interpreter.recorder.maybe_fit(call, name)
        call.interpreter.calls.escape(call)
        return Unknown(receiver.reason, receiver.site)
    call.receiver = receiver
    effect = find_method(_families(call.interpreter, receiver), name)
    if effect is not None:
        return effect(call)
    if isinstance(receiver, Data):
        lost = call.lost(f".{name}() is not followed")
        return opaque(receiver, lost) if not call.discarded else lost
    if name in keras_models.TRAINING and _may_be_a_model(call.interpreter, receiver):
        call.interpreter.recorder.maybe_fit(call, name)
    if isinstance(receiver, Method) and name in _CHANGES:
        change_optimizer(call.interpreter, receiver, call.site)
    if name in ("super", "super.__init__"):
        return NONE
    return call.lost(f".{name}() is not followed")


def _may_be_a_model(interpreter: Interpreter, receiver: Value) -> bool:
    """Whether an object of a project's class inherits from what could be a model of Keras."""
    state = interpreter.store.state(receiver, ObjectState)
    if state is None or not isinstance(state.of, Class):
        return False
    return not state.of.closed or any(base.endswith("Model") for base in state.library)


def _families(interpreter: Interpreter, receiver: Value) -> tuple[str, ...]:
    if isinstance(receiver, Data):
        return (receiver.form, "data")
    if isinstance(receiver, Tensor):
        return ("tensor",)
    if isinstance(receiver, Tuple):
        return ("tuple",)
    if isinstance(receiver, Const):
        return next((name for kind, name in _CONSTANTS if isinstance(receiver.value, kind)), ())
    if isinstance(receiver, Ref):
        state = interpreter.store.get(receiver)
        if isinstance(state, ListState):
            return ("list",)
        if isinstance(state, DictState):
            return ("dict",)
        if isinstance(state, ModelState):
            return ("model", "layer")
        if isinstance(state.of, str):
            return (state.of, _kind(state.of))
        # A class that inherits from list is no list here: its items are not followed.
        bases = [each for each in state.of.library_bases() if "." in each]
        return (*bases, *map(_kind, bases))
    return ()


_CONSTANTS = ((str, ("str",)), (PurePosixPath, ("path",)))


def _kind(path: str) -> str:
    """``layer`` for keras.layers.Dense, ``optimizer`` for keras.optimizers.SGD."""
    parts = path.split(".")
    if parts[0] == "keras" and len(parts) > 2 and parts[1] in _KINDS:
        return _KINDS[parts[1]]
    return "object"


_KINDS = {"layers": "layer", "optimizers": "optimizer"}


def call_object(call: Call, reference: Ref) -> Value:
    """A call of an object: a layer or a model on tensors, a preprocessing layer on data."""
    state = call.interpreter.store.get(reference)
    result = _call_object(call, reference)
    if not isinstance(state, (ModelState, ObjectState)):
        return result
    if call.interpreter.traced is not None or not is_layer(state):
        path = f"{owner_of(reference, state)}.__call__"
        call.interpreter.recorder.use(call, path, result, reference, state)
    return result


def _call_object(call: Call, reference: Ref) -> Value:
    store = call.interpreter.store
    state = store.get(reference)
    if isinstance(state, ModelState):
        return call_model(call, reference, state)
    if isinstance(state, ObjectState):
        effect = find_method(_families(call.interpreter, reference), "__call__")
        if effect is not None:
            call.receiver = reference
            return effect(call)
        if is_layer(state):
            return call_layer(call, reference, state)
        own = state.of.lookup("__call__") if not isinstance(state.of, str) else None
        if isinstance(own, Function):
            return call.interpreter.calls.call(Method(reference, "__call__", own), call)
    call.interpreter.calls.escape(call)
    return call.lost("an object is called whose doings are not known")


def object_attribute(
    interpreter: Interpreter,
    reference: Ref,
    state: ModelState | ObjectState,
    name: str,
    site: Site,
) -> Value | None:
    """An attribute that a library gives its objects; None where it is a method or unknown."""
    if isinstance(state, ModelState):
        return keras_models.attribute(interpreter, reference, state, name, site)
    if is_layer(state):
        return keras_layers.attribute(interpreter, reference, state, name, site)
    if isinstance(state.of, str) and name in state.config:
        return state.config[name]
    return None


def element(interpreter: Interpreter, value: Value, site: Site) -> Value:
    """What stands for any one item of something that is iterated over."""
    if isinstance(value, Const):
        found = value.value
        if isinstance(found, range):
            return Unknown(COUNTER, site, whole=True)
        return Unknown("an item of a constant", site)
    if isinstance(value, Ref):
        state = interpreter.store.get(value)
        if isinstance(state, DictState):
            return join(*(Const(key) for key in state.items)) if state.items else state.more or NONE
        return Unknown("an item of an object", site)
    if isinstance(value, Data):
        return indexing_element(interpreter, value, site)
    return Unknown("an item of something unknown", site)


def indexing_element(interpreter: Interpreter, value: Data, site: Site) -> Value:
    """One item of data: what a dataset yields, one row of an array."""
    if value.elements is not None:
        parts: Sequence[Value] = value.elements
        return parts[0] if len(parts) == 1 else Tuple(tuple(parts))
    shape = value.shape[1:] if value.shape else None
    form = "array" if value.form in ("array", "frame", "series") else "tensor"
    ranges = value.ranges.of_some() if value.ranges is not None else None
    facts = {"shape": shape, "dtype": value.dtype, "ranges": ranges}
    return Data("one item", site, Scaling.KEEPS, (value,), form, **facts)  # type: ignore[arg-type]


def enter(interpreter: Interpreter, context: Value, site: Site) -> Value:
    """What ``with context as name`` binds: most contexts of interest give themselves."""
    if isinstance(context, Ref | Data | Unknown):
        return context
    return Unknown("what a context gives", site)


def method_names(family: str) -> frozenset[str]:
    return frozenset(METHODS.get(family, ()))
