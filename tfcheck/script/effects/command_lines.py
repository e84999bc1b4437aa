"""Command lines: what a script assumes when nobody says otherwise."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, cast

from tfcheck.script.store import DictState, ObjectState
from tfcheck.script.values import NONE, Const, Ref, Symbol, Tuple, Value, string

from .registry import function, method

if TYPE_CHECKING:
    from tfcheck.script.calls import Call

_CONVERTERS: Mapping[str, Callable[[str], object]] = {"int": int, "float": float}


def _likely(value: Value, call: Call) -> Value:
    return Const(value.value, value.site, call.site) if isinstance(value, Const) else value


@function("argparse.ArgumentParser", "absl.flags", "configargparse.ArgumentParser")
def _parser(call: Call) -> Value:
    return call.interpreter.store.allocate(ObjectState("argparse.ArgumentParser", {}, call.site))


@method("argparse.ArgumentParser", "add_argument")
def _add_argument(call: Call) -> Value:
    reference = cast("Ref", call.receiver)
    state = cast("ObjectState", call.interpreter.store.get(reference))
    names = [name for name in map(string, call.args) if name]
    if not names:
        return NONE
    long = next((name for name in names if name.startswith("--")), names[0])
    name = string(call.arg(None, "dest")) or long.lstrip("-").replace("-", "_")
    default = call.keywords.get("default")
    action = string(call.arg(None, "action"))
    if default is None and action in ("store_true", "store_false"):
        default = Const(action == "store_false", call.site)
    if default is None:
        lost = call.lost(f"{name} comes from the command line")
        default = NONE if long.startswith("--") and not call.more else lost
    config = {**state.config, name: _converted(default, call)}
    call.interpreter.store.set(reference, ObjectState(state.of, config, state.site))
    return NONE


def _converted(default: Value, call: Call) -> Value:
    """argparse converts a default that is written as a text."""
    kind = call.keywords.get("type")
    text = string(default)
    if text is not None and isinstance(kind, Symbol) and kind.path in _CONVERTERS:
        try:
            default = Const(_CONVERTERS[kind.path](text), call.site)
        except ValueError:
            return call.lost("a default that does not convert")
    return _likely(default, call)


@method("argparse.ArgumentParser", "add_argument_group", "add_mutually_exclusive_group")
def _group(call: Call) -> Value:
    return call.receiver


@method("argparse.ArgumentParser", "parse_args", "parse_known_args")
def _parse_args(call: Call) -> Value:
    state = cast("ObjectState", call.interpreter.store.get(cast("Ref", call.receiver)))
    namespace = ObjectState("argparse.Namespace", {}, call.site, dict(state.config))
    return call.interpreter.store.allocate(namespace)


@method("argparse.ArgumentParser", "parse_known_args")
def _parse_known(call: Call) -> Value:
    return Tuple((_parse_args(call), call.lost("arguments that are left over")))


@method("argparse.ArgumentParser", "set_defaults")
def _set_defaults(call: Call) -> Value:
    reference = cast("Ref", call.receiver)
    state = cast("ObjectState", call.interpreter.store.get(reference))
    config = {**state.config, **{k: _likely(v, call) for k, v in call.keywords.items()}}
    call.interpreter.store.set(reference, ObjectState(state.of, config, state.site))
    return NONE


@function(
    *(
        f"absl.flags.DEFINE_{kind}"
        for kind in "integer float string bool boolean enum list".split()
    ),
    *(f"tensorflow.app.flags.DEFINE_{kind}" for kind in "integer float string boolean".split()),
    *(f"tensorflow.flags.DEFINE_{kind}" for kind in "integer float string boolean".split()),
)
def _define_flag(call: Call) -> Value:
    name = string(call.arg(0, "name"))
    if name is not None:
        default = _likely(call.arg(1, "default") or NONE, call)
        call.interpreter.modules.flags[name] = default
    return NONE


@function("click.option", "click.argument", "typer.Option")
def _option(call: Call) -> Value:
    """What a decorator adds to a function: a parameter, and what it is by default."""
    names = [name for name in map(string, call.args) if name]
    long = next((name for name in names if name.startswith("--")), names[0] if names else "")
    name = Const(long.lstrip("-").partition("/")[0].replace("-", "_"), call.site)
    default = call.keywords.get("default", call.lost(f"{name.value} comes from the command line"))
    config = {"name": name, "default": _converted(default, call)}
    return call.interpreter.store.allocate(ObjectState("click.option", config, call.site))


@function("vars")
def _vars(call: Call) -> Value:
    """The arguments of a command line as a dict."""
    state = call.interpreter.store.state(call.arg(0) or NONE, ObjectState)
    if state is None or state.of != "argparse.Namespace":
        return call.lost("vars()")
    return call.interpreter.store.allocate(DictState(dict(state.attributes), state.more))
