"""Loops of the script's own over ``GradientTape`` and ``apply_gradients``: they are watched.

Neither the data nor the loss of such a loop are known, so nothing can be tried; but the loss that
is differentiated, the gradients and the weights are there at every step, if steps run eagerly.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import numpy as np

from runtime_probe.child.capture import optimizer_of
from runtime_probe.child.places import Place
from runtime_probe.child.setup import Emit
from runtime_probe.child.trees import leaves
from runtime_probe.records import Layer, Reached, Record, Symptom, Trial

MOST_STEPS = 200
_PATIENCE = 0.3  # the share of the time left that a loop is watched
_FEW = 5  # steps from which on anything is said of a loop
_RISE = 10.0  # times the first loss
_EXPLODED = 1e3  # times the first gradient
_VANISHED = 1e-7  # the mean size of an entry of a gradient
_SMALL_UPDATE, _LARGE_UPDATE = 1e-6, 1e-1  # of the size of the weights


class Tapes:
    """All lines of the script that apply gradients. ``number`` gives the next number of a fit."""

    def __init__(self, emit: Emit, number: Callable[[], int], deadline: float) -> None:
        self._emit = emit
        self._number = number
        self._deadline = deadline
        self._watched: dict[Place, Tape] = {}
        self._told: set[Place] = set()
        self._losses: dict[int, float | None] = {}
        self._is_eager = False

    def differentiated(self, target: Any, sources: Any) -> None:
        """A tape was asked for the gradient of ``target``, which is the loss of its variables."""
        for each in leaves(sources):
            self._losses[id(each)] = number_of(target)

    def applied(
        self,
        place: Place,
        optimizer: Any,
        pairs: Sequence[tuple[Any, Any]],
        step: Callable[[], Any],
    ) -> Any:
        """Make a step of the script, and note it. What was compiled runs eagerly from then on."""
        if place in self._told:
            return step()
        if any(_is_symbolic(gradient) for gradient, _ in pairs):
            self._run_eagerly(True)
            return step()
        tape = self._watched.get(place)
        if tape is None:
            tape = Tape.begun(self._number(), place, optimizer, self._deadline)
            self._watched[place] = tape
        loss = self._losses.get(id(pairs[0][1])) if pairs else None
        values = tape.before(loss, pairs)
        result = step()
        tape.after(values, pairs)
        if tape.is_full:
            self._tell(tape)
        return result

    def finish(self) -> None:
        """Say what was seen of the loops that are not done with yet."""
        for tape in [each for place, each in self._watched.items() if place not in self._told]:
            self._tell(tape)

    def stop(self) -> None:
        """Let compiled functions run compiled again."""
        self._run_eagerly(False)

    def _tell(self, tape: Tape) -> None:
        self._told.add(tape.place)
        if self._told.issuperset(self._watched):
            self.stop()
        for record in tape.records():
            self._emit(record)

    def _run_eagerly(self, eagerly: bool) -> None:
        if eagerly is self._is_eager:
            return
        import tensorflow as tf

        self._is_eager = eagerly
        tf.config.run_functions_eagerly(eagerly)


@dataclass
class _Weight:
    """One variable over the steps: norms of its gradient, of itself, and of its updates."""

    name: str
    size: int
    is_kernel: bool
    gradients: list[float] = field(default_factory=list)
    norms: list[float] = field(default_factory=list)
    updates: list[float] = field(default_factory=list)


@dataclass
class Tape:
    """One line that applies gradients, as long as it is watched."""

    fit: int
    place: Place
    optimizer: Any
    until: float
    losses: list[float] = field(default_factory=list)
    weights: dict[int, _Weight] = field(default_factory=dict)
    _has_loss: bool = False

    @classmethod
    def begun(cls, fit: int, place: Place, optimizer: Any, deadline: float) -> Tape:
        now = time.monotonic()
        return cls(fit, place, optimizer, now + _PATIENCE * (deadline - now))

    @property
    def is_full(self) -> bool:
        return len(self.losses) >= MOST_STEPS or time.monotonic() > self.until

    def before(self, loss: float | None, pairs: Sequence[tuple[Any, Any]]) -> list[Any]:
        """Note a step that is about to be made; gives the weights as they are."""
        self._has_loss = self._has_loss or loss is not None
        self.losses.append(math.nan if loss is None else loss)
        values = []
        for gradient, variable in pairs:
            value = variable.numpy()
            name = str(getattr(variable, "path", variable.name))
            noted = _Weight(name, value.size, value.ndim > 1)
            weight = self.weights.setdefault(id(variable), noted)
            weight.gradients.append(_norm(gradient))
            weight.norms.append(_norm(value))
            values.append(value)
        return values

    def after(self, values: Sequence[Any], pairs: Sequence[tuple[Any, Any]]) -> None:
        """Note what the step has changed."""
        for value, (_, variable) in zip(values, pairs, strict=True):
            update = _norm(variable.numpy() - value)
            self.weights[id(variable)].updates.append(update)

    def records(self) -> Iterator[Record]:
        """What was seen: the loop itself, its losses, its layers, and what is wrong with them."""
        steps = len(self.losses)
        yield self._reached(steps)
        infinite = next(
            (at for at, each in enumerate(self._known) if not math.isfinite(each)), None
        )
        at = tuple(range(steps))
        yield Trial(
            self.fit, (), 0, steps, "capped", at, tuple(self.losses), (), diverged_at=infinite
        )
        for weight in self.weights.values():
            yield Layer(
                fit=self.fit,
                name=weight.name,
                kind="variable",
                activation="",
                gradient_norms=_ends(weight.gradients),
                weight_norms=_ends(weight.norms),
                update_ratios=_ends(_ratios(weight)),
            )
        if steps >= _FEW:
            yield from self._symptoms()

    @property
    def _known(self) -> list[float]:
        """The losses, where the script has differentiated a number."""
        return self.losses if self._has_loss else []

    def _reached(self, steps: int) -> Reached:
        rate = optimizer_of(self.optimizer).learning_rate
        return Reached(
            fit=self.fit,
            line=self.place.line,
            filename=self.place.filename,
            kind="gradient tape",
            framework=type(self.optimizer).__module__.partition(".")[0],
            model="unknown",
            parameters=sum(each.size for each in self.weights.values()),
            optimizer=type(self.optimizer).__name__,
            learning_rate=rate,
            loss="of its own",
            task="unknown",
            metric="unknown",
            batch_size=0,
            epochs=1,
            planned_steps=steps,
            rows=None,
            sampled_rows=0,
            sampling=f"the first {steps:,} steps of the loop were watched",
            seeding="one seed: the run of the script itself",
            validated=False,
            reason="the script trains in a loop of its own, whose data are not known",
        )

    def _symptoms(self) -> Iterator[Symptom]:
        yield from self._of_losses()
        for weight in self.weights.values():
            yield from self._of_weight(weight)
        if all(not any(each.updates) for each in self.weights.values()):
            yield self._symptom(
                "no-learning",
                "no weight changes in any step",
                "fit",
                "look whether the loss depends on the variables that are trained",
            )

    def _of_losses(self) -> Iterator[Symptom]:
        losses = self._known
        wrong = [at for at, each in enumerate(losses) if not math.isfinite(each)]
        if wrong:
            words = f"the loss is {losses[wrong[0]]} at step {wrong[0]}"
            yield self._symptom("nan-loss", words, "fit", "lower the learning rate, or clip")
        elif losses and median(losses[-_FEW:]) > _RISE * max(median(losses[:_FEW]), 1e-12):
            words = (
                f"the loss goes from {median(losses[:_FEW]):.3g} to {median(losses[-_FEW:]):.3g}"
            )
            yield self._symptom("divergence", words, "fit", "lower the learning rate")

    def _of_weight(self, weight: _Weight) -> Iterator[Symptom]:
        first, last = median(weight.gradients[:_FEW]), median(weight.gradients[-_FEW:])
        if not all(map(math.isfinite, weight.gradients)) or last > _EXPLODED * max(first, 1e-12):
            words = f"the gradient of {weight.name} goes from {first:.3g} to {last:.3g}"
            yield self._symptom(
                "exploding-gradients", words, weight.name, "lower the learning rate, or clip"
            )
        elif first / math.sqrt(weight.size) < _VANISHED:
            words = f"the gradient of {weight.name} is {first:.3g} from the first steps on"
            yield self._symptom(
                "vanishing-gradients", words, weight.name, "look at the activations before it"
            )
            return
        if not weight.is_kernel:
            return  # biases begin at 0, where every step is large
        ratio = median(_ratios(weight))
        if ratio < _SMALL_UPDATE:
            words = f"a step changes {weight.name} by {ratio:.1g} of its size"
            yield self._symptom("slow-convergence", words, weight.name, "raise the learning rate")
        elif ratio > _LARGE_UPDATE:
            words = f"a step changes {weight.name} by {ratio:.0%} of its size"
            yield self._symptom("oscillation", words, weight.name, "lower the learning rate")

    def _symptom(self, name: str, message: str, where: str, then: str) -> Symptom:
        return Symptom(self.fit, name, message, where, self.place.line, then)


def _is_symbolic(gradient: Any) -> bool:
    """Whether it has no value yet, because a function is being traced."""
    entries = getattr(gradient, "values", gradient)
    return gradient is not None and not hasattr(entries, "numpy")


def number_of(value: Any) -> float | None:
    """A loss as a number; None for what has none yet, or is no single one."""
    if not hasattr(value, "numpy"):
        return None
    array = np.asarray(value.numpy())
    return float(array.sum()) if array.dtype.kind == "f" else None


def _norm(value: Any) -> float:
    """Euclidean; 0 for a gradient that is not there."""
    if value is None:
        return 0.0
    entries = value.values if hasattr(value, "dense_shape") else value
    return float(np.linalg.norm(np.asarray(entries, dtype=np.float64).reshape(-1)))


def _ratios(weight: _Weight) -> list[float]:
    """Updates as shares of the weights, of those that have a size already."""
    pairs = zip(weight.updates, weight.norms, strict=False)
    return [update / norm for update, norm in pairs if norm > 0] or [0.0]


def _ends(values: Sequence[float]) -> tuple[float, float]:
    return values[0], values[-1]
