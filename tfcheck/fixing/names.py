"""How a script would spell something of a library, and what it has to import for that."""

from __future__ import annotations

import builtins
import re
import sys
from collections.abc import Callable
from functools import cached_property
from typing import NamedTuple

from tfcheck.fixing.bindings import Bindings, Imported, family_of
from tfcheck.fixing.page import Void
from tfcheck.script.effects import has_name
from tfcheck.script.modules import Lowered
from tfcheck.script.names import canonical

_PLACEHOLDER = re.compile(r"\{([A-Za-z_]\w*(?:\.\w+)+)\}")
_NEW = re.compile(r"\{\+(\w+)\}")
_ALIASES = {"numpy": "np", "pandas": "pd", "tensorflow": "tf"}
_BY_MODULE = frozenset({"keras.ops"})  # whose names say little alone: mean, sum, cast
_PUBLIC = ("keras", "tensorflow.keras", "tf_keras")


class Place(NamedTuple):
    """A place in a script: the order of its unit, and the offset in it."""

    order: int
    offset: int


class Spelled(NamedTuple):
    """A text with the imports that it needs, as lines."""

    text: str
    imports: tuple[str, ...] = ()


class Names:
    """Spells what rules name. ``place_of`` tells where an import stands."""

    def __init__(self, lowered: Lowered, place_of: Callable[[Imported], Place]) -> None:
        self._lowered = lowered
        self._place_of = place_of

    @cached_property
    def _bindings(self) -> Bindings:
        return Bindings(self._lowered.units)

    def fill(self, text: str, place: Place) -> Spelled:
        """``text`` for ``place`` with every ``{keras.layers.Dense}`` as the script spells it."""
        imports: list[str] = []

        def spell(found: re.Match[str]) -> str:
            spelled = self.spelling(found[1], place)
            imports.extend(spelled.imports)
            return spelled.text

        return Spelled(_PLACEHOLDER.sub(spell, text), tuple(dict.fromkeys(imports)))

    def with_new_names(self, text: str) -> str:
        """``text`` with every ``{+scaler}`` as a name that nothing in the script has."""
        return _NEW.sub(lambda found: self._new(found[1]), text)

    def _new(self, name: str) -> str:
        candidates = (name, *(f"{name}_{number}" for number in range(2, 100)))
        for each in candidates:
            if self._bindings.free(each) and not self._bindings.open:
                return each
        raise Void(f"every name like {name} is something else here")

    def spelling(self, path: str, place: Place) -> Spelled:
        """The shortest name for ``path`` that means it at ``place``, or one that is imported."""
        bound = [each for each in self._bindings.imported if self._place_of(each) < place]
        for each in bound:
            if canonical(each.spelled) == canonical(path):
                return Spelled(each.name)
        module, _, name = path.rpartition(".")
        for each in self._bindings.stars:
            brings = canonical(each.spelled) == module and has_name(each.spelled, name)
            if brings and self._place_of(each) < place and self._bindings.only_imported(name):
                return Spelled(name)
        through = [text for each in bound if (text := self._through(each, path)) is not None]
        if through:
            return Spelled(min(through, key=lambda text: text.count(".")))
        return self._imported(path)

    def _through(self, imported: Imported, path: str) -> str | None:
        """``path`` by way of a module that is imported, as ``tf.keras.layers.Dense``."""
        if path.startswith("keras."):
            path = self._bindings.family + path.removeprefix("keras")
        spelled = imported.spelled
        if len(imported.name) > len(spelled.rpartition(".")[2]):
            return None  # utils that goes on as np_utils, which it was not called for brevity
        if path.startswith(f"{spelled}."):
            return imported.name + path.removeprefix(spelled)
        family = family_of(spelled)
        if family is None and canonical(path).startswith(f"{canonical(spelled)}."):
            return imported.name + canonical(path).removeprefix(canonical(spelled))
        return None

    def _imported(self, path: str) -> Spelled:
        """The way that a new import opens, under a name that nothing in the script has."""
        if self._bindings.open:
            raise Void("a module is imported whose names are not known")
        root = path.partition(".")[0]
        if root in _ALIASES or root in sys.stdlib_module_names:
            alias = _ALIASES.get(root, root)
            if not self._bindings.free(alias):
                raise Void(f"{alias} is something else here")
            line = f"import {root}" if alias == root else f"import {root} as {alias}"
            return Spelled(alias + path.removeprefix(root), (line,))
        if root == "keras":
            if self._bindings.family not in _PUBLIC:
                raise Void(f"{self._bindings.family} is no public name of Keras")
            path = self._bindings.family + path.removeprefix("keras")
        rest = ""
        while path.count("."):
            module, _, name = path.rpartition(".")
            if canonical(module) in _BY_MODULE:
                path, rest = module, f".{name}{rest}"
                continue
            if self._bindings.free(name) and not hasattr(builtins, name):
                return Spelled(name + rest, (f"from {module} import {name}",))
            path, rest = module, f".{name}{rest}"
        raise Void(f"every name for {path} is something else here")
