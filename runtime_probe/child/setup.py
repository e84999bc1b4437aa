"""A training as it is about to happen: everything that decides it, and nothing that is a result."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]
Tree: TypeAlias = Any  # an array with the rows first, or a list, tuple or dict of such trees
State: TypeAlias = Sequence[Array]  # the values of every variable of a model, in its own order
Emit: TypeAlias = Callable[[Any], None]


@dataclass(frozen=True)
class Sample:
    """Rows of the script's data, drawn once and shared by every trial.

    ``x``, ``y`` and ``weights`` are trees of arrays as the model takes them; class weights are in
    ``weights`` already. ``y`` is None where the model makes its loss itself. ``shuffled`` is
    whether the script trains in a new order every epoch. ``drawn`` says how the rows were chosen,
    ``names`` are those of the columns of a two-dimensional ``x``.
    """

    x: Tree
    y: Tree
    rows: int
    batch_size: int
    shuffled: bool
    weights: Tree = None
    drawn: str = "all rows"
    names: Sequence[str] = ()
    validation: Sample | None = None


@dataclass(frozen=True)
class Optimizer:
    """An optimizer by its class and configuration, from which each trial builds its own.

    ``scaling`` wraps it in what scales the loss for half precision; None where nothing does.
    """

    kind: type[Any]
    config: Mapping[str, Any]
    scaling: Callable[[Any], Any] | None = None

    def build(self) -> Any:
        made = self.without_scaling()
        return made if self.scaling is None else self.scaling(made)

    def without_scaling(self) -> Any:
        return self.kind.from_config(dict(self.config))

    @property
    def learning_rate(self) -> float | None:
        """Its rate, None where that follows a schedule."""
        rate = self.config.get("learning_rate")
        return float(rate) if isinstance(rate, (int, float, np.floating)) else None


@dataclass(frozen=True)
class Stop:
    """An early stopping of the script, or one that is tried."""

    monitor: str
    patience: int
    min_delta: float = 0.0
    mode: str = "min"
    start_from_epoch: int = 0


@dataclass
class Workshop:
    """What all arms of one fit share: what was compiled for them, and the mode in which they run.

    ``mode`` is eager, graph or xla, and None until the first training has timed them.
    """

    mode: str | None = None
    programs: dict[Hashable, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Setup:
    """What one arm trains: an intervention takes one and gives another.

    ``model`` is built; its variables are overwritten before every run, by ``states[seed]``.
    ``rate_callbacks`` are those callbacks of the script that change the learning rate, which are
    replayed in every arm. ``inverse`` takes predictions back to the units of the target as written,
    where an intervention scaled it. ``loss`` and ``metrics`` are as ``compile`` takes them.
    ``epochs`` and ``steps`` are planned by the script, over all its rows. ``workshop`` goes from
    arm to arm with ``dataclasses.replace``.
    """

    model: Any
    optimizer: Optimizer
    loss: Any
    sample: Sample
    states: Sequence[State]
    steps: int
    epochs: int
    loss_weights: Any = None
    rate_callbacks: Sequence[Any] = ()
    stop: Stop | None = None
    inverse: Callable[[Array], Array] | None = None
    workshop: Workshop = field(default_factory=Workshop, repr=False, compare=False)
