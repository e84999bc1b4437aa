"""How a rule says what to change: in terms of what was read, not of lines and columns.

A site stands for a node of the syntax tree. :mod:`tfcheck.fixing` finds the text of it, turns
changes into edits of the file, and keeps whatever a change does not name: comments, spacing,
quotes. A change that cannot be made, as there is no such argument, makes the whole fix void.

In a text, ``{keras.callbacks.EarlyStopping}`` stands for that name of a library as the script
would spell it: it is imported at the top where the script has no way to it yet.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from tfcheck.rule import Site


class Applicability(enum.Enum):
    """Who may apply a fix.

    ``SAFE``: the program means what it meant before, or fails no longer. ``UNSAFE``: it trains
    or answers differently, as it should. ``DISPLAY``: shown, and never applied.
    """

    SAFE = "safe"
    UNSAFE = "unsafe"
    DISPLAY = "display"


class Replace(NamedTuple):
    """Write ``text`` in place of the expression or statement at ``site``."""

    site: Site
    text: str


class Surround(NamedTuple):
    """Write ``before`` and ``after`` around the expression at ``site``.

    The expression gets brackets of its own where it needs them between the two. What comes of it
    gets none: a text that is an operand of something needs its own.
    """

    site: Site
    before: str = ""
    after: str = ""


class Append(NamedTuple):
    """Add an item to the end of the list or tuple that is written out at ``site``."""

    site: Site
    text: str


class SetArgument(NamedTuple):
    """Give the call at ``site`` the argument ``name=text``, in place of the one it has.

    ``position`` is where the argument may stand without its name.
    """

    site: Site
    name: str
    text: str
    position: int | None = None


class RenameArgument(NamedTuple):
    """Call the keyword argument ``name`` of the call at ``site`` by another name."""

    site: Site
    name: str
    to: str


class RemoveArgument(NamedTuple):
    """Take the keyword argument ``name``, or the one at ``position``, from the call at ``site``."""

    site: Site
    name: str
    position: int | None = None


class InsertBefore(NamedTuple):
    """Write whole lines before the statement that holds ``site``, indented as it is."""

    site: Site
    text: str


class InsertAfter(NamedTuple):
    """Write whole lines after the statement that holds ``site``, indented as it is."""

    site: Site
    text: str


class KeepResult(NamedTuple):
    """Assign what the method call at ``site`` gives to what the method is called on."""

    site: Site


class RemoveStatement(NamedTuple):
    """Take out the simple statement that holds ``site``."""

    site: Site


class RenameImport(NamedTuple):
    """In the import at ``site``, import ``to`` where ``name`` is imported.

    Both are dotted paths as the script spells them: ``keras.layers.core.Dense`` to
    ``keras.layers.Dense``. The script goes on using the name by which it knows it.
    """

    site: Site
    name: str
    to: str


Change: TypeAlias = (
    "Replace | Surround | Append | SetArgument | RenameArgument | RemoveArgument | InsertBefore | "
    "InsertAfter | KeepResult | RemoveStatement | RenameImport"
)


@dataclass(frozen=True, slots=True)
class Cure:
    """A fix as a rule proposes it: all of its changes are made, or none."""

    applicability: Applicability
    message: str
    changes: tuple[Change, ...]
