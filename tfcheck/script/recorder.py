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
from tfcheck.script.compilation import compiled_as, optimizer_of
from tfcheck.script.data import Data, Scaling
from tfcheck.script.fed import callbacks_of, data_of, is_listed, shape_fed, validated
from tfcheck.script.store import ModelState, ObjectState, State
from tfcheck.script.training import NOT_COMPILED, Compiled, Model, TrainingRun
from tfcheck.script.uses import Decision, Mention, Unread, Use, owner_of
from tfcheck.script.values import NONE, Class, Const, Ref, Symbol, Unknown, Value, options

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
        features, _ = data_of(call.interpreter, arguments, call.site)
        fed = tuple(map(shape_fed, features))
        model = describe_model(call.interpreter, reference, call.site, fed)
        late = self._late(call, reference, state) if method == "fit" else ()
        ways: list[Compiled | Unknown] = [
            compiled_as(call.interpreter, each, model) for each in state.compiles
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
        compiled = compiled_as(call.interpreter, state.compiles[0], model)
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
            found = optimizer_of(interpreter, optimizer, run.call)
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
        features, labels = data_of(interpreter, arguments, call.site)
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
            callbacks=callbacks_of(interpreter, callbacks, call),
            listed=is_listed(interpreter, callbacks),
            validated=validated(arguments, call.more),
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
