"""What a variable of a script can hold.

Values are immutable and shared. What a script can change in place (a list, a model, an
optimizer) is a :class:`Ref` to a state in the :mod:`~tfcheck.script.store`.
"""

from __future__ import annotations

import enum
import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from tfcheck.rule import Site
from tfcheck.script.data import Data

if TYPE_CHECKING:
    from tfcheck.script import ir
    from tfcheck.script.store import Scope

MAX_OPTIONS = 4
MAX_COMPARED = 16


class Answer(enum.Enum):
    """Kleene's three values. A rule that forgets the third one fails loudly."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"

    def __bool__(self) -> bool:
        raise TypeError("an Answer has three values: compare it with 'is'")


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that was lost, with the reason and the place where that happened.

    ``whole``: it surely is an integer, as the counter of a loop is. ``symbolic``: it surely is a
    tensor of a graph that is being made, which has no number yet. ``ending``: it surely is a text
    that ends so, as a file's name does that is put together.
    """

    reason: str
    site: Site | None = None
    whole: bool = False
    symbolic: bool = False
    ending: str = ""


@dataclass(frozen=True, slots=True)
class Const:
    """A Python constant. ``default`` is set where it is only what a command line assumes."""

    value: object
    site: Site | None = None
    default: Site | None = None


@dataclass(frozen=True, slots=True)
class Tuple:
    items: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Ref:
    """A name for a state in the store."""

    id: int


@dataclass(frozen=True, slots=True)
class Symbol:
    """Something of a library, by its dotted path.

    ``path`` is spelled the one way that tfcheck uses (``keras.layers.Dense``), ``spelled``
    the way that the script imports it (``tensorflow.keras.layers.core.Dense``).
    """

    path: str
    spelled: str

    @property
    def name(self) -> str:
        return self.path.rpartition(".")[2]


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """A function or lambda of the project, with the scope that it closes over.

    ``traced_by`` is what makes a graph of it (``tensorflow.function``, ``dataset.map``) instead of
    running it each time that it is called.
    """

    code: ir.FunctionCode
    scope: Scope
    unit: int
    defaults: Mapping[str, Value] = field(default_factory=dict)
    owner: Class | None = None
    decorators: tuple[str, ...] = ()
    traced_by: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Class:
    """A class of the project. Its attributes live in the scope of its body."""

    name: str
    bases: tuple[Value, ...]
    scope: Scope
    site: Site
    decorated: bool = False

    def lookup(self, name: str) -> Value | None:
        for each in self.ancestry():
            if isinstance(each, Class) and name in each.scope.names:
                return each.scope.names[name]
        return None

    def ancestry(self) -> Iterable[Class | Symbol | Unknown]:
        """The class itself and its bases, depth first."""
        yield self
        for base in self.bases:
            if isinstance(base, Class) and base is not self:
                yield from base.ancestry()
            elif isinstance(base, Symbol):
                yield base
            else:
                yield Unknown(f"a base class of {self.name} is not known", self.site)

    def library_bases(self) -> tuple[str, ...]:
        return tuple(each.path for each in self.ancestry() if isinstance(each, Symbol))

    @property
    def closed(self) -> bool:
        """Whether every ancestor is known."""
        return not any(isinstance(each, Unknown) for each in self.ancestry())


@dataclass(frozen=True, slots=True, eq=False)
class Module:
    """A module of the project that was read."""

    name: str
    scope: Scope


