"""The small language that scripts are lowered to, so that libcst stays in one file.

``at`` is the ordinal of the libcst node that an operation came from, in the unit's list
of nodes: a line is found for it only when a report needs one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias


@dataclass(slots=True, eq=False)
class Expr:
    at: int


@dataclass(slots=True, eq=False)
class Constant(Expr):
    """``read`` is the value that it was read as, which is the same each time."""

    value: object
    read: object = None


@dataclass(slots=True, eq=False)
class Name(Expr):
    id: str


@dataclass(slots=True, eq=False)
class Attribute(Expr):
    value: Expr
    attr: str


@dataclass(slots=True, eq=False)
class Argument:
    """One argument of a call. ``star`` is empty, ``*`` or ``**``."""

    value: Expr
    keyword: str | None = None
    star: str = ""


@dataclass(slots=True, eq=False)
class Call(Expr):
    func: Expr
    args: tuple[Argument, ...]


@dataclass(slots=True, eq=False)
class Subscript(Expr):
    value: Expr
    index: Expr


@dataclass(slots=True, eq=False)
class Slice(Expr):
    lower: Expr | None
    upper: Expr | None
    step: Expr | None


@dataclass(slots=True, eq=False)
class Binary(Expr):
    op: str
    left: Expr
    right: Expr


@dataclass(slots=True, eq=False)
class Unary(Expr):
    op: str
    operand: Expr


@dataclass(slots=True, eq=False)
class Compare(Expr):
    left: Expr
    rest: tuple[tuple[str, Expr], ...]


@dataclass(slots=True, eq=False)
class Either(Expr):
    """``and`` or ``or`` of two operands."""

    op: str
    left: Expr
    right: Expr


@dataclass(slots=True, eq=False)
class Conditional(Expr):
    test: Expr
    then: Expr
    orelse: Expr


@dataclass(slots=True, eq=False)
class Lambda(Expr):
    function: FunctionCode


@dataclass(slots=True, eq=False)
class Display(Expr):
    """A tuple, list or set written out; an item may be starred."""

    kind: Literal["tuple", "list", "set"]
    items: tuple[Expr, ...]


@dataclass(slots=True, eq=False)
class DictDisplay(Expr):
    """A key of None stands for ``**value``."""

    items: tuple[tuple[Expr | None, Expr], ...]


@dataclass(slots=True, eq=False)
class Clause:
    target: Expr
    iterable: Expr
    conditions: tuple[Expr, ...]


@dataclass(slots=True, eq=False)
class Comprehension(Expr):
    """``key`` is set for a dict comprehension only."""

    kind: Literal["generator", "list", "set", "dict"]
    element: Expr
    key: Expr | None
    clauses: tuple[Clause, ...]


@dataclass(slots=True, eq=False)
class FString(Expr):
    parts: tuple[Expr, ...]


@dataclass(slots=True, eq=False)
class Starred(Expr):
    value: Expr


@dataclass(slots=True, eq=False)
class Walrus(Expr):
    target: Expr
    value: Expr


@dataclass(slots=True, eq=False)
class Opaque(Expr):
    """``await`` and ``yield``: the parts are evaluated, the result is not known."""

    what: str
    parts: tuple[Expr, ...]


@dataclass(slots=True, eq=False)
class Parameter:
    """``kind``: a plain one, a keyword-only one, ``*args`` or ``**kwargs``."""

    name: str
    default: Expr | None
    kind: Literal["plain", "keyword", "star", "double-star"]


@dataclass(slots=True, eq=False)
class FunctionCode:
    name: str
    parameters: tuple[Parameter, ...]
    body: Body
    at: int
    is_generator: bool = False


@dataclass(slots=True, eq=False)
class Stmt:
    at: int


Body: TypeAlias = "tuple[Stmt, ...]"


@dataclass(slots=True, eq=False)
class Assign(Stmt):
    targets: tuple[Expr, ...]
    value: Expr


@dataclass(slots=True, eq=False)
class AugAssign(Stmt):
    target: Expr
    op: str
    value: Expr


@dataclass(slots=True, eq=False)
class Evaluate(Stmt):
    value: Expr


@dataclass(slots=True, eq=False)
class If(Stmt):
    test: Expr
    then: Body
    orelse: Body


@dataclass(slots=True, eq=False)
class For(Stmt):
    target: Expr
    iterable: Expr
    body: Body
    orelse: Body


@dataclass(slots=True, eq=False)
class While(Stmt):
    test: Expr
    body: Body
    orelse: Body


@dataclass(slots=True, eq=False)
class With(Stmt):
    items: tuple[tuple[Expr, Expr | None], ...]
    body: Body


@dataclass(slots=True, eq=False)
class Handler:
    type: Expr | None
    name: Expr | None
    body: Body


@dataclass(slots=True, eq=False)
class Try(Stmt):
    body: Body
    handlers: tuple[Handler, ...]
    orelse: Body
    final: Body


@dataclass(slots=True, eq=False)
class FunctionDef(Stmt):
    function: FunctionCode
    decorators: tuple[Expr, ...]


@dataclass(slots=True, eq=False)
class ClassDef(Stmt):
    name: str
    bases: tuple[Argument, ...]
    body: Body
    decorators: tuple[Expr, ...]


@dataclass(slots=True, eq=False)
class Return(Stmt):
    value: Expr | None


@dataclass(slots=True, eq=False)
class Raise(Stmt):
    value: Expr | None


@dataclass(slots=True, eq=False)
class Jump(Stmt):
    """``break`` or ``continue``."""


@dataclass(slots=True, eq=False)
class Import(Stmt):
    """``import a.b as c``: pairs of a dotted path and the name it is bound to, if any."""

    names: tuple[tuple[str, str | None], ...]


@dataclass(slots=True, eq=False)
class ImportFrom(Stmt):
    """``names`` is None for ``from module import *``."""

    module: str
    level: int
    names: tuple[tuple[str, str | None], ...] | None


@dataclass(slots=True, eq=False)
class Delete(Stmt):
    targets: tuple[Expr, ...]


@dataclass(slots=True, eq=False)
class Declare(Stmt):
    """``global`` or ``nonlocal``."""

    kind: Literal["global", "nonlocal"]
    names: tuple[str, ...]


@dataclass(slots=True, eq=False)
class Case:
    """``captures`` are the names that the pattern binds; ``literal`` is the value it tests."""

    literal: Expr | None
    captures: tuple[Expr, ...]
    guard: Expr | None
    body: Body


@dataclass(slots=True, eq=False)
class Match(Stmt):
    subject: Expr
    cases: tuple[Case, ...]
