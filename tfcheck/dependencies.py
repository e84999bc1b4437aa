"""The dependency files of a folder: names of packages with their specifiers.

Files are read for what they say, line by line or as TOML, and nothing of them is run. What
cannot be read says nothing. The image that a script is run in says it too: a Dockerfile, and a
notebook that starts a training job of Amazon SageMaker.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from configparser import ConfigParser
from configparser import Error as ConfigParserError
from typing import Any, TypeAlias

Named: TypeAlias = "tuple[str, str]"

_MAX_BYTES = 200_000
_GIVEN = "0.0"  # a version that is given from outside: of what it has nothing is known
_REQUIREMENT = re.compile(r"\s*([A-Za-z0-9][\w.-]*)\s*(?:\[[^\]]*\])?\s*\(?([^;#)\s][^;#)]*)?")
_CONDA = re.compile(r"\s*-\s*[\"']?(?:[\w-]+::)?([A-Za-z][\w.-]*)\s*([=<>!~][^\s\"'#]*)?")
_QUOTED = re.compile(r"[\"']([A-Za-z][\w.-]*)(?:\[[^\]]*\])?\s*([=<>!~][^\"';]*)?[\"';]")
_INSTALL = re.compile(r"\b(?:pip3?|conda|mamba|uv)\b.*?\binstall\b(.*)")
_ASKED = re.compile(r"""["']?([A-Za-z][\w-]*)(?:\[[\w,-]*\])?((?:[=<>!~]=?=?[^\s"',;&|]+,?)*)""")
_ELSEWHERE = re.compile(r"\S*(?:://|\.git\b)\S*")  # what is installed from an address
_DOCKERFILE = re.compile(r"(?i)dockerfile(?:[.-].*)?|.*\.dockerfile")
_COMMENT = re.compile(r"(?m)^\s*#.*\n")
_CONTINUED = re.compile(r"\\\s*\n")
_THEN = re.compile(r"&&|\|\||;")
_SET = re.compile(r"\s*(?:ARG|ENV)\s+(\w+)[=\s][\"']?([\w.]+)")
_VARIABLE = re.compile(r"\$\{?(\w+)(?::-([\w.]+))?\}?")
_IMAGE = re.compile(r"(?:^|/)tensorflow(?:-training|-inference)?(?:[:-](\d+\.\d+)|(?![\w/-]))")
_PYTHON = re.compile(r"(?:^|/)python:(\d\.\d+)")
# The newest TensorFlow that came for an old Python.
_OF_PYTHON = {"2.7": "2.1", "3.5": "2.3", "3.6": "2.6", "3.7": "2.11", "3.8": "2.13"}
_MARKUP = re.compile(r"~~.*?~~\s*|\[([^\]\n]*)\]\([^)\n]*\)")  # struck out, or a link
_ITEM = re.compile(r"(?mi)^[ \t]*[-*][ \t]+(keras|tensorflow)[ \t]+v?(\d+\.\d+(?:\.\d+)?)[ \t]*$")
_JOB = re.compile(r"framework_version\W+(\d+\.\d+)|/tensorflow-training:(\d+\.\d+)")
_LIBRARY = re.compile(r"(?i)keras|tensorflow|tf-nightly")


def named_in_folder(folder: str) -> Iterator[Named]:
    """Every package that the dependency files of ``folder`` name."""
    yield from _asked_by_jobs(folder)
    for name in _names(folder):
        reader = _reader(name)
        if reader is None:
            continue
        text = _text(os.path.join(folder, name))
        if text is not None and _LIBRARY.search(text):
            yield from reader(text)


def _asked_by_jobs(folder: str) -> Iterator[Named]:
    """What notebooks beside the folder start its scripts with."""
    above, here = os.path.split(folder)
    for name in _names(above):
        text = _text(os.path.join(above, name)) if name.endswith(".ipynb") else None
        if text is not None and re.search(rf"source_dir\W+{re.escape(here)}\W", text):
            yield from _launched(text)


def listed_in_readme(folder: str) -> Iterator[Named]:
    """The items of a list that are a library and its version, as ``* Keras 2.0.5``."""
    name = next((each for each in _names(folder) if each.lower() == "readme.md"), None)
    text = _text(os.path.join(folder, name)) if name else None
    for found in _ITEM.finditer(_MARKUP.sub(r"\1", text or "")):
        yield found[1], f"=={found[2]}"


def installed(command: str) -> Iterator[Named]:
    """What a line of a shell installs by name."""
    install = _INSTALL.search(command)
    if install is not None:
        asked = _ASKED.finditer(_ELSEWHERE.sub("", install[1]))
        yield from ((each[1], each[2]) for each in asked)


def _names(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def _reader(name: str) -> Callable[[str], Iterator[Named]] | None:
    if name in _READERS:
        return _READERS[name]
    if name.startswith("requirements") and name.endswith((".txt", ".in")):
        return _requirements
    if _DOCKERFILE.fullmatch(name):
        return _dockerfile
    return _launched if name.endswith(".ipynb") else None


def _text(path: str) -> str | None:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read(_MAX_BYTES) if os.path.isfile(path) else None
    except OSError:
        return None


def _requirements(text: str) -> Iterator[Named]:
    for line in text.splitlines():
        yield from _requirement(line)


def _requirement(line: str) -> Iterator[Named]:
    found = _REQUIREMENT.match(line)
    if found is not None:
        yield found[1], (found[2] or "").strip()


def _environment(text: str) -> Iterator[Named]:
    """A conda environment: ``tensorflow=2.3=build`` means any 2.3."""
    for line in text.splitlines():
        found = _CONDA.match(line)
        if found is None:
            continue
        fuzzy = re.fullmatch(r"=([\d.]+?)(?:\.\*)?(?:=.*)?", found[2] or "")
        yield found[1], f"=={fuzzy[1]}.*" if fuzzy else found[2] or ""


def _dockerfile(text: str) -> Iterator[Named]:
    """The image that it begins from, and what is installed in it."""
    values: dict[str, str] = {}
    for written in _CONTINUED.sub(" ", _COMMENT.sub("", text)).splitlines():
        setting = _SET.match(written)
        if setting is not None:
            values[setting[1]] = setting[2]
        line = _VARIABLE.sub(lambda found: values.get(found[1], found[2] or _GIVEN), written)
        word, *rest = line.split()[:3] or [""]
        image = next((each for each in rest if not each.startswith("-")), "")
        found = _IMAGE.search(image) if word.upper() == "FROM" else None
        if found is not None:
            yield "tensorflow", f"=={found[1]}.*" if found[1] else ""
        python = _PYTHON.search(image) if word.upper() == "FROM" else None
        if python is not None and python[1] in _OF_PYTHON:
            yield "tensorflow", f"<={_OF_PYTHON[python[1]]}"
        yield from (each for part in _THEN.split(line) for each in installed(part))


def _launched(text: str) -> Iterator[Named]:
    """What a training job that a notebook starts is to run with."""
    if "sagemaker" in text and "sagemaker.pytorch" not in text and "entry_point" in text:
        yield from (("tensorflow", f"=={each[1] or each[2]}.*") for each in _JOB.finditer(text))


def _setup_cfg(text: str) -> Iterator[Named]:
    parser = ConfigParser(interpolation=None)
    try:
        parser.read_string(text)
    except ConfigParserError:
        return
    yield from _requirements(parser.get("options", "install_requires", fallback=""))


def _setup_py(text: str) -> Iterator[Named]:
    yield from ((each[1], each[2] or "") for each in _QUOTED.finditer(text))


def _pyproject(text: str) -> Iterator[Named]:
    table = _toml(text)
    project = _table(table, "project")
    groups = (_table(project, "optional-dependencies"), _table(table, "dependency-groups"))
    for listed in (
        project.get("dependencies"),
        *(each for group in groups for each in group.values()),
    ):
        for line in listed if isinstance(listed, list) else ():
            if isinstance(line, str):
                yield from _requirement(line)
    poetry = _table(_table(table, "tool"), "poetry")
    yield from _by_name(_table(poetry, "dependencies"))
    for group in _table(poetry, "group").values():
        yield from _by_name(_table(group, "dependencies"))


def _pipfile(text: str) -> Iterator[Named]:
    table = _toml(text)
    yield from _by_name(_table(table, "packages"))
    yield from _by_name(_table(table, "dev-packages"))


def _by_name(table: Mapping[str, Any]) -> Iterator[Named]:
    for name, value in table.items():
        specifier = value.get("version", "") if isinstance(value, dict) else value
        if isinstance(specifier, str):
            yield name, ",".join(map(_poetry, specifier.split(",")))


def _poetry(specifier: str) -> str:
    """``^2.10`` and ``~2.10`` in the words of Python packaging, and a bare version as itself."""
    found = re.fullmatch(r"\s*([~^]?)(\d+)(?:\.(\d+))?(.*)", specifier)
    if found is None:
        return specifier
    sign, major, minor, rest = found.groups()
    whole = f"{major}.{minor}{rest}" if minor else major
    if sign == "^":
        return f">={whole},<{int(major) + 1}"
    if sign == "~":
        return f"~={major}.{minor}.0" if minor else f"=={major}.*"
    return f"=={whole}"


def _toml(text: str) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return {}


def _table(table: Any, key: str) -> Mapping[str, Any]:
    found = table.get(key) if isinstance(table, dict) else None
    return found if isinstance(found, dict) else {}


_READERS: Mapping[str, Callable[[str], Iterator[Named]]] = {
    "Pipfile": _pipfile,
    "environment.yaml": _environment,
    "environment.yml": _environment,
    "pyproject.toml": _pyproject,
    "setup.cfg": _setup_cfg,
    "setup.py": _setup_py,
}
