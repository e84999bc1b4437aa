"""Scopes and states, with a journal that lets two ways through a script be compared.

A branch is executed on the store itself and taken back afterwards, so its cost follows
what it writes and not how much the script holds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, TypeAlias, TypeVar

from tfcheck.rule import Site
from tfcheck.script.data import Data
from tfcheck.script.values import Class, Const, Ref, Tensor, Unknown, Value, join, same

_ABSENT: Any = object()


class Pending(NamedTuple):
    """An import that is not made yet: ``name`` of a module, or the module itself where None."""

    module: str
    level: int
    name: str | None
    site: Site


@dataclass(slots=True, eq=False)
class Scope:
    """The names of a module, a class body or one call of a function."""

    names: dict[str, Value] = field(default_factory=dict)
    outer: Scope | None = None
    globals: Scope | None = None
    is_class: bool = False
    declared: dict[str, Scope] = field(default_factory=dict)
    stars: list[str] = field(default_factory=list)  # library modules imported with *
    pending: dict[str, Pending] = field(default_factory=dict)  # imports that nobody needed yet
    pending_stars: list[Pending] = field(default_factory=list)

    @property
    def module(self) -> Scope:
        return self.globals or self


@dataclass(frozen=True, slots=True)
class ListState:
    """A list. ``rest`` is what any further items are, where their number is not known."""

    items: tuple[Value, ...]
    rest: Value | None = None


@dataclass(frozen=True, slots=True)
class DictState:
    """A dict with constant keys. ``more`` says why there may be others."""

    items: Mapping[Any, Value]
    more: Unknown | None = None


@dataclass(frozen=True, slots=True)
class ObjectState:
    """An object of a library or of the project: a layer, an optimizer, a scaler, ``self``.

    ``config`` holds the arguments of its constructor by parameter name, ``attributes``
    what was assigned to it since.
    """

    of: str | Class
    config: Mapping[str, Value]
    site: Site
    attributes: Mapping[str, Value] = field(default_factory=dict)
    more: Unknown | None = None  # arguments that were not seen
    fitted_on: Data | None = None

    @property
    def path(self) -> str:
        """The dotted path of its class; a project's class by its own name."""
        return self.of if isinstance(self.of, str) else self.of.name

    @property
    def library(self) -> tuple[str, ...]:
        """The library classes that it is an object of, nearest first."""
        return (self.of,) if isinstance(self.of, str) else self.of.library_bases()


@dataclass(frozen=True, slots=True)
class Compile:
    """What ``compile`` was given, defaults filled in."""

    site: Site
    optimizer: Value
    loss: Value
    metrics: Value
    arguments: Mapping[str, Value]
    more: Unknown | None = None


@dataclass(frozen=True, slots=True)
class ModelState:
    """A Keras model.

    ``kind`` is sequential, functional, subclass, application or loaded. ``layers`` may
    hold an Unknown where layers were added that could not be read. ``lost`` says why the
    structure as a whole is not known.
    """

    kind: str
    site: Site
    layers: tuple[Value, ...] = ()
    inputs: tuple[Value, ...] = ()
    outputs: tuple[Value, ...] = ()
    compiles: tuple[Compile, ...] = ()
    of: str | Class = "keras.Model"
    config: Mapping[str, Value] = field(default_factory=dict)
    attributes: Mapping[str, Value] = field(default_factory=dict)
    lost: Unknown | None = None
    touched: Unknown | None = None  # handed to code that could not be read
    built: Value | None = None  # the input shape that ``build`` was given
    began: Mapping[int, Const] | None = None  # what was trainable when ``fit`` was first called


State: TypeAlias = "ListState | DictState | ObjectState | ModelState"
_S = TypeVar("_S", ListState, DictState, ObjectState, ModelState)

Writes: TypeAlias = "dict[tuple[int, Any], tuple[dict[Any, Any], Any]]"


