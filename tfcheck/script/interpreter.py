"""Runs lowered code over abstract values, in the order in which the script would run.

Statements are here; expressions are in :mod:`~tfcheck.script.expressions`, calls in
:mod:`~tfcheck.script.calls`, and what the libraries do in :mod:`~tfcheck.script.effects`.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, cast

from tfcheck.rule import Site
from tfcheck.script import arithmetic, effects, ir
from tfcheck.script.calls import Call, Calls
from tfcheck.script.data import Data
from tfcheck.script.expressions import EVALUATE, MAX_UNROLLED
from tfcheck.script.modules import Modules
from tfcheck.script.store import (
    DictState,
    ListState,
    ModelState,
    ObjectState,
    Pending,
    Scope,
    Store,
    Writes,
)
from tfcheck.script.uses import Branch, Traced
from tfcheck.script.values import (
    ENDED,
    NONE,
    Class,
    Const,
    Function,
    Module,
    Ref,
    Symbol,
    Tuple,
    Unknown,
    Value,
    constant,
)

if TYPE_CHECKING:
    from tfcheck.script.recorder import Recorder
    from tfcheck.script.training import Layer

# One budget a file, in steps and never in seconds, so that findings do not depend on the
# machine. The largest notebook of the public corpus takes 60,000.
BUDGET = 200_000
BUDGET_ELSEWHERE = 20_000  # of it, in functions of other files: libraries call far and wide
MAX_NESTED = 64  # rounds of loops in loops, all together


class Flow(enum.Enum):
    """How a piece of code ended."""

    NEXT = 0
    JUMP = 1  # break or continue
    LEFT = 2  # return or raise


class BudgetSpent(Exception):
    """The file asks for more steps than it gets."""


@dataclass(slots=True, eq=False)
class Frame:
    """One call of a function, or the body of a module or class."""

    scope: Scope
    unit: int
    function: Function | None = None
    receiver: Value | None = None
    returns: list[Value] = field(default_factory=list)
    yields: list[Value] = field(default_factory=list)
    loops: int = 0


_EXPECTING = ("assertRaises", "assertWarns", "raises", "suppress")


def _expects_failure(context: ir.Expr) -> bool:
    """Whether a context is there to catch what fails within it, as those of tests are."""
    called = context.func if isinstance(context, ir.Call) else None
    name = getattr(called, "attr", None) or getattr(called, "id", "")
    return isinstance(name, str) and name.startswith(_EXPECTING)


class Interpreter:
    """Executes one script. ``recorder`` gathers what rules want to know of it."""

    def __init__(self, modules: Modules, recorder: Recorder) -> None:
        self.store = Store()
        self.modules = modules
        self.recorder = recorder
        self.calls = Calls(self)
        self.frames: list[Frame] = []
        self.call_sites: list[Site] = []
        self.functions: list[Function] = []
        self.classes: list[Class] = []
        self.left = BUDGET
        self.left_elsewhere = BUDGET_ELSEWHERE
        self.entered: tuple[Function, ...] = ()  # outermost first
        self.loops: tuple[Site, ...] = ()
        self.branches: tuple[Branch, ...] = ()
        self.tapes: tuple[Ref, ...] = ()  # the gradient tapes that record now
        self.traced: Traced | None = None  # what a graph is being made of
        self.guards = 0  # try statements with handlers around what is executed now
        self.rounds = 1  # in how many rounds of loops what is executed now is executed
        self.layers: dict[int, tuple[ObjectState, Layer]] = {}  # by the identity of their states
        self.data_format: Unknown | None = None  # why the order of axes is not known
        self._captured: set[Scope] = set()  # the scopes that a function or class refers to

    @property
    def frame(self) -> Frame:
        return self.frames[-1]

    @property
    def in_loop(self) -> bool:
        return any(frame.loops for frame in self.frames)

    def site(self, at: int) -> Site:
        # A fifth of all calls is made here: the constructor of a named tuple makes two of each.
        return tuple.__new__(Site, (self.frames[-1].unit, at))

    def module_frame(self, unit: int, scope: Scope | None = None) -> Frame:
        """A frame for what stands in no function, in the scope of a module or in one of its own."""
        return Frame(scope or Scope(), unit)

    @property
    def _imports_later(self) -> bool:
        """Whether an import here may wait until it is needed: at the top of another file."""
        frame = self.frames[-1]
        top = frame.scope.outer is None and frame.function is None
        return top and not self.modules.is_main(frame.unit)

    def let_go(self) -> None:
        """Take apart what refers to itself, so that it is freed at once and need not be collected.

        Functions and classes refer to scopes that have them as names.
        """
        for scope in self._captured:
            scope.names.clear()
        vars(self).clear()

    def run(self, body: ir.Body, scope: Scope, unit: int) -> None:
        """Execute the body of a module, or a cell of a notebook, in ``scope``."""
        self.frames.append(Frame(scope, unit))
        try:
            self.exec(body)
        finally:
            self.frames.pop()

    # Statements

    def exec(self, body: ir.Body) -> Flow:
        for statement in body:
            self.left -= 1
            if self.left < 0:
                raise BudgetSpent
            flow = _EXECUTE[type(statement)](self, statement)
            if flow is not None and flow is not Flow.NEXT:
                return flow
        return Flow.NEXT

    def _assign(self, node: ir.Assign) -> None:
        value = self.eval(node.value)
        for target in node.targets:
            self.assign(target, value)
            if isinstance(target, ir.Name) and isinstance(value, (Ref, Data)):
                self.recorder.assign(self, target.id, value, self.site(node.at))

    def _aug_assign(self, node: ir.AugAssign) -> None:
        left, right = self.eval(node.target), self.eval(node.value)
        site = self.site(node.at)
        state = self.store.state(left, ListState)
        if state is not None and node.op == "+":
            self.calls.extend(cast("Ref", left), state, right)
            return
        value = arithmetic.binary(self, node.op, left, right, site)
        if isinstance(left, Data) and isinstance(value, Data) and left.form != "statistic":
            # x /= 255 changes the array itself, under every name that it has.
            self.store.write(self.store.moved, left, value)
        self.assign(node.target, value)

    def _evaluate(self, node: ir.Evaluate) -> Flow:
        if not isinstance(node.value, ir.Call):
            self.eval(node.value)
            return Flow.NEXT
        value = self.calls.call_expression(node.value, discarded=True)
        return Flow.LEFT if value is ENDED else Flow.NEXT

    def _if(self, node: ir.If) -> Flow:
        value = self.eval(node.test)
        self.recorder.decide(self, "if", value, self.site(node.test.at))
        truth = self.truth(value)
        if truth is not None:
            return self.exec(node.then if truth else node.orelse)
        ways = (lambda: self.exec(node.then), lambda: self.exec(node.orelse))
        return self._fork(ways, self.site(node.at))

    def _fork(self, paths: Sequence[Callable[[], Flow]], fork: Site) -> Flow:
        """Take every path from the same state, and go on where those that remain meet."""
        store = self.store
        start = store.mark()
        ends: list[Writes] = []
        gone: list[Writes] = []
        flows: list[Flow] = []
        outside = self.branches
        for way, path in enumerate(paths):
            mark = store.mark()
            self.branches = (*outside, Branch(fork, way))
            flow = path()
            writes = store.take_back(mark)
            flows.append(flow)
            (gone if flow is Flow.LEFT else ends).append(writes)
        self.branches = outside
        for writes in gone:
            store.keep_new(writes, start)
        if not ends:
            return Flow.LEFT
        store.meet(*ends)
        return Flow.NEXT if Flow.NEXT in flows else Flow.JUMP

    def _for(self, node: ir.For) -> Flow:
        iterable = self.eval(node.iterable)
        site = self.site(node.iterable.at)
        self.recorder.decide(self, "for", iterable, site)

        def body(element: Value) -> Flow:
            self.assign(node.target, element)
            return self.exec(node.body)

        outside = self.loops
        self.loops = (*outside, self.site(node.at))
        items = self.calls.items(iterable)
        fits = items is not None and len(items) <= min(MAX_UNROLLED, MAX_NESTED // self.rounds)
        if items is not None and fits:
            flow = self._unrolled([lambda item=item: body(item) for item in items])  # type: ignore[misc]
        else:
            element = self.calls.element(iterable, site)
            flow = self._loop(lambda: body(element))
        self.loops = outside
        return self.exec(node.orelse) if flow is not Flow.LEFT and node.orelse else flow

    def _while(self, node: ir.While) -> Flow:
        def body() -> Flow:
            value = self.eval(node.test)
            self.recorder.decide(self, "while", value, self.site(node.test.at))
            if self.truth(value) is False:
                return Flow.JUMP
            return self.exec(node.body)

        outside = self.loops
        self.loops = (*outside, self.site(node.at))
        flow = self._loop(body)
        self.loops = outside
        return flow

    def _unrolled(self, rounds: Sequence[Callable[[], Flow]]) -> Flow:
        outside = self.rounds
        self.rounds *= max(1, len(rounds))
        self.frame.loops += 1
        try:
            for each in rounds:
                if each() is Flow.LEFT:
                    return Flow.LEFT
        finally:
            self.frame.loops -= 1
            self.rounds = outside
        return Flow.NEXT

    def _loop(self, body: Callable[[], Flow]) -> Flow:
        """Two passes over a body of unknown rounds; what still changes then is widened.

        What a round does to an array in place, item by item, is taken for what the loop does
        to the whole of it. The first pass is dropped from the record where a second one is needed,
        because the second sees every state that the first one saw.
        """
        store = self.store
        frame = self.frame
        frame.loops += 1
        try:
            mark = store.mark()
            record = self.recorder.mark()
            flow = body()
            if flow is Flow.LEFT:
                return Flow.LEFT if not frame.function else Flow.NEXT
            if not store.changed_since(mark):
                return Flow.NEXT
            first = store.take_back(mark)
            store.meet(first, store.moved_like({}, first))
            self.recorder.take_back(record)
            inner = store.mark()
            body()
            second = store.take_back(inner)
            store.meet(second, store.moved_like(first, second))
            return Flow.NEXT
        finally:
            frame.loops -= 1

    def _with(self, node: ir.With) -> Flow:
        outside = self.tapes
        for context, target in node.items:
            value = self.calls.enter(self.eval(context), self.site(context.at))
            if isinstance(value, Ref) and effects.is_tape(self, value):
                self._begin_tape(value, self.site(context.at))
            if target is not None:
                self.assign(target, value)
        fails = any(_expects_failure(context) for context, _ in node.items)
        self.guards += fails
        try:
            return self.exec(node.body)
        finally:
            self.guards -= fails
            self.tapes = outside

    def _begin_tape(self, tape: Ref, site: Site) -> None:
        """From here on the tape records, anew where it is entered once more."""
        self.tapes = (*self.tapes, tape)
        path = "tensorflow.GradientTape.__enter__"
        self.recorder.use(Call(self, site), path, tape, tape, self.store.get(tape))

    def _try(self, node: ir.Try) -> Flow:
        def handle(handler: ir.Handler) -> Callable[[], Flow]:
            def path() -> Flow:
                if handler.name is not None:
                    reason = Unknown("an exception", self.site(handler.name.at))
                    self.assign(handler.name, reason)
                return self._guarded(handler.body)

            return path

        def body() -> Flow:
            flow = self._guarded(node.body) if node.handlers else self.exec(node.body)
            return self.exec(node.orelse) if flow is Flow.NEXT and node.orelse else flow

        imports_only = all(isinstance(each, (ir.Import, ir.ImportFrom)) for each in node.body)
        # Whichever import succeeds, it is the same library under another roof.
        if imports_only:
            flow = body()
        else:
            flow = self._fork([body, *map(handle, node.handlers)], self.site(node.at))
        if node.final:
            final = self.exec(node.final)
            return final if final is not Flow.NEXT else flow
        return flow

    def _guarded(self, body: ir.Body) -> Flow:
        """What is tried, or made up for, where a library may not have what is asked of it."""
        self.guards += 1
        try:
            return self.exec(body)
        finally:
            self.guards -= 1

    def _function_def(self, node: ir.FunctionDef) -> None:
        decorators = [self.eval(decorator) for decorator in node.decorators]
        function = self.function(node.function, decorators)
        self.functions.append(function)
        value: Value = function
        for decorator in decorators:
            if not self.calls.is_transparent(decorator):
                value = Unknown(f"{node.function.name} is decorated", self.site(node.at))
        self.bind(node.function.name, value)

    def function(self, code: ir.FunctionCode, decorators: Sequence[Value] = ()) -> Function:
        defaults = {each.name: self.eval(each.default) for each in code.parameters if each.default}
        for decorator in decorators:
            option = self.store.state(decorator, ObjectState)
            if option is not None and option.path == "click.option":
                defaults[str(constant(option.config["name"]))] = option.config["default"]
        names = tuple(each.path for each in decorators if isinstance(each, Symbol))
        traced = any(effects.traces(self, each) for each in decorators)
        by = "tensorflow.function" if traced else ""
        self._captured.add(self.frame.scope)
        return Function(code, self.frame.scope, self.frame.unit, defaults, None, names, by)

    def _class_def(self, node: ir.ClassDef) -> None:
        bases = tuple(self.eval(base.value) for base in node.bases if base.keyword is None)
        outer = self.frame.scope
        scope = Scope(outer=outer, globals=outer.module, is_class=True)
        self._captured.add(scope)
        value = Class(node.name, bases, scope, self.site(node.at), bool(node.decorators))
        first = len(self.functions)
        self.frames.append(Frame(scope, self.frame.unit))
        try:
            self.exec(node.body)
        finally:
            self.frames.pop()
        for name, each in scope.names.items():
            if isinstance(each, Function) and each.owner is None:
                scope.names[name] = replace(each, owner=value)
        # Methods are visited through their class, not as functions of their own.
        del self.functions[first:]
        self.classes.append(value)
        self.bind(node.name, value)

    def _return(self, node: ir.Return) -> Flow:
        self.frame.returns.append(self.eval(node.value) if node.value else NONE)
        return Flow.LEFT

    def _raise(self, node: ir.Raise) -> Flow:
        return Flow.LEFT

    def _jump(self, node: ir.Jump) -> Flow:
        return Flow.JUMP

    def _import(self, node: ir.Import) -> None:
        for path, alias in node.names:
            if self._imports_later and (alias or "." not in path):
                self._postpone(alias or path, Pending(path, 0, None, self.site(node.at)))
                continue
            site = self.site(node.at)
            value = self.modules.load(self, path, 0, site)
            if isinstance(value, Symbol):
                self.recorder.mention(self, value, site, "import")
            if alias:
                self.bind(alias, value)
                continue
            top = path.partition(".")[0]
            self.bind(top, self.modules.load(self, top, 0, site))

    def _import_from(self, node: ir.ImportFrom) -> None:
        site = self.site(node.at)
        later = self._imports_later
        if node.names is None:
            if later:
                self.frame.scope.pending_stars.append(Pending(node.module, node.level, None, site))
                return
            self.modules.load_all(self, node.module, node.level, site)
            return
        for name, alias in node.names:
            if later:
                self._postpone(alias or name, Pending(node.module, node.level, name, site))
                continue
            value = self.modules.load_name(self, node.module, node.level, name, site)
            if isinstance(value, Symbol):
                self.recorder.mention(self, value, site, "import")
            self.bind(alias or name, value)

    def _postpone(self, name: str, pending: Pending) -> None:
        scope = self.frame.scope
        scope.names.pop(name, None)
        scope.pending[name] = pending

    def _delete(self, node: ir.Delete) -> None:
        for target in node.targets:
            if isinstance(target, ir.Name):
                self.bind(target.id, Unknown(f"{target.id} was deleted", self.site(node.at)))
            elif isinstance(target, ir.Subscript):
                self.calls.delete_item(target)

    def _declare(self, node: ir.Declare) -> None:
        scope = self.frame.scope
        for name in node.names:
            owner = scope.module if node.kind == "global" else self._owner(scope.outer, name)
            if owner is not None:
                scope.declared[name] = owner

    def _owner(self, scope: Scope | None, name: str) -> Scope | None:
        while scope is not None and name not in scope.names:
            scope = scope.outer
        return scope

    def _match(self, node: ir.Match) -> Flow:
        subject = constant(self.eval(node.subject))
        lost = Unknown("it is taken apart by a match statement", self.site(node.at))
        paths: list[Callable[[], Flow]] = []
        for case in node.cases:
            literal = constant(self.eval(case.literal)) if case.literal else ...
            if subject is not ... and literal is not ... and subject != literal:
                continue

            def path(case: ir.Case = case) -> Flow:
                for name in case.captures:
                    self.assign(name, lost)
                return self.exec(case.body)

            if subject is not ... and subject == literal and not case.guard and not paths:
                return path()
            paths.append(path)
        return self._fork([*paths, lambda: Flow.NEXT], self.site(node.at))

    # Names

    def bind(self, name: str, value: Value) -> None:
        scope = self.frames[-1].scope
        if scope.declared:
            scope = scope.declared.get(name, scope)
        self.store.write(scope.names, name, value)

    def assign(self, target: ir.Expr, value: Value) -> None:
        if isinstance(target, ir.Name):
            self.bind(target.id, value)
        elif isinstance(target, ir.Display):
            self._unpack(target, value)
        elif isinstance(target, ir.Attribute):
            receiver = self.eval(target.value)
            self.calls.set_attribute(receiver, target.attr, value, self.site(target.at))
        elif isinstance(target, ir.Subscript):
            index = self.eval(target.index)
            receiver = self.eval(target.value)
            self.calls.set_item(receiver, index, value, self.site(target.at))
        elif isinstance(target, ir.Starred):
            self.assign(target.value, value)

    def _unpack(self, target: ir.Display, value: Value) -> None:
        site = self.site(target.at)
        items = self.calls.unpack(value, len(target.items), site)
        starred = [i for i, item in enumerate(target.items) if isinstance(item, ir.Starred)]
        if items is None:
            element = self.calls.element(value, site)
            items = [element] * len(target.items)
        elif starred and len(items) >= len(target.items) - 1:
            first = starred[0]
            last = first + len(items) - len(target.items) + 1
            middle = self.store.allocate(ListState(tuple(items[first:last])))
            items = [*items[:first], middle, *items[last:]]
        elif len(items) != len(target.items):
            items = [Unknown("it is unpacked into another number of names", site)] * len(
                target.items
            )
        for item, each in zip(target.items, items, strict=True):
            self.assign(item, each)

    def lookup(self, name: str) -> Value | None:
        scope: Scope | None = self.frames[-1].scope
        if scope is not None and scope.declared:
            scope = scope.declared.get(name, scope)
        first = scope
        while scope is not None:
            if name in scope.names and (scope is first or not scope.is_class):
                return scope.names[name]
            if scope.pending or (scope.pending_stars and name not in effects.BUILTINS):
                found = self.modules.member(self, scope, name)
                if found is not None:
                    return found
            scope = scope.outer
        assert first is not None
        return self.modules.from_stars(first.module.stars, name)

    def truth(self, value: Value) -> bool | None:
        """Whether a test succeeds; None where that is not certain."""
        if isinstance(value, Const):
            return None if value.default else bool(value.value)
        if isinstance(value, (Function, Class, Module)):
            return True
        if isinstance(value, Tuple):
            return bool(value.items)
        if isinstance(value, Ref):
            state = self.store.get(value)
            if isinstance(state, ListState) and state.rest is None:
                return bool(state.items)
            if isinstance(state, DictState) and state.more is None:
                return bool(state.items)
            return True if isinstance(state, (ModelState, ObjectState)) else None
        return None

    # Expressions

    def eval(self, node: ir.Expr) -> Value:
        self.left -= 1
        if self.left < 0:
            raise BudgetSpent
        return EVALUATE[type(node)](self, node)


_EXECUTE: dict[type[ir.Stmt], Callable[[Interpreter, Any], Flow | None]] = {
    ir.Assign: Interpreter._assign,
    ir.AugAssign: Interpreter._aug_assign,
    ir.Evaluate: Interpreter._evaluate,
    ir.If: Interpreter._if,
    ir.For: Interpreter._for,
    ir.While: Interpreter._while,
    ir.With: Interpreter._with,
    ir.Try: Interpreter._try,
    ir.FunctionDef: Interpreter._function_def,
    ir.ClassDef: Interpreter._class_def,
    ir.Return: Interpreter._return,
    ir.Raise: Interpreter._raise,
    ir.Jump: Interpreter._jump,
    ir.Import: Interpreter._import,
    ir.ImportFrom: Interpreter._import_from,
    ir.Delete: Interpreter._delete,
    ir.Declare: Interpreter._declare,
    ir.Match: Interpreter._match,
}

__all__ = ["BudgetSpent", "Flow", "Frame", "Interpreter"]
