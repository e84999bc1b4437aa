"""What data come from: what a script is about, or numbers that show how something is called."""

from __future__ import annotations

from tfcheck.script.data import Data
from tfcheck.script.judgements import source
from tfcheck.script.values import Value

# Data sets, files that are read, and those that are drawn to be learned from.
REAL = frozenset({"made up", "data set", "csv file"})


def ground(value: Value | None) -> str | None:
    """What kind of source data have; None where they have none that is known."""
    if not isinstance(value, Data):
        return None
    begins = source(value)
    return "made up" if begins.what.startswith("make_") else begins.ground
