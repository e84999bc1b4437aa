"""Faults that can be measured at a fit, whether or not reading found them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import numpy as np

from runtime_probe.child.endings import (
    PROBABILITIES,
    Ending,
    consumers,
    endings,
    output_names,
)
from runtime_probe.child.interventions import combined
from runtime_probe.child.interventions.contract import Changed
from runtime_probe.child.interventions.features import LOOKING_UP, SCALING, near
from runtime_probe.child.interventions.initial import faulty_kernels
from runtime_probe.child.interventions.labels import matching_labels
from runtime_probe.child.interventions.optimizers import NORMALISED, default_rate, stability_of
from runtime_probe.child.interventions.outputs import reaches
from runtime_probe.child.labels import Labels, read
from runtime_probe.child.losses import (
    BINARY,
    CATEGORICAL,
    OF_PROBABILITIES,
    REGRESSION,
    SPARSE,
    by_output,
    name_of,
    takes_logits,
)
from runtime_probe.child.setup import Array, Setup
from runtime_probe.child.task import Part, Task, labels_by_output
from runtime_probe.child.trees import leaves
from runtime_probe.records import Stability, Suspicion

Found: TypeAlias = "tuple[str, str, str, str]"  # rule, intervention, message, where

_LARGE = 20.0  # values this far from 0 are not scaled for a network
_TINY = 0.01
_APART = 50.0  # times that the deviation of one column is that of another
_SHIFTED = 10.0  # deviations by which the mean of a column is off 0
_LONG_STEP = 0.05  # of an optimizer whose steps are as long as its rate
_SHORT_WAY = 0.2  # that weights can go in all steps together
_UNSTABLE = 2.0  # times the limit, a bound, at which networks still train
_SLOW = 20.0  # times that a rate is below the stable one …
_TOO_MANY = 20.0  # … and that more steps are needed than are planned, or, where that is not known,
_FAR_BELOW_USUAL = 30.0  # that the rate is below its default
_RUN_ROWS = 4  # rows of one class in a row, on average, from which on they are in order


def suspicions(setup: Setup, task: Task, fit: int) -> list[Suspicion]:
    """At most one for each change; sound programs give none."""
    found: dict[str, Suspicion] = {}
    for look in (_features, _target, _labels, _outputs, _kernels, _frozen, _order):
        for each in look(setup, task):
            found.setdefault(each[1], Suspicion(fit, *each))
    if "matching-output" in found:
        # Behind an output that fits, the loss may still be that of another task.
        cured = combined(setup, task, ["matching-output"])
        for each in _outputs(cured, task):
            found.setdefault(each[1], Suspicion(fit, *each))
    # A rate is too high where it is so for everything else as it should be; whether it is too low
    # is no question while something else is wrong.
    rates = _too_high(combined(setup, task, found)) if found else _rate(setup)
    for each in rates:
        found.setdefault(each[1], Suspicion(fit, *each))
    return list(found.values())


def _features(setup: Setup, task: Task) -> Iterator[Found]:
    arrays = list(leaves(setup.sample.x))
    for array, takers in zip(arrays, consumers(setup.model, setup.sample.x), strict=True):
        if array.dtype.kind not in "iuf" or takers & (LOOKING_UP | SCALING) or near(array):
            continue
        message = _scale_fault(array)
        if message is not None:
            yield "unscaled-features", "standardised-features", message, "fit"


def _scale_fault(x: Array) -> str | None:
    largest = float(np.nanmax(np.abs(x)))
    if largest > _LARGE:
        return f"features reach {largest:.4g}"
    if 0 < largest < _TINY:
        return f"no feature is larger than {largest:.2g}"
    if x.ndim != 2:
        return None
    mean, deviation = np.abs(np.nanmean(x, axis=0)), np.nanstd(x, axis=0)
    varied = deviation > 0
    if not varied.any():
        return None
    ratio = float(deviation[varied].max() / deviation[varied].min())
    if ratio > _APART and largest > 1:
        return f"the deviation of one feature is {ratio:.0f} times that of another"
    shift = float((mean[varied] / deviation[varied]).max())
    if shift > _SHIFTED and largest > 1:
        return f"the mean of a feature is {shift:.0f} deviations from 0"
    return None


def _target(setup: Setup, task: Task) -> Iterator[Found]:
    if task.kind != "regression" or len(task.parts) != 1:
        return
    (y,) = leaves(setup.sample.y)
    largest = float(np.abs(y).max())
    if largest > _LARGE:
        message = f"the target reaches {largest:.4g}, its mean is {y.mean():.4g}"
        yield "unscaled-regression-target", "standardised-target", message, "fit"


def _labels(setup: Setup, task: Task) -> Iterator[Found]:
    result = matching_labels(setup, task)
    if isinstance(result, Changed):
        message = f"loss and output want {result.summary}"
        yield "label-encoding", "matching-labels", message, "fit"


def _outputs(setup: Setup, task: Task) -> Iterator[Found]:
    count = len(task.parts)
    names = output_names(setup.model, count)
    for part, y, loss, end in zip(
        task.parts,
        labels_by_output(setup.sample.y, names),
        by_output(setup.loss, names),
        endings(setup.model, count),
        strict=True,
    ):
        if part is None or y is None or end.activation is None:
            continue
        found = _output_fault(part, read(y, part.dimensions), loss, end)
        if found is not None:
            layer = "fit" if end.layer is None else end.layer.name
            yield (*found, layer if found[1] == "matching-output" else "compile")


def _output_fault(
    part: Part, labels: Labels, loss: object, end: Ending
) -> tuple[str, str, str] | None:
    """The first of the pairs of output, labels and loss that do not go together."""
    name, activation, units = name_of(loss), str(end.activation), part.width
    if activation == "softmax" and units == 1:
        return "softmax-single-unit", "matching-output", "softmax over one unit is always 1"
    if len(end.squashing) > 1:
        message = f"{activation} is applied to what went through {end.squashing[0]} already"
        return "double-softmax", "matching-output", message
    if part.kind == "regression":
        if reaches(activation, labels) or name not in REGRESSION:
            return None
        message = f"an output with {activation} cannot reach every target"
        return "relu-output", "matching-output", message
    if name in OF_PROBABILITIES and not takes_logits(loss) and activation not in PROBABILITIES:
        rule = "logits-without-from-logits" if activation == "linear" else "relu-output"
        return rule, "matching-output", f"{name} is given the output of {activation}"
    if name in CATEGORICAL | SPARSE and activation == "sigmoid" and units == 1:
        message = f"{name} over one sigmoid unit cannot learn"
        return "sigmoid-with-categorical", "matching-output", message
    if part.kind == "multiclass" and units == 1:
        classes = len(np.unique(labels.codes()))
        message = f"one unit cannot tell {classes} classes apart"
        return "units-against-classes", "matching-output", message
    if name in BINARY and activation == "softmax":
        message = f"{name} asks {units} softmax units one by one"
        return "softmax-with-binary-crossentropy", "matching-loss", message
    if name in REGRESSION and activation in PROBABILITIES and part.kind != "multilabel":
        message = f"{name} trains a classifier that ends in {activation}"
        return "mse-on-classification", "matching-loss", message
    return None


def _kernels(setup: Setup, task: Task) -> Iterator[Found]:
    last = {id(end.layer) for end in endings(setup.model, len(task.parts))}
    for layer, fault in faulty_kernels(setup.model, setup.states[0]):
        if layer.trainable and id(layer) not in last:
            message = f"in {layer.name} {fault}"
            yield "constant-kernel-init", "default-initializer", message, layer.name


def _frozen(setup: Setup, task: Task) -> Iterator[Found]:
    if setup.model.weights and not setup.model.trainable_weights:
        yield "frozen-model", "unfrozen", "no weight of the model may learn", "fit"


def _order(setup: Setup, task: Task) -> Iterator[Found]:
    sample = setup.sample
    if sample.shuffled or sample.batch_size >= sample.rows or len(task.parts) != 1:
        return
    (part,) = task.parts
    if part is None or part.kind not in {"binary", "multiclass"} or part.dimensions != 2:
        return
    (y,) = leaves(sample.y)
    codes = read(y, 2).codes()
    stretches = 1 + int(np.count_nonzero(np.diff(codes)))
    expected = len(codes) * (1 - sum(np.square(np.bincount(codes - codes.min()) / len(codes))))
    if stretches * _RUN_ROWS < expected:
        message = f"rows of one class lie together, in {stretches} stretches, and nobody shuffles"
        yield "unshuffled-training", "shuffled-order", message, "fit"


def _rate(setup: Setup) -> Iterator[Found]:
    yield from _too_high(setup)
    yield from _too_low(setup)


def _too_high(setup: Setup) -> Iterator[Found]:
    rate, name = setup.optimizer.learning_rate, setup.optimizer.kind.__name__
    if not rate or setup.rate_callbacks:
        return
    if name in NORMALISED:
        if rate >= _LONG_STEP:
            message = f"a rate of {rate:g} for {name} is as large as the weights"
            yield "high-learning-rate", "stable-learning-rate", message, "optimizer"
        return
    limit = stability_of(setup)
    if limit is not None and rate > _UNSTABLE * limit.limit:
        message = f"a rate of {rate:g} is above {limit.limit:.2g}, the largest stable one"
        yield "high-learning-rate", "stable-learning-rate", message, "optimizer"


def _too_low(setup: Setup) -> Iterator[Found]:
    rate, kind = setup.optimizer.learning_rate, setup.optimizer.kind
    if not rate or setup.rate_callbacks:
        return
    if kind.__name__ in NORMALISED:
        way = rate * setup.steps
        if way < _SHORT_WAY and rate <= default_rate(kind) / 10:
            message = f"all {setup.steps} steps together move a weight by {way:.2g}"
            yield "vanishing-learning-rate", "stable-learning-rate", message, "optimizer"
        return
    limit = stability_of(setup)
    if limit is not None and limit.stable_rate / rate > _SLOW and _is_too_slow(setup, rate, limit):
        message = f"a rate of {rate:g} is far below {limit.stable_rate:.2g}, which is stable"
        yield "vanishing-learning-rate", "stable-learning-rate", message, "optimizer"


def _is_too_slow(setup: Setup, rate: float, limit: Stability) -> bool:
    """Whether the planned steps are far too few, by the curvature or else by the usual rate."""
    if limit.needed_steps is not None:
        return limit.needed_steps * limit.limit / rate > _TOO_MANY * setup.steps
    return rate < default_rate(setup.optimizer.kind) / _FAR_BELOW_USUAL
