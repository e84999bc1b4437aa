"""What a script may read and write, whichever guard enforces it.

It writes in its own folders only. It reads everything that its user may read, because scripts name
their data by absolute paths, except what is hidden in the home folder: there lie keys and tokens.
Python itself and the caches of data sets are read even there.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

DEVICES = ("/dev/null", "/dev/zero", "/dev/full")
"""The files outside its folders that anybody may write to."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Real paths (no links): folders to write in, folders to read in any case, and home folders."""

    writable: tuple[str, ...]
    readable: tuple[str, ...]
    homes: tuple[str, ...]

    @classmethod
    def around(cls, writable: tuple[str, ...], caches: tuple[str, ...]) -> Bounds:
        """The bounds for this user and this Python."""
        homes = _homes()
        python = (sys.prefix, sys.base_prefix, sys.exec_prefix, *sys.path)
        readable = {os.path.realpath(each) for each in (*python, *caches) if os.path.exists(each)}
        return cls(
            tuple(os.path.realpath(each) for each in writable),
            tuple(sorted(each for each in readable if not any(_within(h, each) for h in homes))),
            homes,
        )

    def may_write(self, path: str) -> bool:
        """Whether ``path``, which is real, may be changed."""
        return path in DEVICES or any(_within(path, each) for each in self.writable)

    def may_read(self, path: str) -> bool:
        """Whether ``path``, which is real, may be read."""
        if not any(_hidden(path, home) for home in self.homes):
            return True
        return any(_within(path, each) for each in (*self.writable, *self.readable))

    def roots(self) -> Iterator[str]:
        """The largest hierarchies in which everything may be read, without what is only linked."""
        yield from self.readable
        apart = {*self.homes, *(str(each) for home in self.homes for each in Path(home).parents)}
        for folder in sorted(apart):
            for name in _names(folder):
                path = os.path.join(folder, name)
                hidden = folder in self.homes and name.startswith(".")
                if not hidden and path not in apart and not os.path.islink(path):
                    yield path


def _homes() -> tuple[str, ...]:
    import pwd

    named = os.path.expanduser("~")
    try:
        registered = pwd.getpwuid(os.getuid()).pw_dir
    except KeyError:  # a container may run as a user that nobody registered
        registered = named
    return tuple(sorted({os.path.realpath(named), os.path.realpath(registered)}))


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:  # the way to a home folder may be closed to looks
        return []


def _within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def _hidden(path: str, home: str) -> bool:
    return path.startswith(home.rstrip("/") + "/.")
