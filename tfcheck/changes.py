"""How a rule says what to change: in terms of what was read, not of lines and columns.

A site stands for a node of the syntax tree. :mod:`tfcheck.fixing` finds the text of it, turns
changes into edits of the file, and keeps whatever a change does not name: comments, spacing,
quotes. A change that cannot be made, as there is no such argument, makes the whole fix void.

Strings in a text are written with double quotes, which become single ones in a script that mostly
has those. ``{keras.callbacks.EarlyStopping}`` in it stands for that name of a library as the script
would spell it: it is imported at the top where the script has no way to it yet. ``{+scaler}`` is
a new name like that, the same in all changes of a cure.
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


class Rewrite(NamedTuple):
    """Write the string ``to`` in place of the string ``value`` that is written out at ``site``.

    The quotes stay. What puts the string together from parts is left alone.
    """

    site: Site
    value: str
    to: str


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


class AppendToArgument(NamedTuple):
    """Pass one more item in the list that the call at ``site`` gets as ``name``.

    A list that is written out there gets the item; of anything else that is iterable a new list
    is made, and where nothing is passed the item is alone in it.
    """

    site: Site
    name: str
    text: str
    position: int | None = None


class SetArgument(NamedTuple):
    """Give the call at ``site`` the argument ``name=text``, in place of the one it has.

    ``position`` is where the argument may stand without its name. ``{0}`` in the text stands for
    the first of ``names``.
    """

    site: Site
    name: str
    text: str
    position: int | None = None
    names: tuple[Written, ...] = ()


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


class RenameAttribute(NamedTuple):
    """Write ``to`` in place of the last name of the dotted expression at ``site``."""

    site: Site
    to: str


class Target(NamedTuple):
    """The name to which the value at ``site`` is assigned, or a part of it where it is taken apart.

    ``d`` of ``(a, b), (c, d) = load()`` is at ``(1, 1)``. A part that is thrown away is called
    ``_``: lines that speak of it are left out.
    """

    site: Site
    path: tuple[int, ...] = ()


class Passed(NamedTuple):
    """The name that the call at ``site`` gets as its argument ``name``."""

    site: Site
    name: str
    position: int | None = None


class Written(NamedTuple):
    """What the call at ``site`` gets as its argument ``name``, as it is written there.

    It may be written again where nothing has happened in between: in the same statement, or right
    before it.
    """

    site: Site
    name: str
    position: int | None = None


class InsertBefore(NamedTuple):
    """Write whole lines before the statement that holds ``site``, indented as it is.

    ``{0}`` in the text stands for the first of ``names``, which void the fix where what they ask
    for is no plain name.
    """

    site: Site
    text: str
    names: tuple[Target | Passed | Written, ...] = ()


class InsertAfter(NamedTuple):
    """Write whole lines after the statement that holds ``site``, as :class:`InsertBefore` does."""

    site: Site
    text: str
    names: tuple[Target | Passed | Written, ...] = ()


class LayerBefore(NamedTuple):
    """Put a layer before the one that is made at ``site``, in a list or with another ``add``."""

    site: Site
    text: str
    names: tuple[Written, ...] = ()


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
    "Replace | Rewrite | Surround | Append | AppendToArgument | SetArgument | RenameArgument | "
    "RemoveArgument | RenameAttribute | InsertBefore | InsertAfter | KeepResult | LayerBefore | "
    "RemoveStatement | RenameImport"
)


@dataclass(frozen=True, slots=True)
class Cure:
    """A fix as a rule proposes it: all of its changes are made, or none.

    ``otherwise`` is proposed where a change cannot be made.
    """

    applicability: Applicability
    message: str
    changes: tuple[Change, ...]
    otherwise: Cure | None = None
