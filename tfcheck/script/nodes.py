"""libcst's nodes, made in less time than libcst takes to make them.

Half of a parse goes into the constructors of nodes. They are those of frozen dataclasses, which set
each field through a function, and then check that the node could be written out: the parser knows
that of what it has just read.
"""

from __future__ import annotations

from dataclasses import MISSING, Field, field, fields, make_dataclass
from typing import Any

import libcst as cst

# The kinds of more than nine nodes in ten.
_FREQUENT = (
    *(cst.Name, cst.Attribute, cst.Call, cst.Arg, cst.Comma, cst.Dot, cst.Newline, cst.EmptyLine),
    *(cst.TrailingWhitespace, cst.ParenthesizedWhitespace, cst.Comment, cst.Expr, cst.Assign),
    *(cst.AssignTarget, cst.AssignEqual, cst.SimpleStatementLine, cst.IndentedBlock, cst.Element),
    *(cst.SimpleString, cst.Integer, cst.Float, cst.Tuple, cst.List, cst.Subscript, cst.Index),
    *(cst.SubscriptElement, cst.LeftParen, cst.RightParen, cst.LeftSquareBracket, cst.Add),
    *(cst.RightSquareBracket, cst.BinaryOperation, cst.Param, cst.Parameters, cst.Colon),
)


def make_lean() -> None:
    """Leave out the check, and give the frequent kinds the constructor of a plain dataclass.

    That holds for the whole process, because to change a class and back costs as much as it saves
    for a file. Nothing in tfcheck changes a node or puts one together.
    """
    cst.CSTNode.__post_init__ = lambda self: None  # type: ignore[method-assign]
    for kind in _FREQUENT:
        lean = make_dataclass("Lean", map(_plain, fields(kind)), repr=False, eq=False)
        setattr(kind, "__init__", vars(lean)["__init__"])  # noqa: B010  (no type may say so)
        for each in kind.__mro__[:-1]:
            if "__setattr__" in vars(each):  # both refuse, and one of them is enough to be slow
                del each.__setattr__, each.__delattr__


def _plain(known: Field[Any]) -> tuple[str, Any, Any]:
    """A field of the same name and default."""
    if known.default is not MISSING:
        return known.name, Any, field(default=known.default)
    if known.default_factory is not MISSING:
        return known.name, Any, field(default_factory=known.default_factory)
    return known.name, Any, field()
