"""Loops of the script's own over ``GradientTape`` and ``apply_gradients``: they are watched.

Neither the data nor the loss of such a loop are known, so nothing can be tried here; but the loss
that is differentiated, the gradients and the weights are there at every step, if steps run eagerly.
In a second run of the script its loops are watched for as many steps as in the first, so that both
are the same, and make their steps at another learning rate where that is to be tried.
"""

from __future__ import annotations

import inspect
import math
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median
from types import CodeType
from typing import Any

import numpy as np

from runtime_probe.child.capture import optimizer_of
from runtime_probe.child.multiplied import inmost, is_known, multiplied
from runtime_probe.child.places import Place
from runtime_probe.child.setup import Emit
from runtime_probe.child.trees import leaves
from runtime_probe.job import Job
from runtime_probe.records import STABLE_RATE, TAPE, Change, Layer, Reached, Record, Symptom, Trial

MOST_STEPS = 500
_PATIENCE = 0.2  # the share of the time left that a loop is watched
_FEW = 5  # steps from which on anything is said of a loop
_RISE = 10.0  # times the first loss
_EXPLODED = 1e3  # times the first gradient
_VANISHED = 1e-7  # the mean size of an entry of a gradient
_DATA_UNKNOWN = (
    "the script trains in a loop of its own, whose data are not known: "
    "only its learning rate can be tried"
)
_SMALL_UPDATE, _LARGE_UPDATE = 1e-6, 1e-1  # of the size of the weights


