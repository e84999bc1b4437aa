"""What happens at a call, an attribute and an index: the part between code and libraries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from tfcheck.rule import Site
from tfcheck.script import effects, ir
from tfcheck.script.data import Data
from tfcheck.script.store import DictState, ListState, ModelState, ObjectState, Scope
from tfcheck.script.values import (
    NONE,
    Class,
    Const,
    Function,
    Method,
    Module,
    OneOf,
    Ref,
    Symbol,
    Tensor,
    Tuple,
    Unknown,
    Value,
    concrete,
    constant,
    hashable,
    join,
    options,
)

if TYPE_CHECKING:
    from tfcheck.script.interpreter import Interpreter

MAX_DEPTH = 8
MAX_CONTEXTS = 64
MAX_ITEMS = 256
MAX_LENGTH = 10_000


@dataclass(slots=True)
class Call:
    """A call on its way to an effect: the arguments, evaluated, and where it stands.

    ``more`` is set when ``*`` or ``**`` of something unknown was passed too.
    ``named`` is where what is called is written: all that stands before the brackets.
    ``discarded``: the result is thrown away, so the call is made for what it does.
    ``method``: the name after the dot, where what is called is written with one.
    """

    interpreter: Interpreter
    site: Site
    args: list[Value] = field(default_factory=list)
    keywords: dict[str, Value] = field(default_factory=dict)
    more: Unknown | None = None
    discarded: bool = False
    path: str = ""
    spelled: str = ""
    receiver: Value = NONE
    method: str = ""
    named: Site | None = None

    def arg(self, position: int | None, *names: str) -> Value | None:
        """The argument at ``position``, or by one of its names; None where it is not passed.

        What may hide behind ``**unknown`` is Unknown, not absent.
        """
        for name in names:
            if name in self.keywords:
                return self.keywords[name]
        if position is not None and position < len(self.args):
            return self.args[position]
        return self.more

    def every(self) -> Iterable[Value]:
        yield from self.args
        yield from self.keywords.values()

    def lost(self, reason: str) -> Unknown:
        return Unknown(reason, self.site)


class Calls:
    """The calls of one interpreter."""

    def __init__(self, interpreter: Interpreter) -> None:
        self.interpreter = interpreter
        self.contexts: dict[ir.FunctionCode, int] = {}

    # Calling

    def call_expression(self, node: ir.Call, discarded: bool = False) -> Value:
        interpreter = self.interpreter
        function = interpreter.eval(node.func)
        call = Call(interpreter, interpreter.site(node.at), discarded=discarded)
        call.named = interpreter.site(node.func.at)
        if isinstance(node.func, ir.Attribute):
            call.method = node.func.attr
        for argument in node.args:
            self._add_argument(call, argument)
        return self.call(function, call)

    def _add_argument(self, call: Call, argument: ir.Argument) -> None:
        value = self.interpreter.eval(argument.value)
        if argument.keyword is not None:
            call.keywords[argument.keyword] = value
        elif argument.star == "*":
            items = self.items(value)
            if items is None:
                call.more = call.lost("arguments that are not known")
            else:
                call.args.extend(items)
        elif argument.star == "**":
            state = self.interpreter.store.state(value, DictState)
            if state is None or state.more is not None:
                call.more = call.lost("keyword arguments that are not known")
            if state is not None:
                call.keywords.update({str(key): each for key, each in state.items.items()})
        else:
            call.args.append(value)

    def call(self, function: Value, call: Call) -> Value:
        """The value of a call, with all that it does done."""
        if isinstance(function, Symbol):
            call.path, call.spelled = function.path, function.spelled
            result = effects.call_symbol(call)
            self.interpreter.recorder.use(call, function.path, result)
            return result
        if isinstance(function, Method):
            call.receiver = function.receiver
            if function.function is not None:
                return self.enter_function(function.function, call, function.receiver)
            return effects.call_method(call, function.receiver, function.name)
        if isinstance(function, Function):
            return self.enter_function(function, call, None)
        if isinstance(function, Class):
            return self.instantiate(function, call)
        if isinstance(function, OneOf):
            return join(*(self.call(option, call) for option in function.options))
        if isinstance(function, Ref):
            return effects.call_object(call, function)
        if isinstance(function, Unknown) and call.method:
            return effects.call_method(call, function, call.method)
        self.escape(call)
        if isinstance(function, Unknown):
            result = Unknown(function.reason, function.site)
            self.interpreter.recorder.use(call, "?.__call__", result, function)
            return result
        if call.method:
            return call.lost(f".{call.method}() is not followed")
        return call.lost("something is called that is no function")

    def escape(self, call: Call) -> None:
        """Forget what a call that could not be read may have changed."""
        store = self.interpreter.store
        lost = call.lost("it is handed to code that could not be read")
        for value in call.every():
            for option in options(value):
                if isinstance(option, Data) and call.discarded:
                    opaque = effects.opaque(option, lost)
                    store.write(store.moved, option, opaque)
                if not isinstance(option, Ref):
                    continue
                state = store.get(option)
                if isinstance(state, ModelState):
                    store.set(option, replace(state, touched=lost))
                elif isinstance(state, ObjectState):
                    effects.change_optimizer(self.interpreter, option, call.site)
                elif isinstance(state, ListState):
                    store.set(option, replace(state, rest=lost))
                elif isinstance(state, DictState):
                    store.set(option, replace(state, more=lost))

    # Functions and classes of the project

    def enter_function(self, function: Function, call: Call, receiver: Value | None) -> Value:
        interpreter = self.interpreter
        code = function.code
        if any(frame.function and frame.function.code is code for frame in interpreter.frames):
            self.escape(call)
            return call.lost(f"{code.name} calls itself")
        entered = self.contexts.get(code, 0)
        elsewhere = not interpreter.modules.is_main(function.unit)
        often = entered >= MAX_CONTEXTS or (elsewhere and interpreter.left_elsewhere <= 0)
        if len(interpreter.call_sites) >= MAX_DEPTH or often:
            self.escape(call)
            return call.lost(f"{code.name} is called deeper or oftener than is followed")
        self.contexts[code] = entered + 1
        if "staticmethod" in function.decorators:
            receiver = None
        interpreter.call_sites.append(call.site)
        outside, graph = interpreter.entered, interpreter.traced
        left, left_elsewhere = interpreter.left, interpreter.left_elsewhere
        interpreter.entered = (*outside, function)
        interpreter.traced = effects.begun(call, function, graph)
        try:
            result = self._run(function, call, receiver)
        finally:
            interpreter.call_sites.pop()
            interpreter.entered, interpreter.traced = outside, graph
            if elsewhere:
                interpreter.left_elsewhere = left_elsewhere - (left - interpreter.left)
        if graph is not None:
            return result
        if function.traced_by == "tensorflow.function":
            path = f"{function.traced_by}.__call__"
            interpreter.recorder.use(call, path, result, function)
        return concrete(result)

    def _run(self, function: Function, call: Call, receiver: Value | None) -> Value:
        from tfcheck.script.interpreter import Flow, Frame

        interpreter = self.interpreter
        scope = Scope(outer=function.scope, globals=function.scope.module)
        frame = Frame(scope, function.unit, function, receiver)
        self._bind_parameters(function, call, receiver, scope)
        interpreter.frames.append(frame)
        try:
            flow = interpreter.exec(function.code.body)
        finally:
            interpreter.frames.pop()
        if function.code.is_generator:
            return effects.generator(function.code.name, frame.yields, call.site)
        if flow is not Flow.LEFT:
            frame.returns.append(NONE)
        if not frame.returns:
            return call.lost(f"{function.code.name} always raises")
        return join(*map(self.refresh, frame.returns))

    def refresh(self, value: Value) -> Value:
        """What a value is by now, where arrays in it were changed in place."""
        if isinstance(value, Data):
            return self.interpreter.store.current(value)
        if isinstance(value, Tuple):
            return Tuple(tuple(map(self.refresh, value.items)))
        return value

    def _bind_parameters(
        self, function: Function, call: Call, receiver: Value | None, scope: Scope
    ) -> None:
        args = list(call.args) if receiver is None else [receiver, *call.args]
        keywords = dict(call.keywords)
        names = scope.names
        for parameter in function.code.parameters:
            name = parameter.name
            if parameter.kind == "star":
                names[name] = Tuple(tuple(args)) if call.more is None else call.more
                args = []
            elif parameter.kind == "double-star":
                state = DictState(dict(keywords), call.more)
                names[name] = self.interpreter.store.allocate(state)
            elif name in keywords:
                names[name] = keywords.pop(name)
            elif args and parameter.kind == "plain":
                names[name] = args.pop(0)
            elif call.more is not None:
                names[name] = call.more
            else:
                missing = call.lost(f"{name} is not passed")
                names[name] = function.defaults.get(name, missing)

    def instantiate(self, of: Class, call: Call) -> Value:
        store = self.interpreter.store
        bases = of.library_bases()
        state: ModelState | ObjectState
        if any(base in effects.MODEL_CLASSES for base in bases):
            state = ModelState("subclass", call.site, of=of)
        else:
            lost = call.more
            state = ObjectState(of, dict(call.keywords), call.site, more=lost)
        reference = store.allocate(state)
        constructor = of.lookup("__init__")
        if isinstance(constructor, Function):
            self.enter_function(constructor, call, reference)
        elif bases:
            effects.construct_base(call, reference, bases[0])
        return reference

    # Attributes and items

    def attribute(self, value: Value, name: str, site: Site) -> Value:
        if isinstance(value, Symbol):
            if value.path.endswith("flags.FLAGS"):
                lost = Unknown(f"{name} comes from the command line", site)
                return self.interpreter.modules.flags.get(name, lost)
            return effects.member(value, name)
        if isinstance(value, Unknown):
            return Method(value, name) if value.symbolic else value
        if isinstance(value, OneOf):
            known = [each for each in value.options if constant(each) is not None]
            return join(*(self.attribute(option, name, site) for option in known or [NONE]))
        if isinstance(value, Module):
            missing = Unknown(f"{value.name} has no {name}", site)
            modules = self.interpreter.modules
            return modules.member(self.interpreter, value.scope, name) or missing
        if isinstance(value, Class):
            return value.lookup(name) or Method(value, name)
        if isinstance(value, Ref):
            return self._of_object(value, name, site)
        if isinstance(value, (Data, Tensor)):
            return effects.data_attribute(self.interpreter, value, name, site)
        if isinstance(value, Const) and isinstance(value.value, PurePosixPath):
            return effects.path_attribute(value.value, name, site) or Method(value, name)
        if isinstance(value, Method) and value.name == "super":
            return self._of_super(value.receiver, name, site)
        return Method(value, name)

    def _of_object(self, value: Ref, name: str, site: Site) -> Value:
        state = self.interpreter.store.get(value)
        if isinstance(state, (ModelState, ObjectState)):
            if name in state.attributes:
                return self.refresh(state.attributes[name])
            found = state.of.lookup(name) if isinstance(state.of, Class) else None
            if isinstance(found, Function):
                return self._bound(value, found, name, site)
            if found is not None:
                return found
            known = effects.object_attribute(self.interpreter, value, state, name, site)
            if known is not None:
                return known
        return Method(value, name)

    def _bound(self, receiver: Value, function: Function, name: str, site: Site) -> Value:
        if "staticmethod" in function.decorators:
            return function
        method = Method(receiver, name, function)
        if "property" in function.decorators:
            return self.call(method, Call(self.interpreter, site))
        return method

    def _of_super(self, receiver: Value, name: str, site: Site) -> Value:
        function = self.interpreter.frame.function
        owner = function.owner if function else None
        for each in list(owner.ancestry())[1:] if owner else ():
            if isinstance(each, Class) and name in each.scope.names:
                found = each.scope.names[name]
                return Method(receiver, name, found) if isinstance(found, Function) else found
        return Method(receiver, f"super.{name}" if name == "__init__" else name)

    def set_attribute(self, receiver: Value, name: str, value: Value, site: Site) -> None:
        store = self.interpreter.store
        for option in options(receiver):
            if isinstance(option, (Module, Class)):
                store.write(option.scope.names, name, value)
            elif isinstance(option, Ref):
                state = store.get(option)
                if isinstance(state, (ModelState, ObjectState)):
                    attributes = {**state.attributes, name: value}
                    store.set(option, replace(state, attributes=attributes))
            elif isinstance(option, Method):
                effects.change_optimizer(self.interpreter, option, site)
            elif isinstance(option, Data):
                effects.set_column(self.interpreter, option, name, value, site)

    def get_item(self, value: Value, index: Value, site: Site) -> Value:
        value = self.refresh(value)
        if isinstance(value, OneOf):
            return join(*(self.get_item(option, index, site) for option in value.options))
        if isinstance(value, Unknown):
            return replace(value)
        if isinstance(value, Ref):
            return self._item_of_object(value, index, site)
        if isinstance(value, Tuple):
            return self._item_of(list(value.items), None, index, site)
        if isinstance(value, Const) and isinstance(value.value, (str, bytes)):
            return self._item_of_text(value.value, index, site)
        return effects.get_item(self.interpreter, value, index, site)

    def _item_of_object(self, value: Ref, index: Value, site: Site) -> Value:
        state = self.interpreter.store.get(value)
        if isinstance(state, ListState):
            return self._item_of(list(state.items), state.rest, index, site)
        if isinstance(state, DictState):
            key = hashable(index)
            if key in state.items:
                return self.refresh(state.items[key])
            if key is ... and state.items and state.more is None:
                return join(*state.items.values())
            return state.more or Unknown(f"there is no item {key!r}", site)
        return effects.get_item(self.interpreter, value, index, site)

    def _item_of(
        self, items: Sequence[Value], rest: Value | None, index: Value, site: Site
    ) -> Value:
        found = constant(index)
        if isinstance(found, slice) and rest is None:
            return self.interpreter.store.allocate(ListState(tuple(items[found])))
        if isinstance(found, bool) or not isinstance(found, int):
            known = [*items, rest] if rest is not None else [*items]
            return join(*(each for each in known if each)) if known else Unknown("no item", site)
        if rest is not None and not 0 <= found < len(items):
            return rest
        if -len(items) <= found < len(items):
            return self.refresh(items[found])
        return Unknown("there is no such item", site)

    def _item_of_text(self, text: str | bytes, index: Value, site: Site) -> Value:
        found = constant(index)
        if not isinstance(found, (int, slice)):
            return Unknown("a part of a text", site)
        try:
            return Const(text[found], site)
        except (IndexError, TypeError, ValueError):
            return Unknown("a part of a text", site)

    def set_item(self, receiver: Value, index: Value, value: Value, site: Site) -> None:
        store = self.interpreter.store
        for option in options(receiver):
            if isinstance(option, Data):
                effects.set_item(self.interpreter, option, index, value, site)
            if isinstance(option, Method) and isinstance(option.receiver, Data):
                effects.set_located(self.interpreter, option.receiver, index, value, site)
            if not isinstance(option, Ref):
                continue
            state = store.get(option)
            if isinstance(state, DictState):
                key = hashable(index)
                if key is ...:
                    lost = Unknown("one of its keys is not known", site)
                    store.set(option, replace(state, more=lost))
                else:
                    store.set(option, DictState({**state.items, key: value}, state.more))
            elif isinstance(state, ListState):
                found = constant(index)
                items = list(state.items)
                if isinstance(found, int) and -len(items) <= found < len(items):
                    items[found] = value
                    store.set(option, ListState(tuple(items), state.rest))
                else:
                    rest = value if state.rest is None else join(state.rest, value)
                    store.set(option, ListState((), join(rest, *items)))

    def delete_item(self, target: ir.Subscript) -> None:
        store = self.interpreter.store
        receiver = self.interpreter.eval(target.value)
        index = self.interpreter.eval(target.index)
        state = store.state(receiver, DictState)
        if isinstance(receiver, Ref) and state is not None:
            key = hashable(index)
            items = {each: value for each, value in state.items.items() if each != key}
            store.set(receiver, DictState(items, state.more))
        elif isinstance(receiver, Data):
            site = self.interpreter.site(target.at)
            effects.delete_column(self.interpreter, receiver, index, site)

    # Sequences

    def items(self, value: Value) -> list[Value] | None:
        """The items of a sequence where all are known, and not more than are followed."""
        value = self.refresh(value)
        if isinstance(value, Tuple):
            return list(value.items) if len(value.items) <= MAX_LENGTH else None
        if isinstance(value, Const):
            return self._items_of_constant(value)
        if isinstance(value, Ref):
            state = self.interpreter.store.get(value)
            if isinstance(state, ListState) and len(state.items) > MAX_LENGTH:
                return None
            if isinstance(state, ListState) and state.rest is None:
                return [self.refresh(item) for item in state.items]
            if isinstance(state, DictState) and state.more is None:
                return [_wrap(key) for key in state.items]
        return None

    def _items_of_constant(self, value: Const) -> list[Value] | None:
        if isinstance(value.value, range) and len(value.value) <= MAX_ITEMS:
            return [Const(each, value.site) for each in value.value]
        if isinstance(value.value, str) and len(value.value) <= MAX_ITEMS:
            return [Const(each, value.site) for each in value.value]
        return None

    def element(self, value: Value, site: Site) -> Value:
        """What stands for any one item of a sequence."""
        value = self.refresh(value)
        if isinstance(value, Unknown):
            return replace(value)
        if isinstance(value, OneOf):
            return join(*(self.element(option, site) for option in value.options))
        if isinstance(value, Ref):
            state = self.interpreter.store.get(value)
            if isinstance(state, ListState):
                known = [*state.items, *([state.rest] if state.rest is not None else [])]
                return join(*known) if known else Unknown("an item of an empty list", site)
        if isinstance(value, Tuple) and value.items:
            return join(*value.items)
        return effects.element(self.interpreter, value, site)

    def unpack(self, value: Value, count: int, site: Site) -> list[Value] | None:
        """The parts of a value that is assigned to ``count`` names, where they are known."""
        items = self.items(value)
        if items is not None:
            return items
        if isinstance(value, OneOf):
            parts = [self.unpack(option, count, site) for option in value.options]
            known = [part for part in parts if part is not None and len(part) == count]
            if len(known) == len(parts):
                return [join(*each) for each in zip(*known, strict=True)]
            return None
        if isinstance(value, Data):
            return effects.unpack(self.interpreter, value, count, site)
        return None

    def extend(self, reference: Ref, state: ListState, value: Value) -> None:
        items = self.items(value)
        site = self.interpreter.call_sites[-1] if self.interpreter.call_sites else None
        if items is None or state.rest is not None:
            rest = self.element(value, site or Site(self.interpreter.frame.unit, 0))
            rest = rest if state.rest is None else join(state.rest, rest)
            self.interpreter.store.set(reference, ListState(state.items, rest))
        else:
            self.interpreter.store.set(reference, ListState((*state.items, *items)))

    def enter(self, context: Value, site: Site) -> Value:
        """What ``with context as name`` binds."""
        return effects.enter(self.interpreter, context, site)

    def is_transparent(self, decorator: Value) -> bool:
        """Whether a decorated function still does what its body says."""
        if isinstance(decorator, Method):
            # @cli.command(), @app.function, @name.setter
            return True
        if isinstance(decorator, Ref):
            state = self.interpreter.store.state(decorator, ObjectState)
            return state is not None and state.path.startswith(effects.TRANSPARENT)
        return isinstance(decorator, Symbol) and decorator.path.startswith(effects.TRANSPARENT)

    def builtin(self, name: str, site: Site) -> Value:
        """A name that no scope binds."""
        if name in _CONSTANTS:
            return Const(_CONSTANTS[name], site)
        if name in effects.BUILTINS:
            return Symbol(name, name)
        if name == "__file__":
            return Const(self.interpreter.modules.path(self.interpreter.frame.unit), site)
        if name == "__name__":
            main = self.interpreter.modules.is_main(self.interpreter.frame.unit)
            return Const("__main__" if main else "imported", site)
        return Unknown(f"{name} is not defined here", site)


_CONSTANTS: Mapping[str, object] = {"True": True, "False": False, "None": None, "__debug__": True}


def _wrap(key: object) -> Value:
    return Tuple(tuple(map(Const, key))) if isinstance(key, tuple) else Const(key)
