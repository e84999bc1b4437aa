"""Graphs of TensorFlow: what is made one of, and what gives tensors in it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tfcheck.rule import Site
from tfcheck.script.uses import Traced
from tfcheck.script.values import Const, Function, Method, Tensor, Unknown, Value

from .registry import function

if TYPE_CHECKING:
    from tfcheck.script.calls import Call

# Functions of these modules that give one tensor, whatever they are given.
_MODULES = frozenset(
    "tensorflow tensorflow.math tensorflow.nn tensorflow.linalg tensorflow.random keras.ops".split()
)
_TENSORS = frozenset(
    "abs all any argmax argmin cast equal exp greater greater_equal is_nan isnan less less_equal "
    "log logical_and logical_not logical_or matmul max maximum mean min minimum norm normal "
    "not_equal prod reduce_all reduce_any reduce_max reduce_mean reduce_min reduce_prod "
    "reduce_std reduce_sum relu sigmoid softmax sqrt square std sum tanh uniform var zeros_like "
    "ones_like sign round floor".split()
)

# Methods of a model that fit makes graphs of.
_STEPS = ("call", "train_step", "test_step", "predict_step")
_OF_FIT = {"keras.Model": _STEPS, "keras.Sequential": _STEPS}


def gives_tensor(path: str) -> bool:
    """Whether a function of a library gives a tensor that has no number while a graph is made."""
    owner, _, name = path.rpartition(".")
    return path == "tensorflow.range" or (name in _TENSORS and owner in _MODULES)


@function("tensorflow.executing_eagerly")
def _executing_eagerly(call: Call) -> Value:
    """No, while a graph is made: what runs eagerly only is left out of it."""
    traced = call.interpreter.traced is not None
    return Const(False, call.site) if traced else call.lost("whether it runs eagerly")


def traced(target: Value, by: str) -> Value:
    """A function or method that a graph is made of when it is called."""
    if isinstance(target, Function):
        return replace(target, traced_by=by)
    if isinstance(target, Method) and target.function is not None:
        return replace(target, function=replace(target.function, traced_by=by))
    return target


def begun(call: Call, of: Function, graph: Traced | None) -> Traced | None:
    """The graph that a function of the project is part of: the one around it, or a new one.

    Within what Keras traces, only ``tf.function`` turns Python's ``if`` into parts of the graph.
    """
    if graph is not None and graph.by != "keras":
        return graph
    by = of.traced_by or ("keras" if _is_for_fit(call, of) else "")
    if not by:
        return graph
    interpreter = call.interpreter
    return Traced(by, of, call.site, interpreter.store.newest, interpreter.branches)


def _is_for_fit(call: Call, of: Function) -> bool:
    """Whether it is a method that Keras calls and nothing in the script does."""
    if call.site != Site(of.unit, of.code.at) or of.owner is None:
        return False
    name, bases = of.code.name, of.owner.library_bases()
    return any(name in _OF_FIT.get(base, ()) for base in bases) or (
        name == "call" and any(base.startswith("keras.layers.") for base in bases)
    )


def is_symbolic(value: Value) -> bool:
    """Whether it surely is one tensor without a number, where a graph is being made."""
    if isinstance(value, Tensor):
        return isinstance(value.op, str) and gives_tensor(value.op)
    return isinstance(value, Unknown) and value.symbolic
