"""What each format prints, through the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from conftest import TRAINING, Command, Write
from sarif_pydantic import Sarif

SCHEMA = json.loads((Path(__file__).parent.parent / "docs" / "findings.schema.json").read_text())
AWKWARD = "a, b: 100%.py"


def notebook(*cells: str) -> str:
    """A notebook with a cell of text before the given cells of code."""
    listed: list[dict[str, Any]] = [{"cell_type": "markdown", "metadata": {}, "source": ["# Text"]}]
    for cell in cells:
        listed.append(
            {
                "cell_type": "code",
                "execution_count": None,
                "metadata": {},
                "outputs": [],
                "source": cell.splitlines(keepends=True),
            }
        )
    return json.dumps({"cells": listed, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


@pytest.fixture
def files(write: Write) -> None:
    imports, _, rest = TRAINING.partition("\n")
    write({"train.py": TRAINING, "train.ipynb": notebook(imports, rest), AWKWARD: TRAINING})


@pytest.mark.usefixtures("files")
def test_json_is_as_its_schema_says(check: Command) -> None:
    findings = check(".").findings
    jsonschema.validate(findings, SCHEMA)
    assert {each["cell"] for each in findings} == {None, 3}
    (bare,) = [
        each for each in findings if (each["filename"], each["name"]) == ("train.py", "bare-sgd")
    ]
    row = TRAINING.splitlines()[bare["location"]["row"] - 1]
    span = slice(bare["location"]["column"] - 1, bare["end_location"]["column"] - 1)
    assert row[span] == '"sgd"'
    assert all(each["filename"] == "train.py" for each in bare["evidence"])


@pytest.mark.usefixtures("files")
def test_sarif_is_valid_and_says_the_same(tfcheck: Command, check: Command) -> None:
    text = tfcheck("--output-format", "sarif", ".").out
    report = Sarif.model_validate(json.loads(text))
    (run,) = report.runs
    findings = check(".").findings
    assert [(each.rule_id, each.message.text) for each in run.results or []] == [
        (each["code"], each["message"]) for each in findings
    ]
    rules = run.tool.driver.rules or []
    assert {each["code"] for each in findings} <= {rule.id for rule in rules}


@pytest.mark.usefixtures("files")
def test_concise_is_one_line_a_finding(tfcheck: Command, check: Command) -> None:
    lines = tfcheck("--output-format", "concise", "--quiet", ".").out.splitlines()
    findings = check(".").findings
    assert len(lines) == len(findings)
    for line, finding in zip(lines, findings, strict=True):
        cell = f"cell {finding['cell']}:" if finding["cell"] else ""
        place = f"{finding['location']['row']}:{finding['location']['column']}"
        assert line.startswith(f"{finding['filename']}:{cell}{place}: {finding['severity']}: ")
        assert line.endswith(f"[{finding['code']} {finding['name']}]")


@pytest.mark.usefixtures("files")
def test_sarif_has_the_fixes_of_scripts(tfcheck: Command, check: Command) -> None:
    (run,) = json.loads(tfcheck("--output-format", "sarif", ".").out)["runs"]
    for result, finding in zip(run["results"], check(".").findings, strict=True):
        assert ("fixes" in result) is (finding["cell"] is None)
        if "fixes" not in result:
            continue
        ((change,),) = [each["artifactChanges"] for each in result["fixes"]]
        assert [each["insertedContent"]["text"] for each in change["replacements"]] == [
            each["content"] for each in finding["fix"]["edits"]
        ]


def test_full_shows_a_fix_as_a_diff(tfcheck: Command, write: Write) -> None:
    write({"train.py": TRAINING})
    lines = tfcheck("--output-format", "full", "--select", "bare-sgd").out.splitlines()
    old = TRAINING.splitlines()[4]
    new = old.replace('"sgd"', "keras.optimizers.SGD(learning_rate=0.01, momentum=0.9)")
    first = next(index for index, line in enumerate(lines) if "= unsafe fix: " in line)
    assert lines[first + 1 : first + 3] == [f"     5 - {old}", f"     5 + {new}"]


def test_concise_marks_what_would_be_fixed(tfcheck: Command, write: Write) -> None:
    write({"train.py": TRAINING})
    words = ("--output-format", "concise", "--select", "bare-sgd", "--quiet")
    assert "[*]" not in tfcheck(*words).out
    assert ": warning: [*] " in tfcheck(*words, "--unsafe-fixes").out


@pytest.mark.usefixtures("files")
def test_github_escapes_what_its_commands_are_made_of(tfcheck: Command) -> None:
    lines = tfcheck("--output-format", "github", "--quiet", ".").out.splitlines()
    assert all(line.startswith(("::warning ", "::notice ", "::error ")) for line in lines)
    (awkward,) = [line for line in lines if "100" in line and "bare-sgd" in line]
    assert "file=a%2C b%3A 100%25.py," in awkward
    assert any("::cell 3, line" in line for line in lines)


@pytest.mark.usefixtures("files")
def test_full_shows_the_line_the_caret_the_evidence_and_what_to_write(tfcheck: Command) -> None:
    out = tfcheck("train.py").out
    lines = out.splitlines()
    frame = next(number for number, line in enumerate(lines) if "model.compile" in line)
    caret = lines[frame + 1]
    assert caret.index("^") == lines[frame].index('"sgd"')
    assert caret.count("^") == len('"sgd"')
    assert "= line 6:" in out
    assert "= instead: keras.optimizers.SGD(" in out


def test_full_of_the_standard_input_shows_what_was_given(tfcheck: Command) -> None:
    result = tfcheck("-", "--stdin-filename", "given.py", stdin=TRAINING)
    assert 'model.compile(optimizer="sgd", loss="mse")' in result.out


@pytest.mark.usefixtures("files")
def test_colours_only_where_they_are_wanted(tfcheck: Command) -> None:
    assert "\x1b[" not in tfcheck("train.py").out
    assert "\x1b[" in tfcheck("--color", "always", "train.py").out


def test_a_long_path_is_not_folded(write: Write, tfcheck: Command) -> None:
    path = "/".join(["a_folder_with_a_long_name"] * 8) + "/train.py"
    write({path: TRAINING})
    assert f"{path}:5:29" in tfcheck(".").out


def test_no_more_of_a_line_is_shown_than_fits(write: Write, tfcheck: Command) -> None:
    write({"train.py": TRAINING.replace('"mse")', '"mse")  # ' + "secret " * 100)})
    assert all(len(line) < 200 for line in tfcheck("train.py").out.splitlines())
