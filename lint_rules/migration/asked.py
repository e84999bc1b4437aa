"""What of a script may be held against it: what it does whatever version it meets."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from tfcheck.script import Mention, Script, Use
from tfcheck.script.values import Symbol, string

_TESTS = ("__version__", ".VERSION")


class Asked:
    """The names and calls of a script that nothing keeps from a version that lacks them.

    What is tried is left out, with all that is reached through a name whose import is tried, or
    that is asked for by ``hasattr``; and so is what depends on a test, where the script looks at
    versions or at what a module has.
    """

    def __init__(self, script: Script) -> None:
        self.script = script
        asked_for = script.uses.of("hasattr")
        self._tried = (
            *(each.spelled for each in script.mentions if each.guarded and each.kind == "import"),
            *(name for use in asked_for if (name := _asked_for(use))),
        )
        self._looks = bool(asked_for) or any(each.path.endswith(_TESTS) for each in script.mentions)
        spelled = [each.spelled for each in script.mentions]
        self.legacy = any(each.startswith("tf_keras") for each in spelled) or (
            script.targets.legacy and any(each.startswith("tensorflow.keras") for each in spelled)
        )

    def names(self, *kinds: str) -> Iterator[Mention]:
        for each in self.script.mentions:
            if each.kind in kinds and self._stands(each) and not self._was_tried(each.spelled):
                yield each

    def members(self) -> Iterator[Mention]:
        if not self.legacy:
            yield from (each for each in self.script.mentions if self._is_member(each))

    @cached_property
    def functions(self) -> tuple[Use, ...]:
        """Calls of functions and classes."""
        kept = "tensorflow.keras." if self.legacy else "tf_keras."
        return tuple(
            use
            for use in self._uses
            if use.receiver is None
            and not use.spelled.startswith(kept)
            and not self._was_tried(use.spelled)
        )

    @cached_property
    def methods(self) -> tuple[Use, ...]:
        """Calls of what objects have."""
        if self.legacy:
            return ()
        return tuple(use for use in self._uses if use.receiver is not None)

    @cached_property
    def _uses(self) -> tuple[Use, ...]:
        units = self.script.units
        return tuple(
            use for use in self.script.uses if use.call.unit in units and self._stands(use)
        )

    def _is_member(self, mention: Mention) -> bool:
        return mention.kind == "member" and self._stands(mention)

    def _stands(self, what: Mention | Use) -> bool:
        return not what.guarded and not (what.branches and self._looks)

    def _was_tried(self, spelled: str) -> bool:
        return any(f"{spelled}.".startswith(f"{each}.") for each in self._tried)


_newest: list[Asked] = []


def asked_of(script: Script) -> Asked:
    """What is asked for in a script: found once for all rules, which come one after the other."""
    if not _newest or _newest[0].script is not script:
        _newest[:] = [Asked(script)]
    return _newest[0]


def _asked_for(use: Use) -> str | None:
    """The name of a library of which ``hasattr`` asks whether it is there."""
    if len(use.args) != 2 or not isinstance(use.args[0], Symbol):
        return None
    name = string(use.args[1])
    return f"{use.args[0].spelled}.{name}" if name else None


def home_of(spelled: str) -> tuple[str, str]:
    """The roof under which a name is spelled, and its path under that roof."""
    if spelled.startswith("tensorflow.keras."):
        return "tensorflow.keras", spelled.removeprefix("tensorflow.")
    return spelled.partition(".")[0], spelled


def under(home: str, path: str) -> str:
    """A path as it is spelled under a roof."""
    is_keras = home == "tensorflow.keras" and path.startswith("keras.")
    return f"tensorflow.{path}" if is_keras else path


def shown(spelled: str) -> str:
    return spelled.replace("tensorflow", "tf", 1) if spelled.startswith("tensorflow.") else spelled
