"""What an intervention is given and what it answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from runtime_probe.child.setup import Setup
from runtime_probe.child.task import Task


@dataclass(frozen=True)
class Changed:
    """``summary`` says what was done at this fit, ``diff`` how a script would write it.

    Lines of ``diff`` begin with ``- `` for what is there and ``+ `` for what takes its place.
    """

    setup: Setup
    summary: str
    diff: str


@dataclass(frozen=True)
class Refusal:
    """Why the change cannot be made here; ``already``: what it would bring is there."""

    words: str
    already: bool = False


Intervention: TypeAlias = Callable[[Setup, Task], Changed | Refusal]


def diff(before: str, after: str) -> str:
    """The lines of ``before`` struck out, and those of ``after`` added."""
    lines = [f"- {line}" for line in before.splitlines()]
    return "\n".join([*lines, *(f"+ {line}" for line in after.splitlines())])
