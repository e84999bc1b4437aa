"""The sound programs are sound: tfcheck has nothing to say of any of them."""

from __future__ import annotations

from pathlib import Path

from conftest import Command

FOLDER = Path(__file__).parent.parent / "fixtures/sound"


def test_nothing_is_found_at_warning_or_above(check: Command) -> None:
    result = check("--isolated", FOLDER)
    loud = [each for each in result.findings if each["severity"] != "note"]
    assert (result.code, loud) == (0, [])


def test_enough_programs_are_read_whole(tfcheck: Command) -> None:
    last = tfcheck("--isolated", FOLDER).out.strip().splitlines()[-1]
    programs = sum(each.suffix in {".py", ".ipynb"} for each in FOLDER.iterdir())
    assert programs >= 22
    assert f"0 not resolved ({programs} files about Keras, 0 not)" in last