@dataclass(frozen=True, slots=True)
class Method:
    """An attribute of something, looked up but not called yet."""

    receiver: Value
    name: str
    function: Function | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Tensor:
    """A symbolic tensor of Keras: ``op`` is the layer that made it, or an operation's name.

    ``loose``: some of its inputs are alternatives, of which the script takes one.
    """

    op: Ref | str
    inputs: tuple[Value, ...]
    site: Site
    config: Mapping[str, Value] = field(default_factory=dict)
    loose: bool = False


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of a few values, depending on what the script does when it runs."""

    options: tuple[Value, ...]


Value: TypeAlias = (
    "Unknown | Const | Tuple | Ref | Symbol | Function | Class | Module | Method"
    " | Data | Tensor | OneOf"
)

NONE = Const(None)

ENDED = Unknown("the script ends here")
"""What a call of ``exit`` gives: nothing that follows it runs."""


COUNTER = "a counter of a loop"
"""Why a number is not known that is another one in each round."""


def same(left: Value, right: Value) -> bool:
    """Whether two values cannot be told apart (never across 1, 1.0 and True)."""
    if left is right:
        return True
    kind = type(left)
    if kind is not type(right):
        return False
    compare = _SAME.get(kind)
    return compare is not None and compare(left, right)


def _same_constants(left: Const, right: Const) -> bool:
    return (
        type(left.value) is type(right.value)
        and left.value == right.value
        and left.default == right.default
    )


def _all_same(left: tuple[Value, ...], right: tuple[Value, ...]) -> bool:
    return len(left) == len(right) and all(map(same, left, right))


def _same_data(left: Data, right: Data, depth: int = 0) -> bool:
    """Whether the same steps at the same places led to both, as in two rounds of a loop."""
    if left is right:
        return True
    if depth == MAX_COMPARED or len(left.before) != len(right.before):
        return False
    facts = ("site", "what", "form", "scaling", "shape", "dtype", "ranges", "labels", "content")
    return (
        all(getattr(left, fact) == getattr(right, fact) for fact in facts)
        and (left.assigned or None) is (right.assigned or None)
        and len(left.elements or ()) == len(right.elements or ())
        and all(map(same, left.elements or (), right.elements or ()))
        and all(
            _same_data(*pair, depth + 1) for pair in zip(left.before, right.before, strict=True)
        )
    )


_SAME: dict[type[Any], Callable[[Any, Any], bool]] = {
    Const: _same_constants,
    Unknown: lambda left, right: True,
    Symbol: lambda left, right: left.path == right.path,
    Tuple: lambda left, right: _all_same(left.items, right.items),
    OneOf: lambda left, right: _all_same(left.options, right.options),
    Data: _same_data,
    Ref: operator.eq,
    Method: operator.eq,
}


def options(value: Value) -> tuple[Value, ...]:
    """The values that ``value`` may be: itself, unless it is one of several."""
    return value.options if isinstance(value, OneOf) else (value,)


def _neither(one: Unknown, other: Value) -> Unknown:
    """What is known of both: it no longer is what one of them was."""
    assert isinstance(other, Unknown)
    return Unknown(one.reason, one.site, one.whole and other.whole, one.symbolic and other.symbolic)


def join(*values: Value) -> Value:
    """The value of a variable where several ways through the script meet."""
    distinct: list[Value] = []
    for value in values:
        for option in value.options if isinstance(value, OneOf) else (value,):
            for at, each in enumerate(distinct):
                if option is each:
                    break
                if same(option, each):
                    distinct[at] = _neither(each, option) if isinstance(each, Unknown) else each
                    break
            else:
                distinct.append(option)
        if len(distinct) > MAX_OPTIONS:
            return Unknown("it may be too many things here")
    return distinct[0] if len(distinct) == 1 else OneOf(tuple(distinct))


def constant(value: Value | None) -> object:
    """The Python constant behind ``value``; ``...`` where it is none."""
    return value.value if isinstance(value, Const) else ...


def concrete(value: Value) -> Value:
    """What a value is for those who call a graph, or what may be any attribute of a tensor."""
    if isinstance(value, Tuple):
        return Tuple(tuple(map(concrete, value.items)))
    if isinstance(value, Unknown) and value.symbolic:
        return Unknown(value.reason, value.site)
    return value


def hashable(value: Value | None) -> Any:
    """The dict key behind ``value``: a constant or a tuple of constants; ``...`` for none."""
    parts = value.items if isinstance(value, Tuple) else (value,)
    found = tuple(constant(part) for part in parts)
    if any(part is ... or isinstance(part, slice) for part in found):
        return ...
    return found if isinstance(value, Tuple) else found[0]


def number(value: Value | None) -> float | None:
    """The number behind ``value``, booleans left out; None where it is none."""
    found = constant(value)
    if isinstance(found, (int, float)) and not isinstance(found, bool):
        return found
    return None


def integer(value: Value | None) -> int | None:
    found = constant(value)
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def string(value: Value | None) -> str | None:
    found = constant(value)
    return found if isinstance(found, str) else None
