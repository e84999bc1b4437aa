"""A training as the script would have done it, taken from the arguments of ``fit``."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from runtime_probe.child.callbacks import sorted_out
from runtime_probe.child.feed import Feed
from runtime_probe.child.frameworks import framework
from runtime_probe.child.places import Place
from runtime_probe.child.sampling import sampled
from runtime_probe.child.setup import Optimizer, Sample, Stop
from runtime_probe.child.trees import leaves, map_leaves

_KERAS_MODULES = ("keras.", "tf_keras.")
_RECURRENT = ("RNN", "LSTM", "GRU", "Conv1D", "ConvLSTM")


@dataclass(frozen=True)
class Captured:
    """One training of the script, before its first step; its model is built and as it was.

    ``fit`` numbers those of a run from 0. ``kind`` is sequential, functional, subclassed,
    train_on_batch or gradient tape; ``framework`` is keras or tf_keras. ``loss``,
    ``loss_weights`` and ``metrics`` are as ``compile`` took them, None where it did not.
    ``epochs`` and ``steps`` are those that the script has planned from here, over ``rows`` rows
    (None for a stream). ``rate_callbacks`` change the learning rate. ``unknown_callbacks`` are the
    names of those that may change anything. ``custom``: the model trains by code of its own
    (``train_step`` or ``compute_loss``). ``lines`` are those of its layers by name, of ``compile``
    and of ``optimizer``, as far as they are known. ``refused_by`` is the first layer, for which
    Keras raises as features of one dimension are no columns; ``sample`` has them as columns.
    """

    model: Any
    framework: str
    kind: str
    line: int
    filename: str
    sample: Sample
    rows: int | None
    epochs: int
    steps: int
    optimizer: Optimizer
    loss: Any
    loss_weights: Any
    metrics: Any
    rate_callbacks: Sequence[Any] = ()
    unknown_callbacks: Sequence[str] = ()
    stop: Stop | None = None
    stand_in: str | None = None
    custom_train_step: bool = False
    initial_epoch: int = 0
    fit: int = 0
    lines: Mapping[str, int] = field(default_factory=dict)
    refused_by: str | None = None

    @property
    def validated(self) -> bool:
        """Whether the script holds data out."""
        return self.sample.validation is not None


def captured(
    model: Any,
    arguments: Mapping[str, Any],
    compiled: Mapping[str, Any],
    place: Place,
    *,
    limit: int,
    until: float,
) -> Captured:
    """What a call of ``fit`` with these arguments trains; the model is built by it.

    ``compiled`` are the arguments of ``compile``. No more than about ``limit`` rows are kept, and
    a stream is read no longer than ``until``. Raises :class:`feed.UnknownData`, and what Keras
    raises where the model does not take these data.
    """
    epochs = max(0, int(arguments["epochs"]) - int(arguments["initial_epoch"]))
    drawn = sampled(_feed(model, arguments, epochs, until), limit)
    refused_by = refusal(model, drawn.sample)
    sample = drawn.sample if refused_by is None else in_columns(drawn.sample) or drawn.sample
    rehearse(model, sample)
    callbacks = sorted_out(arguments["callbacks"])
    return Captured(
        model=model,
        framework=framework(model).__name__,
        kind=kind_of(model),
        line=place.line,
        filename=place.filename,
        sample=sample,
        rows=drawn.rows,
        epochs=epochs,
        steps=epochs * drawn.steps_per_epoch,
        optimizer=optimizer_of(model.optimizer),
        loss=compiled["loss"],
        loss_weights=compiled["loss_weights"],
        metrics=compiled["metrics"],
        rate_callbacks=callbacks.rate,
        unknown_callbacks=callbacks.unknown,
        stop=callbacks.stop,
        custom_train_step=trains_itself(model),
        initial_epoch=int(arguments["initial_epoch"]),
        refused_by=refused_by,
    )


def _feed(model: Any, arguments: Mapping[str, Any], epochs: int, until: float) -> Feed:
    names = (
        "x y sample_weight class_weight batch_size shuffle steps_per_epoch validation_split "
        "validation_data validation_batch_size validation_steps"
    ).split()
    return Feed(
        **{name: arguments[name] for name in names},
        epochs=epochs,
        ordered=is_recurrent(model),
        floatx=framework(model).backend.floatx(),
        until=until,
    )


def kind_of(model: Any) -> str:
    """Sequential, functional or subclassed."""
    names = {
        each.__name__ for each in type(model).__mro__ if each.__module__.startswith(_KERAS_MODULES)
    }
    if _is_own(type(model), "call") and not names & {"Sequential"}:
        return "subclassed"
    if "Sequential" in names:
        return "sequential"
    return "functional" if "Functional" in names else "subclassed"


def _is_own(kind: type[Any], method: str) -> bool:
    """Whether a method is not one of Keras."""
    for each in kind.__mro__:
        if method in vars(each):
            return not each.__module__.startswith(_KERAS_MODULES)
    return False


def trains_itself(model: Any) -> bool:
    """Whether the script has written how the model makes its loss or a step."""
    return any(_is_own(type(model), each) for each in ("train_step", "compute_loss"))


def is_recurrent(model: Any) -> bool:
    """Whether it reads rows in their order: a time series, and not texts by their tokens."""
    names = [type(each).__name__ for each in _layers(model)]
    reads_in_order = any(name.startswith(_RECURRENT) for name in names)
    return reads_in_order and "Embedding" not in names


def _layers(model: Any) -> list[Any]:
    found: list[Any] = []
    waiting = list(model.layers)
    while waiting:
        layer = waiting.pop()
        found.append(layer)
        waiting += getattr(layer, "layers", [])
    return found


def optimizer_of(optimizer: Any) -> Optimizer:
    """By class and configuration. A schedule is kept itself: it may be of the script's own."""
    if (inner := getattr(optimizer, "inner_optimizer", None)) is not None:
        names = ("dynamic", "initial_scale", "dynamic_growth_steps")  # Keras 2 has all of them
        settings = {name: getattr(optimizer, name) for name in names if hasattr(optimizer, name)}
        kind: Callable[..., Any] = type(optimizer)
        return replace(optimizer_of(inner), scaling=functools.partial(kind, **settings))
    rate = vars(optimizer).get("_learning_rate")
    if not any(each.__name__ == "LearningRateSchedule" for each in type(rate).__mro__):
        return Optimizer(type(optimizer), dict(optimizer.get_config()))
    # One of the script's own may have no configuration, without which its optimizer has none.
    schedules = importlib.import_module(type(optimizer).__module__.partition(".")[0]).optimizers
    vars(optimizer)["_learning_rate"] = schedules.schedules.ExponentialDecay(1.0, 1, 1.0)
    try:
        config = dict(optimizer.get_config())
    finally:
        vars(optimizer)["_learning_rate"] = rate
    return Optimizer(type(optimizer), config | {"learning_rate": rate})


