"""The pages of the rules, made of what the rules say of themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from measured import section

from tfcheck.rule import Rule

FAMILIES = {
    "0": "tfcheck itself",
    "1": "Scaling and data",
    "2": "Leakage and splits",
    "3": "Loss, labels and output",
    "4": "Architecture",
    "5": "Optimizer",
    "6": "Training, callbacks and reproducibility",
    "7": "tf.data",
    "8": "Graph, memory, speed and saving",
    "9": "Migration",
}
"""What the first digit of a code means."""

INDEX = "rules/index.md"
_PREFIX = "TFC"


def pages(rules: Sequence[Rule]) -> Mapping[str, str]:
    """The text of each page by its path: all rules, and one page for each."""
    return {INDEX: _index(rules), **{path(rule): _page(rule) for rule in rules}}


def path(rule: Rule) -> str:
    return f"rules/{rule.name}.md"


def navigation(rules: Sequence[Rule]) -> Iterator[str]:
    """The lines of ``mkdocs.yml`` that follow the one for the index."""
    for family, members in families(rules):
        yield f'      - "{family}":'
        yield from (f"          - {path(rule)}" for rule in members)


def families(rules: Iterable[Rule]) -> Iterator[tuple[str, Sequence[Rule]]]:
    """Rules by family, those that are about training first."""
    by_code = sorted(rules, key=lambda rule: rule.code)
    groups = [(family, list(each)) for family, each in groupby(by_code, key=_family)]
    yield from sorted(groups, key=lambda each: each[0] == FAMILIES["0"])


def _family(rule: Rule) -> str:
    return FAMILIES[rule.code.removeprefix(_PREFIX)[0]]


def _page(rule: Rule) -> str:
    summary, _, rest = rule.documentation.strip().partition("\n")
    facts = [f"`{rule.code}`", rule.severity.label, _family(rule)]
    if rule.traits:
        facts.append(f"[{rule.traits}](../configuration.md#rules-that-have-to-be-asked-for)")
    text = f"# {rule.name}\n\n{' · '.join(facts)}\n\n**{summary}**\n{rest}\n"
    if rule.code.startswith(f"{_PREFIX}0"):
        return text  # what is said of tfcheck itself is nothing to judge
    before, heading, references = text.partition("## References\n")
    return f"{before}## Measured\n{section(rule.name)}\n{heading}{references}"


def _index(rules: Sequence[Rule]) -> str:
    lines = [
        "# All rules",
        "",
        f"{len(rules)} rules. Severity says what happens if you ship it: an *error* crashes or "
        "gives a wrong result, for a *warning* a reviewer would ask for a change, a *note* is "
        "merely untuned and fails no run. `tfcheck explain RULE` prints the page of a rule.",
    ]
    for family, members in families(rules):
        lines += ["", f"## {family}", "", "| code | name | severity | says |", "|---|---|---|---|"]
        lines += [_row(rule) for rule in members]
    return "\n".join(lines) + "\n"


def _row(rule: Rule) -> str:
    severity = ", ".join(filter(None, (rule.severity.label, rule.traits)))
    summary = rule.summary.replace("|", "\\|")
    return f"| {rule.code} | [{rule.name}]({rule.name}.md) | {severity} | {summary} |"
