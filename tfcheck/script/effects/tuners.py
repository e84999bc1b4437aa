"""Keras Tuner: a search trains what its build function makes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfcheck.script.store import ObjectState
from tfcheck.script.values import NONE, Class, Function, Method, Value

from .keras_models import fit_arguments
from .registry import function, method

if TYPE_CHECKING:
    from tfcheck.script.calls import Call

_TUNER = "keras_tuner.Tuner"


@function(
    _TUNER,
    *(f"keras_tuner.{name}" for name in "BayesianOptimization GridSearch Hyperband".split()),
    "keras_tuner.RandomSearch",
)
def _tuner(call: Call) -> Value:
    built_by = call.arg(0, "hypermodel") or NONE
    state = ObjectState(_TUNER, {"hypermodel": built_by}, call.site, more=call.more)
    return call.interpreter.store.allocate(state)


@method(_TUNER, "search")
def _search(call: Call) -> Value:
    """One run of the model that is built where nothing is known of the hyperparameters."""
    state = call.interpreter.store.state(call.receiver, ObjectState)
    assert state is not None
    arguments = fit_arguments(call, "fit")
    hyperparameters = call.lost("the hyperparameters of a search")
    build = type(call)(call.interpreter, call.site, [hyperparameters])
    builder = _builder(call, state.config.get("hypermodel", NONE))
    model = call.interpreter.calls.call(builder, build)
    call.interpreter.recorder.search(call, model, arguments)
    return NONE


def _builder(call: Call, hypermodel: Value) -> Value:
    """The function that builds, or the method of a HyperModel."""
    state = call.interpreter.store.state(hypermodel, ObjectState)
    if state is None or not isinstance(state.of, Class):
        return hypermodel
    build = state.of.lookup("build")
    return Method(hypermodel, "build", build) if isinstance(build, Function) else hypermodel
