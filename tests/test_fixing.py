"""What --fix, --unsafe-fixes and --diff do to files."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from textwrap import dedent

import pytest
from conftest import TRAINING, Command, Write
from fixing import OLD, Rules, rules

__all__ = ["rules"]

NEW = 'Replace(site, "new()")'
TEXT = "import keras\nx = old()\n"
FIXED = "import keras\nx = new()\n"


def test_nothing_is_written_unless_it_is_asked_for(
    rules: Rules, write: Write, tfcheck: Command
) -> None:
    rules.install(NEW)
    write({"train.py": TEXT})
    result = tfcheck("train.py")
    assert rules.text == TEXT
    assert result.code == 1
    assert "1 fixable with --fix" in result.out.splitlines()


@pytest.mark.parametrize(
    "level, words, fixed, line",
    [
        ("SAFE", (), True, "fixed 1, 0 remain"),
        ("UNSAFE", (), False, "1 fixable with --fix --unsafe-fixes"),
        ("UNSAFE", ("--unsafe-fixes",), True, "fixed 1, 0 remain"),
        ("DISPLAY", ("--unsafe-fixes",), False, None),
    ],
)
def test_levels(
    rules: Rules, level: str, words: tuple[str, ...], fixed: bool, line: str | None
) -> None:
    rules.install(NEW, level=level)
    result = rules.fix(TEXT, *words)
    assert rules.text == (FIXED if fixed else TEXT)
    assert result.code == (not fixed)
    assert line is None or line in result.out.splitlines()


def test_unsafe_fixes_are_counted_with_the_others_where_they_are_wanted(
    tfcheck: Command, write: Write
) -> None:
    write({"train.py": TRAINING})
    apart = tfcheck("--output-format", "concise").out
    together = tfcheck("--output-format", "concise", "--unsafe-fixes").out
    assert "[*]" not in apart
    assert together.count("[*]") == int(together.splitlines()[-2].split()[0])


def test_the_configuration_may_ask_for_fixes(rules: Rules, write: Write, tfcheck: Command) -> None:
    rules.install(NEW, level="UNSAFE")
    config = (rules.folder / "tfcheck.toml").read_text()
    write(
        {
            "tfcheck.toml": f"{config}\nfix = true\nunsafe-fixes = true",
            "train.py": TEXT,
            "other/train.py": TEXT,
            "other/tfcheck.toml": config,
        }
    )
    tfcheck("--no-fix")
    assert rules.text == TEXT
    tfcheck()
    assert rules.text == FIXED
    assert (rules.folder / "other/train.py").read_text() == TEXT


def test_what_is_ignored_is_not_fixed(rules: Rules) -> None:
    rules.install(NEW)
    ignored = "x = old()  # tfcheck: ignore[example] it is so\n"
    rules.fix(f"{TEXT}{ignored}")
    assert rules.text == f"{FIXED}{ignored}"
    rules.fix(TEXT, "--ignore", "example")
    assert rules.text == TEXT
    rules.fix(TEXT, "--per-file-ignores", "train.py:example")
    assert rules.text == TEXT


def test_a_patch_is_printed_and_nothing_written(
    rules: Rules, write: Write, tfcheck: Command
) -> None:
    rules.install(NEW)
    write({"train.py": TEXT[:-1], "sub/b.py": TEXT, "clean.py": "import keras\n"})
    result = tfcheck("--diff")
    assert rules.text == TEXT[:-1]
    assert result.code == 1
    assert result.err == "would fix 2, 0 would remain\n"
    subprocess.run(["patch", "-p0"], input=result.out, text=True, check=True, capture_output=True)
    assert rules.text == FIXED[:-1]
    assert (rules.folder / "sub/b.py").read_text() == FIXED
    assert tfcheck("--diff") == (0, "", "would fix 0, 0 would remain\n")


def test_the_standard_input_is_printed_fixed(rules: Rules, tfcheck: Command) -> None:
    rules.install(NEW)
    result = tfcheck("--fix", "-", stdin=f"{TEXT}y = old(**z)\n")
    assert result.out == f"{FIXED}y = new()\n"
    assert "fixed 2, 0 remain" in result.err.splitlines()
    assert tfcheck("--fix", "-", stdin="print()\n").out == "print()\n"
    result = tfcheck("--diff", "-", stdin=TEXT)
    assert "+x = new()" in result.out.splitlines()


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_files_are_fixed_alike_by_any_number_of_processes(
    rules: Rules, write: Write, tfcheck: Command, jobs: str
) -> None:
    rules.install(NEW)
    files = {f"{name}.py": TEXT for name in "abcdef"}
    write(files)
    assert "fixed 6, 0 remain" in tfcheck("--fix", "--jobs", jobs).out
    assert {(rules.folder / name).read_text() for name in files} == {FIXED}


ENCODED = {
    "dos": TEXT.replace("\n", "\r\n").encode(),
    "mac": TEXT.replace("\n", "\r").encode(),
    "mixed": b"import keras\r\nx = old()\n\r\n",
    "bom": b"\xef\xbb\xbf" + TEXT.encode(),
    "latin": f"# coding: latin-1\n# \u00e4\n{TEXT}".encode("latin-1"),
    "form feed": TEXT.replace("x", "\f\nx").encode(),
    "tabs": b"import keras\nif a:\n\tx = old()\n\t# \xc3\xa4\n",
}


@pytest.mark.parametrize("data", ENCODED.values(), ids=ENCODED.keys())
def test_every_other_byte_is_kept(rules: Rules, data: bytes) -> None:
    rules.install(NEW)
    rules.fix(data)
    assert (rules.folder / "train.py").read_bytes() == data.replace(b"old()", b"new()")


def test_new_lines_end_as_the_others_do(rules: Rules) -> None:
    rules.install('InsertBefore(site, "y = 1"), Replace(site, "new()")')
    rules.fix(b"import keras\r\nif a:\r\n    old()\r\n")
    assert (rules.folder / "train.py").read_bytes() == (
        b"import keras\r\nif a:\r\n    y = 1\r\n    new()\r\n"
    )


def test_a_file_of_another_encoding_than_it_says_is_left_alone(rules: Rules) -> None:
    rules.install(NEW)
    data = b"# \xe4\n" + TEXT.encode()
    result = rules.fix(data)
    assert (rules.folder / "train.py").read_bytes() == data
    assert "not encoded as it says" in result.err


def test_a_file_keeps_its_mode_and_a_link_stays_a_link(
    rules: Rules, write: Write, tfcheck: Command
) -> None:
    rules.install(NEW)
    write({"real/train.py": TEXT})
    target = rules.folder / "real/train.py"
    target.chmod(0o754)
    link = rules.folder / "train.py"
    link.symlink_to(target)
    tfcheck("--fix", "train.py")
    assert link.is_symlink()
    assert target.read_text() == FIXED
    assert target.stat().st_mode & 0o777 == 0o754
    assert os.listdir(target.parent) == ["train.py"]


def test_a_file_that_cannot_be_written_is_an_error(
    rules: Rules, write: Write, tfcheck: Command
) -> None:
    rules.install(NEW)
    write({"train.py": TEXT})
    (rules.folder / "train.py").chmod(0o444)
    result = tfcheck("--fix")
    assert result.code == 2
    assert result.err.startswith("tfcheck: error: train.py: it is read-only")
    assert "it is old" in result.out
    assert rules.text == TEXT


def test_a_failure_halfway_leaves_the_file_as_it_was(
    rules: Rules, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules.install(NEW)

    def fail(source: str, target: str) -> None:
        raise OSError(28, "no space left")

    monkeypatch.setattr(os, "replace", fail)
    result = rules.fix(TEXT)
    assert (result.code, rules.text) == (2, TEXT)
    assert "no space left" in result.err
    assert sorted(os.listdir()) == ["tfcheck.toml", "train.py"]


UNDONE = {
    "a fix that does not parse": ('Replace(site, "new(")', OLD, "does not parse"),
    "a fix that cures nothing": ('Replace(site, "old(1)")', OLD, "would still stand"),
    "a fix that brings a finding": ('Replace(site, "old(), old()")', OLD, "would still stand"),
    "a fix that hides what is read": (
        'InsertBefore(site, "exit()"), Replace(site, "new()")',
        OLD,
        "less of the script would be read",
    ),
}


@pytest.mark.parametrize("changes, when, note", UNDONE.values(), ids=UNDONE.keys())
def test_a_fix_that_does_not_hold_is_undone(
    rules: Rules, changes: str, when: str, note: str
) -> None:
    rules.install(changes, when)
    _, training = TRAINING.split("def train(x, y):\n")
    text = f"{TEXT}{dedent(training)}"
    result = rules.fix(text)
    assert rules.text == text
    assert result.code == 1
    assert result.err.startswith("tfcheck: note: train.py:2:5: the fix of example was not made")
    assert note in result.err


def test_one_bad_fix_does_not_take_the_others_along(rules: Rules) -> None:
    rules.install('Replace(site, "new(" + ")" * ("bad" not in code))', OLD)
    result = rules.fix(f"{TEXT}y = old(bad)\nz = old()\n")
    assert rules.text == f"{FIXED}y = old(bad)\nz = new()\n"
    assert "fixed 2, 1 remain" in result.out


def test_fixes_that_touch_are_made_one_after_the_other(rules: Rules) -> None:
    rules.install('Replace(site, code.replace("old", "new", 1))', OLD)
    rules.fix("import keras\nx = old(old(old(1)))\n")
    assert rules.text == "import keras\nx = new(new(new(1)))\n"


def test_a_change_in_another_file_is_no_fix(rules: Rules, write: Write) -> None:
    rules.install('Replace(Site(site.unit + 1, 0), "new()")')
    write({"mine.py": "value = 1\n"})
    text = f"{TEXT}import mine\nprint(mine.value)\n"
    assert rules.fix(text) == (1, *rules.fix(text)[1:])
    assert rules.text == text


def test_an_importer_reads_the_file_as_it_is_on_the_disk(write: Write, tfcheck: Command) -> None:
    """Else findings would depend on which process reads which file."""
    model = "import keras\ndef build():\n    model = keras.Sequential([keras.layers.Dense(1)])\n"
    compiled = '    model.compile("sgd", "mse")\n    return model\nbuild().fit(x, y)\n'
    write(
        {
            "a_model.py": model + compiled,
            "main.py": "import keras\nfrom a_model import build\nbuild().fit(x, y)\n",
        }
    )
    words = ("--diff", "--unsafe-fixes", "--select", "bare-sgd")
    together = tfcheck(*words, "--jobs", "1")
    assert tfcheck(*words, "--jobs", "2") == together
    assert "1 would remain" in together.err


def test_a_file_that_changed_meanwhile_is_not_written(
    rules: Rules, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tfcheck.fixing import files

    rules.install(NEW)
    original = files.write

    def late(rewritten: files.Rewritten) -> str | None:
        Path(rewritten.path).write_text("import keras\n")
        return original(rewritten)

    monkeypatch.setattr(files, "write", late)
    result = rules.fix(TEXT)
    assert result.code == 2
    assert rules.text == "import keras\n"
