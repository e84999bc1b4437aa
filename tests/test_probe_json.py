"""What programs read of a probe: JSON by its schema, and SARIF."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from probe_reports import REPORTS, diverging, fit, report, several, slow, trial
from sarif_pydantic import Sarif

from runtime_probe.report import Report
from runtime_probe.report.evidence import judged_findings
from runtime_probe.report.json import write as write_json
from runtime_probe.report.sarif import write as write_sarif
from tfcheck.registry import all_rules
from tfcheck.rule import Severity

DOCS = Path(__file__).parent.parent / "docs"
SCHEMA = json.loads((DOCS / "probe.schema.json").read_text())
OF_CHECK = json.loads((DOCS / "findings.schema.json").read_text())


def as_json(shown: Report) -> dict[str, Any]:
    stream = io.StringIO()
    write_json(shown, stream)

    def not_json(word: str) -> None:
        raise AssertionError(f"{word} is not JSON")

    document: dict[str, Any] = json.loads(stream.getvalue(), parse_constant=not_json)
    return document


@pytest.mark.parametrize("name", sorted(REPORTS))
def test_it_is_as_its_schema_says(name: str) -> None:
    jsonschema.validate(as_json(REPORTS[name]()), SCHEMA)


def test_the_schema_describes_findings_as_that_of_check_does() -> None:
    ours, theirs = SCHEMA["$defs"], OF_CHECK["$defs"]
    for name in ("position", "cell", "evidence", "edit", "fix"):
        assert ours[name] == theirs[name]
    assert theirs["finding"]["properties"].items() <= ours["finding"]["properties"].items()


def test_each_finding_has_its_verdict_and_the_numbers_behind_it() -> None:
    document = as_json(diverging())
    verdicts = {each["name"]: (each["verdict"], each["reason"]) for each in document["findings"]}
    assert verdicts == {
        "bare-sgd": ("refuted", "no-effect"),
        "unscaled-features": ("confirmed", None),
        "no-early-stopping": ("refuted", "never-stops"),
        "partial-seeding": ("untried", "no-intervention"),
    }
    ((trial_,),) = [
        each["trials"] for each in document["findings"] if each["name"] == "unscaled-features"
    ]
    assert trial_["company"] == ["momentum"]
    assert [each["seed"] for each in trial_["seeds"]] == [0, 1, 2]
    for each in trial_["seeds"]:
        assert each["without"]["loss"] > 1000 > each["with"]["loss"]
        assert each["without"]["optimised_loss"] > 1000 > each["with"]["optimised_loss"]
        assert each["gain"]["skill"] == each["with"]["skill"] - each["without"]["skill"]
        runs = [
            run
            for run in document["fits"][0]["runs"]
            if run["seed"] == each["seed"] and run["changes"] == each["with"]["changes"]
        ]
        assert len(runs) == 1


def test_what_is_not_finite_is_null() -> None:
    (first, _) = as_json(several())["fits"]
    assert None in first["runs"][0]["losses"]
    worth = as_json(several())["findings"][0]["trials"][0]["seeds"][0]
    assert worth["without"]["optimised_loss"] is None
    assert first["layers"][-1]["gradient_norms"] == [0.8, None]


def test_a_measured_fault_stands_apart_from_the_findings() -> None:
    (fault,) = as_json(slow())["measured"]
    assert (fault["name"], fault["verdict"]) == ("vanishing-learning-rate", "confirmed")
    assert (fault["where"], fault["line"], fault["cell"]) == ("optimizer", 13, None)
    stream = io.StringIO()
    write_sarif(slow(), all_rules(), stream)
    results = json.loads(stream.getvalue())["runs"][0]["results"]
    (place,) = next(each["locations"] for each in results if "rate" in each["message"]["text"])
    assert place["physicalLocation"]["region"]["startLine"] == 13


def test_a_finding_refuted_at_one_fit_and_open_at_another_is_not_refuted() -> None:
    shown = diverging()
    (refuted,) = [each for each in shown.verdicts if each.rule == "bare-sgd"]
    open_ = replace(refuted, fit=1, ruling=shown.verdicts[0].ruling.INCONCLUSIVE)
    shown = replace(shown, verdicts=(refuted, open_))
    assert as_json(shown)["findings"][0]["verdict"] == "inconclusive"


def test_verdicts_are_evidence_and_what_is_refuted_is_a_note() -> None:
    findings = {each.name: each for each in judged_findings(diverging())}
    assert findings["bare-sgd"].severity is Severity.NOTE
    assert findings["bare-sgd"].evidence[-1].message.startswith("refuted by a trial: ")
    assert findings["bare-sgd"].evidence[-1].location.row == 12
    assert findings["unscaled-features"].severity is Severity.WARNING
    assert findings["unscaled-features"].evidence[-1].message.startswith("confirmed by a trial: ")
    assert findings["partial-seeding"] == diverging().findings[3]


@pytest.mark.parametrize("name", sorted(set(REPORTS) - {"hostile"}))
def test_sarif_is_valid_and_says_the_same(name: str) -> None:
    shown = REPORTS[name]()
    stream = io.StringIO()
    write_sarif(shown, all_rules(), stream)
    (run,) = Sarif.model_validate(json.loads(stream.getvalue())).runs
    document = as_json(shown)
    results = json.loads(stream.getvalue())["runs"][0]["results"]
    said = [*document["findings"], *document["measured"]]
    assert [each["properties"]["verdict"] for each in results[: len(said)]] == [
        each["verdict"] for each in said
    ]
    assert [each["ruleId"] for each in results[len(said) :]] == [
        f"symptom/{each['name']}" for each in document["symptoms"]
    ]
    assert len(run.results or []) == len(results)


def test_what_is_not_known_is_null() -> None:
    here = fit(rows=None, learning_rate=None, loss_of_constant=None)
    (only,) = as_json(report([], [], [here, trial(here, (), 0, lambda *_: 0.5)]))["fits"]
    assert (only["rows"], only["learning_rate"], only["loss_of_constant"]) == (None, None, None)
