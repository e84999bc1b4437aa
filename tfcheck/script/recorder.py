"""Gathers the training runs of a script while it is interpreted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from tfcheck.rule import Site
from tfcheck.script import effects
from tfcheck.script.architecture import describe_model, trainable_flags
from tfcheck.script.data import Data, Scaling, Shape
from tfcheck.script.effects.keras_objects import OPTIMIZER_DEFAULTS
from tfcheck.script.names import function_name
from tfcheck.script.reports import Reported, reports
from tfcheck.script.store import Compile, DictState, ListState, ModelState, ObjectState, State
from tfcheck.script.training import (
    NOT_COMPILED,
    Callback,
    Compiled,
    Head,
    Loss,
    Metric,
    Model,
    Optimizer,
    TrainingRun,
)
from tfcheck.script.uses import Decision, Mention, Unread, Use, owner_of
from tfcheck.script.values import (
    NONE,
    Answer,
    Class,
    Const,
    Function,
    Ref,
    Symbol,
    Tuple,
    Unknown,
    Value,
    constant,
    number,
    options,
    string,
)

if TYPE_CHECKING:
    from tfcheck.script.calls import Call
    from tfcheck.script.interpreter import Interpreter

_USES_TRAINED = frozenset(
    f"model.{name}" for name in ("load_weights", "set_weights", "predict", "predict_generator")
)

# Keyword arguments that only the fit of a Keras model takes.
_ONLY_KERAS = frozenset(
    "epochs nb_epoch batch_size validation_data validation_split steps_per_epoch "
    "validation_steps".split()
)


class Recorder:
    """The runs of one script; ``main`` are the units of the file that was asked about."""

    def __init__(self, main: frozenset[int]) -> None:
        self.main = main
        self.runs: list[TrainingRun] = []
        self.compilations: list[TrainingRun] = []
        self.uses: list[Use] = []
        self.mentions: dict[tuple[Site, str], Mention] = {}
        self.decisions: dict[Site, Decision] = {}
        self.assigned: dict[Site, Unread] = {}
        self._silent = 0

    def mark(self) -> tuple[int, int, int]:
        return len(self.runs), len(self.compilations), len(self.uses)

    def take_back(self, mark: tuple[int, int, int]) -> None:
        runs, compilations, uses = mark
        del self.runs[runs:]
        del self.compilations[compilations:]
        del self.uses[uses:]

    @contextmanager
    def silence(self) -> Iterator[None]:
        """Nothing is recorded while another file is imported, or a model is only looked at."""
        self._silent += 1
        try:
            yield
        finally:
            self._silent -= 1

    def use(
        self,
        call: Call,
        path: str,
        result: Value,
        receiver: Value | None = None,
        state: State | None = None,
    ) -> None:
        """A call of something of a library; ``state`` is what ``receiver`` was before it."""
        if self._silent:
            return
        interpreter = call.interpreter
        self.uses.append(
            Use(  # by position, because this is made for every call
                path,
                call.spelled if receiver is None else "",
                self._here(call),
                call.site,
                call.named,
                call.args,
                call.keywords,
                call.more,
                receiver,
                state,
                result,
                call.discarded,
                interpreter.entered,
                interpreter.loops,
                interpreter.branches,
                interpreter.guards > 0,
                interpreter.tapes,
                interpreter.traced,
            )
        )

    def decide(self, interpreter: Interpreter, kind: str, value: Value, site: Site) -> None:
        """A statement goes one way or another, or round, as a value says."""
        traced = interpreter.traced
        if self._silent or traced is None or not effects.is_symbolic(value):
            return
        if site.unit in self.main:
            self.decisions[site] = Decision(kind, site, traced, interpreter.guards > 0)

    def mention(self, interpreter: Interpreter, symbol: Symbol, site: Site, kind: str) -> None:
        """A name of a library, where the file that was asked about writes it."""
        key = site, symbol.spelled
        if site.unit in self.main and key not in self.mentions:
            self.mentions[key] = Mention(
                symbol.path,
                symbol.spelled,
                site,
                kind,
                interpreter.branches,
                interpreter.guards > 0,
            )

    def member(self, interpreter: Interpreter, receiver: Ref, name: str, site: Site) -> None:
        """An attribute of an object of Keras, where no class of the project gives it."""
        state = interpreter.store.get(receiver)
        if not isinstance(state, (ModelState, ObjectState)) or name in state.attributes:
            return
        if isinstance(state.of, Class) and (state.of.lookup(name) or not state.of.closed):
            return
        owner = owner_of(receiver, state)
        if owner is not None and (owner == "model" or owner.startswith("keras.")):
            path = f"{owner}.{name}"
            self.mention(interpreter, Symbol(path, path), site, "member")

    def assign(self, interpreter: Interpreter, name: str, value: Value, site: Site) -> None:
        """A variable is set: kept where it holds objects of a library, or what a scaler made."""
        if self._silent or site.unit not in self.main:
            return
        values = interpreter.calls.items(value) if isinstance(value, Ref) else None
        held = tuple(values) if values else (value,)
        states = [interpreter.store.state(each, ObjectState) for each in held]
        objects = all(state is not None and isinstance(state.of, str) for state in states)
        if objects or (isinstance(value, Data) and value.scaling is Scaling.SCALES):
            self.assigned[site] = Unread(name, site, held)

    def unread(self, texts: Iterable[str]) -> tuple[Unread, ...]:
        """The variables whose names are written where they are set, and nowhere else."""
        whole = "\n".join(texts) if self.assigned else ""
        times = Counter(each.name for each in self.assigned.values())
        unread = {name for name, often in times.items() if _count(name, whole, often + 1) == often}
        return tuple(each for each in self.assigned.values() if each.name in unread)

    def _here(self, call: Call) -> Site:
        """The call, or the one in the file that was asked about that led to it."""
        if call.site.unit in self.main:
            return call.site
        sites = reversed(call.interpreter.call_sites)
        return next((site for site in sites if site.unit in self.main), call.site)

    def fit(self, call: Call, method: str, arguments: Mapping[str, Value]) -> None:
        """``fit`` of a model, for each way in which it may have been compiled."""
        if self._silent:
            return
        reference = call.receiver
        assert isinstance(reference, Ref)
        state = call.interpreter.store.state(reference, ModelState)
        assert state is not None
        features, _ = _data(call.interpreter, arguments, call.site)
        fed = tuple(map(_fed, features))
        model = describe_model(call.interpreter, reference, call.site, fed)
        late = self._late(call, reference, state) if method == "fit" else ()
        ways: list[Compiled | Unknown] = [
            _compiled(call.interpreter, each, model) for each in state.compiles
        ]
        for compiled in ways or [Unknown(NOT_COMPILED, state.site)]:
            self._record(call, method, arguments, model, compiled)
            self.runs[-1] = replace(self.runs[-1], late=late)

    @staticmethod
    def _late(call: Call, reference: Ref, state: ModelState) -> tuple[Const, ...]:
        """What changed what is trainable since the first ``fit`` after ``compile``."""
        flags = trainable_flags(call.interpreter, reference)
        if state.began is None:
            call.interpreter.store.set(reference, replace(state, began=flags))
            return ()
        before = {layer: flag.value for layer, flag in state.began.items()}
        return tuple(
            flag for layer, flag in flags.items() if before.get(layer, True) is not flag.value
        )

    def compiled(self, call: Call, reference: Ref) -> None:
        """``compile`` of a model, which need not be trained in what is read."""
        state = call.interpreter.store.state(reference, ModelState)
        if self._silent or state is None or state.kind not in ("sequential", "functional"):
            return
        model = describe_model(call.interpreter, reference, call.site)
        compiled = _compiled(call.interpreter, state.compiles[0], model)
        here = self._here(call)
        self.compilations.append(
            TrainingRun(here, call.site, "compile", model, compiled, units=self.main)
        )

    def untrained(self) -> tuple[TrainingRun, ...]:
        """What is compiled in a file that trains nothing, as it is made for others to train.

        Beside a run, a compilation of its own is a formality: of a generator, of a model that only
        predicts. So it is for a model that gets its weights from a file, or predicts untrained.
        """
        if self.runs:
            return ()
        used = {use.receiver for use in self.uses if use.path in _USES_TRAINED}
        return tuple(
            each
            for each in self.compilations
            if isinstance(each.model, Model) and each.model.reference not in used
        )

    def search(self, call: Call, model: Value, arguments: Mapping[str, Value]) -> None:
        """A search over models: one run of the model that the script would build."""
        for option in options(model):
            if isinstance(option, Ref) and call.interpreter.store.state(option, ModelState):
                call.receiver = option
                self.fit(call, "search", arguments)
                return
        self.unresolved(call, "search", "the model that is searched for")

    def unresolved(self, call: Call, method: str, reason: str) -> None:
        """A training run of something that could not be read."""
        if self._silent:
            return
        lost = call.receiver if isinstance(call.receiver, Unknown) else call.lost(reason)
        self._record(call, method, dict(call.keywords), lost, lost)

    def maybe_fit(self, call: Call, method: str) -> None:
        """``fit`` of something unknown: a training run where only Keras takes what is passed."""
        if _ONLY_KERAS & call.keywords.keys():
            self.unresolved(call, method, "a model that is not known")

    def tape(self, call: Call, model: Value) -> None:
        """A step of a training loop: the gradients of a model's variables.

        In ``train_step`` it belongs to the ``fit`` that calls it.
        """
        functions = (frame.function for frame in call.interpreter.frames)
        if self._silent or any(each and each.code.name == "train_step" for each in functions):
            return
        described: Model | Unknown = call.lost("the model whose gradients are taken")
        if isinstance(model, Ref) and call.interpreter.store.state(model, ModelState):
            described = describe_model(call.interpreter, model, call.site)
        self._record(call, "GradientTape", {}, described, call.lost("no optimizer is applied"))

    def applied(self, interpreter: Interpreter, optimizer: Value) -> None:
        """An optimizer applies the gradients of the newest tape."""
        if self._silent or not self.runs or self.runs[-1].method != "GradientTape":
            return
        run = self.runs[-1]
        if isinstance(run.compiled, Unknown):
            found = _optimizer(interpreter, optimizer, run.call)
            lost = Unknown("the loss of a training loop", run.call)
            self.runs[-1] = replace(run, compiled=Compiled(run.call, found, (lost,), ()))

    def _record(
        self,
        call: Call,
        method: str,
        arguments: Mapping[str, Value],
        model: Model | Unknown,
        compiled: Compiled | Unknown,
    ) -> None:
        interpreter = call.interpreter
        features, labels = _data(interpreter, arguments, call.site)
        callbacks = arguments.get("callbacks", call.more or NONE)
        run = TrainingRun(
            site=self._here(call),
            call=call.site,
            method=method,
            model=model,
            compiled=compiled,
            features=features,
            labels=labels,
            arguments=arguments,
            callbacks=_callbacks(interpreter, callbacks, call),
            listed=_is_listed(interpreter, callbacks),
            validated=_validated(arguments, call.more),
            in_loop=interpreter.in_loop,
            more=call.more,
            units=self.main,
        )
        self.runs.append(run)


def _count(word: str, text: str, most: int) -> int:
    """How often a text has a word that is no attribute; it is read no further than to ``most``."""
    count = 0
    start = text.find(word)
    while start >= 0 and count < most:
        end = start + len(word)
        before, after = text[start - 1 : start], text[end : end + 1]
        within = before.isalnum() or before in ("_", ".") or after.isalnum() or after == "_"
        count += not within
        start = text.find(word, end)
    return count


# Compilation


def _compiled(interpreter: Interpreter, made: Compile, model: Model) -> Compiled:
    losses = tuple(_loss(interpreter, each, made.site) for each in _each(interpreter, made.loss))
    if len(losses) == 1 and len(model.heads) > 1:
        losses *= len(model.heads)
    return Compiled(
        made.site,
        _optimizer(interpreter, made.optimizer, made.site),
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
    several = sum(constant(each) is not None for each in _each(interpreter, made.loss)) > 1
    if not alone or several or made.more is not None or model.touched or model.own_training:
        return None
    given = (made.metrics, made.arguments.get("weighted_metrics", NONE))
    metrics = (each for value in given for each in _flat(interpreter, value))
    return reports(interpreter.store, (each for each in metrics if constant(each) is not None))


def _each(interpreter: Interpreter, value: Value) -> tuple[Value, ...]:
    """One loss, or those of a list or dict."""
    state = interpreter.store.state(value, DictState)
    if state is not None:
        return (*state.items.values(), *([state.more] if state.more else []))
    listed = interpreter.store.state(value, ListState)
    if listed is not None:
        return (*listed.items, *([listed.rest] if listed.rest is not None else []))
    return value.items if isinstance(value, Tuple) else (value,)


def _flat(interpreter: Interpreter, value: Value) -> Iterator[Value]:
    for each in _each(interpreter, value):
        if each is value:
            yield each
        else:
            yield from _flat(interpreter, each)


def _optimizer(interpreter: Interpreter, value: Value, site: Site) -> Optimizer | Unknown:
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


# What is passed to fit


def _data(
    interpreter: Interpreter, arguments: Mapping[str, Value], site: Site
) -> tuple[tuple[Value, ...], tuple[Value, ...]]:
    """What goes into the model and what it is to give, from arrays or from what yields both."""
    x, y = arguments.get("x"), arguments.get("y", NONE)
    if x is None:
        return (), ()
    if constant(y) is None and isinstance(x, Data) and x.elements:
        elements = x.elements
        x, y = elements[0], elements[1] if len(elements) > 1 else NONE
    labels = () if constant(y) is None else _parts(interpreter, y, site)
    return _parts(interpreter, x, site), labels


def _fed(value: Value) -> Shape | None:
    """The shape in which an array enters a model, where it is fed as it is."""
    if not isinstance(value, Data) or value.form not in ("array", "frame") or not value.shape:
        return None
    return (None, *value.shape[1:]) if len(value.shape) > 1 else None


def _parts(interpreter: Interpreter, value: Value, site: Site) -> tuple[Value, ...]:
    """One array, or those of a list, tuple or dict of arrays; literal lists become arrays."""
    array = effects.as_data(interpreter, value, site)
    return (array,) if array is not None else _each(interpreter, value)


def _callbacks(
    interpreter: Interpreter, value: Value, call: Call
) -> tuple[Callback | Unknown, ...]:
    if constant(value) is None:
        return ()
    return tuple(
        _callback(interpreter, each, call.site)
        for item in _each(interpreter, value)
        for each in options(item)
        if constant(each) is not None
    )


def _is_listed(interpreter: Interpreter, value: Value) -> bool:
    return isinstance(value, Tuple) or interpreter.store.state(value, ListState) is not None


def _callback(interpreter: Interpreter, value: Value, site: Site) -> Callback | Unknown:
    state = interpreter.store.state(value, ObjectState)
    if state is None:
        return (
            value if isinstance(value, Unknown) else Unknown("a callback that is not known", site)
        )
    of = state.of if isinstance(state.of, Class) else None
    name = state.path.rpartition(".")[2]
    config = {**state.config, **state.attributes}
    return Callback(name, state.site, config, state.more, of, state.path)


def _validated(arguments: Mapping[str, Value], more: Unknown | None) -> Answer:
    ways = (_split_off(arguments), _validation_data(arguments.get("validation_data", more or NONE)))
    for answer in (Answer.YES, Answer.UNKNOWN):
        if answer in ways:
            return answer
    return Answer.NO


def _split_off(arguments: Mapping[str, Value]) -> Answer:
    split = arguments.get("validation_split", NONE)
    if constant(split) is None:
        return Answer.NO
    found = number(split)
    return Answer.YES if found or found is None else Answer.NO


def _validation_data(given: Value) -> Answer:
    if isinstance(given, Unknown):
        return Answer.UNKNOWN
    absent = [constant(each) is None for each in options(given)]
    if all(absent):
        return Answer.NO
    return Answer.UNKNOWN if any(absent) else Answer.YES
