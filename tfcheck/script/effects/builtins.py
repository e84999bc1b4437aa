"""Python's own functions and the methods of its lists, dicts and texts."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, cast

from tfcheck.script.data import Data
from tfcheck.script.store import DictState, ListState, ObjectState
from tfcheck.script.values import (
    COUNTER,
    ENDED,
    NONE,
    Const,
    Function,
    Method,
    Ref,
    Symbol,
    Tuple,
    Unknown,
    Value,
    constant,
    hashable,
    integer,
    join,
    string,
)

from .registry import FUNCTIONS, function, method

if TYPE_CHECKING:
    from tfcheck.script.calls import Call

_PURE: dict[str, Callable[..., Any]] = {
    "int": int,
    "float": float,
    "str": str,
    "bool": bool,
    "abs": abs,
    "round": round,
    "min": min,
    "max": max,
    "divmod": divmod,
    "ord": ord,
    "chr": chr,
    "range": range,
    "xrange": range,
    "slice": slice,
    "math.ceil": lambda x: -int(-x // 1),
    "math.floor": lambda x: int(x // 1),
    "math.sqrt": lambda x: x**0.5,
    "numpy.ceil": lambda x: float(-(-x // 1)),
    "numpy.floor": lambda x: float(x // 1),
    "numpy.float32": float,
    "numpy.float64": float,
    "numpy.int32": int,
    "numpy.int64": int,
}


def _pure(call: Call) -> Value:
    """A function of constants, computed."""
    found = [constant(arg) for arg in call.args]
    defaults = [arg.default for arg in call.args if isinstance(arg, Const) and arg.default]
    data = next((arg for arg in call.args if isinstance(arg, Data)), None)
    if data is not None and call.path.startswith("numpy."):
        return call.interpreter.calls.call(Symbol("numpy.asarray", "numpy.asarray"), call)
    if len(call.args) == 1 and isinstance(call.args[0], (Tuple, Ref)):
        items = call.interpreter.calls.items(call.args[0])
        found = [[constant(item) for item in items]] if items is not None else [...]
        if items is None or ... in cast("list[object]", found[0]):
            return call.lost(f"{call.path} of something that is not known")
    if ... in found or call.keywords or call.more:
        return call.lost(f"{call.path} of something that is not known")
    try:
        return Const(_PURE[call.path](*found), call.site, defaults[0] if defaults else None)
    except (TypeError, ValueError, ArithmeticError, LookupError):
        return call.lost(f"{call.path} fails")


FUNCTIONS.update(dict.fromkeys(_PURE, _pure))


@function("pow", "math.pow")
def _pow(call: Call) -> Value:
    from tfcheck.script import arithmetic

    if len(call.args) != 2:
        return call.lost("a power that is not followed")
    base, exponent = call.args
    return arithmetic.binary(call.interpreter, "**", base, exponent, call.site)


@function("len")
def _len(call: Call) -> Value:
    value = call.arg(0)
    if isinstance(value, Data):
        size = value.shape[0] if value.shape else None
        rows = Unknown("a number of rows", call.site, whole=True)
        return rows if size is None else Const(size, call.site)
    items = call.interpreter.calls.items(value) if value is not None else None
    length = Unknown("a length", call.site, whole=True)
    return length if items is None else Const(len(items), call.site)


@function("sum")
def _sum(call: Call) -> Value:
    items = call.interpreter.calls.items(call.args[0]) if call.args else None
    found = [constant(item) for item in items] if items is not None else [...]
    if not all(isinstance(each, (int, float)) for each in found):
        return call.lost("a sum")
    return Const(sum(cast("list[float]", found)), call.site)


@function("list", "tuple", "set", "sorted", "reversed", "frozenset", "collections.deque")
def _sequence(call: Call) -> Value:
    value = call.arg(0)
    if value is None:
        items: list[Value] | None = []
    else:
        if isinstance(value, (Unknown, Data)):
            return value
        items = call.interpreter.calls.items(value)
    if items is not None and call.path in ("sorted", "reversed", "set"):
        items = _reordered(call, items)
    if items is None:
        element = call.interpreter.calls.element(cast("Value", value), call.site)
        return call.interpreter.store.allocate(ListState((), element))
    if call.path == "tuple":
        return Tuple(tuple(items))
    return call.interpreter.store.allocate(ListState(tuple(items)))


def _reordered(call: Call, items: list[Value]) -> list[Value] | None:
    if call.path == "reversed":
        return items[::-1]
    if len(items) < 2:
        return items
    return None


@function("dict", "collections.OrderedDict", "collections.defaultdict")
def _dict(call: Call) -> Value:
    items: dict[object, Value] = {}
    more = call.more
    if call.args and call.path != "collections.defaultdict":
        state = call.interpreter.store.state(call.args[0], DictState)
        pairs = call.interpreter.calls.items(call.args[0])
        if state is not None:
            items.update(state.items)
            more = more or state.more
        elif pairs is not None and all(
            isinstance(pair, Tuple) and len(pair.items) == 2 for pair in pairs
        ):
            for pair in cast("list[Tuple]", pairs):
                items[constant(pair.items[0])] = pair.items[1]
        else:
            more = call.lost("a dict made of something that is not known")
    items.update(call.keywords)
    return call.interpreter.store.allocate(DictState(items, more))


@function("zip", "itertools.product")
def _zip(call: Call) -> Value:
    columns = [call.interpreter.calls.items(arg) for arg in call.args]
    if call.path == "zip" and all(column is not None for column in columns):
        rows = zip(*cast("list[list[Value]]", columns), strict=False)
        return call.interpreter.store.allocate(ListState(tuple(Tuple(row) for row in rows)))
    elements = [call.interpreter.calls.element(arg, call.site) for arg in call.args]
    return call.interpreter.store.allocate(ListState((), Tuple(tuple(elements))))


@function("enumerate", "tqdm.tqdm", "tqdm.notebook.tqdm", "tqdm.auto.tqdm", "tqdm.trange", "iter")
def _enumerate(call: Call) -> Value:
    if not call.args:
        return call.lost("an iterator")
    if call.path != "enumerate":
        return call.args[0]
    items = call.interpreter.calls.items(call.args[0])
    counter = Unknown(COUNTER, call.site, whole=True)
    if items is None:
        element = call.interpreter.calls.element(call.args[0], call.site)
        return call.interpreter.store.allocate(ListState((), Tuple((counter, element))))
    start = integer(call.arg(1, "start")) or 0
    pairs = tuple(Tuple((Const(start + i), item)) for i, item in enumerate(items))
    return call.interpreter.store.allocate(ListState(pairs))


@function("map", "filter")
def _map(call: Call) -> Value:
    if len(call.args) < 2:
        return call.lost("an iterator")
    calls = call.interpreter.calls
    element = calls.element(call.args[1], call.site)
    if call.path == "map":
        inner = type(call)(call.interpreter, call.site, [element])
        element = calls.call(call.args[0], inner)
    return call.interpreter.store.allocate(ListState((), element))


@function("next")
def _next(call: Call) -> Value:
    return call.interpreter.calls.element(call.args[0], call.site) if call.args else NONE


@function("print", "input", "globals", "locals", "exec", "eval", "help", "display")
def _nothing(call: Call) -> Value:
    return NONE if call.path in ("print", "help", "display") else call.lost(f"{call.path}()")


@function("exit", "quit", "sys.exit", "os._exit")
def _exit(call: Call) -> Value:
    return ENDED


@function("type")
def _type(call: Call) -> Value:
    return call.lost("a type")


@function("isinstance", "issubclass", "hasattr", "callable", "all", "any", "id", "hash", "repr")
def _test(call: Call) -> Value:
    return call.lost(f"{call.path}()")


@function("open", "object")
def _open(call: Call) -> Value:
    return call.lost(f"{call.path}()")


@function("super")
def _super(call: Call) -> Value:
    frames = call.interpreter.frames
    receiver = next((f.receiver for f in reversed(frames) if f.receiver is not None), None)
    return call.lost("super()") if receiver is None else Method(receiver, "super")


@function("getattr")
def _getattr(call: Call) -> Value:
    name = string(call.arg(1))
    if name is None or not call.args:
        return call.lost("an attribute whose name is not known")
    return call.interpreter.calls.attribute(call.args[0], name, call.site)


@function("setattr")
def _setattr(call: Call) -> Value:
    name = string(call.arg(1))
    if name is not None and len(call.args) > 2:
        call.interpreter.calls.set_attribute(call.args[0], name, call.args[2], call.site)
    return NONE


@function("staticmethod", "classmethod", "property", "copy.copy", "copy.deepcopy")
def _itself(call: Call) -> Value:
    if not call.args:
        return call.lost("a descriptor")
    value = call.args[0]
    if call.path.startswith("copy.") and isinstance(value, Ref):
        return call.interpreter.store.allocate(call.interpreter.store.get(value))
    return value


@function("functools.partial")
def _partial(call: Call) -> Value:
    target = call.args[0] if call.args else None
    if isinstance(target, Symbol) and not call.args[1:]:
        config = {"function": target, **call.keywords}
        state = ObjectState("functools.partial", config, call.site)
        return call.interpreter.store.allocate(state)
    if not isinstance(target, Function):
        return call.lost("a partial function")
    names = [each.name for each in target.code.parameters if each.kind == "plain"]
    if len(call.args) - 1 > len(names) or call.more is not None:
        return call.lost("a partial function")
    given = dict(zip(names, call.args[1:], strict=False))
    if given:
        return _bound(call, target, given)
    defaults = {**target.defaults, **call.keywords}
    return Function(target.code, target.scope, target.unit, defaults, target.owner)


def _bound(call: Call, target: Function, given: Mapping[str, Value]) -> Value:
    """A function whose first parameters are taken: it is called with the rest."""
    config = {"function": target, **given, **call.keywords}
    state = ObjectState("functools.partial", config, call.site, {"taken": Const(len(given))})
    return call.interpreter.store.allocate(state)


@method("functools.partial", "__call__")
def _call_partial(call: Call) -> Value:
    state = call.interpreter.store.state(call.receiver, ObjectState)
    assert state is not None
    bound = dict(state.config)
    called = bound.pop("function", call.lost("a partial function"))
    taken = integer(state.attributes.get("taken")) or 0
    call.args = [*list(bound.values())[:taken], *call.args]
    bound = dict(list(bound.items())[taken:])
    call.keywords = {**bound, **call.keywords}
    return call.interpreter.calls.call(called, call)


# Lists


def _list(call: Call) -> tuple[Ref, ListState]:
    reference = cast("Ref", call.receiver)
    return reference, cast("ListState", call.interpreter.store.get(reference))


@method("list", "append", "appendleft", "add")
def _append(call: Call) -> Value:
    reference, state = _list(call)
    value = call.arg(0) or NONE
    if state.rest is None:
        state = ListState((*state.items, value))
    else:
        state = ListState(state.items, join(state.rest, value))
    call.interpreter.store.set(reference, state)
    return NONE


@method("list", "extend")
def _extend(call: Call) -> Value:
    reference, state = _list(call)
    call.interpreter.calls.extend(reference, state, call.arg(0) or NONE)
    return NONE


@method("list", "insert")
def _insert(call: Call) -> Value:
    reference, state = _list(call)
    position = integer(call.arg(0))
    value = call.arg(1) or NONE
    if position is None or state.rest is not None:
        rest = join(*state.items, value, *([state.rest] if state.rest else []))
        state = ListState((), rest)
    else:
        items = list(state.items)
        items.insert(position, value)
        state = ListState(tuple(items))
    call.interpreter.store.set(reference, state)
    return NONE


@method("list", "pop")
def _pop(call: Call) -> Value:
    reference, state = _list(call)
    position = integer(call.arg(0)) if call.args else -1
    if state.rest is not None or position is None or not state.items:
        return call.interpreter.calls.element(reference, call.site)
    items = list(state.items)
    try:
        value = items.pop(position)
    except IndexError:
        return call.lost("there is no such item")
    call.interpreter.store.set(reference, ListState(tuple(items)))
    return value


@method("list", "remove", "clear", "reverse", "sort")
def _change(call: Call) -> Value:
    reference, state = _list(call)
    if call.method == "clear":
        call.interpreter.store.set(reference, ListState(()))
    elif state.items:
        rest = join(*state.items, *([state.rest] if state.rest else []))
        call.interpreter.store.set(reference, ListState((), rest))
    return NONE


@method("list", "copy")
@method("dict", "copy")
def _copy(call: Call) -> Value:
    return call.interpreter.store.allocate(call.interpreter.store.get(cast("Ref", call.receiver)))


@method("list", "index", "count")
@method("tuple", "index", "count")
def _index(call: Call) -> Value:
    return call.lost("a position in a list")


# Dicts


def _dict_of(call: Call) -> tuple[Ref, DictState]:
    reference = cast("Ref", call.receiver)
    return reference, cast("DictState", call.interpreter.store.get(reference))


@method("dict", "get", "pop", "setdefault")
def _get(call: Call) -> Value:
    _, state = _dict_of(call)
    key = hashable(call.arg(0))
    default = call.arg(1) or NONE
    if key is not ... and key in state.items:
        return call.interpreter.calls.refresh(state.items[key])
    if state.more is not None or key is ...:
        return state.more or call.lost("a key that is not known")
    return default


@method("dict", "update")
def _update(call: Call) -> Value:
    reference, state = _dict_of(call)
    other = call.interpreter.store.state(call.args[0], DictState) if call.args else None
    more = state.more or call.more
    if call.args and other is None:
        more = call.lost("it is updated with something that is not known")
    items = {**state.items, **(other.items if other else {}), **call.keywords}
    more = more or (other.more if other else None)
    call.interpreter.store.set(reference, DictState(items, more))
    return NONE


@method("dict", "items")
def _items(call: Call) -> Value:
    _, state = _dict_of(call)
    pairs = [Tuple((Const(key), value)) for key, value in state.items.items()]
    return call.interpreter.store.allocate(ListState(tuple(pairs), state.more))


@method("dict", "keys")
def _keys(call: Call) -> Value:
    _, state = _dict_of(call)
    keys = tuple(Const(key) for key in state.items)
    return call.interpreter.store.allocate(ListState(keys, state.more))


@method("dict", "values")
def _values(call: Call) -> Value:
    _, state = _dict_of(call)
    return call.interpreter.store.allocate(ListState(tuple(state.items.values()), state.more))


# Texts

MAX_TEXT = 100_000
_WIDTH = re.compile(r"\d{5}")

_TEXT_METHODS = (
    "lower upper strip lstrip rstrip title capitalize replace startswith endswith zfill join "
    "format split rsplit splitlines count find index isdigit encode decode removesuffix "
    "removeprefix partition rpartition"
).split()


def _grows(text: str, arguments: list[Any]) -> bool:
    """Whether a method could make a text that fills the memory, by a width or by repeating one."""
    if _WIDTH.search(text) or any(isinstance(each, int) and each > MAX_TEXT for each in arguments):
        return True
    joined = [each for each in arguments if isinstance(each, list)]
    longest = max((len(each) for each in arguments if isinstance(each, (str, list))), default=0)
    total = sum(len(each) for parts in joined for each in parts if isinstance(each, str))
    return len(text) * longest + total > MAX_TEXT


def _text_method(name: str) -> Callable[[Call], Value]:
    def effect(call: Call) -> Value:
        text = string(call.receiver)
        found = [constant(arg) for arg in call.args]
        if name == "join" and call.args:
            items = call.interpreter.calls.items(call.args[0])
            found = [[constant(item) for item in items] if items is not None else ...]
        known = ... not in found and not call.keywords and not call.more
        if not known or any(isinstance(each, list) and ... in each for each in found):
            return call.lost("a text that is not known")
        if _grows(text or "", found):
            return call.lost("a text that is longer than is followed")
        try:
            result = getattr(text, name)(*found)
        except (AttributeError, TypeError, ValueError, LookupError):
            return call.lost("a text method that fails")
        if isinstance(result, list):
            items_ = tuple(Const(each, call.site) for each in result)
            return call.interpreter.store.allocate(ListState(items_))
        if isinstance(result, tuple):
            return Tuple(tuple(Const(each, call.site) for each in result))
        return Const(result, call.site)

    return effect


for _each in _TEXT_METHODS:
    method("str", _each)(_text_method(_each))
