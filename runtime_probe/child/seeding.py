"""Makes what a script draws the same in every probe of it, unless it sets seeds itself."""

from __future__ import annotations

import random
from types import ModuleType

import numpy as np

from runtime_probe.child.hooks import after_import

SEED = 0


def install() -> None:
    """Seed what is loaded now, and TensorFlow once the script has imported it.

    Keras takes the seeds of its initializers and of Dropout from Python's ``random``. A generator
    of NumPy that is made without a seed stays as random as it is.
    """
    random.seed(SEED)
    np.random.seed(SEED)
    after_import({"tensorflow": _seed_tensorflow})


def _seed_tensorflow(module: ModuleType) -> None:
    module.random.set_seed(SEED)
