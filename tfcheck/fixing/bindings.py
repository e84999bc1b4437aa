"""The names that a script binds, and what it imports, read from its lowered units."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any, NamedTuple

from tfcheck.script import ir
from tfcheck.script.modules import Unit
from tfcheck.script.names import LIBRARIES, canonical


class Imported(NamedTuple):
    """A name that an import at the top level binds to something of a library.

    ``spelled`` is its path as the script spells it; ``order`` and ``at`` say which unit of the
    script has the import, and which node of that it is.
    """

    name: str
    spelled: str
    order: int
    at: int


class Bindings:
    """What is bound anywhere in a script.

    ``imported`` are the names of which nothing else can be meant: every binding of them, in
    whatever scope, is an import of the same thing. ``stars`` are library modules whose names are
    all imported; ``open`` says that other modules' are, which can be any names.
    """

    def __init__(self, units: Iterable[Unit]) -> None:
        self.stars: list[Imported] = []
        self.open = False
        self.used: set[str] = set()
        self.keras: Counter[str] = Counter()
        self._tensorflow = False
        self._meant: dict[str, set[str]] = {}
        top: list[Imported] = []
        for order, unit in enumerate(units):
            statements = {id(each) for each in unit.body}
            for node in _walk(unit.body):
                self._note(node)
                if isinstance(node, ir.Import | ir.ImportFrom) and id(node) in statements:
                    top += (Imported(*each, order, node.at) for each in _imports(node))
        known = (each for each in top if each.spelled.partition(".")[0] in LIBRARIES)
        for each in known:
            if each.name == "*":
                self.stars.append(each)
        self.imported = [
            each
            for each in top
            if each.name != "*" and self._meant[each.name] == {canonical(each.spelled)}
        ]

    @property
    def family(self) -> str:
        """What Keras is called where the script imports it: ``keras`` or ``tensorflow.keras``."""
        if self.keras:
            return self.keras.most_common(1)[0][0]
        return "tensorflow.keras" if self._tensorflow else "keras"

    def free(self, name: str) -> bool:
        """Whether nothing in the script is called by a name, neither its own nor a builtin."""
        return name not in self._meant and name not in self.used

    def only_imported(self, name: str) -> bool:
        """Whether nothing but a star can have brought a name."""
        return name not in self._meant

    def _note(self, node: Any) -> None:
        if isinstance(node, ir.Name):
            self.used.add(node.id)
        if isinstance(node, ir.Import | ir.ImportFrom):
            self._note_import(node)
            return
        if isinstance(node, ir.Attribute) and isinstance(node.value, ir.Name):
            self._note_use(node.value.id, node.attr)
        for name in _bound(node):
            self._meant.setdefault(name, set()).add("")

    def _note_import(self, node: ir.Import | ir.ImportFrom) -> None:
        relative = isinstance(node, ir.ImportFrom) and node.level > 0
        for name, spelled in _imports(node):
            library = not relative and spelled.partition(".")[0] in LIBRARIES
            if name == "*":
                self.open = self.open or not library
            else:
                self._meant.setdefault(name, set()).add(canonical(spelled) if library else "")
            self._tensorflow = self._tensorflow or spelled.partition(".")[0] == "tensorflow"
            family = family_of(spelled) if library else None
            if family is not None:
                self.keras[family] += 1

    def _note_use(self, name: str, attribute: str) -> None:
        """``tf.keras`` is Keras by TensorFlow's name, however often it is written."""
        if attribute == "keras" and self._meant.get(name) == {"tensorflow"}:
            self.keras["tensorflow.keras"] += 1


def family_of(spelled: str) -> str | None:
    """The beginning of a path that means Keras itself; None where it does not lead there."""
    parts = spelled.split(".")
    for count in range(1, len(parts) + 1):
        beginning = ".".join(parts[:count])
        if canonical(beginning) == "keras":
            return beginning
    return None


def _imports(node: ir.Import | ir.ImportFrom) -> Iterator[tuple[str, str]]:
    """The names that an import binds, with the path of what each means; ``*`` with a module's."""
    if isinstance(node, ir.Import):
        for path, bound in node.names:
            root = path.partition(".")[0]
            yield (bound, path) if bound else (root, root)
        return
    if node.names is None:
        yield "*", node.module
        return
    for name, bound in node.names:
        yield bound or name, f"{node.module}.{name}" if node.module else name


def _walk(body: ir.Body) -> Iterator[Any]:
    """Every node below some statements, in the order of the text as far as that matters."""
    waiting: list[Any] = list(reversed(body))
    while waiting:
        node = waiting.pop()
        if isinstance(node, tuple):
            waiting += reversed(node)
        elif type(node) in _FIELDS:
            yield node
            waiting += [getattr(node, name) for name in _FIELDS[type(node)]]


# The fields of each kind of node, last first.
_FIELDS: Mapping[type[Any], Sequence[str]] = {
    kind: [each.name for each in reversed(fields(kind))]
    for kind in vars(ir).values()
    if isinstance(kind, type) and is_dataclass(kind)
}


def _bound(node: Any) -> Iterator[str]:
    """The names that a node binds, imports left out."""
    if isinstance(node, ir.FunctionCode):
        yield node.name
        yield from (each.name for each in node.parameters)
    elif isinstance(node, ir.ClassDef):
        yield node.name
    for field in _TARGETS.get(type(node), ()):
        yield from _names(getattr(node, field))


_TARGETS: dict[type[Any], tuple[str, ...]] = {
    ir.Assign: ("targets",),
    ir.AugAssign: ("target",),
    ir.For: ("target",),
    ir.With: ("items",),
    ir.Clause: ("target",),
    ir.Walrus: ("target",),
    ir.Handler: ("name",),
    ir.Delete: ("targets",),
    ir.Case: ("captures",),
}


def _names(target: Any) -> Iterator[str]:
    waiting = [target]
    while waiting:
        each = waiting.pop()
        if isinstance(each, ir.Name):
            yield each.id
        elif isinstance(each, tuple):
            waiting += each
        elif isinstance(each, ir.Display):
            waiting += each.items
        elif isinstance(each, ir.Starred):
            waiting.append(each.value)
