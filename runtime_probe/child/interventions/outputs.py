"""The last layer and the loss, as labels ask for them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from runtime_probe.child.endings import Ending, activation_of, endings, output_names
from runtime_probe.child.frameworks import framework
from runtime_probe.child.interventions.contract import Changed, Refusal, diff
from runtime_probe.child.interventions.rebuilding import rebuilt
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
    with_output,
)
from runtime_probe.child.setup import Setup
from runtime_probe.child.task import Part, Task, labels_by_output

_BINARY, _CATEGORICAL, _SPARSE, _SQUARED = (
    "binary_crossentropy",
    "categorical_crossentropy",
    "sparse_categorical_crossentropy",
    "mean_squared_error",
)
_FAMILY = {_BINARY: BINARY, _CATEGORICAL: CATEGORICAL, _SPARSE: SPARSE, _SQUARED: REGRESSION}


@dataclass(frozen=True)
class Fit:
    """Units, activation and loss that go together; any loss of the kin of ``loss`` does."""

    units: int
    activation: str
    loss: str


def fit_for(part: Part, labels: Labels, units: int, several: bool) -> Fit | None:
    """What an output should be for its labels; None where that cannot be told.

    Integer classes take as many units as there are and more, and a yes-or-no question takes one
    sigmoid or ``several`` softmax units.
    """
    if part.kind == "regression":
        columns = 1 if labels.columns is None else labels.columns.shape[-1]
        return Fit(columns, "linear", _SQUARED)
    if part.kind == "multilabel" and labels.columns is not None:
        return Fit(labels.columns.shape[-1], "sigmoid", _BINARY)
    if part.kind not in {"binary", "multiclass"}:
        return None
    if labels.columns is not None:
        return Fit(labels.columns.shape[-1], "softmax", _CATEGORICAL)
    if not labels.integer or labels.values.min() < 0:
        return None
    classes = int(labels.values.max()) + 1
    if part.kind == "binary" and classes <= 2 and not several:
        return Fit(1, "sigmoid", _BINARY)
    return Fit(max(units if units > 1 else 0, classes, 2), "softmax", _SPARSE)


def matching_output(setup: Setup, task: Task) -> Changed | Refusal:
    """Units and activation of the last layer for its labels, and the loss where it cannot stay."""
    return _matched(setup, task, output_first=True)


def matching_loss(setup: Setup, task: Task) -> Changed | Refusal:
    """The loss for the labels, and the last layer where no loss would fit what it is."""
    return _matched(setup, task, output_first=False)


def _matched(setup: Setup, task: Task, output_first: bool) -> Changed | Refusal:
    count = len(task.parts)
    names = output_names(setup.model, count)
    labels = labels_by_output(setup.sample.y, names)
    losses = by_output(setup.loss, names)
    refusals: list[Refusal] = []
    for index, (part, y, end) in enumerate(
        zip(task.parts, labels, endings(setup.model, count), strict=True)
    ):
        if part is None or y is None:
            continue
        output = _Output(part, read(y, part.dimensions), end, losses[index])
        result = _one(setup, output, output_first)
        if isinstance(result, Refusal):
            refusals.append(result)
            continue
        changed, loss, done, before, after = result
        whole = replace(changed, loss=with_output(setup.loss, names, index, loss))
        return Changed(whole, done, diff(before, after))
    unknown = Refusal("what the outputs are trained for is not known")
    return next((each for each in refusals if not each.already), (*refusals, unknown)[0])


@dataclass(frozen=True)
class _Output:
    part: Part
    labels: Labels
    end: Ending
    loss: Any


def _one(
    setup: Setup, output: _Output, output_first: bool
) -> tuple[Setup, Any, str, str, str] | Refusal:
    """The setup with another output, its loss, what was done, and both as a script has them."""
    part, labels, end, loss = output.part, output.labels, output.end, output.loss
    if end.activation is None:
        return Refusal("how the model ends could not be followed")
    units = _units(end)
    several = units >= 2 and (name_of(loss) in SPARSE or not output_first)
    wanted = fit_for(part, labels, units, several)
    if wanted is None:
        return Refusal("what the labels ask of the output is not known")
    logits = takes_logits(loss) or (not output_first and end.activation == "linear")
    fits = name_of(loss) in _FAMILY[wanted.loss] or (
        output_first and _may_stay(name_of(loss), wanted)
    )
    new_loss = loss
    if not fits or (logits and not takes_logits(loss) and wanted.loss != _SQUARED):
        new_loss = _loss(setup, wanted.loss, logits)
    activation = "linear" if takes_logits(new_loss) else wanted.activation
    keeps = part.kind == "regression" and reaches(end.activation, labels) and not output_first
    needs_output = units != wanted.units or (end.activation != activation and not keeps)
    needs_output |= len(end.squashing) > 1
    if not needs_output and new_loss is loss:
        return Refusal("output, loss and labels fit", already=True)
    changed: Setup | Refusal = setup
    before, after, done = [], [], []
    if needs_output:
        if end.layer is None or not _has_units(end.layer):
            return Refusal("the last layer is not one whose units and activation can be set")
        changed = _with_output(setup, end, wanted.units, activation)
        if isinstance(changed, Refusal):
            return changed
        before.append(_spelled(end, units))
        after.append(f"{type(end.layer).__name__}({wanted.units}, activation={activation!r})")
        done.append(f"{wanted.units} unit{'s' * (wanted.units > 1)} with {activation}")
    if new_loss is not loss:
        before.append(f"model.compile(loss={_loss_text(loss)}, ...)")
        after.append(f"model.compile(loss={_loss_text(new_loss)}, ...)")
        done.append(f"{wanted.loss}{' from logits' if takes_logits(new_loss) else ''}")
    assert isinstance(changed, Setup)
    return changed, new_loss, " and ".join(done), "\n".join(before), "\n".join(after)


def _may_stay(loss: str, wanted: Fit) -> bool:
    """Whether a change of the output leaves the loss alone: it trains, if not well."""
    if loss in REGRESSION:
        return wanted.loss != _SPARSE
    return loss not in OF_PROBABILITIES


_REACH = {
    "sigmoid": (0.0, 1.0),
    "hard_sigmoid": (0.0, 1.0),
    "softmax": (0.0, 1.0),
    "tanh": (-1.0, 1.0),
    "softsign": (-1.0, 1.0),
    "relu": (0.0, np.inf),
}


def reach(activation: str | None) -> tuple[float, float]:
    """The least and the most that an activation can give."""
    return _REACH.get(activation or "", (-np.inf, np.inf))


def reaches(activation: str | None, labels: Labels) -> bool:
    """Whether an activation can give every target of a regression."""
    y = labels.values if labels.columns is None else labels.columns
    least, most = reach(activation)
    return bool(y.min() >= least and y.max() <= most)


def _loss(setup: Setup, name: str, logits: bool) -> Any:
    if not logits or name == _SQUARED:
        return name
    kind = "".join(word.capitalize() for word in name.split("_"))
    return getattr(framework(setup.model).losses, kind)(from_logits=True)


def _loss_text(loss: Any) -> str:
    if isinstance(loss, str):
        return repr(loss)
    return f"{type(loss).__name__}(from_logits=True)" if takes_logits(loss) else name_of(loss)


def _has_units(layer: Any) -> bool:
    config = layer.get_config()
    return "activation" in config and bool({"units", "filters"} & config.keys())


def _units(end: Ending) -> int:
    config = {} if end.layer is None else end.layer.get_config()
    return int(config.get("units", config.get("filters", 0)))


def _with_output(setup: Setup, end: Ending, units: int, activation: str) -> Setup | Refusal:
    """The last layer gets both, and the activation layers behind it hand on what it gives."""
    linear = framework(setup.model).layers.Activation
    key = "units" if "units" in end.layer.get_config() else "filters"
    edits: dict[int, Any] = {id(each): linear("linear", name=each.name) for each in end.behind}
    edits[id(end.layer)] = {key: units, "activation": activation}
    return rebuilt(setup, edits)


def _spelled(end: Ending, units: int) -> str:
    first = f"{type(end.layer).__name__}({units}, activation={activation_of(end.layer)!r})"
    return "\n".join([first, *(f"Activation({activation_of(each)!r})" for each in end.behind)])