class Tapes:
    """All lines of the script that apply gradients. ``number`` gives the next number of a fit."""

    def __init__(self, job: Job, emit: Emit, number: Callable[[], int], deadline: float) -> None:
        self._folder = job.folder
        self._most = min(MOST_STEPS, job.steps or MOST_STEPS)
        self._again = {each.fit: each for each in job.again}
        self._emit = emit
        self._number = number
        self._deadline = deadline
        self._watched: dict[Place, Tape] = {}
        self._told: set[Place] = set()
        self._last: Tape | None = None
        self._steps = 0
        self._eager: set[CodeType] = set()
        self._done: set[CodeType] = set()
        self._losses: dict[int, tuple[float | None, Place | None]] = {}
        self._is_eager = False

    def called(self, function: Any, call: Callable[[], Any]) -> Any:
        """Call what the script has made a function of TensorFlow.

        One that holds a tape runs eagerly from its first call on, for the loss before the first
        step of a loop is what tells whether another run begins like this one.
        """
        code = getattr(inspect.unwrap(function), "__code__", None)
        if code is None or code in self._done or not self._tapes_in(code):
            return call()
        self._eager.add(code)
        self._run_eagerly(True)
        before = self._steps
        result = call()
        if self._steps == before:  # it makes no steps that are to be watched
            self._done.add(code)
            if self._told.issuperset(self._watched):
                self.stop()
        return result

    def _tapes_in(self, code: CodeType) -> bool:
        of_script = code.co_filename.startswith(self._folder + os.sep)
        return of_script and "GradientTape" in code.co_names

    def differentiated(self, target: Any, sources: Any, place: Place | None) -> None:
        """A tape was asked for the gradient of ``target``, which is the loss of its variables."""
        for each in leaves(sources):
            self._losses[id(each)] = number_of(target), place

    def loss_of(self, pairs: Sequence[tuple[Any, Any]]) -> tuple[float | None, Place | None]:
        """What was last differentiated by these variables, and where; None for not known."""
        return self._losses.get(id(pairs[0][1]), (None, None)) if pairs else (None, None)

    def applied(
        self,
        place: Place,
        optimizer: Any,
        pairs: Sequence[tuple[Any, Any]],
        step: Callable[[], Any],
    ) -> Any:
        """Make a step of the script at ``place``, and note it.

        What was compiled runs eagerly from then on.
        """
        if place in self._told:
            return step()
        self._steps += 1
        if any(_is_symbolic(gradient) for gradient, _ in pairs):
            self._run_eagerly(True)
            return step()
        loss, differentiated_at = self.loss_of(pairs)
        tape = self._watched.get(place)
        if tape is None:
            tape = self._begun(differentiated_at or place, optimizer)
            self._watched[place] = tape
        tape.follows(self._last, optimizer)
        self._last = tape
        values = tape.before(loss, pairs)
        if tape.times == 1:
            result = step()
        else:
            with multiplied(optimizer, tape.times):
                result = step()
        tape.after(values, pairs)
        if tape.is_full:
            self._tell(place, "capped")
        return result

    def _begun(self, place: Place, optimizer: Any) -> Tape:
        fit = self._number()
        loop = self._again.get(fit)
        now = time.monotonic()
        return Tape(
            fit=fit,
            place=place,
            optimizer=optimizer,
            rate=optimizer_of(inmost(optimizer)).learning_rate,
            most=self._most if loop is None else loop.steps,
            until=now + _PATIENCE * (self._deadline - now) if loop is None else math.inf,
            times=1.0 if loop is None else loop.times,
        )

    def finish(self, whole: bool = True) -> None:
        """Say what was seen of the loops that are not done with yet.

        ``whole``: whether the script has come to its end by itself, and they to theirs.
        """
        for place in [each for each in self._watched if each not in self._told]:
            self._tell(place, "planned" if whole else "capped")

    def stop(self) -> None:
        """Let compiled functions run compiled again."""
        self._run_eagerly(False)

    def _tell(self, place: Place, ended: str) -> None:
        self._told.add(place)
        if self._told.issuperset(self._watched):
            self._done |= self._eager
            self.stop()
        for record in self._watched[place].records(ended):
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
    """One line that applies gradients, as long as it is watched.

    ``place`` is where these come from, as reading has it, or that line where this is not known.
    ``rate`` is that of its optimizer at first, None for a schedule; its steps are made at ``times``
    that. It is watched for ``most`` steps and no longer than ``until``.
    """

    fit: int
    place: Place
    optimizer: Any
    rate: float | None
    most: int
    until: float
    times: float
    losses: list[float] = field(default_factory=list)
    weights: dict[int, _Weight] = field(default_factory=dict)
    _has_loss: bool = False
    _refusal: str | None = None

    @property
    def is_full(self) -> bool:
        return len(self.losses) >= self.most or time.monotonic() > self.until

    def follows(self, last: Tape | None, optimizer: Any) -> None:
        """Note whose step the last one was, and who makes the next one here."""
        if optimizer is not self.optimizer:
            self._refusal = "several optimizers make their steps on this line"
        elif self.losses and last is not None and last is not self:
            words = "whose losses depend on one another"
            self._refusal = f"it takes turns with the loop of line {last.place.line}, {words}"
            last._refusal = f"it takes turns with the loop of line {self.place.line}, {words}"

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

    def records(self, ended: str) -> Iterator[Record]:
        """What was seen: the loop itself, its losses, its layers, and what is wrong with them."""
        steps = len(self.losses)
        yield self._reached(steps)
        infinite = next(
            (at for at, each in enumerate(self._known) if not math.isfinite(each)), None
        )
        at = tuple(range(steps))
        changes = () if self.times == 1 else (STABLE_RATE,)
        losses = tuple(self.losses)
        yield Trial(self.fit, changes, 0, steps, ended, at, losses, (), diverged_at=infinite)
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
        refusal = self._why_no_other_rate()
        if refusal is not None:
            yield Change(self.fit, STABLE_RATE, refusal, impossible=refusal)

    def _why_no_other_rate(self) -> str | None:
        """Why a run at another learning rate would say nothing."""
        if self._refusal is not None:
            return self._refusal
        if not self._has_loss:
            return "the loss of the loop is not known"
        if not math.isfinite(self.losses[0]):
            return f"the loss is {self.losses[0]} before the first step, at any rate"
        return None if is_known(self.optimizer) else "what its optimizer's rate is, is not known"

    @property
    def _known(self) -> list[float]:
        """The losses, where the script has differentiated a number."""
        return self.losses if self._has_loss else []

    def _reached(self, steps: int) -> Reached:
        return Reached(
            fit=self.fit,
            line=self.place.line,
            filename=self.place.filename,
            kind=TAPE,
            framework=type(self.optimizer).__module__.partition(".")[0],
            model="unknown",
            parameters=sum(each.size for each in self.weights.values()),
            optimizer=type(inmost(self.optimizer)).__name__,
            learning_rate=self.rate,
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
            reason=_DATA_UNKNOWN,
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
