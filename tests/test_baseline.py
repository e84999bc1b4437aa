"""Findings that are known are not reported, and what is known no longer is said."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest
from conftest import TRAINING, Command, Pack, Write
from test_output import notebook

from tfcheck.output import FORMATS

BOTH = ["train.py:5 bare-sgd", "train.py:6 no-early-stopping"]
FILE = "known.json"
CLEAN = TRAINING.replace('"sgd"', '"adam"').replace("500", "5")


@pytest.fixture
def known(write: Write, tfcheck: Command) -> None:
    """A script whose two findings are in a baseline."""
    write({"train.py": TRAINING})
    result = tfcheck("--write-baseline", FILE)
    assert (result.code, result.err) == (0, "")
    assert result.out.splitlines()[0] == f"2 findings listed in {FILE}, 0 stale removed"


def entries(folder: Path) -> list[tuple[str, str, int]]:
    """The entries of the baseline, without their lines."""
    files = json.loads((folder / FILE).read_text())["files"]
    return [
        (path, rule, count)
        for path, rules in files.items()
        for rule, lines in rules.items()
        for count in lines.values()
    ]


@pytest.mark.usefixtures("known")
def test_what_is_known_is_neither_reported_nor_fails(check: Command, tfcheck: Command) -> None:
    result = check("--baseline", FILE)
    assert (result.code, result.findings) == (0, [])
    assert result.err.splitlines()[0] == f"2 findings known from {FILE}"
    assert tfcheck("--baseline", FILE, "--quiet") == (0, "", "")
    assert check().places == BOTH


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("output_format", FORMATS)
def test_no_format_shows_what_is_known(tfcheck: Command, output_format: str) -> None:
    result = tfcheck("--baseline", FILE, "--output-format", output_format, "--statistics", "-q")
    assert result.code == 0
    assert "train.py" not in result.out


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize(
    "text",
    [
        "'''Moved.'''\n\n\n" + TRAINING,
        TRAINING.replace('(optimizer="sgd", loss', '(optimizer="sgd",   loss'),
        TRAINING.replace("    ", "\t"),
        TRAINING.replace("\n", "\r\n"),
        "def more():\n    pass\n" + TRAINING.replace("def train(x, y):", "def renamed(x, y):"),
    ],
)
def test_it_stays_known_when_it_moves(check: Command, write: Write, text: str) -> None:
    write({"train.py": text.encode()})
    assert len(check().findings) == 2
    result = check("--baseline", FILE)
    assert (result.code, result.findings) == (0, [])
    assert "stale" not in result.err


def test_it_stays_known_in_another_cell(check: Command, tfcheck: Command, write: Write) -> None:
    imports, _, rest = TRAINING.partition("\n")
    write({"a.ipynb": notebook(imports, rest)})
    tfcheck("--write-baseline", FILE)
    write({"a.ipynb": notebook("print()", imports, "x = 1", "%matplotlib inline\n" + rest)})
    assert len(check("a.ipynb").findings) == 2
    assert check("--baseline", FILE, "a.ipynb").findings == []


@pytest.mark.usefixtures("known")
def test_a_line_that_is_rewritten_is_new(check: Command, write: Write) -> None:
    write({"train.py": TRAINING.replace('"sgd"', '"SGD"')})
    result = check("--baseline", FILE)
    assert (result.code, result.places) == (1, BOTH[:1])
    assert f"1 finding known from {FILE}; 1 entry of it is stale" in result.err


@pytest.mark.usefixtures("known")
def test_a_copy_of_what_is_known_is_new(check: Command, write: Write) -> None:
    write({"train.py": TRAINING + TRAINING, "copy.py": TRAINING})
    assert check("--baseline", FILE).places == [
        "copy.py:5 bare-sgd",
        "copy.py:6 no-early-stopping",
        "train.py:11 bare-sgd",
        "train.py:12 no-early-stopping",
    ]


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize(
    ("text", "stale"),
    [
        (TRAINING.replace('"sgd"', '"adam"'), 1),
        (CLEAN, 2),
        ("print()\n", 2),  # not about Keras, and so not read
        (TRAINING + "print 'x'\n", 0),  # not read to its end
    ],
)
def test_what_is_found_no_more_is_stale(
    check: Command, write: Write, folder: Path, text: str, stale: int
) -> None:
    write({"train.py": text})
    err = check("--baseline", FILE, "--select", "ALL", "--ignore", "TFC001").err
    words = {0: "", 1: "1 entry of it is stale", 2: "2 entries of it are stale"}[stale]
    assert (words in err, "stale" in err) == (True, bool(stale))
    named = check("--baseline", FILE, "--verbose").err
    assert named.count(" is stale in known.json") == stale
    written = check("--write-baseline", FILE, "--ignore", "TFC001").err
    assert f"{2 - stale} findings listed in {FILE}, {stale} stale removed" in written.replace(
        "1 finding ", "1 findings "
    )
    assert len(entries(folder)) == 2 - stale


@pytest.mark.usefixtures("known")
def test_what_was_not_looked_at_is_not_stale(
    check: Command, write: Write, folder: Path, install_pack: Pack
) -> None:
    write({"train.py": CLEAN, "other.py": TRAINING})
    assert "stale" not in check("--baseline", FILE, "other.py").err
    assert "1 entry of it is stale" in check("--baseline", FILE, "--select", "TFC5").err
    check("--write-baseline", FILE, "other.py")
    assert [each[0] for each in entries(folder)] == ["other.py"] * 2 + ["train.py"] * 2
    check("--write-baseline", FILE, "--select", "TFC6")
    assert ("other.py", "TFC501 bare-sgd", 1) in entries(folder)
    assert ("train.py", "TFC501 bare-sgd", 1) in entries(folder)
    assert ("train.py", "TFC601 no-early-stopping", 1) not in entries(folder)


@pytest.mark.usefixtures("known")
def test_a_file_that_is_gone_is_stale_whatever_is_checked(
    check: Command, write: Write, folder: Path
) -> None:
    write({"other.py": CLEAN})
    (folder / "train.py").rename(folder / "moved.py")
    assert "2 entries of it are stale" in check("--baseline", FILE, "other.py").err
    assert len(check("--baseline", FILE).findings) == 2


@pytest.mark.usefixtures("known")
def test_a_file_that_fails_to_be_read_leaves_the_baseline_alone(
    check: Command, write: Write, folder: Path, install_pack: Pack
) -> None:
    before = (folder / FILE).read_bytes()
    install_pack("baseline_failing_pack", "raise ValueError")
    write({"tfcheck.toml": "rule-packs = ['baseline_failing_pack']", "train.py": CLEAN})
    result = check("--write-baseline", FILE)
    assert (result.code, (folder / FILE).read_bytes()) == (2, before)
    assert f"{FILE} is not written" in result.err
    assert "stale" not in check("--baseline", FILE).err


def test_the_file_is_the_same_however_it_is_made(
    tfcheck: Command, write: Write, folder: Path
) -> None:
    write({"b/two.py": TRAINING, "a.py": TRAINING + TRAINING, "b/one.ipynb": notebook(TRAINING)})
    tfcheck("--write-baseline", FILE)
    first = (folder / FILE).read_bytes()
    paths = [path for path, _, _ in entries(folder)]
    assert paths == sorted(paths)
    assert ("a.py", "TFC501 bare-sgd", 2) in entries(folder)
    tfcheck("--write-baseline", FILE, "--jobs", "2")
    assert (folder / FILE).read_bytes() == first
    (folder / FILE).unlink()
    for path in ("b", "a.py"):
        tfcheck("--write-baseline", FILE, path)
    assert (folder / FILE).read_bytes() == first
    assert b"keras" not in first
    assert b"optimizer" not in first


def test_paths_are_those_from_the_file(
    check: Command, write: Write, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write({"src/deep/train.py": TRAINING, "config/.keep": ""})
    check("--write-baseline", "config/known.json", "src")
    monkeypatch.chdir(folder / "src")
    result = check("--baseline", "../config/known.json", "deep")
    assert (result.code, result.findings) == (0, [])


@pytest.mark.usefixtures("known")
def test_it_can_be_configured(
    check: Command, write: Write, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write({"tfcheck.toml": f'baseline = "{FILE}"\n', "deep/new.py": TRAINING})
    assert check("train.py").findings == []
    assert check("--no-baseline", "train.py").places == BOTH
    shown = check("--show-settings").out
    assert f"baseline = {json.dumps(str(folder / FILE))}" in shown
    assert "baseline" not in check("--show-settings", "--no-baseline").out
    check("--write-baseline", FILE)
    assert len(entries(folder)) == 4
    monkeypatch.chdir(folder / "deep")
    assert check().findings == []


def test_the_standard_input_can_be_known(check: Command, write: Write) -> None:
    write({"train.py": TRAINING})
    check("--write-baseline", FILE)
    words = ("-", "--stdin-filename", "train.py", "--baseline", FILE)
    assert check(*words, stdin="\n" + TRAINING).findings == []
    assert len(check(*words, stdin=TRAINING.replace('"mse"', '"mae"')).findings) == 1


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "there is no such baseline; --write-baseline makes one"),
        ("", "is no baseline"),
        ("[" * 100_000, "is no baseline"),
        (b"\xff\xfe\xfa", "is no baseline"),
        ("[]", "is no baseline: it has no version"),
        ('{"files": {}}', "is no baseline: it has no version"),
        ('{"version": true, "files": {}}', "is no baseline: it has no version"),
        ('{"version": 2, "files": {}}', "a baseline of version 2; only version 1 is known"),
        ('{"version": 1}', "files must be an object"),
        ('{"version": 1, "files": {"a.py": []}}', "a.py must be an object"),
        ('{"version": 1, "files": {"a.py": {"TFC501": 3}}}', "a.py: TFC501 must be an object"),
        ('{"version": 1, "files": {"a.py": {"TFC501": {"x": 0}}}}', "x must be a number from 1"),
        ('{"version": 1, "files": {"a.py": {"TFC501": {"x": true}}}}', "must be a number from 1"),
    ],
)
def test_a_bad_file_is_wrong_use(
    check: Command, write: Write, content: str | bytes | None, words: str
) -> None:
    write({"train.py": TRAINING} if content is None else {"train.py": TRAINING, FILE: content})
    result = check("--baseline", FILE)
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith(f"tfcheck: error: {FILE}")
    assert words in result.err
    if content is not None:
        assert check("--write-baseline", FILE).code == 2


@pytest.mark.parametrize(
    "words",
    [
        ["--write-baseline", "train.py"],
        ["--baseline", "."],
        ["--baseline", "a", "--write-baseline", "b"],
        ["--write-baseline", "no/such/folder/known.json"],
    ],
)
def test_wrong_use(check: Command, write: Write, folder: Path, words: list[str]) -> None:
    write({"train.py": TRAINING})
    result = check(*words)
    assert result.code == 2
    assert "error:" in result.err
    assert "Traceback" not in result.err
    assert (folder / "train.py").read_text() == TRAINING


@pytest.mark.skipif(os.name == "nt", reason="rights are those of POSIX")
def test_the_file_keeps_its_rights_and_leaves_nothing_beside_it(
    check: Command, write: Write, folder: Path
) -> None:
    write({"train.py": TRAINING})
    check("--write-baseline", FILE)
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE((folder / FILE).stat().st_mode) == 0o666 & ~umask
    (folder / FILE).chmod(0o640)
    (folder / "link.json").symlink_to(FILE)
    check("--write-baseline", "link.json")
    assert (folder / "link.json").is_symlink()
    assert stat.S_IMODE((folder / FILE).stat().st_mode) == 0o640
    assert sorted(each.name for each in folder.iterdir()) == [FILE, "link.json", "train.py"]
