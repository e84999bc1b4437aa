"""What ``compile`` makes of a model: its optimizer, losses and metrics."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from tfcheck.rule import Site
from tfcheck.script.effects.keras_objects import OPTIMIZER_DEFAULTS
from tfcheck.script.names import function_name
from tfcheck.script.reports import Reported, reports
from tfcheck.script.store import Compile, DictState, ListState, ObjectState
from tfcheck.script.training import Compiled, Head, Loss, Metric, Model, Optimizer
from tfcheck.script.values import (
    NONE,
    Answer,
    Const,
    Function,
    Symbol,
    Tuple,
    Unknown,
    Value,
    constant,
    string,
)

if TYPE_CHECKING:
    from tfcheck.script.interpreter import Interpreter


def compiled_as(interpreter: Interpreter, made: Compile, model: Model) -> Compiled:
    losses = tuple(_loss(interpreter, each, made.site) for each in each_of(interpreter, made.loss))
    if len(losses) == 1 and len(model.heads) > 1:
        losses *= len(model.heads)
    return Compiled(
        made.site,
        optimizer_of(interpreter, made.optimizer, made.site),
        losses,
        tuple(
            _metric(interpreter, each, made.site)
            for each in _flat(interpreter, made.metrics)
            if constant(each) is not None
        ),
        _reports(interpreter, made, model),
    )


def _reports(interpreter: Interpreter, made: Compile, model: Model) -> tuple[Reported, ...] | None:
    """How the metrics are logged, where no names of outputs come in front."""
    alone = model.kind == "sequential" or (
        len(model.heads) == 1 and isinstance(model.heads[0], Head)
    )
    several = sum(constant(each) is not None for each in each_of(interpreter, made.loss)) > 1
    if not alone or several or made.more is not None or model.touched or model.own_training:
        return None
    given = (made.metrics, made.arguments.get("weighted_metrics", NONE))
    metrics = (each for value in given for each in _flat(interpreter, value))
    return reports(interpreter.store, (each for each in metrics if constant(each) is not None))


def each_of(interpreter: Interpreter, value: Value) -> tuple[Value, ...]:
    """One loss, or those of a list or dict."""
    state = interpreter.store.state(value, DictState)
    if state is not None:
        return (*state.items.values(), *([state.more] if state.more else []))
    listed = interpreter.store.state(value, ListState)
    if listed is not None:
        return (*listed.items, *([listed.rest] if listed.rest is not None else []))
    return value.items if isinstance(value, Tuple) else (value,)


def _flat(interpreter: Interpreter, value: Value) -> Iterator[Value]:
    for each in each_of(interpreter, value):
        if each is value:
            yield each
        else:
            yield from _flat(interpreter, each)


def optimizer_of(interpreter: Interpreter, value: Value, site: Site) -> Optimizer | Unknown:
    name = string(value)
    if name is not None:
        assert isinstance(value, Const)
        where = value.site or site
        return Optimizer(name.lower(), where, name, default=value.default, defaults=_defaults(name))
    state = interpreter.store.state(value, ObjectState)
    if state is not None and isinstance(state.of, str):
        name = state.path.rpartition(".")[2].lower()
        defaults = _defaults(name) if state.path.startswith("keras.optimizers.") else {}
        config = {**state.config, **state.attributes}  # opt.learning_rate = 0.1
        return Optimizer(name, state.site, None, config, state.more, defaults=defaults)
    return value if isinstance(value, Unknown) else Unknown("the optimizer is not known", site)


def _defaults(name: str) -> Mapping[str, Value]:
    settings = OPTIMIZER_DEFAULTS.get(name.lower(), {})
    return {setting: Const(value) for setting, value in settings.items()}


def _loss(interpreter: Interpreter, value: Value, site: Site) -> Loss | Unknown:
    name = string(value)
    if name is not None:
        where = value.site if isinstance(value, Const) and value.site else site
        return Loss(function_name(name), where)
    if isinstance(value, Symbol) and value.path.startswith("keras."):
        return Loss(function_name(value.name), site)
    state = interpreter.store.state(value, ObjectState)
    if state is not None and state.path.startswith("keras.losses."):
        logits = state.config.get("from_logits", state.more)
        return Loss(
            function_name(state.path.rpartition(".")[2]), state.site, _yes(logits), state.config
        )
    if isinstance(value, Function):
        return Unknown(f"{value.code.name} is a loss of the project", site)
    if isinstance(value, Const) and value.value is None:
        return Unknown("no loss is given", site)
    return value if isinstance(value, Unknown) else Unknown("the loss is not known", site)


def _yes(value: Value | None) -> Answer:
    if value is None:
        return Answer.NO
    found = constant(value)
    if not isinstance(found, (bool, int)):
        return Answer.UNKNOWN
    return Answer.YES if found else Answer.NO


def _metric(interpreter: Interpreter, value: Value, site: Site) -> Metric | Unknown:
    name = string(value)
    if name is not None:
        where = value.site if isinstance(value, Const) and value.site else site
        return Metric(function_name(name), where)
    if isinstance(value, Symbol):
        return Metric(function_name(value.name), site, value.path)
    state = interpreter.store.state(value, ObjectState)
    if state is not None:
        name = function_name(state.path.rpartition(".")[2])
        return Metric(name, state.site, state.path, state.config, state.more)
    return value if isinstance(value, Unknown) else Unknown("a metric", site)
