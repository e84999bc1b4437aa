"""Settings as the TOML that would bring them about."""

from __future__ import annotations

import json
from collections.abc import Iterator

from tfcheck.config import Settings
from tfcheck.registry import active_rules


def describe(settings: Settings) -> str:
    """``settings`` with every default filled in."""
    return "\n".join(_lines(settings))


def _lines(settings: Settings) -> Iterator[str]:
    active = active_rules(settings)
    yield f"# from {settings.file or 'no configuration file'}"
    values: dict[str, object] = {
        "select": [each.rule.code for each in active],
        "exclude": [pattern for each in settings.exclude for pattern in each.patterns],
        "force-exclude": settings.force_exclude,
        "fail-on": settings.fail_on,
        "output-format": settings.output_format,
        "fix": settings.fix,
        "unsafe-fixes": settings.unsafe_fixes,
        "rule-packs": settings.rule_packs,
        "preview": settings.preview,
    }
    if settings.baseline is not None:
        values["baseline"] = settings.baseline
    targets = {
        "target-keras": settings.target_keras,
        "target-tensorflow": settings.target_tensorflow,
    }
    values.update((key, f"{each[0]}.{each[1]}") for key, each in targets.items() if each)
    for key, value in values.items():
        yield f"{key} = {json.dumps(value)}"
    if settings.per_file_ignores:
        yield "\n[per-file-ignores]"
    for each in settings.per_file_ignores:
        yield f"{json.dumps(each.files.patterns[0])} = {json.dumps(each.rules)}"
    for rule in active:
        severity = rule.severity or rule.rule.severity
        yield f"\n[rules.{rule.rule.name}]\nseverity = {json.dumps(severity.label)}"
        for name, option in rule.options.items():
            yield f"{name} = {json.dumps(option)}"
