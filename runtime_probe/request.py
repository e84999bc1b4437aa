"""What a user asks of a probe."""

from __future__ import annotations

from typing import NamedTuple


class Request(NamedTuple):
    """How much to do, and where.

    ``arguments`` are those of the script, ``lines`` those of the fits to try, none for all.
    ``budget`` is in seconds and for everything. ``steps`` bounds those of a run.
    """

    arguments: tuple[str, ...] = ()
    lines: tuple[int, ...] = ()
    budget: float = 60.0
    seeds: int = 3
    max_samples: int = 4096
    steps: int | None = None
    gpu: bool = False
    keep: bool = False
