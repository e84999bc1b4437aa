"""Does the probe flag programs that people could not train, and leave alone those they repaired?

    python benchmarks/probe_defects.py CORPUS RESULTS --programs runnable_defects.csv \\
        [--only DeepLocalize] [--fits 3]
    python benchmarks/probe_defects.py CORPUS RESULTS --ids peers_on_deepmufl.csv

CORPUS holds checkouts named ``owner+repository``. The first form takes programs of a table with
the columns ``repo``, ``path`` and ``fixed_path``, as ``revive`` does, and probes the buggy and the
fixed ones. Flagged is a program with a confirmed intervention, early stopping apart, or with a
symptom that training goes wrong. How the program really trains, by Keras' own ``fit`` from a few
seeds, is shown beside it (``skill``): the shares are given once of all programs, and once
without buggy ones that train well now and fixed ones that do not train yet.

The second form takes the programs of one benchmark by their ``id``, and writes all messages, of
reading and of probing, to ``messages.jsonl`` in RESULTS, one program a line, for judges who see
the code and the messages alone.

RESULTS keeps what the probe said, and how each program trained, which is not measured again.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import math
import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from probed import Probed, probe
from revive import LEFT_OUT, NO_PROGRAMS
from skill import Skill, copied, middle, skills_of

BY_ID = "ali-ghanbari+deepmufl-ase-2023/Dataset/all-bugs/{}/bug.py"
GOES_WRONG = frozenset(
    """nan-loss divergence oscillation vanishing-gradients exploding-gradients dead-units
    saturated-units constant-output no-learning slow-convergence too-few-steps unreachable-targets
    unfit-loss cut-off-indices""".split()
)
"""Symptoms of the kinds that the tables know: loss does not change, performance is low, output is
wrong, training takes long. Overfitting and shifted validation data are none of these."""
TRAINS, BROKEN = 0.8, 0.3


class Program(NamedTuple):
    path: Path
    is_fixed: bool


class Judged(NamedTuple):
    """One program, what a probe said of it, and how it trains in truth (NaN: not known)."""

    program: Program
    probed: Probed
    skill: float

    @property
    def is_flagged(self) -> bool:
        causes = self.probed.confirmed - {"early-stopping"}
        return bool(causes or self.probed.symptoms & GOES_WRONG)

    @property
    def is_mislabelled(self) -> bool:
        """It trains although it is said to be buggy, or does not although it is said not to be."""
        return self.skill < BROKEN if self.program.is_fixed else self.skill >= TRAINS


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("results", type=Path)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--programs", type=Path)
    source.add_argument("--ids", type=Path)
    parser.add_argument("--only", default="", help="of repositories with this in their name")
    parser.add_argument("--fits", type=int, default=0, help="real trainings of each program")
    parser.add_argument("--limit", type=int, default=300, help="CPU seconds for each training")
    parser.add_argument("--budget", type=int, default=60, help="seconds for each probe")
    options = parser.parse_args()
    if options.ids:
        _write_messages(options)
        return 0
    programs = list(dict.fromkeys(_programs(options.programs, options.corpus, options.only)))
    judged = [_judged(each, options) for each in programs]
    _print_shares([each for each in judged if _is_probed(each.probed)])
    return 0


def _programs(table: Path, corpus: Path, only: str) -> Iterator[Program]:
    with table.open(newline="") as file:
        for row in csv.DictReader(file):
            if only not in row["repo"] or any(word in row["data"] for word in LEFT_OUT):
                continue
            if row["runs_offline"].startswith(NO_PROGRAMS):
                continue
            root = corpus / row["repo"].replace("/", "+")
            for path, is_fixed in ((row["path"], False), (row["fixed_path"], True)):
                script = root / path
                if script.suffix == ".py" and script.is_file() and b".fit(" in script.read_bytes():
                    yield Program(script, is_fixed)


def _judged(program: Program, options: argparse.Namespace) -> Judged:
    probed = _probe(program.path, options)
    skill = _skill(program.path, options) if options.fits else math.nan
    judged = Judged(program, probed, skill)
    word = "flagged" if judged.is_flagged else "quiet"
    said = probed.error or f"{sorted(probed.confirmed)} {sorted(probed.symptoms)}"
    kind = "fixed" if program.is_fixed else "buggy"
    if not _is_probed(probed):
        word, said = "no trial", probed.error or probed.report["ended"]["message"]
    print(f"{kind} {word}: skill {skill:.2f}, {probed.seconds:.0f} s, {said} {program.path}")
    sys.stdout.flush()
    return judged


def _is_probed(probed: Probed) -> bool:
    """Whether a fit was reached."""
    return bool(probed.report.get("fits"))


def _probe(program: Path, options: argparse.Namespace) -> Probed:
    key = _key(program)
    folder = options.results / "programs" / key
    shutil.rmtree(folder, ignore_errors=True)
    script = copied(program, folder)
    return probe(script, budget=options.budget, into=options.results / "probes" / f"{key}.json")


def _skill(program: Path, options: argparse.Namespace) -> float:
    kept: Path = options.results / "skills" / f"{_key(program)}-{options.fits}.json"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps(skills_of(program, options.fits, options.limit)))
    return middle([Skill(*each) for each in json.loads(kept.read_text())])


def _key(program: Path) -> str:
    return hashlib.sha256(str(program).encode()).hexdigest()[:16]


def _print_shares(judged: Sequence[Judged]) -> None:
    print()
    for is_fixed, word in ((False, "buggy"), (True, "fixed")):
        of_kind = [each for each in judged if each.program.is_fixed is is_fixed]
        honest = [each for each in of_kind if not each.is_mislabelled]
        print(f"{word}: {_share(of_kind)} flagged; {_share(honest)} without those that", end=" ")
        print(f"{'do not train' if is_fixed else 'train well'} in truth")
    print(f"{_median_seconds([each.probed for each in judged])} s in the median")


def _share(judged: Sequence[Judged]) -> str:
    flagged = sum(each.is_flagged for each in judged)
    return f"{flagged} of {len(judged)} ({flagged / max(1, len(judged)):.0%})"


def _write_messages(options: argparse.Namespace) -> None:
    options.results.mkdir(parents=True, exist_ok=True)
    with options.ids.open(newline="") as file:
        names = [row["id"] for row in csv.DictReader(file)]
    probes = []
    with (options.results / "messages.jsonl").open("w") as lines:
        for name in names:
            program = options.corpus / BY_ID.format(name)
            probed = _probe(program, options)
            probes.append(probed)
            said = list(messages(probed))
            record = {"id": name, "path": str(program), "error": probed.error, "messages": said}
            lines.write(json.dumps({**record, "seconds": round(probed.seconds, 1)}) + "\n")
            lines.flush()
            loud = sum(each["severity"] != "note" for each in said)
            words = probed.error or f"{loud} messages at error or warning"
            print(f"{name}: {words}, {probed.seconds:.0f} s", flush=True)
    print(f"{len(probes)} programs, {_median_seconds(probes)} s in the median")


def messages(probed: Probed) -> Iterator[dict[str, Any]]:
    """What a probe says to a person: findings, measured faults, symptoms, and what was raised.

    A finding that was refuted is a note.
    """
    for each in probed.report.get("findings", ()):
        refuted = each["verdict"] == "refuted"
        yield {
            "line": each["location"]["row"],
            "name": each["name"],
            "severity": "note" if refuted else each["severity"],
            "message": each["message"],
            "verdict": each["verdict"],
            "sentence": each["sentence"],
        }
    for each in probed.report.get("measured", ()):
        confirmed = each["verdict"] == "confirmed"
        yield {
            "line": each["line"],
            "name": each["name"],
            "severity": "warning" if confirmed else "note",
            "message": each["message"],
            "verdict": each["verdict"],
            "sentence": each["sentence"],
        }
    for each in probed.report.get("symptoms", ()):
        yield {
            "line": each["line"],
            "name": each["name"],
            "severity": "warning",
            "message": each["message"],
            "where": each["where"],
            "next": each["next"],
        }
    ended = probed.report.get("ended", {})
    if ended.get("how") == "exception" and ended["line"] is not None:
        message = ended["message"]
        yield {"line": ended["line"], "name": "raises", "severity": "error", "message": message}


def _median_seconds(probes: Sequence[Probed]) -> str:
    return f"{median(each.seconds for each in probes):.0f}" if probes else "no"


if __name__ == "__main__":
    sys.exit(main())
