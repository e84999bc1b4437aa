"""The Keras and TensorFlow that a script is meant for.

What a project asks for stands in its dependency files: the nearest folder, from the script's own
up to the root of the project, that has one which names a library says so. A notebook says it
itself where it installs one. A range that is open above means the newest there is, and so does
a project that says nothing.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from tfcheck.dependencies import installed, listed_in_readme, named_in_folder

if TYPE_CHECKING:
    from tfcheck.source import Source

Version: TypeAlias = "tuple[int, int]"

NEWEST_MINOR = 59  # as a minor version: the newest of a major one
_MAX_FOLDERS = 8
_ROOT_MARKS = (".git", ".hg", "pyproject.toml", "setup.py", "setup.cfg")
_LEGACY_SWITCH = "TF_USE_LEGACY_KERAS"

_PACKAGES = {
    "keras": "keras",
    "numpy": "numpy",
    "tensorflow": "tensorflow",
    "tensorflow-cpu": "tensorflow",
    "tensorflow-gpu": "tensorflow",
    "tensorflow-macos": "tensorflow",
    "tf-keras": "tf-keras",
    "tf-nightly": "tensorflow",
}
_COLAB = re.compile(r"%tensorflow_version\s+1")
# What was given up before Keras 3 came, and cannot be imported with it.
_PAST = re.compile(r"(?m)^(?:import|from)\s+(?:tensorflow_addons|keras_contrib)\b")
_BEFORE_KERAS_3 = (2, 15)


class Targets(NamedTuple):
    """The newest of each library that a script may meet; None is the newest there is.

    ``legacy``: ``tf.keras`` may be Keras 2, as ``tf_keras`` is there to stand in for it.
    """

    keras: Version | None = None
    tensorflow: Version | None = None
    numpy: Version | None = None
    legacy: bool = False


NEWEST = Targets()
_ITS_OWN = Targets((0, 0), (0, 0))


class Finder:
    """Finds the targets of scripts; a folder is looked into once."""

    def __init__(self) -> None:
        self._folders: dict[str, Targets] = {}

    def of(self, source: Source, keras: Version | None, tensorflow: Version | None) -> Targets:
        """What the configuration gives, or else what the notebook installs, or the project."""
        legacy = any(_LEGACY_SWITCH in text for text in _texts(source))
        if keras or tensorflow:
            return _both(keras, tensorflow)._replace(legacy=legacy)
        given = _installed(source.commands)
        found = given or self._of_folder(os.path.dirname(os.path.abspath(source.path)))
        if any(_PAST.search(block.text) for block in source.blocks):
            found = _before_keras_3(found)
        return found._replace(legacy=found.legacy or legacy)

    def _of_folder(self, folder: str) -> Targets:
        if folder not in self._folders:
            self._folders[folder] = _search(folder)
        return self._folders[folder]


def version(text: str) -> Version | None:
    """``2.15`` as a version, and ``3`` as the newest of them; None for what is none."""
    found = re.fullmatch(r"(\d+)(?:\.(\d+))?(?:\.\w+)*", text)
    return (int(found[1]), int(found[2] or NEWEST_MINOR)) if found else None


def _texts(source: Source) -> Iterator[str]:
    yield from (block.text for block in source.blocks)
    yield from source.commands


def _installed(commands: Iterable[str]) -> Targets | None:
    """What a notebook installs before it runs."""
    asked: list[tuple[str, str]] = []
    for command in commands:
        if _COLAB.search(command):
            asked.append(("tensorflow", "==1.*"))
        asked += installed(command)
    return _targets(asked)


def _before_keras_3(found: Targets) -> Targets:
    newest = min(found.tensorflow or _BEFORE_KERAS_3, _BEFORE_KERAS_3)
    return _both(found.keras, newest)._replace(numpy=found.numpy, legacy=found.legacy)


def _search(folder: str) -> Targets:
    for _ in range(_MAX_FOLDERS):
        if os.path.isfile(os.path.join(folder, "keras", "__init__.py")):
            return _ITS_OWN  # a Keras that came with the project, of which nothing is known
        found = _targets(named_in_folder(folder)) or _targets(listed_in_readme(folder))
        if found is not None:
            return found
        is_root = any(os.path.exists(os.path.join(folder, mark)) for mark in _ROOT_MARKS)
        parent = os.path.dirname(folder)
        if is_root or parent == folder:
            break
        folder = parent
    return NEWEST


def _targets(asked: Iterable[tuple[str, str]]) -> Targets | None:
    """Of what is asked for in several places, the oldest counts; None where nothing is."""
    wanted = [(_PACKAGES.get(name.lower().replace("_", "-")), spec) for name, spec in asked]
    if not any(package for package, _ in wanted if package != "numpy"):
        return None
    newest: dict[str, Version] = {}
    for package, specifier in wanted:
        found = _newest(specifier) if package else None
        if package and found is not None:
            newest[package] = min(found, newest.get(package, found))
    legacy = any(package == "tf-keras" for package, _ in wanted)
    both = _both(newest.get("keras"), newest.get("tensorflow"))
    return both._replace(numpy=newest.get("numpy"), legacy=legacy)


def _newest(specifier: str) -> Version | None:
    """The newest version that a specifier lets in; None where none is too new for it."""
    if not specifier.strip(" *"):
        return None
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        allowed = SpecifierSet(specifier)
    except InvalidSpecifier:
        return None
    if "9999" in allowed or f"3.{NEWEST_MINOR}" in allowed:
        return None
    listed = (f"{major}.{minor}" for major in range(4) for minor in range(NEWEST_MINOR + 1))
    named = re.findall(r"\d+(?:\.\w+)+", specifier)
    known = (version(each) for each in (*listed, *named) if each in allowed)
    return max((each for each in known if each is not None), default=None)


def _both(keras: Version | None, tensorflow: Version | None) -> Targets:
    """Each as far as the other lets it be: Keras 3 came with TensorFlow 2.16."""
    if tensorflow is not None and tensorflow < (2, 16):
        goes_with = (2, tensorflow[1]) if tensorflow >= (2, 4) else (2, 3)
        keras = min(keras or goes_with, goes_with)
    if keras is not None and keras < (3, 0):
        goes_with = (2, min(keras[1], 15)) if keras >= (2, 4) else (1, 15)
        tensorflow = tensorflow or goes_with
    return Targets(keras, tensorflow)
