"""The rows of the tables of this family, and the versions for which they hold.

A row is a fact about the libraries and no code. ``since`` is the first version of Keras for
which it holds, or of TensorFlow or NumPy where it is about a name of their own, and ``until`` the
first for which it holds no longer. ``homes`` are the roofs under which it holds: much that is gone
from ``keras`` is still to be had from ``tf.keras``.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from tfcheck.changes import Applicability
from tfcheck.rule import Severity
from tfcheck.targets import NEWEST_MINOR, Targets

Version: TypeAlias = "tuple[int, int]"

SAFE, UNSAFE = Applicability.SAFE, Applicability.UNSAFE
CRASHES, IGNORED, WARNS = Severity.ERROR, Severity.WARNING, Severity.NOTE

KERAS_3: Version = (3, 0)
AFTER_KERAS_1: Version = (2, 4)  # up to 2.3 Keras still understood the arguments of Keras 1
TENSORFLOW_2: Version = (2, 0)

BOTH = frozenset({"keras", "tensorflow.keras"})
ALONE = frozenset({"keras"})


class Name(NamedTuple):
    """A module, class or function that is gone.

    ``to`` is what takes its place letter for letter, and ``fix`` says whether it may be written
    there. ``instead`` is said where there is more to do. ``lacks`` names what does not have it,
    where that is neither Keras nor TensorFlow.
    """

    name: str
    to: str | None = None
    fix: Applicability | None = None
    instead: str | None = None
    since: Version = KERAS_3
    until: Version | None = None
    homes: frozenset[str] = BOTH
    lacks: str | None = None


class Module(NamedTuple):
    """A module that is gone, and the one that has ``names`` of it now.

    ``whole``: that one may take its place, as it has all that the old one had.
    """

    name: str
    to: str
    names: frozenset[str]
    whole: bool = True
    since: Version = KERAS_3
    until: Version | None = None


class Member(NamedTuple):
    """A method or attribute that objects of ``of`` no longer have.

    ``to`` is the name by which they have it now.
    """

    of: str
    name: str
    to: str | None = None
    fix: Applicability | None = None
    instead: str | None = None
    since: Version = KERAS_3
    until: Version | None = None


class Argument(NamedTuple):
    """A keyword argument of each function of ``of`` that is renamed, removed or ignored.

    Without ``to`` it is taken out by the fix; ``only`` limits that to calls that pass one of
    these values, where taking it out changes nothing. ``values`` are what is passed by its name
    of today, for each value of once. ``combined``: more is written in its place than one argument.
    """

    of: frozenset[str]
    name: str
    to: str | None = None
    fix: Applicability | None = None
    instead: str | None = None
    what: Severity = CRASHES
    only: tuple[object, ...] = ()
    values: tuple[tuple[object, object], ...] = ()
    combined: bool = False
    since: Version = KERAS_3
    until: Version | None = None


class Value(NamedTuple):
    """A string that an argument of each function of ``of`` took, and what it is called now."""

    of: frozenset[str]
    argument: str
    position: int | None
    value: str
    to: str
    since: Version = KERAS_3
    until: Version | None = None


Row: TypeAlias = "Name | Module | Member | Argument | Value"


def holds(row: Row, targets: Targets, home: str = "keras") -> bool:
    """Whether a row holds for what a script is meant to run on."""
    if targets.legacy and home == "tensorflow.keras":
        return False
    if home == "numpy":
        # Whoever asks for an old Keras has the old NumPy that goes with it.
        is_new = targets.keras is None or targets.keras >= KERAS_3
        return is_new and (targets.numpy is None or targets.numpy >= row.since)
    target = targets.tensorflow if home == "tensorflow" else targets.keras
    return target is None or (row.since <= target and (row.until is None or target < row.until))


def met(targets: Targets, home: str = "keras", since: Version = KERAS_3) -> str:
    """The library that a script will meet, as it is spoken of: Keras 3, or Keras 2.10."""
    if home == "tensorflow":
        name, target, newest = "TensorFlow", targets.tensorflow, 2
    else:
        name, target, newest = "Keras", targets.keras, 3
    if target is not None and target[1] < NEWEST_MINOR:
        return f"{name} {target[0]}.{target[1]}"
    major, minor = since
    if major == newest and minor:
        return f"{name} since {major}.{minor}"
    return f"{name} {target[0] if target else newest}"


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())
