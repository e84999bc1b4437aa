"""What repeats rows, or makes up new ones between them."""

from __future__ import annotations

from tfcheck.script.data import Data

_CLASSES = frozenset(
    "SMOTE ADASYN RandomOverSampler BorderlineSMOTE SVMSMOTE SMOTENC SMOTETomek SMOTEENN".split()
)


def repeats(step: Data) -> str | None:
    """The name of the oversampler that made ``step``."""
    name, _, method = step.what.partition(".")
    return name if method == "fit_resample" and name in _CLASSES else None
