"""The three small scripts that started this project."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import Command

FOLDER = Path(__file__).parent.parent / "fixtures" / "three_scripts"
EXPECTED = json.loads((FOLDER / "expected.json").read_text())


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_what_is_said_of_them(name: str, tfcheck: Command) -> None:
    result = tfcheck("--isolated", "--output-format", "json", str(FOLDER / name))
    found = {"exactly": [], "notes": []}
    for finding in result.findings:
        found["notes" if finding["severity"] == "note" else "exactly"].append(finding["name"])
    assert sorted(found["exactly"]) == EXPECTED[name]["exactly"]
    assert set(found["notes"]) <= set(EXPECTED[name]["notes"])
    assert result.code == bool(EXPECTED[name]["exactly"])
