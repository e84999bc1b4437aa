"""What expressions are worth: one function for each kind, over an interpreter."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, cast

from tfcheck.script import arithmetic, ir
from tfcheck.script.data import Data
from tfcheck.script.store import DictState, ListState, Scope
from tfcheck.script.values import (
    NONE,
    Const,
    Ref,
    Symbol,
    Tuple,
    Unknown,
    Value,
    constant,
    hashable,
    join,
)

if TYPE_CHECKING:
    from tfcheck.script.interpreter import Interpreter

MAX_UNROLLED = 16


def _constant(interpreter: Interpreter, node: ir.Constant) -> Value:
    if node.read is None:
        node.read = Const(node.value, interpreter.site(node.at))
    return cast("Const", node.read)


def _name(interpreter: Interpreter, node: ir.Name) -> Value:
    scope = interpreter.frames[-1].scope
    value = None if scope.declared else scope.names.get(node.id)  # as most names are found
    if value is None:
        value = interpreter.lookup(node.id)
    if value is None:
        return interpreter.calls.builtin(node.id, interpreter.site(node.at))
    if isinstance(value, Data) and value in interpreter.store.moved:
        return interpreter.store.current(value)
    if isinstance(value, Symbol):
        interpreter.recorder.mention(interpreter, value, interpreter.site(node.at), "name")
    return value


def _attribute(interpreter: Interpreter, node: ir.Attribute) -> Value:
    site = interpreter.site(node.at)
    receiver = interpreter.eval(node.value)
    value = interpreter.calls.attribute(receiver, node.attr, site)
    if isinstance(value, Symbol):
        interpreter.recorder.mention(interpreter, value, site, "attribute")
    elif isinstance(receiver, Ref):
        interpreter.recorder.member(interpreter, receiver, node.attr, site)
    return value


def _call(interpreter: Interpreter, node: ir.Call) -> Value:
    return interpreter.calls.call_expression(node)


def _subscript(interpreter: Interpreter, node: ir.Subscript) -> Value:
    value = interpreter.eval(node.value)
    return interpreter.calls.get_item(
        value, interpreter.eval(node.index), interpreter.site(node.at)
    )


def _slice(interpreter: Interpreter, node: ir.Slice) -> Value:
    parts = [
        interpreter.eval(each) if each else NONE for each in (node.lower, node.upper, node.step)
    ]
    found = [constant(part) for part in parts]
    if ... in found:
        return Unknown("a slice with bounds that are not known", interpreter.site(node.at))
    try:
        return Const(slice(*found), interpreter.site(node.at))
    except TypeError:
        return Unknown("a slice", interpreter.site(node.at))


def _binary(interpreter: Interpreter, node: ir.Binary) -> Value:
    spine = [node]
    while isinstance(spine[-1].left, ir.Binary):
        spine.append(spine[-1].left)
    value = interpreter.eval(spine[-1].left)
    for each in reversed(spine):
        right = interpreter.eval(each.right)
        value = arithmetic.binary(interpreter, each.op, value, right, interpreter.site(each.at))
    return value


def _unary(interpreter: Interpreter, node: ir.Unary) -> Value:
    operand = interpreter.eval(node.operand)
    site = interpreter.site(node.at)
    if node.op == "not" and isinstance(operand, Unknown) and operand.symbolic:
        return operand
    if node.op == "not":
        truth = interpreter.truth(operand)
        return Unknown("a test", site) if truth is None else Const(not truth, site)
    return arithmetic.unary(node.op, operand, site)


def _compare(interpreter: Interpreter, node: ir.Compare) -> Value:
    left = interpreter.eval(node.left)
    rights = [(op, interpreter.eval(right)) for op, right in node.rest]
    site = interpreter.site(node.at)
    if len(rights) == 1:
        return arithmetic.compare(interpreter, rights[0][0], left, rights[0][1], site)
    return Unknown("a chained comparison", site)


def _either(interpreter: Interpreter, node: ir.Either) -> Value:
    left = interpreter.eval(node.left)
    truth = interpreter.truth(left)
    if truth is None:
        right = interpreter.eval(node.right)
        ends = constant(right) is (node.op == "or") and interpreter.truth(right) is not None
        if ends and not isinstance(left, Data):
            return right  # a test that ends so, whatever the other is
        if isinstance(left, Data) and isinstance(right, Data):
            return Unknown("a test", interpreter.site(node.at))
        return join(left, right)
    stays = truth if node.op == "or" else not truth
    return left if stays else interpreter.eval(node.right)


def _conditional(interpreter: Interpreter, node: ir.Conditional) -> Value:
    truth = interpreter.truth(interpreter.eval(node.test))
    if truth is not None:
        return interpreter.eval(node.then if truth else node.orelse)
    return join(interpreter.eval(node.then), interpreter.eval(node.orelse))


def _lambda(interpreter: Interpreter, node: ir.Lambda) -> Value:
    return interpreter.function(node.function)


def _display(interpreter: Interpreter, node: ir.Display) -> Value:
    items: list[Value] = []
    rest: Value | None = None
    for item in node.items:
        if not isinstance(item, ir.Starred):
            items.append(interpreter.eval(item))
            continue
        value = interpreter.eval(item.value)
        inner = interpreter.calls.items(value)
        if inner is None:
            rest = interpreter.calls.element(value, interpreter.site(item.at))
        else:
            items.extend(inner)
    if node.kind == "tuple":
        if rest is not None:
            return Unknown("a tuple of unknown length", interpreter.site(node.at))
        return Tuple(tuple(items))
    return interpreter.store.allocate(ListState(tuple(items), rest))


def _dict_display(interpreter: Interpreter, node: ir.DictDisplay) -> Value:
    items: dict[object, Value] = {}
    more: Unknown | None = None
    for key, value in node.items:
        evaluated = interpreter.eval(value)
        if key is None:
            state = interpreter.store.state(evaluated, DictState)
            if state is None:
                more = Unknown("it is filled from something unknown", interpreter.site(node.at))
                continue
            items.update(state.items)
            more = more or state.more
            continue
        name = hashable(interpreter.eval(key))
        if name is ...:
            more = Unknown("one of its keys is not known", interpreter.site(node.at))
        else:
            items[name] = evaluated
    return interpreter.store.allocate(DictState(items, more))


def _comprehension(interpreter: Interpreter, node: ir.Comprehension) -> Value:
    scope = Scope(outer=interpreter.frame.scope, globals=interpreter.frame.scope.module)
    frame = interpreter.module_frame(interpreter.frame.unit, scope)
    frame.loops = 1
    interpreter.frames.append(frame)
    try:
        return _clauses(interpreter, node)
    finally:
        interpreter.frames.pop()


def _clauses(interpreter: Interpreter, node: ir.Comprehension) -> Value:
    site = interpreter.site(node.at)
    first = node.clauses[0]
    iterable = interpreter.eval(first.iterable)
    items = interpreter.calls.items(iterable)
    plain = len(node.clauses) == 1 and not first.conditions
    if plain and items is not None and len(items) <= MAX_UNROLLED:
        return _unrolled_comprehension(interpreter, node, items)
    for number, clause in enumerate(node.clauses):
        source = iterable if number == 0 else interpreter.eval(clause.iterable)
        interpreter.assign(clause.target, interpreter.calls.element(source, site))
        for condition in clause.conditions:
            interpreter.eval(condition)
    element = interpreter.eval(node.element)
    if node.kind == "dict":
        return interpreter.store.allocate(DictState({}, Unknown("a dict made in a loop", site)))
    return interpreter.store.allocate(ListState((), element))


def _unrolled_comprehension(
    interpreter: Interpreter, node: ir.Comprehension, items: Iterable[Value]
) -> Value:
    values: list[Value] = []
    keys: list[object] = []
    for item in items:
        interpreter.assign(node.clauses[0].target, item)
        if node.key is not None:
            keys.append(hashable(interpreter.eval(node.key)))
        values.append(interpreter.eval(node.element))
    if node.kind != "dict":
        return interpreter.store.allocate(ListState(tuple(values)))
    lost = Unknown("one of its keys is not known", interpreter.site(node.at))
    known = {key: value for key, value in zip(keys, values, strict=True) if key is not ...}
    return interpreter.store.allocate(DictState(known, lost if ... in keys else None))


def _fstring(interpreter: Interpreter, node: ir.FString) -> Value:
    parts = [constant(interpreter.eval(part)) for part in node.parts]
    site = interpreter.site(node.at)
    if ... in parts:
        last = parts[-1] if isinstance(node.parts[-1], ir.Constant) else ""
        return Unknown("a text with parts that are not known", site, ending=str(last))
    return Const("".join(map(str, parts)), site)


def _starred(interpreter: Interpreter, node: ir.Starred) -> Value:
    return interpreter.eval(node.value)


def _walrus(interpreter: Interpreter, node: ir.Walrus) -> Value:
    value = interpreter.eval(node.value)
    interpreter.assign(node.target, value)
    return value


def _opaque(interpreter: Interpreter, node: ir.Opaque) -> Value:
    parts = [interpreter.eval(part) for part in node.parts]
    if node.what == "yield" and parts:
        interpreter.frame.yields.append(parts[0])
    return Unknown(f"{node.what} cannot be read", interpreter.site(node.at))


EVALUATE: dict[type[ir.Expr], Callable[[Interpreter, Any], Value]] = {
    ir.Constant: _constant,
    ir.Name: _name,
    ir.Attribute: _attribute,
    ir.Call: _call,
    ir.Subscript: _subscript,
    ir.Slice: _slice,
    ir.Binary: _binary,
    ir.Unary: _unary,
    ir.Compare: _compare,
    ir.Either: _either,
    ir.Conditional: _conditional,
    ir.Lambda: _lambda,
    ir.Display: _display,
    ir.DictDisplay: _dict_display,
    ir.Comprehension: _comprehension,
    ir.FString: _fstring,
    ir.Starred: _starred,
    ir.Walrus: _walrus,
    ir.Opaque: _opaque,
}
