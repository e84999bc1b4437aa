"""The rules there are, and those that hold for a file.

A rule pack is an installed package. Each of its modules that has a ``RULE`` is a rule, so a rule
is added by adding its file. The built-in pack comes in by the same door as all others.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from tfcheck.config import SEVERITIES, Settings
from tfcheck.errors import WrongUse, suggestion
from tfcheck.rule import OptionValue, Rule, Severity
from tfcheck.tool_rules import TOOL_RULES

BUILT_IN = "lint_rules"
ALL = "ALL"
_WORDS = {bool: "true or false", int: "a whole number", float: "a number", str: "a string"}


class ActiveRule(NamedTuple):
    """A rule as the settings of a file have it."""

    rule: Rule
    options: Mapping[str, OptionValue]
    severity: Severity | None


@lru_cache
def all_rules(packs: tuple[str, ...] = ()) -> tuple[Rule, ...]:
    """The rules of tfcheck itself, of the built-in pack and of ``packs``, sorted by code."""
    rules = list(TOOL_RULES)
    for pack in dict.fromkeys((BUILT_IN, *packs)):
        rules += _load(pack)
    taken: set[str] = set()
    for rule in rules:
        if not taken.isdisjoint((rule.code, rule.name)):
            raise WrongUse(f"two rules are called {rule.code} or {rule.name}")
        taken.update((rule.code, rule.name))
    return tuple(sorted(rules, key=lambda each: each.code))


def known_rules(settings: Settings) -> tuple[Rule, ...]:
    """All rules where ``settings`` hold, whether they select them or not."""
    try:
        return all_rules(settings.rule_packs)
    except WrongUse as error:
        raise WrongUse(f"{settings.file}: rule-packs: {error}") from None


def find(word: str, rules: Iterable[Rule]) -> Rule:
    """The rule with this code or name."""
    known = {key: rule for rule in rules for key in (rule.code, rule.name)}
    found = known.get(word) or known.get(word.upper()) or known.get(word.lower())
    if found is None:
        raise WrongUse(f"there is no rule '{word}'{suggestion(word, known)}")
    return found


def matching(selector: str, rules: Iterable[Rule]) -> frozenset[str]:
    """The codes that a code, a name, the beginning of a code or ``ALL`` means; none is wrong."""
    codes = {rule.code for rule in rules if selector in (rule.name, ALL)}
    codes.update(rule.code for rule in rules if selector and rule.code.startswith(selector))
    if not codes:
        known = [key for rule in rules for key in (rule.code, rule.name)]
        raise WrongUse(f"there is no rule '{selector}'{suggestion(selector, known)}")
    return frozenset(codes)


def active_rules(settings: Settings) -> tuple[ActiveRule, ...]:
    """The rules that ``settings`` select, with their options; wrong names and values are errors."""
    rules = known_rules(settings)
    chosen = frozenset(rule.code for rule in rules if not rule.opt_in)
    for each in settings.selections:
        if each.select is not None:
            chosen = _codes(each.place, each.select, rules)
        chosen |= _codes(each.place, each.extend_select, rules)
        chosen -= _codes(each.place, each.ignore, rules)
    tables = _tables(settings, rules)
    return tuple(
        _configured(rule, tables.get(rule.code, {}), settings.file)
        for rule in rules
        if rule.code in chosen
    )


def ignored_codes(settings: Settings, path: str) -> frozenset[str]:
    """The rules that ``per-file-ignores`` turns off for a file."""
    rules = known_rules(settings)
    return frozenset[str]().union(
        *(
            _codes(each.files.place, each.rules, rules)
            for each in settings.per_file_ignores
            if each.files.match(path)
        )
    )


def check_names(settings: Settings) -> None:
    """Raise :class:`WrongUse` where ``settings`` name a rule or an option that is not there."""
    active_rules(settings)
    rules = known_rules(settings)
    for each in settings.per_file_ignores:
        _codes(each.files.place, each.rules, rules)


def _codes(place: str, selectors: Iterable[str], rules: Sequence[Rule]) -> frozenset[str]:
    try:
        return frozenset[str]().union(*(matching(each, rules) for each in selectors))
    except WrongUse as error:
        raise WrongUse(f"{place}: {error}") from None


def _tables(settings: Settings, rules: Sequence[Rule]) -> dict[str, Mapping[str, OptionValue]]:
    tables: dict[str, Mapping[str, OptionValue]] = {}
    for name, table in settings.rules.items():
        try:
            tables[find(name, rules).code] = table
        except WrongUse as error:
            raise WrongUse(f"{settings.file}: {error}") from None
    return tables


def _configured(rule: Rule, table: Mapping[str, OptionValue], file: str | None) -> ActiveRule:
    severity = None
    options = dict(rule.options)
    for key, value in table.items():
        place = f"{file}: 'rules.{rule.name}.{key}'"
        if key == "severity":
            if value not in SEVERITIES:
                raise WrongUse(f"{place} must be one of {', '.join(SEVERITIES)}, not {value!r}")
            severity = Severity[str(value).upper()]
            continue
        if key not in options:
            hint = suggestion(key, (*options, "severity"))
            raise WrongUse(f"{place}: the rule has no such option{hint}")
        options[key] = _of_type(type(options[key]), value, place)
    return ActiveRule(rule, options, severity)


def _of_type(wanted: type[OptionValue], value: OptionValue, place: str) -> OptionValue:
    if wanted is float and type(value) is int:
        return float(value)
    if type(value) is not wanted:
        raise WrongUse(f"{place} must be {_WORDS[wanted]}, not {value!r}")
    return value


def _load(pack: str) -> list[Rule]:
    root = pack.partition(".")[0]
    is_name = all(part.isidentifier() for part in pack.split("."))
    if not is_name or root in sys.stdlib_module_names:
        raise WrongUse(f"'{pack}' is no rule pack")
    try:
        package = importlib.import_module(pack)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{pack}.".startswith(f"{error.name}."):
            raise
        raise WrongUse(f"there is no installed package '{pack}'") from None
    modules = pkgutil.walk_packages(getattr(package, "__path__", ()), f"{pack}.")
    names = [each.name for each in modules if not each.name.endswith(".__main__")]
    rules = [each.RULE for each in map(importlib.import_module, names) if hasattr(each, "RULE")]
    if not rules:
        raise WrongUse(f"'{pack}' is no rule pack: none of its modules has a RULE")
    return rules