def refusal(model: Any, sample: Sample) -> str | None:
    """The name of the first layer, where it takes columns and gets features of one dimension.

    Keras makes a column of them where a model is built, as it did everywhere before 2.16. What a
    model that is a class of its own does with them is not known.
    """
    first = next(iter(model.layers), None)
    if first is None or model.built or kind_of(model) != "sequential":
        return None
    takes_columns = getattr(first.input_spec, "min_ndim", None) == 2
    return str(first.name) if takes_columns and in_columns(sample) is not None else None


def in_columns(sample: Sample) -> Sample | None:
    """The sample with its features of one dimension as columns, None where it has none of those."""
    if all(each.ndim != 1 for each in leaves(sample.x)):
        return None
    x = map_leaves(lambda each: each[:, None] if each.ndim == 1 else each, sample.x)
    validation = sample.validation and (in_columns(sample.validation) or sample.validation)
    return replace(sample, x=x, validation=validation)


def rehearse(model: Any, sample: Sample) -> None:
    """Build the model, and raise what Keras says where it does not fit its data.

    Inference changes no variable, so that training still starts where the script starts it. Labels
    that do not fit the loss are not looked at: what would cure that is tried.
    """
    x, _, _ = first_rows(sample, sample.batch_size)
    if framework(model).__name__ == "tf_keras":
        import tensorflow as tf

        x = map_leaves(tf.convert_to_tensor, x)
    model(x, training=False)


def first_rows(sample: Sample, count: int) -> tuple[Any, Any, Any]:
    """``x``, ``y`` and the weights of the first rows."""
    x, y, weights = (
        map_leaves(lambda leaf: leaf[:count], each) for each in (sample.x, sample.y, sample.weights)
    )
    return x, y, weights
