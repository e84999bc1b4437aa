"""Which rows each step takes: the same for every arm of a seed, whatever else they differ in."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from runtime_probe.child.setup import Array, Sample

_BLOCK_STEPS = 1024  # enough for what a call costs to vanish, few enough to be made at once


class Order:
    """The batches of one training, in blocks of whole epochs that have the same shape.

    As Keras has it, the last batch of an epoch is smaller where the rows do not divide; its line in
    the block is filled up with row 0, which nobody reads. Blocks are drawn by ``seed`` and their
    number alone, so that two arms agree however their calls are cut.
    """

    def __init__(self, sample: Sample, seed: int) -> None:
        self.batch = min(sample.batch_size, sample.rows)
        self.rest = sample.rows % self.batch
        self.epoch_steps = -(-sample.rows // self.batch)
        self.epochs = max(1, _BLOCK_STEPS // self.epoch_steps)
        self.steps = self.epochs * self.epoch_steps
        self._rows = sample.rows
        self._shuffled = sample.shuffled
        self.seed = seed

    @cached_property
    def sizes(self) -> Array:
        """How many rows each step of a block has, int32 of shape (steps,)."""
        sizes = np.full(self.steps, self.batch, np.int32)
        if self.rest:
            sizes[self.epoch_steps - 1 :: self.epoch_steps] = self.rest
        return sizes

    def block(self, number: int) -> Array:
        """The rows of the steps of a block, int32 of shape (steps, batch)."""
        rows = np.tile(np.arange(self._rows, dtype=np.int32), (self.epochs, 1))
        if self._shuffled:
            rows = np.random.default_rng((self.seed, number)).permuted(rows, axis=1)
        missing = self.epoch_steps * self.batch - self._rows
        return np.pad(rows, ((0, 0), (0, missing))).reshape(self.steps, self.batch)

    def sizes_of(self, steps: int) -> Array:
        """How many rows each of the first ``steps`` steps has."""
        return np.resize(self.sizes, steps)
