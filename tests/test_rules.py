"""Every rule: its documentation, and the examples in it through the real command line."""

from __future__ import annotations

import re

import pytest
from conftest import Command, Write

from tfcheck.registry import all_rules
from tfcheck.rule import Rule
from tfcheck.tool_rules import TOOL_RULES

HEADINGS = (
    "What it does",
    "Why is this bad?",
    "Example",
    "Use instead",
    "Fix safety",
    "What it does not claim",
    "References",
)
RULES = [rule for rule in all_rules(()) if rule not in TOOL_RULES]
IDS = [rule.name for rule in RULES]


def section(rule: Rule, heading: str) -> str:
    found = re.search(
        rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", rule.documentation, re.M | re.S
    )
    assert found, f"{rule.name} has no {heading!r}"
    return found[1]


def example(rule: Rule, heading: str) -> str:
    found = re.search(r"```python\n(.*?)```", section(rule, heading), re.S)
    assert found, f"{rule.name} shows no code under {heading!r}"
    return found[1]


@pytest.mark.parametrize("rule", RULES, ids=IDS)
def test_documentation_has_every_heading_in_order(rule: Rule) -> None:
    places = [rule.documentation.find(f"\n## {heading}\n") for heading in HEADINGS]
    assert all(place > 0 for place in places)
    assert places == sorted(places)
    for heading in HEADINGS:
        assert section(rule, heading).strip()


@pytest.mark.parametrize("rule", RULES, ids=IDS)
def test_options_are_documented(rule: Rule) -> None:
    for option, default in rule.options.items():
        assert f"- `{option}` ({default}):" in section(rule, "Options")


@pytest.mark.parametrize("rule", RULES, ids=IDS)
def test_examples(rule: Rule, write: Write, check: Command) -> None:
    write({"bad.py": example(rule, "Example"), "good.py": example(rule, "Use instead")})
    chosen = ("--preview", "--extend-select", rule.code)
    assert rule.name in {each["name"] for each in check("bad.py", *chosen).findings}
    good = [each for each in check("good.py", *chosen).findings if each["severity"] != "note"]
    assert good == []


def test_the_list_says_which_rules_can_fix(tfcheck: Command) -> None:
    listed = {
        line.split()[1]: line.split()[3] == "fix" for line in tfcheck("rules").out.splitlines()
    }
    for rule in RULES:
        fixes = not section(rule, "Fix safety").startswith("No fix")
        assert listed[rule.name] is fixes
        first = tfcheck("explain", rule.name).out.splitlines()[0]
        assert first.endswith("can be fixed") is fixes


def test_codes_are_of_one_family_and_names_are_kebab_case() -> None:
    assert len({rule.code for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert re.fullmatch(r"TFC[1-9]\d\d", rule.code)
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", rule.name)
