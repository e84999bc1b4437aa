"""Splits that draw from NumPy's generator."""

from __future__ import annotations

from tfcheck.script.uses import Use
from tfcheck.script.values import Const, constant

SPLITTERS = "sklearn.model_selection"

# By whether they shuffle where nothing is said.
_SHUFFLES = {
    "train_test_split": True,
    "ShuffleSplit": True,
    "StratifiedShuffleSplit": True,
    "GroupShuffleSplit": True,
    "KFold": False,
    "StratifiedKFold": False,
}


def is_random(use: Use) -> bool:
    """Whether this splits at random, and nothing in the call says where to begin."""
    if use.owner != SPLITTERS or use.name not in _SHUFFLES:
        return False
    if use.argument(None, "random_state") is not None:
        return False
    default = Const(_SHUFFLES[use.name])
    place = 1 if use.name.endswith("KFold") else None
    return constant(use.argument(place, "shuffle") or default) is True
