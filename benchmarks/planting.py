"""Faults that spoil a training, planted in sound programs by a seeded program.

Each kind of fault is a table of operators, most of them those of ``mutation``, each with the
interventions of a probe of which one must be confirmed where the fault does harm.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import libcst as cst
import libcst.matchers as m
from mutation import OPERATORS, Change, call_of, literal, unscaled_table, without_layer

_BY_NAME: Mapping[str, Change] = {each.name: each.change for each in OPERATORS}
_RATES = {"adam": 0.001, "rmsprop": 0.001, "sgd": 0.01}
_LAYERS = ("Dense", "Conv2D", "LSTM", "GRU")


@dataclass(frozen=True)
class Fault:
    """``arms`` are the interventions that stand for it.

    It is planted at one place or, where half of it would be another fault, ``everywhere``; only
    in programs with a text that matches ``within``, and none that matches ``without``.
    """

    name: str
    change: Change
    arms: frozenset[str]
    everywhere: bool = False
    within: str = ""
    without: str = r"(?!)"

    def fits(self, code: str) -> bool:
        return bool(re.search(self.within, code)) and not re.search(self.without, code)


class Mutant(NamedTuple):
    """A program with a fault in it."""

    program: str
    kind: str
    fault: str
    place: int
    arms: frozenset[str]
    code: str


def unscaled(node: cst.CSTNode) -> cst.CSTNode | None:
    """Features as they were: without a scaler, a mean and a deviation, a layer or a division."""
    if m.matches(node, m.Call(func=m.Attribute(value=m.Name("y_scaler")))):
        return None
    for change in (unscaled_table, _unnormalised, _undivided):
        if (changed := change(node)) is not None:
            return changed
    return None


def _unnormalised(node: cst.CSTNode) -> cst.CSTNode | None:
    """``normalization(inputs)`` becomes ``inputs``, ``(x - mean) / std`` becomes ``x``."""
    if m.matches(node, m.Call(func=m.Name("normalization"))):
        assert isinstance(node, cst.Call)
        return node.args[0].value
    centred = m.BinaryOperation(operator=m.Subtract(), right=m.Name("mean"))
    if m.matches(node, m.BinaryOperation(centred, m.Divide(), m.Name("std"))):
        assert isinstance(node, cst.BinaryOperation)
        assert isinstance(node.left, cst.BinaryOperation)
        return node.left.left
    return None


def _undivided(node: cst.CSTNode) -> cst.CSTNode | None:
    if m.matches(node, m.BinaryOperation(operator=m.Divide(), right=m.Float("16.0"))):
        assert isinstance(node, cst.BinaryOperation)
        return node.left
    return None


def unscaled_target(node: cst.CSTNode) -> cst.CSTNode | None:
    """Targets as they were: without a scaler, ``(y - 14) / 5`` becomes ``y``."""
    centred = m.BinaryOperation(m.Name("y"), m.Subtract())
    if m.matches(node, m.BinaryOperation(centred, m.Divide())):
        assert isinstance(node, cst.BinaryOperation)
        assert isinstance(node.left, cst.BinaryOperation)
        return node.left.left
    transform = m.Name("fit_transform") | m.Name("transform")
    if m.matches(node, m.Call(func=m.Attribute(value=m.Name("y_scaler"), attr=transform))):
        assert isinstance(node, cst.Call)
        return node.args[0].value
    return None


def rate(factor: float) -> Change:
    """Another learning rate, also of an optimizer or a schedule that has it as its first."""
    numbers = m.Float() | m.Integer()

    def change(node: cst.CSTNode) -> cst.CSTNode | None:
        if m.matches(node, m.Arg(keyword=m.Name("learning_rate"), value=numbers)):
            assert isinstance(node, cst.Arg)
            return node.with_changes(value=_times(node.value, factor))
        if m.matches(node, m.Call(func=m.Attribute(attr=m.Name("CosineDecay")))):
            assert isinstance(node, cst.Call)
            first = node.args[0]
            changed = first.with_changes(value=_times(first.value, factor))
            return node.with_changes(args=[changed, *node.args[1:]])
        return None

    return change


def _times(value: cst.BaseExpression, factor: float) -> cst.Float:
    assert isinstance(value, (cst.Float, cst.Integer))
    return cst.Float(repr(float(f"{value.evaluated_value * factor:.6g}")))


def activation(old: str, new: str) -> Change:
    """Another ``activation=``."""
    replaced = literal(old, new)

    def change(node: cst.CSTNode) -> cst.CSTNode | None:
        if not m.matches(node, m.Arg(keyword=m.Name("activation"))):
            return None
        assert isinstance(node, cst.Arg)
        value = replaced(node.value)
        return None if value is None else node.with_changes(value=value)

    return change


def activated(name: str) -> Change:
    """``Dense(1)``, as regressions end, with an activation."""

    def change(node: cst.CSTNode) -> cst.CSTNode | None:
        if not m.matches(node, m.Call(func=_named("Dense"), args=[m.Arg(m.Integer("1"))])):
            return None
        assert isinstance(node, cst.Call)
        return _with_argument(node, "activation", repr(name))

    return change


def initialized(value: str) -> Change:
    """Kernels of one value in every layer."""

    def change(node: cst.CSTNode) -> cst.CSTNode | None:
        if not m.matches(node, call_of(*_LAYERS)):
            return None
        assert isinstance(node, cst.Call)
        return _with_argument(node, "kernel_initializer", value)

    return change


def relabelled(expression: str) -> Change:
    """Classes under other numbers, right where they are loaded or made as ``x, y = …(…)``."""
    target = m.AssignTarget(m.Tuple([m.Element(m.Name("x")), m.Element(m.Name("y"))]))
    loaded = m.SimpleStatementLine([m.Assign([target], m.Call())])

    def change(node: cst.CSTNode) -> cst.CSTNode | None:
        if not m.matches(node, loaded):
            return None
        assert isinstance(node, cst.SimpleStatementLine)
        line = cst.parse_statement(f"y = {expression}")
        assert isinstance(line, cst.SimpleStatementLine)
        return node.with_changes(body=[_ended(node.body[0]), *line.body])

    return change


def _ended(statement: cst.BaseSmallStatement) -> cst.BaseSmallStatement:
    return statement.with_changes(
        semicolon=cst.Semicolon(whitespace_after=cst.SimpleWhitespace(" "))
    )


def ordered(order: str) -> Change:
    """Rows fed class by class, and never shuffled; ``order`` is an expression of the labels."""
    fit = m.Call(
        func=m.Attribute(attr=m.Name("fit")),
        args=[m.Arg(m.Name(), keyword=None), m.Arg(m.Name(), keyword=None), m.AtLeastN(n=0)],
    )

    def change(node: cst.CSTNode) -> cst.CSTNode | None:
        if not m.matches(node, fit):
            return None
        assert isinstance(node, cst.Call)
        x, y = (each.value for each in node.args[:2])
        assert isinstance(x, cst.Name)
        assert isinstance(y, cst.Name)
        rows = order.format(y=y.value)
        sorted_rows = [f"{each.value}[{rows}]" for each in (x, y)]
        data = [cst.Arg(cst.parse_expression(each), comma=_COMMA) for each in sorted_rows]
        return _with_argument(node.with_changes(args=[*data, *node.args[2:]]), "shuffle", "False")

    return change


_COMMA = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))


def _named(name: str) -> m.OneOf[m.Name | m.Attribute]:
    return m.Name(name) | m.Attribute(attr=m.Name(name))


def _with_argument(call: cst.Call, name: str, value: str) -> cst.Call:
    """``call`` with one keyword argument more, written over one that is there."""
    kept = [each for each in call.args if not m.matches(each, m.Arg(keyword=m.Name(name)))]
    added = cst.Arg(
        cst.parse_expression(value),
        keyword=cst.Name(name),
        equal=cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace("")),
    )
    *most, last = kept
    return call.with_changes(args=[*most, last.with_changes(comma=_COMMA), added])


RATE = frozenset({"stable-learning-rate"})
OUTPUT = frozenset({"matching-output", "matching-loss"})
LOSS = frozenset({"matching-loss", "matching-output"})
"""Output and loss match each other, so that either change cures a pair that does not."""

_HIDDEN = frozenset({"hidden-activation"})
_FEATURES = frozenset({"standardised-features"})
_LABELS = frozenset({"matching-labels"})
_INIT = frozenset({"default-initializer"})
_ORDER = frozenset({"shuffled-order"})

KINDS: Mapping[str, Sequence[Fault]] = {
    "rate × 100": (Fault("rate times 100", rate(100), RATE),),
    "rate ÷ 1000": (Fault("rate through 1000", rate(0.001), RATE),),
    "scaling": (
        Fault("features left as they are", unscaled, _FEATURES, everywhere=True),
        Fault("no scaling layer", without_layer("Rescaling", "Normalization"), _FEATURES),
        Fault(
            "target left as it is",
            unscaled_target,
            frozenset({"standardised-target"}),
            everywhere=True,
        ),
    ),
    "activation": (
        Fault("sigmoid for softmax", activation("softmax", "sigmoid"), OUTPUT),
        Fault("softmax for sigmoid", activation("sigmoid", "softmax"), OUTPUT),
        Fault("relu for softmax", activation("softmax", "relu"), OUTPUT),
        Fault("relu for sigmoid", activation("sigmoid", "relu"), OUTPUT),
        Fault("no activation at the end", activation("sigmoid", "linear"), OUTPUT),
        Fault("relu for a number", activated("relu"), OUTPUT),
        Fault("sigmoid for a number", activated("sigmoid"), OUTPUT),
        Fault("softmax for a number", activated("softmax"), OUTPUT),
        Fault("linear hidden layers", activation("relu", "linear"), _HIDDEN, everywhere=True),
        Fault("softmax hidden layers", activation("relu", "softmax"), _HIDDEN, everywhere=True),
    ),
    "loss": (
        Fault("squared error on classes", _BY_NAME["squared error on classes"], LOSS),
        Fault("binary loss on softmax", _BY_NAME["binary loss on softmax"], LOSS),
        Fault(
            "classes' loss on one unit",
            literal("binary_crossentropy", "categorical_crossentropy"),
            LOSS,
        ),
        Fault("binary loss on numbers", literal("mse", "binary_crossentropy"), LOSS),
        Fault("hinge on classes", literal("binary_crossentropy", "hinge"), LOSS),
        Fault("logits that are none", _BY_NAME["logits that are none"], LOSS),
    ),
    "labels": (
        Fault(
            "labels from one",  # of two classes: of more, TensorFlow refuses them
            relabelled("y + 1"),
            _LABELS,
            within="binary_crossentropy",
            without="class_weight=",
        ),
        Fault(
            "labels of minus one and one",
            relabelled("2 * y - 1"),
            _LABELS,
            within="binary_crossentropy",
            without="class_weight=",
        ),
    ),
    "init": (
        Fault("kernels of zeros", initialized('"zeros"'), _INIT, everywhere=True),
        Fault("kernels of ones", initialized('"ones"'), _INIT, everywhere=True),
    ),
    "order": (
        Fault(
            "class after class",
            ordered("{y}.argsort()"),
            _ORDER,
            within="accuracy",
            without="to_categorical|binary_accuracy|pandas",
        ),
        Fault(
            "class after class, one-hot",
            ordered("{y}.argmax(axis=1).argsort()"),
            _ORDER,
            within="to_categorical",
        ),
    ),
}


_CHANGED = (
    cst.Arg,
    cst.BinaryOperation,
    cst.Call,
    cst.Element,
    cst.SimpleStatementLine,
    cst.SimpleString,
)
"""What changes apply to; nothing else is asked, because asking is slow."""


@dataclass
class _Planting(cst.CSTTransformer):
    """Applies ``change`` where ``at`` says so of the number of a place."""

    change: Change
    at: Callable[[int], bool]
    seen: int = 0

    def __post_init__(self) -> None:
        super().__init__()

    def on_leave(  # type: ignore[override]
        self, original_node: cst.CSTNode, updated_node: cst.CSTNode
    ) -> cst.CSTNode | cst.RemovalSentinel:
        if not isinstance(original_node, _CHANGED) or self.change(original_node) is None:
            return updated_node
        self.seen += 1
        changed = self.change(updated_node) if self.at(self.seen - 1) else None
        return updated_node if changed is None else changed


def planted(tree: cst.Module, fault: Fault) -> Iterator[str]:
    """The program with the fault at each place in turn, or once with it everywhere."""
    counting = _Planting(fault.change, lambda _: fault.everywhere)
    mutated = tree.visit(counting)
    if fault.everywhere:
        if counting.seen:
            yield mutated.code
        return
    for index in range(counting.seen):
        yield tree.visit(_Planting(fault.change, index.__eq__)).code


_LOOP = re.compile(r"for .*:\n *train_step\(")
"""A loop by hand: nothing but its learning rate can be put on trial."""


def mutants(programs: Mapping[str, str]) -> Iterator[Mutant]:
    """Every fault of every kind at every place of every program, by its name and its code."""
    for program, code in sorted(programs.items()):
        tree = cst.parse_module(code)
        for kind, faults in KINDS.items():
            if _LOOP.search(code) and not kind.startswith("rate"):
                continue
            for fault in faults:
                if not fault.fits(code):
                    continue
                for place, mutated in enumerate(planted(tree, fault), 1):
                    yield Mutant(program, kind, fault.name, place, fault.arms, mutated)


def drawn(programs: Mapping[str, str], seed: int, of_each_kind: int) -> list[Mutant]:
    """Some mutants of each kind, of as many programs as there are, the same for the same seed."""
    found: list[Mutant] = []
    every = list(mutants(programs))
    for kind in KINDS:
        chance = random.Random(f"{seed} {kind}")
        of_kind = [each for each in every if each.kind == kind]
        chance.shuffle(of_kind)
        found.extend(_spread(of_kind)[:of_each_kind])
    return found


def _spread(shuffled: Sequence[Mutant]) -> list[Mutant]:
    """First one of each fault and program, then a second, so that none stands for all."""
    times: dict[tuple[str, str], int] = {}

    def round_of(mutant: Mutant) -> int:
        key = mutant.program, mutant.fault
        times[key] = times.get(key, -1) + 1
        return times[key]

    return sorted(shuffled, key=round_of)
