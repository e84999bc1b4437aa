"""What no training of a model on its data can mend, however long it is and at whatever rate.

These are facts of the data, the last layer and the loss, so they are said before anything is run.
Each is said only where it takes away most of what there is to learn: a few targets out of reach, or
a few rows that contradict one another, are usual.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

import numpy as np

from runtime_probe.child.endings import Ending, all_layers, consumers, endings, output_names
from runtime_probe.child.interventions.features import LOOKING_UP
from runtime_probe.child.interventions.outputs import reach
from runtime_probe.child.labels import Labels, read
from runtime_probe.child.losses import OF_PROBABILITIES, REGRESSION, by_output, name_of
from runtime_probe.child.setup import Array, Sample, Setup
from runtime_probe.child.task import Part, Task, labels_by_output
from runtime_probe.child.trees import leaves
from runtime_probe.records import Symptom

_UNREACHED = 0.5  # of the error of a constant prediction, which the best has that can be given
_CEILING = 0.2  # the skill of the best that rows allow, below which they contradict one another
_SHARE = 0.05  # of the values that a loss or a layer has no use for


class _Fact(NamedTuple):
    name: str
    message: str
    following: str
    where: str = "fit"


class _Output(NamedTuple):
    part: Part
    labels: Labels
    loss: str
    end: Ending


def unlearnable(setup: Setup, task: Task, fit: int, line: int) -> Iterator[Symptom]:
    """Why the training cannot come to much, with ``line`` as that of all; sound ones give none."""
    weights = [each for each in leaves(setup.sample.weights) if each is not None]
    if any((each == 0).any() for each in weights):
        return  # some of what is looked at may not count
    for name, message, following, where in _facts(setup, task):
        yield Symptom(fit, name, message, where, line, following)


def _facts(setup: Setup, task: Task) -> Iterator[_Fact]:
    outputs = list(_outputs(setup, task))
    for output in outputs:
        yield from _out_of_reach(output)
        yield from _unfit_loss(output)
    yield from _cut_off(setup)
    if len(outputs) == 1 and outputs[0].loss in REGRESSION | OF_PROBABILITIES:
        single = list(_single_target(setup, outputs[0].labels))
        yield from single or _contradictions(setup.sample, outputs[0])


def _outputs(setup: Setup, task: Task) -> Iterator[_Output]:
    names = output_names(setup.model, len(task.parts))
    for part, y, loss, end in zip(
        task.parts,
        labels_by_output(setup.sample.y, names),
        by_output(setup.loss, names),
        endings(setup.model, len(task.parts)),
        strict=True,
    ):
        if part is not None and y is not None and np.isfinite(y).all():
            yield _Output(part, read(y, part.dimensions), name_of(loss), end)


def _out_of_reach(output: _Output) -> Iterator[_Fact]:
    """Targets that the last activation cannot give."""
    part, labels, loss, end = output
    if part.kind != "regression" or loss not in REGRESSION:
        return
    y = _numbers(labels)
    least, most = reach(end.activation)
    beyond = (y < least) | (y > most)
    constant = float(y.var(axis=0).mean())
    error = float(np.square(y - np.clip(y, least, most)).mean())
    if error <= _UNREACHED * constant or end.layer is None:
        return
    span = "nothing below 0" if np.isinf(most) else f"only what lies between {least:g} and {most:g}"
    yield _Fact(
        "unreachable-targets",
        f"the output goes through {end.activation}, which gives {span}: {beyond.mean():.0%} of the "
        f"targets, from {y.min():.4g} to {y.max():.4g}, are out of reach; the mean squared error "
        f"stays above {error:.4g}, and that of a constant prediction is {constant:.4g}",
        "no activation in the last layer, or targets scaled into what it gives",
        end.layer.name,
    )


_UNFIT: Mapping[str, tuple[str, Callable[[Array], Array], str]] = {
    "poisson": ("below 0, which no count is", lambda y: y < 0, "mean_squared_error"),
    "mean_squared_logarithmic_error": (
        "below 0, which it takes for 0",
        lambda y: y < 0,
        "mean_squared_error",
    ),
    "mean_absolute_percentage_error": (
        "0, by which it divides",
        lambda y: y == 0,
        "mean_absolute_error",
    ),
}


def _unfit_loss(output: _Output) -> Iterator[_Fact]:
    """Targets that a loss has no use for."""
    if output.loss not in _UNFIT:
        return
    words, is_unfit, better = _UNFIT[output.loss]
    share = float(is_unfit(_numbers(output.labels)).mean())
    if share >= _SHARE:
        message = f"{share:.0%} of the targets of {output.loss} are {words}"
        yield _Fact("unfit-loss", message, f"{better}, which takes any number", "compile")


def _cut_off(setup: Setup) -> Iterator[_Fact]:
    """Numbers with a fraction that are looked up by what is before their point."""
    arrays = list(leaves(setup.sample.x))
    for array, takers in zip(arrays, consumers(setup.model, setup.sample.x), strict=True):
        if array.dtype.kind != "f" or takers != {"Embedding"}:
            continue
        share = float((array != np.trunc(array)).mean())
        if share < _SHARE:
            continue
        given, kept = len(np.unique(array)), len(np.unique(np.trunc(array)))
        layer = next(each for each in all_layers(setup.model) if type(each).__name__ in LOOKING_UP)
        yield _Fact(
            "cut-off-indices",
            f"{layer.name} looks up whole numbers, and {share:.0%} of what it is given are none: "
            f"they lose their fraction, which leaves {kept:,} of {given:,} different values",
            "the features as they are for Dense or LSTM layers, or whole numbers for Embedding",
            layer.name,
        )


def _single_target(setup: Setup, labels: Labels) -> Iterator[_Fact]:
    """Rows that all have the same target, as what is held out has taken the others away.

    Without validation data, as where two networks are trained against each other, it may be meant.
    """
    y, validation = _numbers(labels), setup.sample.validation
    if validation is None or validation.y is None or np.ptp(y) > 0:
        return
    others = np.concatenate([np.ravel(each) for each in leaves(validation.y)])
    if (others == y.flat[0]).all():
        return
    rows = setup.sample.rows
    which = "the only row that is" if rows == 1 else f"all {rows} rows that are"
    yield _Fact(
        "single-target",
        f"{which} trained on {'has' if rows == 1 else 'have'} the target {y.flat[0]:g}; those with "
        "others are held out for validation, so there is nothing to tell apart",
        "rows of every class or value in both parts: shuffle before the split, or hold out less",
    )


def _contradictions(sample: Sample, output: _Output) -> Iterator[_Fact]:
    """Rows with the same features and different targets."""
    part, labels = output.part, output.labels
    if part.kind not in {"binary", "multiclass", "regression"} or part.dimensions != 2:
        return
    groups = _alike(sample)
    count = int(groups.max()) + 1
    if count == len(groups):
        return
    if part.kind == "regression":
        y = _numbers(labels).reshape(len(groups), -1)
        means = np.array([y[groups == each].mean(axis=0) for each in range(count)])
        error, constant = float(np.square(y - means[groups]).mean()), float(y.var(axis=0).mean())
    else:
        codes = np.unique(labels.codes(), return_inverse=True)[1]
        table = np.zeros((count, int(codes.max()) + 1))
        np.add.at(table, (groups, codes), 1)
        error = 1 - float(table.max(axis=1).sum()) / len(groups)
        constant = 1 - float(table.sum(axis=0).max()) / len(groups)
    if constant <= 0 or 1 - error / constant >= _CEILING:
        return
    share = float((np.bincount(groups)[groups] > 1).mean())
    yield _Fact(
        "contradictory-rows",
        f"{share:.0%} of the rows have the features of another, {count:,} of {len(groups):,} are "
        f"different, and their targets are not the same: the best skill that any model can come to "
        f"is {1 - error / constant:.2f}",
        "look at how the features are made, and whether rows of x and y still belong together",
    )


def _alike(sample: Sample) -> Array:
    """The number of the group of rows with the same features, for each row."""
    seen: dict[bytes, int] = {}
    arrays = [np.ascontiguousarray(each) for each in leaves(sample.x)]
    rows = (b"".join(each[row].tobytes() for each in arrays) for row in range(sample.rows))
    return np.array([seen.setdefault(each, len(seen)) for each in rows])


def _numbers(labels: Labels) -> Array:
    return labels.values if labels.columns is None else labels.columns
