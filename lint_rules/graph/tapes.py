"""Gradient tapes: what they record and what is asked of them."""

from __future__ import annotations

from collections.abc import Iterator

from tfcheck.script import Script
from tfcheck.script.uses import Use
from tfcheck.script.values import Ref, Value

TAPE = "tensorflow.GradientTape"


def gradients(script: Script) -> Iterator[tuple[Use, Use]]:
    """Each gradient that is asked of a tape, with the call that made the tape."""
    made = {use.result: use for use in script.uses.of(TAPE)}
    for use in script.uses.of(f"{TAPE}.gradient", f"{TAPE}.jacobian"):
        if isinstance(use.receiver, Ref) and use.receiver in made and not use.guarded:
            yield use, made[use.receiver]


def is_entered_by_with(script: Script, tape: Value | None) -> bool:
    """Whether a tape records where a ``with`` says so, and nowhere else."""
    entered = [use for use in script.uses.named("__enter__") if use.receiver == tape]
    return bool(entered) and all(tape in use.tapes for use in entered)


def origin(script: Script, value: Value | None) -> Use | None:
    """The one call that gave a value; None where it came in another way, or through several."""
    found = [use for use in script.uses if use.result is value and _is_new(use)]
    return found[0] if len(found) == 1 else None


def _is_new(use: Use) -> bool:
    return not any(use.result is each for each in (use.receiver, *use.every()))
