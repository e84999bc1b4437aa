"""What of a script may be held against it: what it does whatever version it meets."""

from __future__ import annotations

from collections.abc import Iterator

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
        self._script = script
        asked_for = [use for use in script.uses if use.path == "hasattr"]
        self._tried = (
            *(each.spelled for each in script.mentions if each.guarded and each.kind == "import"),
            *(name for use in asked_for if (name := _asked_for(use))),
        )
        self._looks = bool(asked_for) or any(each.path.endswith(_TESTS) for each in script.mentions)
        spelled = [each.spelled for each in script.mentions]
        self._legacy = any(each.startswith("tf_keras") for each in spelled) or (
            script.targets.legacy and any(each.startswith("tensorflow.keras") for each in spelled)
        )

    def names(self, *kinds: str) -> Iterator[Mention]:
        for each in self._script.mentions:
            if each.kind in kinds and self._stands(each) and not self._was_tried(each.spelled):
                yield each

    def members(self) -> Iterator[Mention]:
        if not self._legacy:
            yield from (each for each in self._script.mentions if self._is_member(each))

    def functions(self) -> Iterator[Use]:
        """Calls of functions and classes."""
        for use in self._uses():
            if use.receiver is None and not self._was_tried(use.spelled):
                yield use

    def methods(self) -> Iterator[Use]:
        """Calls of what objects have."""
        if not self._legacy:
            yield from (use for use in self._uses() if use.receiver is not None)

    def _uses(self) -> Iterator[Use]:
        for use in self._script.uses:
            if use.call.unit in self._script.units and self._stands(use):
                yield use

    def _is_member(self, mention: Mention) -> bool:
        return mention.kind == "member" and self._stands(mention)

    def _stands(self, what: Mention | Use) -> bool:
        return not what.guarded and not (what.branches and self._looks)

    def _was_tried(self, spelled: str) -> bool:
        return any(f"{spelled}.".startswith(f"{each}.") for each in self._tried)


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
