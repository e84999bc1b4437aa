"""The settings of a file: those of the nearest configuration file, and the command line's."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from tfcheck.errors import WrongUse, suggestion

if TYPE_CHECKING:
    from pathspec import PathSpec, Pattern

    from tfcheck.rule import OptionValue
    from tfcheck.targets import Version

SEVERITIES = ("error", "warning", "note")
FAIL_ON = (*SEVERITIES, "never")
FILE_NAMES = ("tfcheck.toml", "pyproject.toml")


class Selection(NamedTuple):
    """Rules chosen by one place; ``select`` starts afresh, the others change what was there."""

    place: str
    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    @property
    def names_rules(self) -> bool:
        return self.select is not None or bool(self.extend_select or self.ignore)


class Patterns(NamedTuple):
    """Patterns as in a ``.gitignore`` that stands in the folder ``root``; ``place`` has them."""

    place: str
    root: str
    patterns: tuple[str, ...]

    def match(self, path: str, folder: bool = False) -> bool:
        relative = os.path.relpath(path, self.root).replace(os.sep, "/")
        if relative == ".." or relative.startswith("../"):
            return False
        try:
            spec = gitignore(self.patterns)
        except ValueError as error:
            raise WrongUse(f"{self.place}: {error}") from error
        return spec.match_file(relative + "/" if folder else relative)


class FileIgnore(NamedTuple):
    """Rules that are ignored in the files that a pattern matches."""

    files: Patterns
    rules: tuple[str, ...]


class Settings(NamedTuple):
    """What holds for a file. ``file`` is the configuration file that says so, if any does."""

    file: str | None = None
    selections: tuple[Selection, ...] = ()
    per_file_ignores: tuple[FileIgnore, ...] = ()
    exclude: tuple[Patterns, ...] = ()
    force_exclude: bool = False
    fail_on: str = "warning"
    output_format: str = "full"
    fix: bool = False
    unsafe_fixes: bool = False
    rule_packs: tuple[str, ...] = ()
    preview: bool = False
    baseline: str | None = None
    rules: Mapping[str, Mapping[str, OptionValue]] = {}
    target_keras: Version | None = None
    target_tensorflow: Version | None = None

    @property
    def names_rules(self) -> bool:
        """Whether any rule is named, so that the names have to be checked."""
        return bool(self.selections or self.per_file_ignores or self.rules or self.rule_packs)


class Given(NamedTuple):
    """What the command line says; None and empty leave things to the configuration."""

    selection: Selection | None = None
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    exclude: tuple[str, ...] = ()
    force_exclude: bool = False
    fail_on: str | None = None
    output_format: str | None = None
    preview: bool = False
    baseline: str | None = None  # an empty one is none at all
    fix: bool | None = None
    unsafe_fixes: bool | None = None

    def over(self, settings: Settings) -> Settings:
        """``settings`` as the command line changes them; its patterns start where it stands."""
        here = os.getcwd()
        ignores = tuple(
            FileIgnore(Patterns("--per-file-ignores", here, (pattern,)), rules)
            for pattern, rules in self.per_file_ignores
        )
        excluded = (Patterns("--exclude", here, self.exclude),) if self.exclude else ()
        selected = (self.selection,) if self.selection and self.selection.names_rules else ()
        return settings._replace(
            selections=settings.selections + selected,
            per_file_ignores=settings.per_file_ignores + ignores,
            exclude=settings.exclude + excluded,
            force_exclude=settings.force_exclude or self.force_exclude,
            fail_on=self.fail_on or settings.fail_on,
            output_format=self.output_format or settings.output_format,
            preview=settings.preview or self.preview,
            baseline=settings.baseline if self.baseline is None else self.baseline or None,
            fix=settings.fix if self.fix is None else self.fix,
            unsafe_fixes=settings.unsafe_fixes if self.unsafe_fixes is None else self.unsafe_fixes,
        )


class Configuration:
    """Finds the settings of paths. The nearest file that configures tfcheck wins, whole."""

    def __init__(
        self, given: Given | None = None, file: str | None = None, isolated: bool = False
    ) -> None:
        self._given = given or Given()
        self._folders: dict[str, Settings] = {}
        self._everywhere: Settings | None = None
        if isolated:
            self._everywhere = self._given.over(Settings())
        elif file is not None:
            self._everywhere = self._given.over(_read_given(os.path.abspath(file)))

    def of(self, folder: str) -> Settings:
        """The settings of the files in ``folder``, an absolute path."""
        if self._everywhere is not None:
            return self._everywhere
        if folder not in self._folders:
            self._folders[folder] = self._find(folder)
        return self._folders[folder]

    def _find(self, folder: str) -> Settings:
        for name in FILE_NAMES:
            settings = read(os.path.join(folder, name))
            if settings is not None:
                return self._given.over(settings)
        parent = os.path.dirname(folder)
        return self._given.over(Settings()) if parent == folder else self.of(parent)


def read(path: str) -> Settings | None:
    """The settings in a file; None where there is no file or it does not configure tfcheck."""
    try:
        with open(path, "rb") as file:
            content = file.read()
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return None
    except OSError as error:
        raise WrongUse(f"{path}: {error.strerror}") from error
    shared = os.path.basename(path) == "pyproject.toml"
    if shared and b"tfcheck" not in content:
        return None
    table = _parse(path, content)
    tool = table.get("tool")
    if isinstance(tool, dict) and "tfcheck" in tool:
        return _settings(path, tool["tfcheck"])
    return None if shared else _settings(path, table)


def _read_given(path: str) -> Settings:
    settings = read(path)
    if settings is None:
        missing = "has no table [tool.tfcheck]" if os.path.isfile(path) else "is no file"
        raise WrongUse(f"{path} {missing}")
    return settings


def _parse(path: str, content: bytes) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        table: dict[str, Any] = tomllib.loads(content.decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WrongUse(f"{path}: {error}") from error
    return table


class _Mismatch(Exception):
    """A value that is not what a key takes; its words say what the key takes."""


def _strings(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise _Mismatch("a list of strings")
    return tuple(value)


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise _Mismatch("a string")
    return value


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _Mismatch("true or false")
    return value


def _one_of(choices: tuple[str, ...]) -> Callable[[Any], str]:
    def convert(value: Any) -> str:
        if value not in choices:
            raise _Mismatch("one of " + ", ".join(f'"{each}"' for each in choices))
        return str(value)

    return convert


def _tables(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _Mismatch("a table")
    return value


def _string_lists(value: Any) -> dict[str, tuple[str, ...]]:
    return {key: _strings(each) for key, each in _tables(value).items()}


def _rule_tables(value: Any) -> dict[str, dict[str, OptionValue]]:
    tables = {rule: dict(_tables(table)) for rule, table in _tables(value).items()}
    if any(isinstance(each, list | dict) for table in tables.values() for each in table.values()):
        raise _Mismatch("tables of numbers, strings, true or false")
    return tables


def _output_format(value: Any) -> str:
    from tfcheck.output import FORMATS

    return _one_of(FORMATS)(value)


def _version(value: Any) -> Version:
    from tfcheck.targets import version

    found = version(value) if isinstance(value, str) else None
    if found is None:
        raise _Mismatch('a version such as "2.15"')
    return found


_KEYS: Mapping[str, Callable[[Any], Any]] = {
    "select": _strings,
    "extend-select": _strings,
    "ignore": _strings,
    "per-file-ignores": _string_lists,
    "exclude": _strings,
    "force-exclude": _boolean,
    "fail-on": _one_of(FAIL_ON),
    "output-format": _output_format,
    "fix": _boolean,
    "unsafe-fixes": _boolean,
    "rule-packs": _strings,
    "preview": _boolean,
    "baseline": _string,
    "rules": _rule_tables,
    "target-keras": _version,
    "target-tensorflow": _version,
}


def _settings(path: str, table: Any) -> Settings:
    if not isinstance(table, dict):
        raise WrongUse(f"{path}: [tool.tfcheck] must be a table")
    values = {key: _value(path, key, value) for key, value in table.items()}
    root = os.path.dirname(path)
    selection = Selection(
        path, values.get("select"), values.get("extend-select", ()), values.get("ignore", ())
    )
    return Settings(
        file=path,
        selections=(selection,) if selection.names_rules else (),
        per_file_ignores=tuple(
            FileIgnore(Patterns(path, root, (pattern,)), rules)
            for pattern, rules in values.get("per-file-ignores", {}).items()
        ),
        exclude=(Patterns(path, root, values["exclude"]),) if values.get("exclude") else (),
        force_exclude=values.get("force-exclude", False),
        fail_on=values.get("fail-on", "warning"),
        output_format=values.get("output-format", "full"),
        fix=values.get("fix", False),
        unsafe_fixes=values.get("unsafe-fixes", False),
        rule_packs=values.get("rule-packs", ()),
        preview=values.get("preview", False),
        baseline=os.path.join(root, values["baseline"]) if values.get("baseline") else None,
        rules=values.get("rules", {}),
        target_keras=values.get("target-keras"),
        target_tensorflow=values.get("target-tensorflow"),
    )


def _value(path: str, key: str, value: Any) -> Any:
    if key not in _KEYS:
        raise WrongUse(f"{path}: unknown key '{key}'{suggestion(key, _KEYS)}")
    try:
        return _KEYS[key](value)
    except _Mismatch as expected:
        raise WrongUse(f"{path}: '{key}' must be {expected}, not {value!r}") from None


@lru_cache(maxsize=256)
def gitignore(patterns: tuple[str, ...]) -> PathSpec[Pattern]:
    """Patterns as git reads them; the import is late because most runs need none."""
    from pathspec import PathSpec

    return PathSpec.from_lines("gitignore", patterns)
