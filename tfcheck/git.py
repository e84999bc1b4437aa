"""What a git repository held at a revision.

The repository may be one that nobody trusts, and git runs what its configuration and attributes
name: filters, drivers for differences, hooks, a watcher of files, transports. So git is only asked
for objects, which it gives as they are stored: neither the index nor the working tree is touched,
nothing is converted, and nothing is fetched. What is compared is compared by tfcheck.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping

from tfcheck.errors import WrongUse

_COMMAND = "git.exe" if os.name == "nt" else "git"
MERGE_BASE = "..."
_SETTINGS = ("core.fsmonitor=false", f"core.hooksPath={os.devnull}", "core.pager=cat")
_OF_ANOTHER = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_NAMESPACE")
_FILES = ("100644", "100755")  # modes; the others are links and repositories in the repository


class Revision:
    """The files of the repository at ``root`` as they were at the revision ``name``.

    ``name...`` is the commit at which HEAD left ``name``, as in ``git diff name...``.
    """

    def __init__(self, root: str, name: str) -> None:
        self.root = os.path.realpath(root)
        self.name = name
        self._git = _executable()
        self._commit = self._find(name)
        self._objects = self._listed()

    @property
    def paths(self) -> Iterable[str]:
        """The paths of all files, from the root and with slashes."""
        return self._objects.keys()

    def path(self, file: str) -> str:
        """The path that a file of the disk has in the repository."""
        return os.path.relpath(os.path.realpath(file), self.root).replace(os.sep, "/")

    def read(self, path: str) -> bytes | None:
        """What a file held; None where there was none."""
        name = self._objects.get(path)
        if name is None:
            return None
        try:
            return self._ask("cat-file", "blob", name)
        except WrongUse as error:
            raise WrongUse(f"--new-from: {path} as it was at {self.name}: {error}") from None

    def _find(self, name: str) -> str:
        branch = name.removesuffix(MERGE_BASE)
        commit = self._resolve(branch)
        if branch == name:
            return commit
        try:
            return self._ask("merge-base", commit, self._resolve("HEAD")).decode().strip()
        except WrongUse:
            raise WrongUse(f"--new-from: '{branch}' and HEAD have no commit in common") from None

    def _resolve(self, name: str) -> str:
        try:
            if name.startswith("-"):
                raise WrongUse
            found = self._ask("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
        except WrongUse as error:
            reason = f": {error}" if str(error) else ""
            where = f"in {self.root}{reason}"
            raise WrongUse(f"--new-from: there is no revision '{name}' {where}") from None
        return found.decode().strip()

    def _listed(self) -> Mapping[str, str]:
        """The names of the objects that the files are, by path."""
        listed = self._ask("ls-tree", "-r", "-z", "--full-tree", self._commit)
        objects: dict[str, str] = {}
        for entry in listed.split(b"\0")[:-1]:
            what, _, path = entry.partition(b"\t")
            mode, _, name = what.decode().split(" ")
            if mode in _FILES:
                objects[os.fsdecode(path)] = name
        return objects

    def _ask(self, *words: str) -> bytes:
        """What git answers; :class:`WrongUse` with its words where it does not."""
        settings = [word for each in _SETTINGS for word in ("-c", each)]
        done = subprocess.run(
            [self._git, "-C", self.root, *settings, *words],
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        if done.returncode:
            said = done.stderr.decode(errors="replace").strip()
            raise WrongUse(said.partition("\n")[0].removeprefix("fatal: "))
        return done.stdout

    def _environment(self) -> Mapping[str, str]:
        kept = {key: value for key, value in os.environ.items() if key not in _OF_ANOTHER}
        return {
            **kept,
            "GIT_ALLOW_PROTOCOL": "none",
            "GIT_CEILING_DIRECTORIES": os.path.dirname(self.root),
            "GIT_NO_LAZY_FETCH": "1",
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_TERMINAL_PROMPT": "0",
        }


def _executable() -> str:
    """The command, from folders that do not depend on where tfcheck was called."""
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        if os.path.isabs(folder) and (found := shutil.which(os.path.join(folder, _COMMAND))):
            return found
    raise WrongUse("--new-from: there is no command git")
