"""What a call of ``fit`` is given to train on, and what was drawn of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from runtime_probe.child.setup import Sample


@dataclass(frozen=True)
class Feed:
    """What a call of ``fit`` trains on, by its arguments.

    ``ordered``: the order of the rows means something to the model, as in a time series.
    ``floatx`` is the float type of the framework, ``until`` when a stream is read no longer, in
    seconds of ``time.monotonic``.
    """

    x: Any
    y: Any = None
    sample_weight: Any = None
    class_weight: Mapping[int, float] | None = None
    batch_size: int | None = None
    shuffle: Any = True
    steps_per_epoch: int | None = None
    epochs: int = 1
    validation_split: float = 0.0
    validation_data: Any = None
    validation_batch_size: int | None = None
    validation_steps: int | None = None
    ordered: bool = False
    floatx: str = "float32"
    until: float = math.inf


class Sampled(NamedTuple):
    """A sample, how many rows there are to train on (None for a stream) and steps in an epoch."""

    sample: Sample
    rows: int | None
    steps_per_epoch: int


class UnknownData(Exception):
    """Keras takes no data of this kind either, or says itself what is wrong with them."""
