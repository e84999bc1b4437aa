"""What a script does: a libcst tree in, a Script out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tfcheck.rule import Location, Site
from tfcheck.script.calls import Call
from tfcheck.script.interpreter import BudgetSpent, Interpreter
from tfcheck.script.modules import Lowered, Modules, Project
from tfcheck.script.recorder import Recorder
from tfcheck.script.store import Scope
from tfcheck.script.training import TrainingRun
from tfcheck.script.uses import Decision, Mention, Unread, Use, Uses
from tfcheck.script.values import Class, Const, Function, Method, Unknown, Value
from tfcheck.source import Problem, Source
from tfcheck.targets import NEWEST, Targets

__all__ = [
    "Decision",
    "Mention",
    "Project",
    "Script",
    "TrainingRun",
    "Unread",
    "Use",
    "Uses",
    "read_script",
]


@dataclass(frozen=True, slots=True)
class Script:
    """What was read of one file, and the problems met while reading it.

    ``units`` number the parsed pieces of the file itself, apart from those of what it imports.
    ``targets`` are the versions of Keras and TensorFlow that it is meant for.
    ``untrained`` are the models that a file without any run compiles, as runs without data.
    """

    source: Source
    project: Project
    units: frozenset[int] = frozenset()
    runs: tuple[TrainingRun, ...] = ()
    untrained: tuple[TrainingRun, ...] = ()
    uses: Uses = field(default_factory=Uses)
    mentions: tuple[Mention, ...] = ()
    unread: tuple[Unread, ...] = ()
    decisions: tuple[Decision, ...] = ()
    problems: tuple[Problem, ...] = ()
    targets: Targets = NEWEST

    @property
    def compilations(self) -> tuple[TrainingRun, ...]:
        """The training runs, and what is compiled for others to train."""
        return self.runs + self.untrained

    def locate(self, sites: Iterable[Site]) -> Mapping[Site, Location]:
        """Find the lines of ``sites``; all at once, for each call may parse a file once more."""
        return self.project.locate(sites)

    def holds(self, outer: Site, inner: Site) -> bool:
        """Whether ``inner`` is written within ``outer``: what a call is passed, in the call."""
        return self.project.holds(outer, inner)

    def together(self, *sites: Site) -> bool:
        """Whether sites are written at the same level: of the file, or of one function."""
        return len({self.project.function_of(each) for each in sites}) == 1


def read_script(source: Source, project: Project, targets: Targets = NEWEST) -> Script:
    """Interpret a file from top to bottom, then the functions that nothing in it calls."""
    lowered = project.lower(source)
    main = frozenset(unit.number for unit in lowered.units)
    recorder = Recorder(main)
    interpreter = Interpreter(Modules(project, lowered), recorder)
    project.until_let_go(interpreter)
    problems = list(lowered.problems)
    try:
        _run(interpreter, lowered)
        _visit_uncalled(interpreter)
    except BudgetSpent:
        problems.append(Problem("it is longer than is followed: what comes later was not read"))
    except RecursionError:
        problems.append(Problem("it is nested deeper than is followed: not all of it was read"))
    return Script(
        source,
        project,
        main,
        tuple(recorder.runs),
        recorder.untrained(),
        Uses(recorder.uses),
        tuple(recorder.mentions.values()),
        recorder.unread(block.text for block in source.blocks),
        tuple(recorder.decisions.values()),
        tuple(problems),
        targets,
    )


def _run(interpreter: Interpreter, lowered: Lowered) -> None:
    scope = Scope()
    for unit in lowered.units:
        interpreter.run(unit.body, scope, unit.number)


def _visit_uncalled(interpreter: Interpreter) -> None:
    """Enter what the file defines and never calls, as a library's user would."""
    for function in list(interpreter.functions):
        if function.code not in interpreter.calls.contexts:
            _visit(interpreter, function, None)
    for each in list(interpreter.classes):
        _visit_class(interpreter, each)


def _visit_class(interpreter: Interpreter, of: Class) -> None:
    methods = [
        each
        for each in of.scope.names.values()
        if isinstance(each, Function) and each.code not in interpreter.calls.contexts
    ]
    if not methods:
        return
    constructor = of.lookup("__init__")
    call = Call(interpreter, of.site)
    if isinstance(constructor, Function):
        call.keywords, call.more = _assumed(constructor, bound=True), _rest(constructor)
    interpreter.frames.append(interpreter.module_frame(of.site.unit))
    receiver = interpreter.calls.instantiate(of, call)
    interpreter.frames.pop()
    for each in methods:
        if each.code not in interpreter.calls.contexts:
            _visit(interpreter, each, receiver)


def _visit(interpreter: Interpreter, function: Function, receiver: Value | None) -> None:
    site = Site(function.unit, function.code.at)
    bound = receiver is not None and "staticmethod" not in function.decorators
    call = Call(interpreter, site, keywords=_assumed(function, bound), more=_rest(function))
    called: Value = function if receiver is None else Method(receiver, function.code.name, function)
    interpreter.frames.append(interpreter.module_frame(function.unit))
    interpreter.calls.call(called, call)
    interpreter.frames.pop()


def _rest(function: Function) -> Unknown | None:
    """What ``*args`` and ``**kwargs`` may bring where nobody makes the call."""
    site = Site(function.unit, function.code.at)
    for parameter in function.code.parameters:
        if parameter.kind in ("star", "double-star"):
            return Unknown(f"{parameter.name} is a parameter that nothing here passes", site)
    return None


def _assumed(function: Function, bound: bool) -> dict[str, Value]:
    """Arguments for a call that nobody makes: defaults, marked as such, or nothing known."""
    assumed: dict[str, Value] = {}
    for parameter in function.code.parameters[bound:]:
        if parameter.kind not in ("plain", "keyword"):
            continue
        default = function.defaults.get(parameter.name)
        site = Site(function.unit, function.code.at)
        if isinstance(default, Const) and default.value is not None:
            assumed[parameter.name] = Const(default.value, default.site, default.site or site)
        else:
            name = parameter.name
            assumed[name] = Unknown(f"{name} is a parameter that nothing here passes", site)
    return assumed
