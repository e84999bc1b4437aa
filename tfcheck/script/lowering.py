"""libcst to the small IR: the only reading place that touches a libcst node."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, cast

import libcst as cst

from tfcheck.script import ir


class Lowerer:
    """Lowers one parsed piece of text; ``nodes[at]`` is the node behind an operation.

    ``starts`` is the first ``at`` of each statement of the module.
    """

    def __init__(self) -> None:
        self.nodes: list[cst.CSTNode] = []
        self.starts: list[int] = []
        self._yields = False

    def lower(self, module: cst.Module) -> ir.Body:
        lowered: list[ir.Stmt] = []
        for statement in module.body:
            self.starts.append(len(self.nodes))
            lowered.extend(self._body((statement,)))
        return tuple(lowered)

    # Statements

    def _body(self, statements: Iterable[cst.BaseStatement | cst.BaseSmallStatement]) -> ir.Body:
        lowered: list[ir.Stmt] = []
        for statement in statements:
            if isinstance(statement, cst.SimpleStatementLine):
                for small in statement.body:
                    self._statement(small, lowered)
            else:
                self._statement(statement, lowered)
        return tuple(lowered)

    def _suite(self, suite: cst.BaseSuite) -> ir.Body:
        return self._body(suite.body)

    def _statement(self, node: cst.CSTNode, lowered: list[ir.Stmt]) -> None:
        lower = _STATEMENTS.get(type(node))
        if lower is not None:
            lowered.append(lower(self, node, self._mark(node)))

    def _mark(self, node: cst.CSTNode) -> int:
        self.nodes.append(node)
        return len(self.nodes) - 1

    def _assign(self, node: cst.Assign, at: int) -> ir.Stmt:
        value = self._expr(node.value)
        return ir.Assign(at, tuple(self._expr(target.target) for target in node.targets), value)

    def _ann_assign(self, node: cst.AnnAssign, at: int) -> ir.Stmt:
        if node.value is None:
            return ir.Evaluate(at, ir.Constant(at, None))
        return ir.Assign(at, (self._expr(node.target),), self._expr(node.value))

    def _aug_assign(self, node: cst.AugAssign, at: int) -> ir.Stmt:
        op = _OPERATORS.get(type(node.operator), "?")
        return ir.AugAssign(at, self._expr(node.target), op, self._expr(node.value))

    def _evaluate(self, node: cst.Expr, at: int) -> ir.Stmt:
        return ir.Evaluate(at, self._expr(node.value))

    def _assert(self, node: cst.Assert, at: int) -> ir.Stmt:
        return ir.Evaluate(at, self._expr(node.test))

    def _if(self, node: cst.If, at: int) -> ir.Stmt:
        # An elif chain is a list to its reader, however deep its tree is.
        chain: list[tuple[cst.If, int]] = [(node, at)]
        while isinstance(chain[-1][0].orelse, cst.If):
            chain.append((chain[-1][0].orelse, self._mark(chain[-1][0].orelse)))
        last = chain[-1][0].orelse
        orelse = self._suite(last.body) if isinstance(last, cst.Else) else ()
        for each, mark in reversed(chain):
            orelse = (ir.If(mark, self._expr(each.test), self._suite(each.body), orelse),)
        return orelse[0]

    def _else(self, node: cst.Else | None) -> ir.Body:
        return () if node is None else self._suite(node.body)

    def _for(self, node: cst.For, at: int) -> ir.Stmt:
        return ir.For(
            at,
            self._expr(node.target),
            self._expr(node.iter),
            self._suite(node.body),
            self._else(node.orelse),
        )

    def _while(self, node: cst.While, at: int) -> ir.Stmt:
        test = self._expr(node.test)
        return ir.While(at, test, self._suite(node.body), self._else(node.orelse))

    def _with(self, node: cst.With, at: int) -> ir.Stmt:
        items = tuple(
            (self._expr(item.item), self._expr(item.asname.name) if item.asname else None)
            for item in node.items
        )
        return ir.With(at, items, self._suite(node.body))

    def _try(self, node: cst.Try | cst.TryStar, at: int) -> ir.Stmt:
        body = self._suite(node.body)
        handlers = tuple(
            ir.Handler(
                self._expr(handler.type) if handler.type else None,
                self._expr(handler.name.name) if handler.name else None,
                self._suite(handler.body),
            )
            for handler in node.handlers
        )
        final = () if node.finalbody is None else self._suite(node.finalbody.body)
        return ir.Try(at, body, handlers, self._else(node.orelse), final)

    def _function_def(self, node: cst.FunctionDef, at: int) -> ir.Stmt:
        decorators = tuple(self._expr(decorator.decorator) for decorator in node.decorators)
        parameters = self._parameters(node.params)
        outer, self._yields = self._yields, False
        body = self._suite(node.body)
        code = ir.FunctionCode(node.name.value, parameters, body, at, self._yields)
        self._yields = outer
        return ir.FunctionDef(at, code, decorators)

    def _class_def(self, node: cst.ClassDef, at: int) -> ir.Stmt:
        decorators = tuple(self._expr(decorator.decorator) for decorator in node.decorators)
        bases = self._arguments((*node.bases, *node.keywords))
        return ir.ClassDef(at, node.name.value, bases, self._suite(node.body), decorators)

    def _return(self, node: cst.Return, at: int) -> ir.Stmt:
        return ir.Return(at, self._expr(node.value) if node.value else None)

    def _raise(self, node: cst.Raise, at: int) -> ir.Stmt:
        return ir.Raise(at, self._expr(node.exc) if node.exc else None)

    def _jump(self, node: cst.Break | cst.Continue, at: int) -> ir.Stmt:
        return ir.Jump(at)

    def _import(self, node: cst.Import, at: int) -> ir.Stmt:
        return ir.Import(at, tuple(_alias(alias) for alias in node.names))

    def _import_from(self, node: cst.ImportFrom, at: int) -> ir.Stmt:
        module = _dotted(node.module) if node.module else ""
        names = None if isinstance(node.names, cst.ImportStar) else map(_alias, node.names)
        return ir.ImportFrom(at, module, len(node.relative), tuple(names) if names else None)

    def _delete(self, node: cst.Del, at: int) -> ir.Stmt:
        target = node.target
        items = (
            [element.value for element in target.elements]
            if isinstance(target, cst.Tuple)
            else [target]
        )
        return ir.Delete(at, tuple(self._expr(item) for item in items))

    def _global(self, node: cst.Global, at: int) -> ir.Stmt:
        return ir.Declare(at, "global", tuple(item.name.value for item in node.names))

    def _nonlocal(self, node: cst.Nonlocal, at: int) -> ir.Stmt:
        return ir.Declare(at, "nonlocal", tuple(item.name.value for item in node.names))

    def _match(self, node: cst.Match, at: int) -> ir.Stmt:
        cases = tuple(
            ir.Case(
                self._expr(case.pattern.value)
                if isinstance(case.pattern, cst.MatchValue)
                else None,
                tuple(self._expr(name) for name in _captures(case.pattern)),
                self._expr(case.guard) if case.guard else None,
                self._suite(case.body),
            )
            for case in node.cases
        )
        return ir.Match(at, self._expr(node.subject), cases)

    # Expressions

    def _expr(self, node: cst.CSTNode) -> ir.Expr:
        lower = _EXPRESSIONS.get(type(node))
        at = len(self.nodes)
        self.nodes.append(node)
        if lower is None:
            return ir.Opaque(at, type(node).__name__.lower(), ())
        return lower(self, node, at)

    def _name(self, node: cst.Name, at: int) -> ir.Expr:
        return ir.Name(at, node.value)

    def _attribute(self, node: cst.Attribute, at: int) -> ir.Expr:
        return ir.Attribute(at, self._expr(node.value), node.attr.value)

    def _call(self, node: cst.Call, at: int) -> ir.Expr:
        return ir.Call(at, self._expr(node.func), self._arguments(node.args))

    def _arguments(self, args: Sequence[cst.Arg]) -> tuple[ir.Argument, ...]:
        return tuple(
            ir.Argument(self._expr(arg.value), arg.keyword.value if arg.keyword else None, arg.star)
            for arg in args
        )

    def _integer(self, node: cst.Integer, at: int) -> ir.Expr:
        try:
            return ir.Constant(at, int(node.value, 0))
        except ValueError:  # past CPython's limit of digits
            return ir.Opaque(at, "number", ())

    def _float(self, node: cst.Float, at: int) -> ir.Expr:
        return ir.Constant(at, float(node.value))

    def _imaginary(self, node: cst.Imaginary, at: int) -> ir.Expr:
        return ir.Opaque(at, "complex number", ())

    def _string(self, node: cst.SimpleString, at: int) -> ir.Expr:
        text = node.value
        quote = text[0]
        if quote in "'\"" and "\\" not in text:
            width = 3 if text[:3] == quote * 3 and len(text) >= 6 else 1
            return ir.Constant(at, text[width:-width])
        try:
            return ir.Constant(at, ast.literal_eval(text))
        except (ValueError, SyntaxError):
            return ir.Opaque(at, "string", ())

    def _concatenated(self, node: cst.ConcatenatedString, at: int) -> ir.Expr:
        left, right = self._expr(node.left), self._expr(node.right)
        texts = [each.value for each in (left, right) if isinstance(each, ir.Constant)]
        if len(texts) == 2 and isinstance(texts[0], str) and isinstance(texts[1], str):
            return ir.Constant(at, texts[0] + texts[1])
        return ir.FString(at, (left, right))

    def _formatted(self, node: cst.FormattedString, at: int) -> ir.Expr:
        parts: list[ir.Expr] = []
        for part in node.parts:
            if isinstance(part, cst.FormattedStringText):
                parts.append(ir.Constant(at, part.value))
            elif isinstance(part, cst.FormattedStringExpression):
                value = self._expr(part.expression)
                plain = part.format_spec is None and part.conversion is None
                parts.append(value if plain else ir.Opaque(at, "formatted value", (value,)))
        return ir.FString(at, tuple(parts))

    def _ellipsis(self, node: cst.Ellipsis, at: int) -> ir.Expr:
        return ir.Constant(at, ...)

    def _subscript(self, node: cst.Subscript, at: int) -> ir.Expr:
        value = self._expr(node.value)
        items = tuple(self._index(element.slice) for element in node.slice)
        if len(items) == 1 and not isinstance(node.slice[0].comma, cst.Comma):
            return ir.Subscript(at, value, items[0])
        return ir.Subscript(at, value, ir.Display(at, "tuple", items))

    def _index(self, node: cst.BaseSlice) -> ir.Expr:
        if isinstance(node, cst.Index):
            return self._expr(node.value)
        part = cast("cst.Slice", node)
        at = self._mark(node)
        lower, upper, step = (
            self._expr(each) if each else None for each in (part.lower, part.upper, part.step)
        )
        return ir.Slice(at, lower, upper, step)

    def _binary(self, node: cst.BinaryOperation | cst.BooleanOperation, at: int) -> ir.Expr:
        # Sums lean to the left as deep as they are long, so the left spine is walked flat.
        spine: list[tuple[cst.BinaryOperation | cst.BooleanOperation, int]] = [(node, at)]
        while isinstance(spine[-1][0].left, (cst.BinaryOperation, cst.BooleanOperation)):
            left = spine[-1][0].left
            spine.append((left, self._mark(left)))
        result = self._expr(spine[-1][0].left)
        for each, mark in reversed(spine):
            right = self._expr(each.right)
            op = _OPERATORS.get(type(each.operator), "?")
            kind = ir.Binary if isinstance(each, cst.BinaryOperation) else ir.Either
            result = kind(mark, op, result, right)
        return result

    def _unary(self, node: cst.UnaryOperation, at: int) -> ir.Expr:
        return ir.Unary(at, _OPERATORS[type(node.operator)], self._expr(node.expression))

    def _compare(self, node: cst.Comparison, at: int) -> ir.Expr:
        left = self._expr(node.left)
        rest = tuple(
            (_OPERATORS.get(type(each.operator), "?"), self._expr(each.comparator))
            for each in node.comparisons
        )
        return ir.Compare(at, left, rest)

    def _conditional(self, node: cst.IfExp, at: int) -> ir.Expr:
        test, then = self._expr(node.test), self._expr(node.body)
        return ir.Conditional(at, test, then, self._expr(node.orelse))

    def _lambda(self, node: cst.Lambda, at: int) -> ir.Expr:
        result = ir.Return(at, self._expr(node.body))
        code = ir.FunctionCode("<lambda>", self._parameters(node.params), (result,), at)
        return ir.Lambda(at, code)

    def _tuple(self, node: cst.Tuple | cst.List | cst.Set, at: int) -> ir.Expr:
        items = tuple(
            ir.Starred(at, self._expr(element.value))
            if type(element) is cst.StarredElement  # isinstance looks far for what it is not
            else self._expr(element.value)
            for element in node.elements
        )
        return ir.Display(at, _DISPLAYS[type(node)], items)

    def _dict(self, node: cst.Dict, at: int) -> ir.Expr:
        return ir.DictDisplay(
            at,
            tuple(
                (self._expr(element.key), self._expr(element.value))
                if isinstance(element, cst.DictElement)
                else (None, self._expr(element.value))
                for element in node.elements
            ),
        )

    def _comprehension(self, node: cst.BaseComp, at: int) -> ir.Expr:
        clauses: list[ir.Clause] = []
        each: cst.CompFor | None = node.for_in
        while each is not None:
            conditions = tuple(self._expr(condition.test) for condition in each.ifs)
            clauses.append(ir.Clause(self._expr(each.target), self._expr(each.iter), conditions))
            each = each.inner_for_in
        if isinstance(node, cst.DictComp):
            key, value = self._expr(node.key), self._expr(node.value)
            return ir.Comprehension(at, "dict", value, key, tuple(clauses))
        simple = cast("cst.BaseSimpleComp", node)
        kind = _COMPREHENSIONS[type(node)]
        return ir.Comprehension(at, kind, self._expr(simple.elt), None, tuple(clauses))

    def _walrus(self, node: cst.NamedExpr, at: int) -> ir.Expr:
        return ir.Walrus(at, self._expr(node.target), self._expr(node.value))

    def _await(self, node: cst.Await, at: int) -> ir.Expr:
        return ir.Opaque(at, "await", (self._expr(node.expression),))

    def _yield(self, node: cst.Yield, at: int) -> ir.Expr:
        self._yields = True
        value = node.value.item if isinstance(node.value, cst.From) else node.value
        return ir.Opaque(at, "yield", (self._expr(value),) if value else ())

    def _parameters(self, node: cst.Parameters) -> tuple[ir.Parameter, ...]:
        result: list[ir.Parameter] = []
        for param in (*node.posonly_params, *node.params):
            default = self._expr(param.default) if param.default else None
            result.append(ir.Parameter(param.name.value, default, "plain"))
        if isinstance(node.star_arg, cst.Param):
            result.append(ir.Parameter(node.star_arg.name.value, None, "star"))
        for param in node.kwonly_params:
            default = self._expr(param.default) if param.default else None
            result.append(ir.Parameter(param.name.value, default, "keyword"))
        if node.star_kwarg is not None:
            result.append(ir.Parameter(node.star_kwarg.name.value, None, "double-star"))
        return tuple(result)


def _dotted(node: cst.CSTNode) -> str:
    parts: list[str] = []
    while isinstance(node, cst.Attribute):
        parts.append(node.attr.value)
        node = node.value
    parts.append(cast("cst.Name", node).value)
    return ".".join(reversed(parts))


def _alias(alias: cst.ImportAlias) -> tuple[str, str | None]:
    bound = alias.asname.name if alias.asname else None
    return _dotted(alias.name), bound.value if isinstance(bound, cst.Name) else None


def _captures(pattern: cst.CSTNode) -> Iterator[cst.Name]:
    """The names that a ``case`` pattern binds."""
    name = getattr(pattern, "rest" if isinstance(pattern, cst.MatchMapping) else "name", None)
    if isinstance(pattern, (cst.MatchAs, cst.MatchStar, cst.MatchMapping)) and name is not None:
        yield name
    for child in pattern.children:
        if isinstance(child, _PATTERN_PARTS):
            yield from _captures(child)


_PATTERN_PARTS = (
    cst.MatchPattern,
    cst.MatchSequenceElement,
    cst.MatchMappingElement,
    cst.MatchKeywordElement,
    cst.MatchOrElement,
    cst.MatchStar,
)

_Lower = Callable[[Lowerer, Any, int], Any]

_STATEMENTS: dict[type[cst.CSTNode], _Lower] = {
    cst.Assign: Lowerer._assign,
    cst.AnnAssign: Lowerer._ann_assign,
    cst.AugAssign: Lowerer._aug_assign,
    cst.Expr: Lowerer._evaluate,
    cst.Assert: Lowerer._assert,
    cst.If: Lowerer._if,
    cst.For: Lowerer._for,
    cst.While: Lowerer._while,
    cst.With: Lowerer._with,
    cst.Try: Lowerer._try,
    cst.TryStar: Lowerer._try,
    cst.FunctionDef: Lowerer._function_def,
    cst.ClassDef: Lowerer._class_def,
    cst.Return: Lowerer._return,
    cst.Raise: Lowerer._raise,
    cst.Break: Lowerer._jump,
    cst.Continue: Lowerer._jump,
    cst.Import: Lowerer._import,
    cst.ImportFrom: Lowerer._import_from,
    cst.Del: Lowerer._delete,
    cst.Global: Lowerer._global,
    cst.Nonlocal: Lowerer._nonlocal,
    cst.Match: Lowerer._match,
}

_EXPRESSIONS: dict[type[cst.CSTNode], Callable[[Lowerer, Any, int], ir.Expr]] = {
    cst.Name: Lowerer._name,
    cst.Attribute: Lowerer._attribute,
    cst.Call: Lowerer._call,
    cst.Integer: Lowerer._integer,
    cst.Float: Lowerer._float,
    cst.Imaginary: Lowerer._imaginary,
    cst.SimpleString: Lowerer._string,
    cst.ConcatenatedString: Lowerer._concatenated,
    cst.FormattedString: Lowerer._formatted,
    cst.Ellipsis: Lowerer._ellipsis,
    cst.Subscript: Lowerer._subscript,
    cst.BinaryOperation: Lowerer._binary,
    cst.BooleanOperation: Lowerer._binary,
    cst.UnaryOperation: Lowerer._unary,
    cst.Comparison: Lowerer._compare,
    cst.IfExp: Lowerer._conditional,
    cst.Lambda: Lowerer._lambda,
    cst.Tuple: Lowerer._tuple,
    cst.List: Lowerer._tuple,
    cst.Set: Lowerer._tuple,
    cst.Dict: Lowerer._dict,
    cst.ListComp: Lowerer._comprehension,
    cst.SetComp: Lowerer._comprehension,
    cst.GeneratorExp: Lowerer._comprehension,
    cst.DictComp: Lowerer._comprehension,
    cst.NamedExpr: Lowerer._walrus,
    cst.Await: Lowerer._await,
    cst.Yield: Lowerer._yield,
}

_DISPLAYS: dict[type[cst.CSTNode], Any] = {cst.Tuple: "tuple", cst.List: "list", cst.Set: "set"}

_COMPREHENSIONS: dict[type[cst.CSTNode], Any] = {
    cst.ListComp: "list",
    cst.SetComp: "set",
    cst.GeneratorExp: "generator",
}

_OPERATORS: dict[type[cst.CSTNode], str] = {
    cst.Add: "+",
    cst.AddAssign: "+",
    cst.Subtract: "-",
    cst.SubtractAssign: "-",
    cst.Multiply: "*",
    cst.MultiplyAssign: "*",
    cst.Divide: "/",
    cst.DivideAssign: "/",
    cst.FloorDivide: "//",
    cst.FloorDivideAssign: "//",
    cst.Modulo: "%",
    cst.ModuloAssign: "%",
    cst.Power: "**",
    cst.PowerAssign: "**",
    cst.MatrixMultiply: "@",
    cst.MatrixMultiplyAssign: "@",
    cst.BitAnd: "&",
    cst.BitAndAssign: "&",
    cst.BitOr: "|",
    cst.BitOrAssign: "|",
    cst.BitXor: "^",
    cst.BitXorAssign: "^",
    cst.LeftShift: "<<",
    cst.LeftShiftAssign: "<<",
    cst.RightShift: ">>",
    cst.RightShiftAssign: ">>",
    cst.Minus: "-",
    cst.Plus: "+",
    cst.BitInvert: "~",
    cst.Not: "not",
    cst.And: "and",
    cst.Or: "or",
    cst.Equal: "==",
    cst.NotEqual: "!=",
    cst.LessThan: "<",
    cst.LessThanEqual: "<=",
    cst.GreaterThan: ">",
    cst.GreaterThanEqual: ">=",
    cst.In: "in",
    cst.NotIn: "not in",
    cst.Is: "is",
    cst.IsNot: "is not",
}
