"""A baseline: the findings that are known, written down so that only new ones are reported.

A finding is known by its file, its rule and the text of its line, and of findings that agree in
all three by how many there are. So it stays known when lines or cells move and when the
indentation changes, and it is a new one when its line is rewritten. The message is no part of it,
as it may be worded better tomorrow. Of the line only a hash is kept: a baseline is committed and
sent around, and no source is to leave its file by it.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from tfcheck.engine import RunReport
from tfcheck.errors import WrongUse

if TYPE_CHECKING:
    from tfcheck.rule import Finding

VERSION = 1
_DIGITS = 16


class Key(NamedTuple):
    """What a finding is known by: the path is one from the folder of the baseline."""

    path: str
    code: str
    line: str


class Judged(NamedTuple):
    """What a baseline says of a run.

    ``new`` are the findings that it does not know. ``stale`` are its entries that match nothing
    any more, each with the number by which it is too many.
    """

    new: tuple[Finding, ...]
    known: int
    stale: Mapping[Key, int]


class Baseline:
    """The known findings that a file lists; ``rules`` says how it calls the rule of a code."""

    def __init__(self, file: str, counts: Mapping[Key, int], rules: Mapping[str, str]) -> None:
        self._file = file
        self._folder = os.path.dirname(os.path.abspath(file))
        self._counts = counts
        self._rules = rules

    @property
    def size(self) -> int:
        """How many findings are known."""
        return sum(self._counts.values())

    @classmethod
    def read(cls, file: str) -> Baseline:
        """The baseline in ``file``; :class:`WrongUse` where that holds none."""
        try:
            with open(file, "rb") as stream:
                content = json.loads(stream.read())
        except FileNotFoundError:
            hint = "--write-baseline makes one"
            raise WrongUse(f"{file}: there is no such baseline; {hint}") from None
        except OSError as error:
            raise WrongUse(f"{file}: {error.strerror}") from error
        except (ValueError, RecursionError) as error:
            raise WrongUse(f"{file} is no baseline: {error}") from None
        return cls(file, *_entries(file, content))

    @classmethod
    def read_or_new(cls, file: str) -> Baseline:
        """The baseline in ``file``, empty where there is no such file."""
        return cls.read(file) if os.path.exists(file) else cls(file, {}, {})

    def judge(self, report: RunReport) -> Judged:
        """Split the findings of a run into known and new ones, the first of a kind being known."""
        left = Counter(self._counts)
        new: list[Finding] = []
        for finding, key in self._keys(report).items():
            if left[key] > 0:
                left[key] -= 1
            else:
                new.append(finding)
        would_be_found = self._looked_at(report)
        stale = {key: count for key, count in left.items() if count and would_be_found(key)}
        return Judged(tuple(new), len(report.findings) - len(new), stale)

    def updated(self, report: RunReport) -> Baseline:
        """The baseline that knows the findings of a run, and nothing that is no longer found.

        What the run did not look at, as other files and rules, stays as it was.
        """
        would_be_found = self._looked_at(report)
        kept = Counter({key: n for key, n in self._counts.items() if not would_be_found(key)})
        found = Counter(self._keys(report).values())
        rules = {each.code: f"{each.code} {each.name}" for each in report.findings}
        return Baseline(self._file, kept | found, {**self._rules, **rules})

    def write(self) -> None:
        """Write the file: sorted, so that two versions differ where the findings do."""
        from tfcheck.rewriting import write_whole

        files: dict[str, dict[str, dict[str, int]]] = {}
        for key, count in sorted(self._counts.items()):
            rules = files.setdefault(key.path, {})
            rules.setdefault(self._rules[key.code], {})[key.line] = count
        content = {"version": VERSION, "files": files}
        text = json.dumps(content, indent=2, ensure_ascii=False)
        write_whole(self._file, f"{text}\n".encode(errors="surrogateescape"))

    def words(self, key: Key) -> str:
        """An entry for a reader."""
        path = os.path.relpath(os.path.join(self._folder, key.path))
        return f"{path}: {self._rules[key.code]}"

    def _keys(self, report: RunReport) -> dict[Finding, Key]:
        from tfcheck.lines import Lines  # most runs of a hook have nothing to look up

        lines = Lines(report.texts)
        return {
            each: Key(
                self._path(each.location.filename),
                each.code,
                _hash(lines.at(each.location) or ""),
            )
            for each in report.findings
        }

    def _path(self, filename: str) -> str:
        return os.path.relpath(filename, self._folder).replace(os.sep, "/")

    def _looked_at(self, report: RunReport) -> Callable[[Key], bool]:
        """Whether a run would have found what an entry speaks of."""
        files = {self._path(file.path): file for file in report.files}

        def would_be_found(key: Key) -> bool:
            file = files.get(key.path)
            if file is None:
                return not os.path.lexists(os.path.join(self._folder, key.path))
            return file.skipped or key.code in file.checked

        return would_be_found


def _hash(line: str) -> str:
    text = " ".join(line.split())
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:_DIGITS]


def _entries(file: str, content: Any) -> tuple[dict[Key, int], dict[str, str]]:
    """The counts of a baseline's entries, and what it calls the rule of a code."""
    if not isinstance(content, dict) or type(content.get("version")) is not int:
        raise WrongUse(f"{file} is no baseline: it has no version")
    if content["version"] != VERSION:
        found = content["version"]
        raise WrongUse(f"{file} is a baseline of version {found}; only version {VERSION} is known")
    counts: dict[Key, int] = {}
    names: dict[str, str] = {}
    for path, rules in _table(file, "files", content.get("files")).items():
        for rule, lines in _table(file, path, rules).items():
            code = rule.partition(" ")[0]
            names[code] = rule
            for line, count in _table(file, f"{path}: {rule}", lines).items():
                if type(count) is not int or count < 1:
                    raise WrongUse(f"{file}: {path}: {rule}: {line} must be a number from 1 on")
                counts[Key(path, code, line)] = count
    return counts, names


def _table(file: str, place: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise WrongUse(f"{file}: {place} must be an object")
    return value
