"""Calls that pass an argument of the table: what the rules about arguments have in common."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from lint_rules.migration.arguments import ARGUMENTS
from lint_rules.migration.asked import asked_of, home_of
from lint_rules.migration.combined import COMBINED
from lint_rules.migration.rows import BOTH, Argument, holds
from tfcheck.changes import Applicability, Change, Cure, RemoveArgument, RenameArgument, SetArgument
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
    """The calls that pass something of which ``what`` comes, with the rows that say so.

    A call comes once for each kind of fix, as what is fixed is no longer found: what only an
    unsafe fix or none takes out stands for itself.
    """
    asked = asked_of(script)
    homes = [(use, home_of(use.spelled)[0]) for use in asked.functions]
    found = [each for each in homes if each[1] in BOTH and ".legacy." not in each[0].spelled]
    for use, home in (*found, *((use, "keras") for use in asked.methods)):
        rows = [
            row
            for row in _ROWS.get(use.path, ())
            if row.what is what and row.name in use.keywords and holds(row, script.targets, home)
        ]
        by_fix: dict[Applicability | None, list[Argument]] = {}
        for row in rows:
            by_fix.setdefault(row.fix if _changes(use, row) else None, []).append(row)
        yield from ((use, group) for group in by_fix.values())


def function(use: Use) -> str:
    """What is called, as it is spoken of: ``Dense()``, ``model.fit()``."""
    return f"{use.path}()" if use.receiver is not None else f"{use.name}()"


def cure(use: Use, rows: Sequence[Argument]) -> Cure | None:
    """Rename what is passed, write it as today, or take it out: rows of one kind of fix."""
    changes = tuple(change for row in rows for change in _changes(use, row))
    fix = next(row.fix for row in rows)
    if not changes or fix is None:
        return None
    return Cure(fix, f"bring {named(rows)} up to date", changes)


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
