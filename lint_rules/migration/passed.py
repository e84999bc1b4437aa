"""Calls that pass an argument of the table: what the rules about arguments have in common."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from lint_rules.migration.arguments import ARGUMENTS
from lint_rules.migration.asked import asked_of, home_of
from lint_rules.migration.combined import COMBINED
from lint_rules.migration.rows import BOTH, SAFE, UNSAFE, Argument, holds
from tfcheck.changes import Change, Cure, RemoveArgument, RenameArgument, SetArgument
from tfcheck.rule import Severity
from tfcheck.script import Script, Use
from tfcheck.script.values import Value, constant


def _by_function() -> Mapping[str, list[Argument]]:
    rows: dict[str, list[Argument]] = defaultdict(list)
    for row in ARGUMENTS:
        for function in row.of:
            rows[function].append(row)
    return rows


_ROWS = _by_function()


def passed(script: Script, what: Severity) -> Iterator[tuple[Use, list[Argument]]]:
    """The calls that pass something of which ``what`` comes, with the rows that say so."""
    asked = asked_of(script)
    homes = [(use, home_of(use.spelled)[0]) for use in asked.functions]
    found = [each for each in homes if each[1] in BOTH and ".legacy." not in each[0].spelled]
    for use, home in (*found, *((use, "keras") for use in asked.methods)):
        rows = [
            row
            for row in _ROWS.get(use.path, ())
            if row.what is what and row.name in use.keywords and holds(row, script.targets, home)
        ]
        if rows:
            yield use, rows


def function(use: Use) -> str:
    """What is called, as it is spoken of: ``Dense()``, ``model.fit()``."""
    return f"{use.path}()" if use.receiver is not None else f"{use.name}()"


def cure(use: Use, rows: Iterable[Argument]) -> Cure | None:
    """Rename what is passed, write it as today, or take it out; what is safe first."""
    found = [(row, changes) for row in rows if (changes := _changes(use, row))]
    fix = SAFE if any(row.fix is SAFE for row, _ in found) else UNSAFE
    changes = tuple(each for row, changes in found if row.fix is fix for each in changes)
    if not changes:
        return None
    names = ", ".join(f"{row.name}=" for row, _ in found if row.fix is fix)
    return Cure(fix, f"bring {names} up to date", changes)


def _changes(use: Use, row: Argument) -> tuple[Change, ...]:
    if row.fix is None:
        return ()
    if row.combined:
        return COMBINED[row.name](use)
    given = use.keywords[row.name]
    if row.values:
        value = _today(row, given)
        if row.to is None or value is None:
            return ()
        return (RemoveArgument(use.call, row.name), SetArgument(use.call, row.to, value))
    if row.to is not None:
        return (RenameArgument(use.call, row.name, row.to),)
    if row.only and not _is_one_of(given, row.only):
        return ()
    return (RemoveArgument(use.call, row.name),)


def named(rows: Iterable[Argument]) -> str:
    return ", ".join(f"{row.name}=" for row in rows)


def instead(use: Use, rows: Iterable[Argument]) -> str:
    """What to write for each argument."""
    said = (row.instead or (f"{row.to}=" if row.to else None) for row in rows)
    known = dict.fromkeys(each for each in said if each)
    return ", ".join(known) or f"{function(use)} without it"


def _today(row: Argument, given: Value) -> str | None:
    found = constant(given)
    return next((repr(today) for once, today in row.values if once == found), None)


def _is_one_of(given: Value, values: tuple[object, ...]) -> bool:
    found = constant(given)
    return any(type(found) is type(each) and found == each for each in values)
