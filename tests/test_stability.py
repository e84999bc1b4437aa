"""Rules that are not checked by default: those that have to be chosen, and those in preview."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import count
from typing import TypeAlias

import pytest
from conftest import TRAINING, Command, Pack, Write

EXAMPLE = "train.py:6 example"
NUMBERS = count()

Kind: TypeAlias = Callable[[str], str]


@pytest.fixture
def kind(write: Write, install_pack: Pack) -> Kind:
    """Install a pack whose rule TFC990 ``example`` has the traits given, and a script for it."""

    def install(traits: str) -> str:
        pack = f"stability_pack_{next(NUMBERS)}"
        install_pack(pack, "pass", traits)
        write({"train.py": TRAINING, "tfcheck.toml": f'rule-packs = ["{pack}"]\n'})
        return pack

    return install


@pytest.mark.parametrize(
    ("traits", "words", "checked"),
    [
        ("", [], True),
        ("opt_in=True", [], False),
        ("opt_in=True", ["--preview"], False),
        ("opt_in=True", ["--extend-select", "example"], True),
        ("opt_in=True", ["--select", "TFC990"], True),
        ("opt_in=True", ["--select", "TFC99"], True),
        ("opt_in=True", ["--select", "ALL"], True),
        ("opt_in=True", ["--select", "ALL", "--ignore", "TFC99"], False),
        ("preview=True", [], False),
        ("preview=True", ["--preview"], True),
        ("preview=True", ["--select", "ALL"], False),
        ("preview=True", ["--select", "ALL", "--preview"], True),
        ("preview=True", ["--select", "example"], False),
        ("preview=True", ["--preview", "--select", "TFC5"], False),
        ("opt_in=True, preview=True", ["--preview"], False),
        ("opt_in=True, preview=True", ["--extend-select", "example"], False),
        ("opt_in=True, preview=True", ["--preview", "--extend-select", "example"], True),
    ],
)
def test_what_is_checked(
    check: Command, kind: Kind, traits: str, words: list[str], checked: bool
) -> None:
    kind(traits)
    assert (EXAMPLE in check(*words).places) == checked


def test_preview_in_the_configuration(check: Command, write: Write, kind: Kind) -> None:
    pack = kind("preview=True")
    assert EXAMPLE not in check().places
    write({"tfcheck.toml": f"preview = true\nrule-packs = ['{pack}']\n"})
    assert EXAMPLE in check().places
    write({"tfcheck.toml": "preview = 1\n"})
    wrong = check()
    assert (wrong.code, "'preview' must be true or false" in wrong.err) == (2, True)


@pytest.mark.parametrize("word", ["example", "TFC990", "TFC99"])
@pytest.mark.parametrize("option", ["--select", "--extend-select"])
def test_a_selection_without_effect_is_said_once(
    check: Command, write: Write, kind: Kind, option: str, word: str
) -> None:
    kind("preview=True")
    write({"again.py": TRAINING, "deep/tfcheck.toml": "", "deep/train.py": TRAINING})
    warning = f"warning: the command line: '{word}' is in preview"
    words = [option, word, "train.py", "again.py"]
    for more in ([], ["--show-settings"]):
        assert check(*words, *more).err.count(warning) == 1
    assert warning not in check(*words, "--preview").err
    assert "in preview" not in check("--select", "ALL").err
    assert "in preview" not in check("--ignore", word).err


def test_a_configured_selection_without_effect_names_its_file(
    check: Command, kind: Kind, write: Write
) -> None:
    pack = kind("preview=True")
    write({"tfcheck.toml": f"rule-packs = ['{pack}']\nextend-select = ['example']\n"})
    result = check()
    assert "tfcheck.toml: 'example' is in preview and not checked without --preview" in result.err
    assert result.code == 1


def test_comments_about_a_rule_in_preview_are_left_in_peace(
    check: Command, write: Write, kind: Kind
) -> None:
    kind("preview=True")
    write({"a.py": "import keras\nx = 1  # tfcheck: ignore[example]\n"})
    assert check("a.py").places == []
    assert check("a.py", "--preview").places == ["a.py:2 unused-ignore"]


@pytest.mark.parametrize(
    ("traits", "shown"),
    [
        ("", ""),
        ("opt_in=True", "opt-in"),
        ("preview=True", "preview"),
        ("opt_in=True, preview=True", "opt-in, preview"),
    ],
)
def test_it_is_shown_what_a_rule_is(tfcheck: Command, kind: Kind, traits: str, shown: str) -> None:
    kind(traits)
    (line,) = [each for each in tfcheck("rules").out.splitlines() if each.startswith("TFC990")]
    assert line.endswith(f"Says what the test wants.{shown and f' ({shown})'}")
    heading = tfcheck("explain", "example").out.splitlines()[0]
    assert heading == f"example (TFC990), warning{shown and f', {shown}'}"
    (listed,) = [
        each
        for each in json.loads(tfcheck("rules", "--output-format", "json").out)
        if each["code"] == "TFC990"
    ]
    assert (listed["opt_in"], listed["preview"]) == ("opt_in" in traits, "preview" in traits)
    sarif = json.loads(tfcheck("--output-format", "sarif").out)
    (rule,) = [
        each for each in sarif["runs"][0]["tool"]["driver"]["rules"] if each["id"] == "TFC990"
    ]
    assert rule["defaultConfiguration"]["enabled"] == (not traits)


def test_shown_settings_bring_about_the_same(tfcheck: Command, kind: Kind, write: Write) -> None:
    kind("opt_in=True, preview=True")
    shown = tfcheck("--show-settings", "--preview", "--extend-select", "example").out
    assert "preview = true" in shown.splitlines()
    assert "TFC990" in shown
    write({"tfcheck.toml": shown})
    assert tfcheck("--show-settings").out.splitlines()[1:] == shown.splitlines()[1:]
