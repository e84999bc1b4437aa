"""What was read of a script, as text: each training run with each fact, and each loss of one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from tfcheck.rule import Because, Location, Site
from tfcheck.script import Script
from tfcheck.script.data import Data
from tfcheck.script.judgements import Judged, label_kind, part, scaled
from tfcheck.script.training import (
    Callback,
    Compiled,
    Head,
    Layer,
    Loss,
    Metric,
    Model,
    Optimizer,
    TrainingRun,
)
from tfcheck.script.values import Answer, Const, Unknown, Value

# Arguments of fit that are shown by name where they are passed.
_SETTINGS = ("batch_size", "validation_split", "shuffle", "class_weight", "steps_per_epoch")


class _Line(NamedTuple):
    depth: int
    text: str
    site: Site | None = None


def render(script: Script) -> str:
    """The text that ``tfcheck show`` prints."""
    lines = [line for run in script.runs for line in _run(run)]
    places = script.locate({line.site for line in lines if line.site is not None})
    problems = [f"could not be read: {each.message} ({_row(each)})" for each in script.problems]
    summary = f"{script.source.path}: {_count(len(script.runs), 'training run')}"
    return "\n".join([summary, *problems, *(_text(line, script, places) for line in lines)]) + "\n"


def _row(problem: object) -> str:
    cell, row = getattr(problem, "cell", None), getattr(problem, "row", 1)
    return f"cell {cell}, line {row}" if cell else f"line {row}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _text(line: _Line, script: Script, places: Mapping[Site, Location]) -> str:
    where = ""
    if line.site is not None:
        place = places[line.site]
        where = f"cell {place.cell}, line {place.row}" if place.cell else f"line {place.row}"
        if place.filename != script.source.path:
            where = f"{place.filename}, {where}"
        where = f"  ({where})"
    return "  " * line.depth + line.text + where


def _run(run: TrainingRun) -> Iterator[_Line]:
    resolved = "" if run.resolved else ", not resolved"
    yield _Line(0, f"\n{run.method}{resolved}", run.call)
    yield from _model(run.model)
    yield from _compiled(run.compiled)
    for name, values in (("features", run.features), ("labels", run.labels)):
        for value in values:
            yield from _data(name, value, run.call)
    yield from _pipeline(run.arguments.get("x"))
    yield _Line(1, f"validation: {run.validated.value}")
    yield from _setting("epochs", run.epochs)
    for name in _SETTINGS:
        if name in run.arguments:
            yield from _setting(name, run.arguments[name])
    if run.in_loop:
        yield _Line(1, "inside a loop")
    for each in run.callbacks:
        yield from _known("callback", each)


def _setting(name: str, value: Value) -> Iterator[_Line]:
    if isinstance(value, Const):
        assumed = " by default" if value.default else ""
        yield _Line(1, f"{name}: {value.value!r}{assumed}", value.default or value.site)
    elif isinstance(value, Unknown):
        yield from _lost(name, value)
    else:
        yield _Line(1, f"{name}: given")


def _lost(name: str, unknown: Unknown, depth: int = 1) -> Iterator[_Line]:
    yield _Line(depth, f"{name}: unknown, {unknown.reason}", unknown.site)


def _model(model: Model | Unknown) -> Iterator[_Line]:
    if isinstance(model, Unknown):
        yield from _lost("model", model)
        return
    yield _Line(1, f"model: {model.name}, {model.kind}", model.site)
    for why in (model.lost, model.touched):
        if why is not None:
            yield from _lost("not all of it", why, 2)
    for layer in model.layers:
        yield from _layer(layer, model, 2)
    for entry in model.entries:
        decides = entry.layer.name if entry.layer else ""
        reason = f" {entry.reason.reason}" if entry.reason else ""
        yield _Line(2, f"first layers scale: {entry.scales.value} {decides}{reason}".rstrip())
    for head in model.heads:
        yield from _head(head)
    if model.own_training:
        yield _Line(2, "it trains by itself")


def _layer(layer: Layer | Unknown, model: Model, depth: int) -> Iterator[_Line]:
    if isinstance(layer, Unknown):
        yield from _lost("layer", layer, depth)
        return
    arguments = ", ".join(f"{name}={_plain(value)}" for name, value in layer.config.items())
    yield _Line(depth, f"{layer.name}({arguments}){_output(model, layer)}", layer.site)
    for broken in model.shapes.breaks:
        if broken.node.layer is layer:
            yield _Line(depth + 1, f"cannot be built: {broken.message}", broken.node.site)
    for each in layer.layers:
        yield from _layer(each, model, depth + 1)


def _output(model: Model, layer: Layer) -> str:
    flow = model.shapes.of(layer)
    if flow is None or flow.output is None:
        return ""
    return f" -> ({', '.join('?' if each is None else str(each) for each in flow.output)})"


def _plain(value: Value) -> str:
    if isinstance(value, Const):
        return repr(value.value)
    items = getattr(value, "items", None)
    if isinstance(items, tuple):
        return f"({', '.join(map(_plain, items))})"
    return "unknown" if isinstance(value, Unknown) else "…"


def _head(head: Head | Unknown) -> Iterator[_Line]:
    if isinstance(head, Unknown):
        yield from _lost("output", head, 2)
        return
    units = "unknown" if head.units is None else head.units
    activation = head.activation or "an unknown activation"
    yield _Line(2, f"output: {units} units, {activation}", head.activation_site)


def _compiled(compiled: Compiled | Unknown) -> Iterator[_Line]:
    if isinstance(compiled, Unknown):
        yield from _lost("compile", compiled)
        return
    yield from _known("optimizer", compiled.optimizer)
    if isinstance(compiled.optimizer, Optimizer):
        yield from _defaults(compiled.optimizer)
    for loss in compiled.losses:
        yield from _known("loss", loss)
    for metric in compiled.metrics:
        yield from _known("metric", metric)


def _defaults(optimizer: Optimizer) -> Iterator[_Line]:
    left = {
        name: value
        for name, value in optimizer.defaults.items()
        if name not in optimizer.config and optimizer.more is None
    }
    if left:
        settings = ", ".join(f"{name}={_plain(value)}" for name, value in left.items())
        yield _Line(2, f"by default: {settings}")


def _known(what: str, fact: Optimizer | Loss | Metric | Callback | Unknown) -> Iterator[_Line]:
    if isinstance(fact, Unknown):
        yield from _lost(what, fact)
        return
    config = getattr(fact, "config", {})
    arguments = ", ".join(f"{name}={_plain(value)}" for name, value in config.items())
    yield _Line(1, f"{what}: {fact.name}{f'({arguments})' if arguments else ''}", fact.site)


def _data(name: str, value: Value, call: Site) -> Iterator[_Line]:
    if isinstance(value, Unknown):
        yield from _lost(name, value)
        return
    if not isinstance(value, Data):
        yield _Line(1, f"{name}: unknown, it is no data that is followed", call)
        return
    yield _Line(1, f"{name}: {', '.join(_facts(value))}", value.site)
    if name == "features":
        yield from _scaled(scaled(value))


def _pipeline(value: Value | None) -> Iterator[_Line]:
    """The steps of a dataset, in the order in which they are taken."""
    if isinstance(value, Data) and value.form == "dataset":
        steps = " > ".join(step.what for step in reversed(value.chain()))
        yield _Line(1, f"dataset: {steps}", value.site)


def _facts(data: Data) -> Iterable[str]:
    yield data.what
    if data.shape is not None:
        yield f"shape ({', '.join('?' if each is None else str(each) for each in data.shape)})"
    if data.dtype is not None:
        yield data.dtype
    kind = label_kind(data)
    if kind is not None and kind[0] != "other":
        yield kind[0] if kind[1] is None else f"{kind[0]}, {kind[1]} classes"
    piece = part(data)
    if piece is not None:
        yield f"{piece.role} part"


def _scaled(judged: Judged) -> Iterator[_Line]:
    how = f", {judged.how}" if judged.how else ""
    yield _Line(2, f"scaled: {judged.answer.value}{how}")
    for because in judged.because if judged.answer is not Answer.UNKNOWN else judged.because[:1]:
        yield _because(because)


def _because(because: Because) -> _Line:
    return _Line(3, because.message, because.site)
