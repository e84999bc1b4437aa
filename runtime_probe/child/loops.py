"""Loops over ``train_on_batch``: their batches are collected, and tried once the loop has ended.

The first steps are made as the script says. Then the loop only hands over its batches, or, once
enough of them are kept, only counts its steps, so that its plan is known when the trial begins.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from runtime_probe.child.arrays import weights_by_class
from runtime_probe.child.capture import Captured, optimizer_of, rehearse, trains_itself
from runtime_probe.child.frameworks import framework
from runtime_probe.child.places import Place
from runtime_probe.child.setup import Sample, State
from runtime_probe.child.state import assign, values
from runtime_probe.child.streams import MOST_BATCHES, Batch, joined, unpacked
from runtime_probe.child.trees import leaves, rows_of

_PATIENCE = 0.3  # the share of the time left that a loop may go on without a trial


@dataclass
class Loop:
    """One line that calls ``train_on_batch``, and what it has handed over so far.

    ``start`` is the model's state before the first step; ``until`` is when the loop is tried
    though it goes on, in seconds of ``time.monotonic``.
    """

    model: Any
    compiled: Mapping[str, Any]
    place: Place
    limit: int
    until: float
    start: State = ()
    steps: int = 0
    epoch: int | None = None
    is_over: bool = False
    batches: list[Batch] = field(default_factory=list)
    _last: Any = None

    @classmethod
    def begun(
        cls,
        model: Any,
        compiled: Mapping[str, Any],
        place: Place,
        limit: int,
        deadline: float,
    ) -> Loop:
        now = time.monotonic()
        return cls(model, compiled, place, limit, now + _PATIENCE * (deadline - now))

    def step(self, original: Callable[..., Any], arguments: Mapping[str, Any]) -> Any:
        """What the script gets for its step: the last loss, where no step was made."""
        if self._is_collecting:
            batch = self._batch(arguments)
            if not self.batches:
                rehearse(self.model, joined([batch], shuffled=False, is_whole=False))
                self.start = values(self.model)
            self._keep(batch)
            self._last = original(self.model, **arguments)
        self.steps += 1
        return self._last

    @property
    def _is_collecting(self) -> bool:
        rows = sum(rows_of(each.x) for each in self.batches)
        is_enough = len(self.batches) >= MOST_BATCHES or rows >= self.limit
        return not self.is_over and self.epoch is None and not is_enough

    def _batch(self, arguments: Mapping[str, Any]) -> Batch:
        given = tuple(arguments[name] for name in ("x", "y", "sample_weight"))
        batch = unpacked(given, framework(self.model).backend.floatx())
        if arguments["class_weight"] is None:
            return batch
        floatx = framework(self.model).backend.floatx()
        return batch._replace(weights=weights_by_class(batch.y, arguments["class_weight"], floatx))

    def _keep(self, batch: Batch) -> None:
        """The second epoch begins where the first batch comes again."""
        if self.batches and _same(self.batches[0], batch):
            self.epoch = len(self.batches)
            return
        self.batches.append(batch)

    def captured(self) -> Captured:
        """The training of the loop, with the model back where it began."""
        self.is_over = True
        assign(self.model, self.start)
        sample: Sample = joined(self.batches, shuffled=False, is_whole=self.epoch is not None)
        epoch = self.epoch or self.steps
        return Captured(
            model=self.model,
            framework=framework(self.model).__name__,
            kind="train_on_batch",
            line=self.place.line,
            filename=self.place.filename,
            sample=sample,
            rows=sample.rows if self.epoch is not None else None,
            epochs=max(1, math.ceil(self.steps / epoch)),
            steps=self.steps,
            optimizer=optimizer_of(self.model.optimizer),
            loss=self.compiled["loss"],
            loss_weights=self.compiled["loss_weights"],
            metrics=self.compiled["metrics"],
            custom_train_step=trains_itself(self.model),
        )


def _same(one: Batch, other: Batch) -> bool:
    pairs = zip(leaves(tuple(one)), leaves(tuple(other)), strict=True)
    return all(np.array_equal(a, b) for a, b in pairs)
