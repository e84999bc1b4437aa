"""What a script does with its libraries: each call, and each mention of a name.

A training run is what most rules ask about. The rest ask about calls: a scaler that is fitted, a
model that is saved, a dataset that is shuffled, an argument that Keras no longer takes.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, TypeAlias

from tfcheck.rule import Site
from tfcheck.script.data import Data
from tfcheck.script.store import DictState, ListState, ModelState, ObjectState, State
from tfcheck.script.values import Const, Function, Ref, Tensor, Unknown, Value


class Branch(NamedTuple):
    """A way that a script may take or not: the ``way``-th of those at ``fork``."""

    fork: Site
    way: int


class Traced(NamedTuple):
    """What is being made a graph of, where a call runs once and not each time.

    ``by`` is ``tensorflow.function``, ``dataset.map`` or one of its kin, or ``keras`` for what
    ``fit`` traces: ``call`` of a layer or model, ``train_step``. ``site`` is where it is called or
    handed over. References from ``since`` on, and ``branches`` after these, are of its inside.
    """

    by: str
    function: Function
    site: Site
    since: int
    branches: tuple[Branch, ...]

    def encloses(self, value: Value) -> bool:
        """Whether an object was made inside."""
        return isinstance(value, Ref) and value.id >= self.since


class Decision(NamedTuple):
    """Python asks a tensor of a graph for its value; ``kind`` is ``if``, ``while`` or ``for``."""

    kind: str
    site: Site
    traced: Traced
    guarded: bool


@dataclass(slots=True, eq=False)
class Use:
    """One call of something of a library, in the order in which the script makes them.

    ``path`` is the canonical name of a function or class (``keras.layers.Dense``), or the kind of
    the object and the method's name: ``model.evaluate``, ``dataset.shuffle``, ``array.mean``,
    ``list.append``, ``sklearn.preprocessing.StandardScaler.fit``, and ``?.fit`` where it is not
    known of what. ``spelled`` is how the script reaches a function, ``tensorflow.keras...`` in
    full; it is empty for methods. ``site`` stands in the file that was asked about, ``call`` at
    the call itself, which may be in a file that it imports; ``named`` is where it writes what it
    calls, all that stands before the brackets.

    ``state`` is what the receiver was before the call. ``functions`` are those of the project
    that were entered, outermost first; ``loops`` the loops around the call, in all of them.
    ``branches`` are the ways that it depends on, and ``guarded`` says that a failure is caught.
    ``tapes`` are those that record it, and ``traced`` is set where a graph is made of it.
    """

    path: str
    spelled: str
    site: Site
    call: Site
    named: Site | None
    args: Sequence[Value]
    keywords: Mapping[str, Value]
    more: Unknown | None
    receiver: Value | None
    state: State | None
    result: Value
    discarded: bool
    functions: tuple[Function, ...]
    loops: tuple[Site, ...]
    branches: tuple[Branch, ...]
    guarded: bool
    tapes: tuple[Ref, ...] = ()
    traced: Traced | None = None

    @property
    def name(self) -> str:
        return self.path.rpartition(".")[2]

    @property
    def owner(self) -> str:
        """What the last name belongs to: a module, a class, or the kind of an object."""
        return self.path.rpartition(".")[0]

    def argument(self, position: int | None, *names: str) -> Value | None:
        """What was passed at ``position`` or by a name; None where nothing was.

        What may hide behind ``**unknown`` is Unknown, not absent.
        """
        for name in names:
            if name in self.keywords:
                return self.keywords[name]
        if position is not None and position < len(self.args):
            return self.args[position]
        return self.more

    def every(self) -> Iterator[Value]:
        yield from self.args
        yield from self.keywords.values()

    def excludes(self, other: Use) -> bool:
        """Whether no run of the script makes both calls, as they are on two ways of a fork."""
        ways = dict(other.branches)
        return any(ways.get(each.fork, each.way) != each.way for each in self.branches)

    def surely_with(self, other: Use) -> bool:
        """Whether every run that makes the ``other`` call makes this one too."""
        return set(self.branches) <= set(other.branches)


class Uses(tuple[Use, ...]):
    """All calls of a script, in the order in which it makes them.

    Each of a hundred rules looks for a few of them, by the name of what is called or by an object:
    they are sorted by that once. What is found keeps its order.
    """

    def of(self, *paths: str) -> list[Use]:
        """The calls of what has one of these paths."""
        return _found(self._by_path, paths)

    def named(self, *names: str) -> list[Use]:
        """The calls of what has one of these last names, whatever it belongs to."""
        return _found(self._by_name, names)

    def owned(self, *owners: str) -> list[Use]:
        """The calls of what belongs to one of these modules, classes or kinds of objects."""
        return _found(self._by_owner, owners)

    def at(self, site: Site) -> list[Use]:
        """What is called at a place."""
        return _found(self._by_call, (site,))

    def on(self, receiver: Ref) -> list[Use]:
        """The calls of methods of an object."""
        return _found(self._by_receiver, (receiver,))

    def giving(self, result: Ref) -> list[Use]:
        """The calls that made an object, or gave it back."""
        return _found(self._by_result, (result,))

    @cached_property
    def _by_path(self) -> _Index:
        return _index(self, (use.path for use in self))

    @cached_property
    def _by_name(self) -> _Index:
        return _index(self, (use.name for use in self))

    @cached_property
    def _by_owner(self) -> _Index:
        return _index(self, (use.owner for use in self))

    @cached_property
    def _by_call(self) -> _Index:
        return _index(self, (use.call for use in self))

    @cached_property
    def _by_receiver(self) -> _Index:
        return _index(self, (_reference(use.receiver) for use in self))

    @cached_property
    def _by_result(self) -> _Index:
        return _index(self, (_reference(use.result) for use in self))


_Index: TypeAlias = "Mapping[Hashable, Sequence[tuple[int, Use]]]"


def _index(uses: Iterable[Use], keys: Iterable[Hashable]) -> _Index:
    """Uses by their keys, each with its place among them all."""
    index: dict[Hashable, list[tuple[int, Use]]] = {}
    for place, (use, key) in enumerate(zip(uses, keys, strict=True)):
        index.setdefault(key, []).append((place, use))
    return index


def _found(index: _Index, keys: Iterable[Hashable]) -> list[Use]:
    found = sorted(each for key in {*keys} for each in index.get(key, ()))
    return [use for _, use in found]


def _reference(value: Value | None) -> Ref | None:
    return value if isinstance(value, Ref) else None


class Mention(NamedTuple):
    """A name of a library where the script writes it.

    ``kind`` is ``import`` (the name is imported, ``site`` is the statement), ``star`` (all of a
    module is), ``name`` or ``attribute``. ``path`` is canonical, ``spelled`` as written in full.
    A ``member`` is an attribute of an object of Keras, by the kind of the object as in
    :class:`Use`: ``model.fit_generator``, ``keras.optimizers.Adam.lr``.
    """

    path: str
    spelled: str
    site: Site
    kind: str
    branches: tuple[Branch, ...]
    guarded: bool


class Unread(NamedTuple):
    """A variable set to objects of libraries, or scaled data, that nothing ever mentions again."""

    name: str
    site: Site
    values: tuple[Value, ...]


def owner_of(receiver: Value, state: State | None) -> str | None:
    """How the kind of a receiver is called in the path of its methods."""
    if isinstance(receiver, Data):
        return receiver.form
    if isinstance(receiver, Tensor):
        return "tensor"
    if isinstance(receiver, Unknown):
        return "?"
    if not isinstance(receiver, Ref):
        return None if isinstance(receiver, Const) else "?"
    if isinstance(state, ModelState):
        return "model"
    if isinstance(state, ObjectState):
        return next(iter(state.library), state.path)
    if isinstance(state, ListState):
        return "list"
    return "dict" if isinstance(state, DictState) else "?"
