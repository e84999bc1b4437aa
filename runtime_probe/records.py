"""What the child says while it works: one record a line of JSON, read by the parent as it comes.

Every record is complete in itself, so that whatever arrived before a crash or the end of the
budget still counts. Losses may be NaN or infinite here; what a user reads maps them to ``null``.
Steps count from 0, lines and epochs from 1, times are seconds.
"""

from __future__ import annotations

import json
import types
import typing
from dataclasses import asdict, dataclass, fields, is_dataclass
from typing import Any, TypeAlias

TAPE = "gradient tape"  # the kind of a fit that is a loop of the script's own
STABLE_RATE = "stable-learning-rate"  # the one change that can be made to it


@dataclass(frozen=True, slots=True)
class Guarded:
    """The guard that holds: ``landlock``, ``namespaces`` or ``audit hooks``, and its limits."""

    guard: str
    refuses: tuple[str, ...]
    does_not_cover: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Remark:
    """Something the reader of the report must know, such as that data were stood in for."""

    message: str
    fit: int | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """One feature of a two-dimensional input, over the sample."""

    name: str
    mean: float
    std: float
    minimum: float
    maximum: float


@dataclass(frozen=True, slots=True)
class Reached:
    """A fit was taken over. ``fit`` numbers the fits of a run from 0.

    ``kind`` is sequential, functional, subclassed, train_on_batch or gradient tape. ``task`` is
    binary, multiclass, multilabel, regression or unknown. ``planned_steps`` are those of the script
    as written, ``rows`` its rows, None where it is a stream. ``loss_of_constant`` is the loss of
    the best constant prediction, which a model must beat; ``reason`` says why no trial is possible.
    ``cell`` is that of a notebook, from 1, which the parent knows.
    """

    fit: int
    line: int
    filename: str
    kind: str
    framework: str
    model: str
    parameters: int
    optimizer: str
    learning_rate: float | None
    loss: str
    task: str
    metric: str
    batch_size: int
    epochs: int
    planned_steps: int
    rows: int | None
    sampled_rows: int
    sampling: str
    seeding: str
    validated: bool
    loss_of_constant: float | None = None
    columns: tuple[Column, ...] = ()
    stand_in: str | None = None
    reason: str | None = None
    cell: int | None = None


