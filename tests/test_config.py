"""Where settings come from, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import TRAINING, Command, Pack, Write

IGNORES_SGD = 'ignore = ["bare-sgd"]\n'
SGD, EPOCHS = ":5 bare-sgd", ":6 no-early-stopping"


def in_pyproject(toml: str) -> str:
    return "[tool.tfcheck]\n" + toml


@pytest.mark.parametrize(
    ("name", "toml"),
    [
        ("pyproject.toml", in_pyproject(IGNORES_SGD)),
        ("tfcheck.toml", IGNORES_SGD),
        ("tfcheck.toml", in_pyproject(IGNORES_SGD)),
    ],
)
def test_both_files_configure(check: Command, write: Write, name: str, toml: str) -> None:
    write({name: toml, "deep/down/train.py": TRAINING})
    assert check().places == ["deep/down/train.py" + EPOCHS]


def test_the_nearest_file_wins_whole(check: Command, write: Write) -> None:
    write(
        {
            "tfcheck.toml": IGNORES_SGD,
            "a.py": TRAINING,
            "near/pyproject.toml": in_pyproject('ignore = ["no-early-stopping"]'),
            "near/b.py": TRAINING,
            "near/both/tfcheck.toml": "",
            "near/both/pyproject.toml": in_pyproject(IGNORES_SGD),
            "near/both/c.py": TRAINING,
        }
    )
    assert check().places == [
        "a.py" + EPOCHS,
        "near/b.py" + SGD,
        "near/both/c.py" + SGD,
        "near/both/c.py" + EPOCHS,
    ]


@pytest.mark.parametrize(
    "toml", ["[project]\nname = 'x'\n", "[project]\nname = 'uses-tfcheck'\n", "not TOML at all ["]
)
def test_a_project_that_does_not_configure_is_passed_over(
    check: Command, write: Write, toml: str
) -> None:
    write({"tfcheck.toml": IGNORES_SGD, "inner/pyproject.toml": toml, "inner/a.py": TRAINING})
    assert check().places == ["inner/a.py" + EPOCHS]


def test_a_file_can_be_given(check: Command, write: Write, folder: Path) -> None:
    write({"tfcheck.toml": "", "other/mine.toml": IGNORES_SGD, "a.py": TRAINING})
    assert check("--config", "other/mine.toml").places == ["a.py" + EPOCHS]
    assert check("--config", folder / "other/mine.toml").places == ["a.py" + EPOCHS]


def test_a_given_project_has_to_configure(check: Command, write: Write) -> None:
    write({"pyproject.toml": "[project]\n"})
    assert check("--config", "pyproject.toml").code == 2


def test_isolated_ignores_all_files(check: Command, write: Write) -> None:
    write({"tfcheck.toml": "nonsense = 1", "a.py": TRAINING})
    assert check("--isolated").places == ["a.py" + SGD, "a.py" + EPOCHS]


def test_the_command_line_goes_on_from_the_file(check: Command, write: Write) -> None:
    write({"tfcheck.toml": IGNORES_SGD + 'fail-on = "never"', "a.py": TRAINING})
    assert check("--ignore", "TFC6").places == []
    assert check("--extend-select", "TFC501").places == ["a.py" + SGD, "a.py" + EPOCHS]
    assert check("--select", "TFC501").places == ["a.py" + SGD]
    assert check().code == 0
    assert check("--fail-on", "note").code == 1


def test_selecting_nothing_checks_nothing(check: Command, write: Write) -> None:
    write({"tfcheck.toml": "select = []", "a.py": TRAINING})
    assert check().places == []
    write({"tfcheck.toml": 'select = []\nextend-select = ["TFC5"]'})
    assert check().places == ["a.py" + SGD]


def test_patterns_start_at_the_file_that_has_them(
    check: Command, write: Write, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(
        {
            "tfcheck.toml": """\
                exclude = ["/old"]
                [per-file-ignores]
                "/examples/*.py" = ["bare-sgd"]
                "**/deep/*" = ["TFC6"]
                """,
            "old/a.py": TRAINING,
            "examples/a.py": TRAINING,
            "examples/deep/a.py": TRAINING,
            "sub/examples/a.py": TRAINING,
            "sub/old/a.py": TRAINING,
        }
    )
    expected = [
        "examples/a.py" + EPOCHS,
        "examples/deep/a.py" + SGD,
        "sub/examples/a.py" + SGD,
        "sub/examples/a.py" + EPOCHS,
        "sub/old/a.py" + SGD,
        "sub/old/a.py" + EPOCHS,
    ]
    assert check().places == expected
    monkeypatch.chdir(folder / "examples")
    assert check("..").places == [
        place.removeprefix("examples/") if "examples/" in place[:9] else f"{folder}/{place}"
        for place in sorted(expected, key=lambda each: not each.startswith("sub"))
    ]


def test_a_rule_has_options_and_a_severity(check: Command, write: Write) -> None:
    write({"a.py": TRAINING, "tfcheck.toml": "[rules.no-early-stopping]\nepochs = 501\n"})
    assert "a.py" + EPOCHS not in [
        f"{each['filename']}:{each['location']['row']} {each['name']}"
        for each in check().findings
        if each["severity"] == "warning"
    ]
    write({"tfcheck.toml": '[rules.TFC601]\nepochs = 500\nseverity = "error"\n'})
    severities = {each["name"]: each["severity"] for each in check().findings}
    assert severities == {"bare-sgd": "warning", "no-early-stopping": "error"}


def test_a_whole_number_is_taken_where_any_number_is(
    check: Command, write: Write, install_pack: Pack
) -> None:
    install_pack("number_pack", 'assert type(options["limit"]) is float')
    write(
        {"a.py": TRAINING, "tfcheck.toml": 'rule-packs = ["number_pack"]\nrules.TFC990.limit = 2'}
    )
    result = check()
    assert "a.py:6 example" in result.places
    assert result.code == 1


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ("selct = []", ["'selct'", "did you mean 'select'?"]),
        ("output = 3", ["'output'"]),
        ('select = "TFC5"', ["'select'", "list of strings"]),
        ("select = [5]", ["'select'", "list of strings"]),
        ("exclude = { a = 1 }", ["'exclude'", "list of strings"]),
        ("force-exclude = 1", ["'force-exclude'", "true or false"]),
        ('fail-on = "often"', ["'fail-on'", '"note"']),
        ("fail-on = []", ["'fail-on'", '"note"']),
        ('output-format = "poem"', ["'output-format'", '"sarif"']),
        ('per-file-ignores = ["a"]', ["'per-file-ignores'", "table"]),
        ('per-file-ignores."*.py" = "TFC5"', ["'per-file-ignores'", "list of strings"]),
        ('per-file-ignores."*.py" = ["bare-sdg"]', ["did you mean 'bare-sgd'?"]),
        ('select = ["bare-sdg"]', ["did you mean 'bare-sgd'?"]),
        ("rules = 1", ["'rules'", "table"]),
        ("rules.bare-sgd = 1", ["'rules'", "table"]),
        ("rules.no-early-stopping.epochs = [1]", ["'rules'"]),
        ("rules.no-early-stoping.epochs = 1", ["did you mean 'no-early-stopping'?"]),
        ("rules.no-early-stopping.epoch = 1", ["epoch'", "did you mean 'epochs'?"]),
        ('rules.no-early-stopping.epochs = "9"', ["epochs'", "whole number"]),
        ("rules.no-early-stopping.epochs = 9.5", ["epochs'", "whole number"]),
        ("rules.no-early-stopping.epochs = true", ["epochs'", "whole number"]),
        ('rules.bare-sgd.severity = "fatal"', ["severity'", "warning"]),
        ('rule-packs = ["no_such_pack"]', ["'no_such_pack'", "installed"]),
        ('rule-packs = ["json"]', ["'json'", "no rule pack"]),
        ('rule-packs = ["this"]', ["'this'", "no rule pack"]),
        ('rule-packs = ["pathspec"]', ["'pathspec'", "no rule pack"]),
        ('rule-packs = [".relative"]', ["'.relative'", "no rule pack"]),
        ('rule-packs = ["this is no name"]', ["'this is no name'"]),
        ('exclude = ["!"]', ["!"]),
        ("select = [", []),
    ],
)
@pytest.mark.parametrize("name", ["tfcheck.toml", "pyproject.toml"])
def test_wrong_settings_are_named_with_their_file(
    tfcheck: Command, write: Write, folder: Path, toml: str, words: list[str], name: str
) -> None:
    write({name: toml if name == "tfcheck.toml" else in_pyproject(toml), "a.py": "x = 1\n"})
    result = tfcheck()
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith(f"tfcheck: error: {folder / name}: ")
    assert all(word in result.err for word in words), result.err
    assert "Traceback" not in result.err


def test_a_file_that_is_not_text(tfcheck: Command, write: Write) -> None:
    write({"tfcheck.toml": b"\xff\xfe"})
    assert tfcheck().code == 2


def test_two_packs_with_one_rule(tfcheck: Command, write: Write, install_pack: Pack) -> None:
    install_pack("first_pack", "pass")
    install_pack("second_pack", "pass")
    write({"tfcheck.toml": 'rule-packs = ["first_pack", "second_pack"]'})
    result = tfcheck()
    assert result.code == 2
    assert "TFC990" in result.err


def test_a_pack_brings_its_rules(
    tfcheck: Command, check: Command, write: Write, install_pack: Pack
) -> None:
    install_pack("good_pack", "pass")
    write({"tfcheck.toml": 'rule-packs = ["good_pack"]\nselect = ["example"]'})
    write({"a.py": TRAINING, "b.py": TRAINING})
    assert check().places == ["a.py:6 example", "b.py:6 example"]
    assert check("--jobs", "2").places == check().places
    assert "TFC990 example" in " ".join(tfcheck("rules").out.split())
    assert "Says what the test wants." in tfcheck("explain", "example").out


def test_the_command_of_a_pack_is_not_run(
    check: Command, write: Write, install_pack: Pack, tmp_path: Path
) -> None:
    install_pack("pack_with_command", "pass")
    (tmp_path / "packages/pack_with_command/__main__.py").write_text("raise SystemExit('run')")
    write({"tfcheck.toml": 'rule-packs = ["pack_with_command"]', "a.py": TRAINING})
    assert "a.py:6 example" in check().places


def test_a_pack_in_the_working_directory_is_not_installed(
    tfcheck: Command, write: Write, folder: Path
) -> None:
    write(
        {
            "local_pack/__init__.py": "raise SystemExit('imported')",
            "tfcheck.toml": 'rule-packs = ["local_pack"]',
        }
    )
    result = tfcheck()
    assert result.code == 2
    assert "local_pack" in result.err
