"""``tfcheck rules``: all rules that there are."""

from __future__ import annotations

import json
import os
from argparse import ArgumentParser
from collections.abc import Sequence

from tfcheck.cli import SUCCESS
from tfcheck.cli.options import add_configuration, configuration
from tfcheck.registry import known_rules
from tfcheck.rule import DOCUMENTATION_URL, Rule


def run(words: Sequence[str]) -> int:
    """Print the rules that the configuration of the working directory knows."""
    parser = ArgumentParser("tfcheck rules", description="List all rules.")
    parser.add_argument("--output-format", choices=("text", "json"), default="text")
    add_configuration(parser)
    options = parser.parse_args(words)
    rules = known_rules(configuration(options).of(os.getcwd()))
    if options.output_format == "json":
        print(json.dumps([_as_json(rule) for rule in rules], indent=2))
        return SUCCESS
    width = max(len(rule.name) for rule in rules)
    for rule in rules:
        fix = "fix" if rule.has_fix else ""
        traits = f" ({rule.traits})" if rule.traits else ""
        what = f"{rule.severity.label:7} {fix:3} {rule.summary}{traits}"
        print(f"{rule.code} {rule.name:{width}} {what}")
    return SUCCESS


def _as_json(rule: Rule) -> dict[str, object]:
    return {
        "code": rule.code,
        "name": rule.name,
        "severity": rule.severity.label,
        "summary": rule.summary,
        "documentation": rule.documentation.strip(),
        "options": dict(rule.options),
        "opt_in": rule.opt_in,
        "preview": rule.preview,
        "intervention": rule.intervention,
        "has_fix": rule.has_fix,
        "url": f"{DOCUMENTATION_URL}{rule.name}/",
    }
