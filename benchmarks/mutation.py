"""Plant faults in sound programs, and see which of them are found.

    python benchmarks/mutation.py [PROGRAM...] [--examples] [--misses]

Programs are scripts that train well and about which tfcheck has nothing to say at warning or
above; others are left out. ``--examples`` adds what the rules' own documentation shows under
"Use instead". Each operator plants one fault at a time, wherever it applies: a loss
that does not fit, another activation, a learning rate a hundred times as large, a scaler that is
gone. What spoils nothing is not planted: a scaler is only missed where the values are not small
without it, a shuffle where the rows were not shuffled before, and a rate by optimizers that divide
by the gradient, a high one in deep models. A fault
counts as found where a rule that stands for it says so, and it is planted only in programs all of
whose training runs are resolved. For each operator the figures are found over planted.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import libcst as cst
import libcst.matchers as m

from tfcheck.checker import Checker
from tfcheck.config import Settings
from tfcheck.engine import File, FileReport
from tfcheck.registry import all_rules
from tfcheck.rule import Severity
from tfcheck.script import Project, read_script
from tfcheck.script.data import Data
from tfcheck.script.held_out import held_out
from tfcheck.script.judgements import scaled
from tfcheck.script.training import Model
from tfcheck.script.values import Answer
from tfcheck.source import read_source

Change = Callable[[cst.CSTNode], "cst.CSTNode | cst.RemovalSentinel | None"]


@dataclass(frozen=True)
class Operator:
    """``change`` gives the node with the fault in it, or None where it does not apply."""

    name: str
    change: Change
    rules: frozenset[str]
    prelude: str = ""  # what the planted code needs, in front of the program
    spares: Callable[[str], bool] = lambda _: False  # whether it is no fault in this code


def literal(old: str, new: str) -> Change:
    """One text for another."""

    def change(node: cst.CSTNode) -> cst.CSTNode | None:
        if isinstance(node, cst.SimpleString) and node.evaluated_value == old:
            return cst.SimpleString(repr(new))
        return None

    return change


def argument(name: str, change_value: Callable[[cst.BaseExpression], cst.BaseExpression]) -> Change:
    """Another value for a keyword argument that is a number."""

    def change(node: cst.CSTNode) -> cst.CSTNode | None:
        if not m.matches(node, m.Arg(keyword=m.Name(name), value=m.Float() | m.Integer())):
            return None
        assert isinstance(node, cst.Arg)
        return node.with_changes(value=change_value(node.value))

    return change


def rate(factor: float) -> Change:
    """Another rate for an optimizer whose steps are as large as it says, whatever the gradient."""
    change_argument = argument("learning_rate", times(factor))

    def change(node: cst.CSTNode) -> cst.CSTNode | None:
        if not m.matches(node, call_of("Adam", "AdamW", "Adamax", "Nadam", "RMSprop")):
            return None
        assert isinstance(node, cst.Call)
        changed = [change_argument(each) for each in node.args]
        if not any(changed):
            return None
        return node.with_changes(
            args=[new or old for new, old in zip(changed, node.args, strict=True)]
        )

    return change


def is_shallow(code: str) -> bool:
    """Whether fewer than two hidden layers bend what they get."""
    return len(re.findall(r"\b(?:relu|tanh|gelu)\b", code)) < 2


def is_small_anyway(code: str) -> bool:
    """Whether all that models are trained on and given later has a small scale."""
    source = read_source(Path("mutant.py"), code.encode())
    script = read_script(source, Project())
    data = [each for run in script.runs for each in run.features]
    data += [held.x for run in script.runs for held in held_out(script, run)]
    known = [each for each in data if isinstance(each, Data)]
    entries = [
        entry for run in script.runs if isinstance(run.model, Model) for entry in run.model.entries
    ]
    small = bool(known) and all(scaled(each).answer is Answer.YES for each in known)
    return small or (bool(entries) and all(each.scales is Answer.YES for each in entries))


def is_shuffled_anyway(code: str) -> bool:
    """Whether what is trained on was shuffled, by a split or once and for all, before its batches.

    Then a batch holds examples of all kinds, and only that it holds the same ones is lost.
    """
    script = read_script(read_source(Path("mutant.py"), code.encode()), Project())
    datasets = [each.arguments.get("x") for each in script.runs]
    return all(_comes_shuffled(each) for each in datasets if isinstance(each, Data))


def _comes_shuffled(dataset: Data) -> bool:
    oldest_first = dataset.chain()[::-1]
    sliced = [each for each in oldest_first[0].elements or () if isinstance(each, Data)]
    if any(step.order == "shuffled" for each in sliced for step in each.chain()):
        return True
    names = [step.what for step in oldest_first]
    return "shuffle" in names[: names.index("batch")] if "batch" in names else False


def times(factor: float) -> Callable[[cst.BaseExpression], cst.BaseExpression]:
    def multiplied(value: cst.BaseExpression) -> cst.BaseExpression:
        assert isinstance(value, (cst.Float, cst.Integer))
        return cst.Float(repr(float(value.evaluated_value * factor)))

    return multiplied


def without_argument(name: str) -> Change:
    def change(node: cst.CSTNode) -> cst.CSTNode | None:
        if not isinstance(node, cst.Call):
            return None
        kept = [each for each in node.args if not m.matches(each, m.Arg(keyword=m.Name(name)))]
        return node.with_changes(args=kept) if len(kept) < len(node.args) else None

    return change


def without_layer(*names: str) -> Change:
    """A layer is taken from the list of a Sequential model."""

    def change(node: cst.CSTNode) -> cst.RemovalSentinel | None:
        if m.matches(node, m.Element(value=call_of(*names))):
            return cst.RemoveFromParent()
        return None

    return change


def unscaled_quotient(node: cst.CSTNode) -> cst.CSTNode | None:
    divisor = m.Float(value=m.MatchIfTrue(lambda text: text.startswith("255"))) | m.Integer("255")
    if m.matches(node, m.BinaryOperation(operator=m.Divide(), right=divisor)):
        assert isinstance(node, cst.BinaryOperation)
        return node.left
    return None


def unscaled_table(node: cst.CSTNode) -> cst.CSTNode | None:
    transform = m.Name("fit_transform") | m.Name("transform")
    receiver = m.Name(value=m.MatchIfTrue(lambda text: "scaler" in text))
    if m.matches(node, m.Call(func=m.Attribute(value=receiver, attr=transform))):
        assert isinstance(node, cst.Call)
        return node.args[0].value
    return None


def call_of(*names: str) -> m.Call:
    name = m.Name(m.MatchIfTrue(lambda text: text in names))
    return m.Call(func=name | m.Attribute(attr=name))


def integer_labels(node: cst.CSTNode) -> cst.CSTNode | None:
    if m.matches(node, call_of("to_categorical")):
        assert isinstance(node, cst.Call)
        return node.args[0].value
    return None


def batched_first(node: cst.CSTNode) -> cst.CSTNode | None:
    """``x.shuffle(n).batch(k)`` becomes ``x.batch(k).shuffle(n)``."""
    shuffle = m.Call(func=m.Attribute(attr=m.Name("shuffle")))
    if not m.matches(node, m.Call(func=m.Attribute(value=shuffle, attr=m.Name("batch")))):
        return None
    assert isinstance(node, cst.Call)
    assert isinstance(node.func, cst.Attribute)
    inner = node.func.value
    assert isinstance(inner, cst.Call)
    assert isinstance(inner.func, cst.Attribute)
    first = node.with_changes(func=node.func.with_changes(value=inner.func.value))
    return inner.with_changes(func=inner.func.with_changes(value=first))


def scaled_before_split(node: cst.CSTNode) -> cst.CSTNode | None:
    """What is split has been through a scaler that saw all of it."""
    if not m.matches(node, call_of("train_test_split")):
        return None
    assert isinstance(node, cst.Call)
    first = node.args[0]
    fit_transform = cst.parse_expression("PlantedScaler().fit_transform")
    scaled = cst.Call(fit_transform, [cst.Arg(first.value)])
    return node.with_changes(args=[first.with_changes(value=scaled), *node.args[1:]])


LABELS = frozenset({"label-encoding", "units-against-classes"})
UNSCALED = frozenset({"unscaled-features", "test-not-scaled", "wrong-preprocess-input"})
UNFLATTENED = frozenset({"missing-flatten", "bad-reshape"})
OPERATORS = (
    Operator(
        "one-hot loss on integer labels",
        literal("sparse_categorical_crossentropy", "categorical_crossentropy"),
        LABELS,
    ),
    Operator(
        "integer loss on one-hot labels",
        literal("categorical_crossentropy", "sparse_categorical_crossentropy"),
        LABELS,
    ),
    Operator(
        "squared error on classes",
        literal("binary_crossentropy", "mse"),
        frozenset({"mse-on-classification"}),
    ),
    Operator(
        "binary loss on softmax",
        literal("categorical_crossentropy", "binary_crossentropy"),
        frozenset({"softmax-with-binary-crossentropy"}),
    ),
    Operator(
        "sigmoid for softmax",
        literal("softmax", "sigmoid"),
        frozenset({"sigmoid-with-categorical"}),
    ),
    Operator(
        "softmax for sigmoid", literal("sigmoid", "softmax"), frozenset({"softmax-single-unit"})
    ),
    Operator("relu for softmax", literal("softmax", "relu"), frozenset({"relu-output"})),
    Operator(
        "no activation at the end",
        literal("sigmoid", "linear"),
        frozenset({"logits-without-from-logits"}),
    ),
    Operator(
        "logits that are none",
        without_argument("from_logits"),
        frozenset({"logits-without-from-logits"}),
    ),
    Operator("labels left as integers", integer_labels, LABELS),
    Operator(
        "rate times 100",
        rate(100),
        frozenset({"high-learning-rate"}),
        spares=is_shallow,
    ),
    Operator(
        "rate through 1000",
        rate(0.001),
        frozenset({"vanishing-learning-rate"}),
    ),
    Operator("pixels left as bytes", unscaled_quotient, UNSCALED, spares=is_small_anyway),
    Operator("table left as it is", unscaled_table, UNSCALED, spares=is_small_anyway),
    Operator(
        "no scaling layer",
        without_layer("Rescaling", "Normalization"),
        UNSCALED,
        spares=is_small_anyway,
    ),
    Operator("no flattening", without_layer("Flatten"), UNFLATTENED),
    Operator(
        "no early stopping",
        without_argument("callbacks"),
        frozenset({"no-early-stopping", "callback-not-passed"}),
    ),
    Operator(
        "scaled before the split",
        scaled_before_split,
        frozenset({"fit-before-split", "statistic-before-split"}),
        "from sklearn.preprocessing import StandardScaler as PlantedScaler\n",
    ),
    Operator(
        "batched before shuffled",
        batched_first,
        frozenset({"batch-before-shuffle"}),
        spares=is_shuffled_anyway,
    ),
    Operator(
        "steps lost between recurrent layers",
        without_argument("return_sequences"),
        frozenset({"rank-mismatch-layer"}),
    ),
    Operator(
        "a metric of another name",
        literal("val_accuracy", "val_acc"),
        frozenset({"monitor-not-logged"}),
    ),
    Operator(
        "the last weights, not the best",
        without_argument("restore_best_weights"),
        frozenset({"best-weights-not-restored"}),
    ),
    Operator(
        "dropout of nearly all",
        argument("rate", lambda _: cst.Float("0.95")),
        frozenset({"high-dropout"}),
    ),
)


@dataclass
class Planting(cst.CSTTransformer):
    """Applies ``change`` at the ``index``-th place where it applies."""

    change: Change
    index: int
    seen: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        super().__init__()

    def on_leave(  # type: ignore[override]
        self, original_node: cst.CSTNode, updated_node: cst.CSTNode
    ) -> cst.CSTNode | cst.RemovalSentinel:
        changed = self.change(original_node)
        if changed is None:
            return updated_node
        self.seen += 1
        return changed if self.seen - 1 == self.index else updated_node


def mutants(tree: cst.Module, operator: Operator) -> Iterator[str]:
    index = 0
    while True:
        planting = Planting(operator.change, index)
        mutated = tree.visit(planting)
        if index >= planting.seen:
            return
        yield operator.prelude + mutated.code
        index += 1


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("programs", nargs="*", type=Path)
    parser.add_argument("--examples", action="store_true", help="add those of the documentation")
    parser.add_argument("--misses", action="store_true", help="name what is not found")
    options = parser.parse_args()
    planted, found, used = Counter[str](), Counter[str](), 0
    programs = {path: path.read_bytes() for path in options.programs}
    if options.examples:
        programs.update(examples())
    for path, text in programs.items():
        if not is_sound(read(path, text)):
            print(f"left out: {path}")
            continue
        used += 1
        tree = cst.parse_module(text)
        for operator in OPERATORS:
            for number, code in enumerate(mutants(tree, operator), 1):
                if operator.spares(code):
                    continue
                planted[operator.name] += 1
                names = {each.name for each in read(path, code.encode()).findings}
                if names & operator.rules:
                    found[operator.name] += 1
                elif options.misses:
                    print(f"missed: {operator.name}, place {number} of {path}: {sorted(names)}")
    report(used, planted, found)
    return 0


def examples() -> dict[Path, bytes]:
    """The sound programs that rules show, under paths where nothing lies beside them."""
    shown = {}
    for rule in all_rules():
        section = rule.documentation.partition("## Use instead")[2]
        code = section.partition("```python\n")[2].partition("```")[0]
        if code:
            shown[Path("/examples", f"{rule.name}.py")] = code.encode()
    return shown


def read(path: Path, data: bytes) -> FileReport:
    """What is found in ``data``, as if it stood at ``path``."""
    return Checker()(File(str(path), Settings(), data))


def is_sound(report: FileReport) -> bool:
    quiet = all(each.severity is Severity.NOTE for each in report.findings)
    return quiet and report.runs > 0 and not report.unresolved and not report.errors


def report(used: int, planted: Counter[str], found: Counter[str]) -> None:
    print(f"{used} programs")
    for operator in OPERATORS:
        if planted[operator.name]:
            print(f"{operator.name:36} {found[operator.name]:4} of {planted[operator.name]:4}")
    total: Sequence[int] = found.total(), planted.total()
    print(f"{'all':36} {total[0]:4} of {total[1]:4} ({total[0] / max(1, total[1]):.0%})")


if __name__ == "__main__":
    sys.exit(main())
