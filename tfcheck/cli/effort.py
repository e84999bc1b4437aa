"""How much a probe may do: options that ``probe`` and ``check --probe`` share."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from typing import TYPE_CHECKING

from tfcheck.cli.options import count

if TYPE_CHECKING:
    from argparse import _ArgumentGroup

SECONDS = 60.0
SEEDS = 3
SAMPLES = 4096


def add_effort(parser: ArgumentParser) -> _ArgumentGroup:
    """Add the options that bound the trials of a script."""
    group = parser.add_argument_group("trials")
    group.add_argument(
        "--budget",
        type=_seconds,
        default=SECONDS,
        metavar="SECONDS",
        help="for a script, the start of TensorFlow included (default: %(default)g)",
    )
    group.add_argument(
        "--seeds",
        type=count,
        default=SEEDS,
        metavar="N",
        help="initial states that each pair of runs starts from (default: %(default)s)",
    )
    group.add_argument(
        "--max-samples",
        type=count,
        default=SAMPLES,
        metavar="N",
        help="rows of the data that are drawn (default: %(default)s)",
    )
    group.add_argument(
        "--steps", type=count, metavar="N", help="steps of a run, if the script plans more"
    )
    group.add_argument("--gpu", action="store_true", help="let the script see accelerators")
    return group


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 1 <= seconds < float("inf"):
        raise ArgumentTypeError(f"{text!r} is no number of seconds from 1 on")
    return seconds