@dataclass(frozen=True, slots=True)
class Suspicion:
    """A fault measured at the fit that reading did not find: it goes on trial like a finding.

    ``rule`` is the name of the rule that would have said it. ``where`` is as in :class:`Symptom`;
    ``line`` is None where only that of the fit is known.
    """

    fit: int
    rule: str
    intervention: str
    message: str
    where: str = "fit"
    line: int | None = None
    cell: int | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What an intervention did at this fit, in words and as a small diff, or why it cannot be.

    ``already``: the script has what the intervention would bring, which refutes the finding.
    """

    fit: int
    intervention: str
    summary: str
    diff: str = ""
    impossible: str | None = None
    already: bool = False


@dataclass(frozen=True, slots=True)
class Measured:
    """How good the model is at one step, on the sample, recomputed in NumPy from its predictions.

    ``skill`` is 1 for perfect predictions, 0 for the best constant one. ``metric`` is accuracy or
    R2, ``loss`` a log loss or mean squared error in the units of the target as written.
    """

    step: int
    loss: float
    loss_skill: float
    metric: float
    skill: float
    constant: bool


@dataclass(frozen=True, slots=True)
class Trial:
    """One training of one arm from one seed.

    ``changes`` are the interventions of the arm, none for the script as written. ``losses`` are
    those that Keras optimises, at the steps ``at``; ``measured`` are points of the run, the start
    and at least three of its second half among them. ``diverged_at`` is the first step with a loss
    that is not finite. ``ended``: planned, capped (time or steps ran out before the plan),
    learned (perfect, nothing more to see), stopped (by early stopping), failed (it raised an
    exception, which a remark tells).
    """

    fit: int
    changes: tuple[str, ...]
    seed: int
    steps: int
    ended: str
    at: tuple[int, ...]
    losses: tuple[float, ...]
    measured: tuple[Measured, ...]
    validation_losses: tuple[float, ...] = ()
    diverged_at: int | None = None
    seconds: float = 0.0

    def __post_init__(self) -> None:
        if len(self.at) != len(self.losses):
            raise ValueError("each loss has its step")


@dataclass(frozen=True, slots=True)
class Layer:
    """The state of one layer in the run as written, at its start and at its end.

    Norms are Euclidean over the layer's trainable variables; ``update_ratio`` is the norm of one
    update over that of the weights; ``dead`` is the share of units with output 0 for every sample,
    ``saturated`` the share of activations in the flat parts of a sigmoid, tanh or softmax.
    """

    fit: int
    name: str
    kind: str
    activation: str
    gradient_norms: tuple[float, float]
    weight_norms: tuple[float, float]
    update_ratios: tuple[float, float]
    dead: tuple[float, float] | None = None
    saturated: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Stability:
    """Whether the learning rate is one at which training can be stable.

    ``limit`` is the largest stable rate by curvature, ``stable_rate`` one to use. ``method`` is
    ``features`` (the bound from the data for a linear or logistic layer), ``lanczos``,
    ``gauss-newton`` or ``preconditioned`` (for Adam and its like). ``condition`` is the ratio of
    the largest to the smallest curvature, where the data give it, ``needed_steps`` what
    training takes at the limit by that.
    """

    fit: int
    method: str
    learning_rate: float
    limit: float
    stable_rate: float
    condition: float | None = None
    needed_steps: float | None = None


@dataclass(frozen=True, slots=True)
class FirstBatch:
    """Whether the model can learn one batch by heart, and whether its loss starts where it should.

    ``expected_loss`` is that of a model that knows nothing, None where that is not known.
    """

    fit: int
    rows: int
    steps: int
    skill: float
    initial_loss: float
    expected_loss: float | None


@dataclass(frozen=True, slots=True)
class Stopping:
    """What early stopping would have done to the run as written.

    ``stopped_at`` is the epoch after which it would have stopped, None for never. ``rise`` is what
    the monitored loss gained from its best epoch to the last, as a share of the best.
    """

    fit: int
    seed: int
    monitor: str
    patience: int
    epochs: int
    stopped_at: int | None
    best_epoch: int
    rise: float


@dataclass(frozen=True, slots=True)
class Symptom:
    """Something wrong that was seen in the run as written, whether or not a finding explains it.

    ``name`` is one of raises, unreachable-targets, cut-off-indices, contradictory-rows,
    single-target, unfit-loss, nan-loss, divergence, oscillation, vanishing-gradients,
    exploding-gradients, dead-units, saturated-units, constant-output, no-learning, too-few-steps,
    slow-convergence, overfitting, shifted-validation. ``where`` is a layer, ``fit``, ``compile`` or
    ``optimizer``.
    """

    fit: int
    name: str
    message: str
    where: str
    line: int
    next: str
    cell: int | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the child is, for a live display."""

    doing: str
    done: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class Ended:
    """The script is over, or the child with it.

    ``how`` is finished, exception, exit, no fit, memory, or (said by the parent) time, crash,
    output, processes, enough (its loops were seen, and are run again). ``line`` is the last line of
    the script that was running.
    """

    how: str
    message: str = ""
    line: int | None = None


Record: TypeAlias = (
    Guarded
    | Remark
    | Reached
    | Suspicion
    | Change
    | Trial
    | Layer
    | Stability
    | FirstBatch
    | Stopping
    | Symptom
    | Progress
    | Ended
)

_KINDS: dict[str, type[Any]] = {each.__name__: each for each in typing.get_args(Record)}


def to_line(record: Record) -> str:
    """One line of JSON without its end."""
    return json.dumps({"record": type(record).__name__, **asdict(record)})


def from_line(line: str) -> Record:
    """The record that :func:`to_line` wrote.

    Raises ``KeyError``, ``TypeError`` or ``ValueError`` for text that is none: the script shares a
    process with the child and may write what it likes.
    """
    values = json.loads(line)
    if not isinstance(values, dict):
        raise TypeError("a record is an object")
    made: Record = _made(_KINDS[values.pop("record")], values)
    return made


def _made(kind: type[Any], values: dict[str, Any]) -> Any:
    hints = typing.get_type_hints(kind)
    return kind(**{each.name: _value(hints[each.name], values[each.name]) for each in fields(kind)})


def _value(hint: Any, value: Any) -> Any:
    """``value`` as its field has it: JSON knows no tuples and no dataclasses."""
    if typing.get_origin(hint) in {typing.Union, types.UnionType}:
        if value is None:
            return None
        hint = next(each for each in typing.get_args(hint) if each is not type(None))
    if typing.get_origin(hint) is tuple:
        return _tuple(typing.get_args(hint), value)
    if is_dataclass(hint) and isinstance(hint, type):
        return _made(hint, value)
    if hint is float and type(value) is int:
        return float(value)
    if type(value) is not hint:
        raise TypeError(f"{value!r} is no {hint.__name__}")
    return value


def _tuple(items: tuple[Any, ...], value: Any) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise TypeError(f"{value!r} is no list")
    if items[-1] is Ellipsis:
        return tuple(_value(items[0], each) for each in value)
    return tuple(_value(item, each) for item, each in zip(items, value, strict=True))
