"""In which precision layers compute."""

from __future__ import annotations

from tfcheck.rule import Site
from tfcheck.script import Script
from tfcheck.script.uses import Use
from tfcheck.script.values import Value, string

_SETTERS = frozenset(
    {
        "keras.config.set_dtype_policy",
        "keras.mixed_precision.set_dtype_policy",
        "keras.mixed_precision.set_global_policy",
        "keras.mixed_precision.experimental.set_policy",
    }
)


def policy_at(script: Script, site: Site) -> tuple[str, Use] | None:
    """The policy that holds at a call, by its name, and the call that sets it."""
    if not script.uses.of(*_SETTERS):
        return None
    setting: Use | None = None
    for use in script.uses:
        if use.call == site:
            break
        if use.path in _SETTERS and (setting is None or not use.excludes(setting)):
            setting = use
    else:
        return None
    if setting is None or setting.branches or setting.guarded:
        return None
    name = _name(script, setting.argument(0, "policy"))
    return (name, setting) if name is not None else None


def _name(script: Script, value: Value | None) -> str | None:
    """The name of a policy that is given by it, or made of it."""
    if string(value) is not None:
        return string(value)
    made = next((use for use in script.uses if use.result == value), None)
    if made is None or made.name not in ("Policy", "DTypePolicy"):
        return None
    return string(made.argument(0, "name"))
