"""Draw findings at random, rule by rule, to be judged by people who see code and message only.

    python benchmarks/draw_findings.py CORPUS_ROOT --repos repos.csv --output drawn.csv
        [--each 20] [--seed 20261124] [--select RULE,...]

``CORPUS_ROOT`` holds a work tree for each repository, in a folder named ``OWNER+NAME``; a second
version of one is in ``OWNER+NAME__LABEL``. ``repos.csv`` has the columns ``repo``, ``commit`` and
``kind``. Every script and notebook that is no test is checked with the default rules, and of the
findings at warning or above up to ``--each`` a rule are drawn from the repositories of experts,
and as many from all others: at most four from a repository, ten from a collection of kernels.

The output has a row a finding: repository, commit, path, cell, line, kind, rule, severity, message,
evidence and what is proposed instead, without code. A column ``verdict`` (true, false, doubtful)
and one ``reason`` are left to whoever judges. How often each rule speaks is printed, as findings
and as the share of the training files.
"""

from __future__ import annotations

import argparse
import csv
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tfcheck.checker import Checker
from tfcheck.config import Settings
from tfcheck.engine import File, mentions_keras
from tfcheck.rule import Finding, Severity

COLUMNS = (
    "repo commit path cell line kind rule severity message evidence instead verdict reason".split()
)
KERNELS = "kaggle"


class Repository(NamedTuple):
    name: str
    commit: str
    kind: str
    folder: Path


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("corpus_root", type=Path)
    parser.add_argument("--repos", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--each", type=int, default=20)
    parser.add_argument("--seed", type=int, default=20261124)
    parser.add_argument("--select", default="", help="names of rules, with commas")
    options = parser.parse_args()
    wanted = set(filter(None, options.select.split(",")))
    by_rule: dict[tuple[str, str], list[tuple[Repository, Finding]]] = defaultdict(list)
    files, speaking = Counter[str](), Counter[tuple[str, str]]()
    check = Checker()
    for repository, path in scripts(options.corpus_root, options.repos):
        report = check(File(str(path), Settings()))
        if not report.runs:
            continue
        group = "expert" if repository.kind == "expert" else "other"
        files[group] += 1
        loud = [each for each in report.findings if each.severity > Severity.NOTE]
        speaking.update((rule, group) for rule in {each.name for each in loud})
        for each in loud:
            if not wanted or each.name in wanted:
                by_rule[each.name, group].append((repository, each))
    write(options, by_rule)
    for (rule, group), findings in sorted(by_rule.items()):
        share = speaking[rule, group] / files[group]
        print(f"{rule:36} {group:7} {len(findings):5} findings, {share:6.1%} of files")
    print(f"training files: {dict(files)}")
    return 0


def scripts(root: Path, table: Path) -> Iterator[tuple[Repository, Path]]:
    for repository in repositories(root, table):
        for path in sorted(repository.folder.rglob("*")):
            if is_script(path) and mentions_keras(path.read_bytes()):
                yield repository, path


def is_script(path: Path) -> bool:
    test = "test" in path.name or "tests" in path.parts
    return path.suffix in (".py", ".ipynb") and path.is_file() and not test


def repositories(root: Path, table: Path) -> Iterator[Repository]:
    with table.open(encoding="utf-8", newline="") as lines:
        rows = {row["repo"].partition(" ")[0]: row for row in csv.DictReader(lines)}
    for folder in sorted(root.iterdir()):
        name = folder.name.partition("__")[0].replace("+", "/")
        if name in rows:
            yield Repository(name, rows[name]["commit"], rows[name]["kind"], folder)


def write(
    options: argparse.Namespace,
    by_rule: dict[tuple[str, str], list[tuple[Repository, Finding]]],
) -> None:
    chance = random.Random(options.seed)
    drawn: list[tuple[Repository, Finding]] = []
    for key in sorted(by_rule):
        drawn += draw(by_rule[key], options.each, chance)
    chance.shuffle(drawn)
    with options.output.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n", restval="")
        writer.writeheader()
        writer.writerows(row(*each) for each in drawn)


def draw(
    findings: list[tuple[Repository, Finding]], most: int, chance: random.Random
) -> list[tuple[Repository, Finding]]:
    taken, drawn = Counter[str](), []
    for repository, finding in chance.sample(findings, len(findings)):
        if taken[repository.name] < (10 if repository.kind == KERNELS else 4):
            taken[repository.name] += 1
            drawn.append((repository, finding))
    return drawn[:most]


def row(repository: Repository, finding: Finding) -> dict[str, object]:
    place = finding.location
    return {
        "repo": repository.name,
        "commit": repository.commit,
        "path": str(Path(place.filename).resolve().relative_to(repository.folder.resolve())),
        "cell": place.cell or "",
        "line": place.row,
        "kind": repository.kind,
        "rule": finding.name,
        "severity": finding.severity.label,
        "message": finding.message,
        "evidence": "; ".join(
            f"line {each.location.row}: {each.message}" for each in finding.evidence
        ),
        "instead": finding.instead or "",
    }


if __name__ == "__main__":
    sys.exit(main())
