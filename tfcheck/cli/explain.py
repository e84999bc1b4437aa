"""``tfcheck explain``: what a rule reports and why."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from collections.abc import Sequence

from tfcheck.cli import SUCCESS
from tfcheck.cli.options import add_configuration, configuration
from tfcheck.registry import find, known_rules


def run(words: Sequence[str]) -> int:
    """Print the page of the rule that ``words`` name."""
    parser = ArgumentParser("tfcheck explain", description="Say what a rule reports and why.")
    parser.add_argument("rule", metavar="RULE", help="its code or name")
    add_configuration(parser)
    options = parser.parse_args(words)
    settings = configuration(options).of(os.getcwd())
    rule = find(options.rule, known_rules(settings))
    traits = f", {rule.traits}" if rule.traits else ""
    fix = ", some of it can be fixed" if rule.has_fix else ""
    print(f"{rule.name} ({rule.code}), {rule.severity.label}{traits}{fix}\n")
    print(rule.documentation.strip())
    return SUCCESS