class Store:
    """States by reference, arrays that were changed in place, and the journal of both."""

    def __init__(self) -> None:
        self.states: dict[int, State] = {}
        self.moved: dict[Data, Value] = {}
        self._next = 0
        self._journal: list[tuple[dict[Any, Any], Any, Any]] = []

    @property
    def newest(self) -> int:
        """References from here on are made later."""
        return self._next + 1

    def allocate(self, state: State) -> Ref:
        self._next += 1
        self.write(self.states, self._next, state)
        return Ref(self._next)

    def get(self, ref: Ref) -> State:
        return self.states[ref.id]

    def set(self, ref: Ref, state: State) -> None:
        self.write(self.states, ref.id, state)

    def state(self, value: Value, kind: type[_S]) -> _S | None:
        """The state behind ``value`` where it is a reference to one of that kind."""
        if not isinstance(value, Ref):
            return None
        state = self.states.get(value.id)
        return state if isinstance(state, kind) else None

    def current(self, data: Data) -> Value:
        """What an array is now, after what was done to it in place."""
        value: Value = data
        while isinstance(value, Data) and value in self.moved:
            value = self.moved[value]
        return value

    def write(self, mapping: dict[Any, Any], key: Any, value: Any) -> None:
        self._journal.append((mapping, key, mapping.get(key, _ABSENT)))
        if value is _ABSENT:
            mapping.pop(key, None)
        else:
            mapping[key] = value

    def mark(self) -> tuple[int, int]:
        """A point to come back to: the length of the journal and the newest reference."""
        return len(self._journal), self._next

    def take_back(self, mark: tuple[int, int]) -> Writes:
        """Undo all since ``mark`` and return what had been written."""
        writes: Writes = {}
        start = mark[0]
        for mapping, key, _ in self._journal[start:]:
            writes[id(mapping), key] = (mapping, mapping.get(key, _ABSENT))
        for mapping, key, before in reversed(self._journal[start:]):
            if before is _ABSENT:
                mapping.pop(key, None)
            else:
                mapping[key] = before
        del self._journal[start:]
        return writes

    def keep(self, writes: Writes) -> None:
        for (_, key), (mapping, value) in writes.items():
            self.write(mapping, key, value)

    def keep_new(self, writes: Writes, mark: tuple[int, int]) -> None:
        """Keep only the objects that a path which left the function had made."""
        for (_, key), (mapping, value) in writes.items():
            if mapping is self.states and key > mark[1]:
                self.write(mapping, key, value)

    def meet(self, *paths: Writes) -> None:
        """Continue where several paths meet, each given by what it wrote."""
        keys = {key: each[0] for path in paths for key, each in path.items()}
        for (owner, key), mapping in keys.items():
            before = mapping.get(key, _ABSENT)
            if mapping is self.moved and before is _ABSENT:
                before = replace(key)  # as it was: the key itself stands for what it is now
            ends = [path[owner, key][1] if (owner, key) in path else before for path in paths]
            merged = self._merge([end for end in ends if end is not _ABSENT])
            if merged is not before:
                self.write(mapping, key, merged)

    def moved_like(self, path: Writes, other: Writes) -> Writes:
        """``path`` with what ``other`` did to arrays in place instead of its own."""
        kept = {key: each for key, each in path.items() if each[0] is not self.moved}
        return kept | {key: each for key, each in other.items() if each[0] is self.moved}

    def settle(self, mark: tuple[int, int]) -> None:
        """Make what was written since ``mark`` hold on every way through the script."""
        del self._journal[mark[0] :]

    def changed_since(self, mark: tuple[int, int]) -> bool:
        """Whether anything that existed at ``mark`` has another value now."""
        return any(
            before is not _ABSENT and mapping.get(key, _ABSENT) is not before
            for mapping, key, before in self._journal[mark[0] :]
        )

    def _merge(self, ends: list[Any]) -> Any:
        if not ends:
            return _ABSENT
        first = ends[0]
        if all(end is first for end in ends[1:]):
            return first
        if isinstance(first, (ListState, DictState, ObjectState, ModelState)):
            merged = first
            for end in ends[1:]:
                merged = _join_states(merged, end)
            return merged
        return join(*ends)


def _join_states(left: State, right: State) -> State:
    if type(left) is not type(right):
        raise TypeError("a reference never changes the kind of its state")
    return _JOINS[type(left)](left, right)


def _join_lists(left: ListState, right: ListState) -> ListState:
    items = tuple(map(join, left.items, right.items))
    extra = (*left.items[len(items) :], *right.items[len(items) :])
    rests = [each for each in (left.rest, right.rest, *extra) if each is not None]
    return ListState(items, join(*rests) if rests else None)


def _join_maps(left: Mapping[Any, Value], right: Mapping[Any, Value]) -> dict[Any, Value]:
    missing = Unknown("it is set on one way through the script only")
    if left is right:
        return dict(left)
    keys = [*left, *(key for key in right if key not in left)]
    return {key: join(left.get(key, missing), right.get(key, missing)) for key in keys}


def _join_dicts(left: DictState, right: DictState) -> DictState:
    return DictState(_join_maps(left.items, right.items), left.more or right.more)


def _join_objects(left: ObjectState, right: ObjectState) -> ObjectState:
    return replace(
        left,
        config=_join_maps(left.config, right.config),
        attributes=_join_maps(left.attributes, right.attributes),
        more=left.more or right.more,
        fitted_on=left.fitted_on if left.fitted_on is right.fitted_on else None,
    )


def _join_models(left: ModelState, right: ModelState) -> ModelState:
    compiles = (*left.compiles, *(each for each in right.compiles if each not in left.compiles))
    lost = left.lost or right.lost
    if left.kind != right.kind or left.outputs != right.outputs:
        lost = lost or Unknown("the model depends on which way the script takes", left.site)
    return replace(
        left,
        layers=_join_layers(left.layers, right.layers),
        compiles=compiles[-4:],
        attributes=_join_maps(left.attributes, right.attributes),
        lost=lost,
        touched=left.touched or right.touched,
        built=left.built if left.built == right.built else None,
        began=left.began if left.began is right.began else None,
    )


def _join_layers(left: tuple[Value, ...], right: tuple[Value, ...]) -> tuple[Value, ...]:
    """What both have in front and at the end, with a gap for what lies between."""
    if len(left) == len(right) and all(map(same, left, right)):
        return left
    shortest = min(len(left), len(right))
    front = 0
    while front < shortest and same(left[front], right[front]):
        front += 1
    back = 0
    while back < shortest - front and same(left[-1 - back], right[-1 - back]):
        back += 1
    gap = Unknown("layers that depend on which way the script takes")
    return (*left[:front], gap, *left[len(left) - back :])


_JOINS: dict[type, Callable[[Any, Any], State]] = {
    ListState: _join_lists,
    DictState: _join_dicts,
    ObjectState: _join_objects,
    ModelState: _join_models,
}

__all__ = [
    "Compile",
    "DictState",
    "ListState",
    "ModelState",
    "ObjectState",
    "Scope",
    "State",
    "Store",
    "Tensor",
    "Writes",
]
