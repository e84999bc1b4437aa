"""What the command line takes, prints and returns."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import SCRIPT, TRAINING, Command, Pack, Write, spawn

import tfcheck.cli.progress as tfcheck_progress
from tfcheck import __version__
from tfcheck.registry import all_rules
from tfcheck.rule import Rule, Severity
from tfcheck.tool_rules import SYNTAX_ERROR, UNUSED_IGNORE

BOTH = ["train.py:5 bare-sgd", "train.py:6 no-early-stopping"]


@pytest.fixture
def training(write: Write) -> None:
    write({"train.py": TRAINING})


def test_version_is_printed(tfcheck: Command) -> None:
    assert tfcheck("--version") == (0, f"tfcheck {__version__}\n", "")


def test_help_names_the_other_commands(tfcheck: Command) -> None:
    out = tfcheck("--help").out
    assert all(f"tfcheck {command}" in out for command in ("explain", "rules", "show"))


@pytest.mark.usefixtures("training")
@pytest.mark.parametrize("words", [(), (".",), ("train.py",), ("train.py", "./train.py", ".")])
def test_paths_are_checked_once_and_the_working_directory_without(
    check: Command, words: tuple[str, ...]
) -> None:
    result = check(*words)
    assert result.places == BOTH
    assert result.code == 1


@pytest.mark.usefixtures("training")
def test_the_word_check_may_be_written(tfcheck: Command) -> None:
    assert tfcheck("check", "train.py") == tfcheck("train.py")


def test_a_folder_with_the_name_of_a_command(
    tfcheck: Command, check: Command, write: Write
) -> None:
    write({"rules/train.py": TRAINING})
    assert "bare-sgd" in tfcheck("rules").out
    assert check("./rules").files == ["rules/train.py"]


def test_a_path_outside_is_shown_whole(check: Command, write: Write, folder: Path) -> None:
    write({"../elsewhere/train.py": TRAINING})
    assert check("../elsewhere").files == [str(folder.parent / "elsewhere/train.py")]


def test_a_missing_path_is_wrong_use(tfcheck: Command) -> None:
    result = tfcheck("nowhere.py")
    assert result.code == 2
    assert "nowhere.py" in result.err


def test_standard_input(check: Command, write: Write) -> None:
    result = check("-", stdin=TRAINING)
    assert (result.code, result.files) == (1, ["-"])
    write({"pkg/tfcheck.toml": 'ignore = ["bare-sgd"]'})
    named = check("-", "--stdin-filename", "pkg/new.py", stdin=TRAINING)
    assert named.places == ["pkg/new.py:6 no-early-stopping"]


def test_standard_input_sees_the_files_beside_it(check: Command, write: Write) -> None:
    write({"pkg/settings.py": "EPOCHS = 500\n"})
    code = TRAINING.replace("epochs=500", "epochs=EPOCHS")
    code = code.replace("import keras", "import keras; from settings import EPOCHS")
    assert "no-early-stopping" not in check("-", stdin=code).out
    assert "no-early-stopping" in check("-", "--stdin-filename", "pkg/new.py", stdin=code).out


def test_a_name_for_the_standard_input_needs_the_standard_input(tfcheck: Command) -> None:
    assert tfcheck("--stdin-filename", "a.py").code == 2


@pytest.mark.usefixtures("training")
@pytest.mark.parametrize(
    ("words", "places"),
    [
        (["--select", "bare-sgd"], BOTH[:1]),
        (["--select", "TFC501"], BOTH[:1]),
        (["--select", "TFC6,TFC5"], BOTH),
        (["--select", "TFC5", "--select", "TFC6"], BOTH),
        (["--select", "ALL", "--ignore", "TFC6"], BOTH[:1]),
        (["--select", "TFC5", "--extend-select", "no-early-stopping"], BOTH),
        (["--ignore", "TFC5,TFC6"], []),
        (["--per-file-ignores", "*.py:TFC5"], BOTH[1:]),
        (["--per-file-ignores", "other/*:TFC5,t*.py:bare-sgd,TFC6"], []),
        (["--exclude", "tr*.py"], []),
    ],
)
def test_rules_and_files_are_chosen(check: Command, words: list[str], places: list[str]) -> None:
    assert check(*words).places == places


@pytest.mark.parametrize("option", ["--select", "--extend-select", "--ignore"])
def test_an_unknown_rule_is_wrong_use_even_with_nothing_to_check(
    tfcheck: Command, option: str
) -> None:
    result = tfcheck(option, "bare-sdg")
    assert result.code == 2
    assert "bare-sdg" in result.err
    assert "did you mean 'bare-sgd'?" in result.err


@pytest.mark.parametrize(
    "words",
    [
        ["--per-file-ignores", "a.py:nothing"],
        ["--per-file-ignores", "a.py"],
        ["--jobs", "0"],
        ["--jobs", "many"],
        ["--fail-on", "sometimes"],
        ["--output-format", "poem"],
        ["--no-such-option"],
        ["--sel", "TFC5"],
        ["--quiet", "--verbose"],
        ["--config", "nowhere.toml"],
        ["--output-file", "no/such/folder/out.txt"],
        ["explain", "bare-sdg"],
        ["explain"],
        ["rules", "--output-format", "sarif"],
        ["show", "nowhere.py"],
    ],
)
def test_wrong_use(tfcheck: Command, words: list[str]) -> None:
    result = tfcheck(*words)
    assert result.code == 2
    assert "error:" in result.err
    assert "Traceback" not in result.err


@pytest.mark.usefixtures("training")
@pytest.mark.parametrize("fail_on", ["error", "warning", "note", "never"])
@pytest.mark.parametrize("severity", ["error", "warning", "note"])
def test_exit_code(check: Command, write: Write, fail_on: str, severity: str) -> None:
    write({"tfcheck.toml": f'select = ["bare-sgd"]\nrules.bare-sgd.severity = "{severity}"\n'})
    result = check("--fail-on", fail_on)
    assert [each["severity"] for each in result.findings] == [severity]
    fails = fail_on != "never" and Severity[severity.upper()] >= Severity[fail_on.upper()]
    assert result.code == fails
    assert check("--fail-on", fail_on, "--exit-zero").code == 0


def test_nothing_found_is_success(check: Command, write: Write) -> None:
    write({"train.py": "import keras\n"})
    assert (check().code, check().findings) == (0, [])


@pytest.mark.usefixtures("training")
def test_output_goes_into_a_file(tfcheck: Command, folder: Path) -> None:
    printed = tfcheck("--output-format", "json")
    written = tfcheck("--output-format", "json", "--output-file", "found.json")
    assert (folder / "found.json").read_text() == printed.out
    assert (written.code, written.out) == (1, "")


@pytest.mark.usefixtures("training")
@pytest.mark.parametrize("output_format", ["full", "concise", "json", "github", "sarif"])
def test_the_last_line_counts_what_was_read(
    tfcheck: Command, write: Write, output_format: str
) -> None:
    write(
        {
            "lost.py": "import keras, helper\nhelper.model().fit(helper.x, epochs=3)\n",
            "other.py": "print()\n",
        }
    )
    result = tfcheck("--output-format", output_format)
    counted = result.out if output_format in ("full", "concise") else result.err
    line = "2 training runs read, 1 not resolved (2 files about Keras, 1 not)"
    assert counted.splitlines()[-1] == line
    one = tfcheck("train.py", "--output-format", output_format)
    counted = one.out if output_format in ("full", "concise") else one.err
    line = "1 training run read, 0 not resolved (1 file about Keras, 0 not)"
    assert counted.splitlines()[-1] == line


@pytest.mark.usefixtures("training")
def test_quiet_prints_findings_only(tfcheck: Command) -> None:
    normal, quiet = tfcheck(), tfcheck("--quiet")
    found, summary = normal.out.removeprefix(quiet.out), normal.out.splitlines()[-1]
    assert quiet.out.strip()
    assert quiet.out + found == normal.out
    assert "fixable" in found.splitlines()[0]
    assert found.splitlines()[1:] == [summary]
    assert (quiet.code, quiet.err) == (1, "")


@pytest.mark.usefixtures("training")
def test_verbose_says_what_each_file_is(tfcheck: Command, write: Write) -> None:
    write({"other.py": "print()\n"})
    assert tfcheck("--verbose").err.splitlines() == [
        "other.py: not about Keras",
        "train.py: 1 training run read, 0 not resolved",
    ]


def test_statistics_count_by_rule(tfcheck: Command, write: Write) -> None:
    write({"a.py": TRAINING, "b.py": TRAINING.replace("500", "5")})
    lines = [line.split() for line in tfcheck("--statistics").out.splitlines()]
    first = lines.index(["2", "TFC501", "bare-sgd"])
    assert lines[first : first + 2] == [
        ["2", "TFC501", "bare-sgd"],
        ["1", "TFC601", "no-early-stopping"],
    ]


@pytest.mark.usefixtures("training")
def test_settings_are_shown_as_a_configuration_that_brings_them_about(
    tfcheck: Command, folder: Path
) -> None:
    shown = tfcheck(
        "--show-settings", "--select", "TFC5", "--exclude", "old/", "--fail-on", "note",
        "--per-file-ignores", "a.py:bare-sgd",
    )  # fmt: skip
    assert (shown.code, shown.err) == (0, "")
    (folder / "tfcheck.toml").write_text(shown.out)
    again = tfcheck("--show-settings")
    assert again.out.splitlines()[0] == f"# from {folder / 'tfcheck.toml'}"
    assert again.out.splitlines()[1:] == shown.out.splitlines()[1:]
    assert "TFC501" in again.out
    assert "TFC601" not in again.out


def test_a_rule_is_explained_by_code_and_by_name(tfcheck: Command) -> None:
    for rule in all_rules():
        by_code = tfcheck("explain", rule.code)
        assert by_code == tfcheck("explain", rule.name)
        assert rule.documentation.strip() in by_code.out


@pytest.mark.parametrize("rule", [SYNTAX_ERROR, UNUSED_IGNORE], ids=lambda rule: rule.name)
def test_examples_of_the_tool_itself(check: Command, write: Write, rule: Rule) -> None:
    bad, good = re.findall(r"```python\n(.*?)```", rule.documentation, re.DOTALL)
    write({"bad.py": bad, "good.py": good})
    assert [each["name"] for each in check("bad.py").findings] == [rule.name]
    assert check("good.py").findings == []


def test_rules_are_listed(tfcheck: Command) -> None:
    lines = tfcheck("rules").out.splitlines()
    listed = json.loads(tfcheck("rules", "--output-format", "json").out)
    assert [each["code"] for each in listed] == [line.split()[0] for line in lines]
    assert [each["code"] for each in listed] == [rule.code for rule in all_rules()]
    by_name = {each["name"]: each for each in listed}
    assert by_name["bare-sgd"]["severity"] == "warning"
    assert by_name["no-early-stopping"]["options"]


@pytest.mark.usefixtures("training")
def test_what_was_read_is_shown(tfcheck: Command) -> None:
    result = tfcheck("show", "train.py")
    assert result.code == 0
    assert "epochs: 500" in result.out


def test_a_rule_that_fails_is_named_with_the_file_and_the_rest_is_reported(
    check: Command, write: Write, install_pack: Pack
) -> None:
    install_pack("failing_pack", 'assert not path.endswith("bad.py"), "oh no"')
    write({"tfcheck.toml": 'rule-packs = ["failing_pack"]', "bad.py": TRAINING, "ok.py": TRAINING})
    result = check()
    assert result.code == 2
    (line,) = [line for line in result.err.splitlines() if "internal error" in line]
    assert "example" in line
    assert "bad.py" in line
    assert "AssertionError: oh no" in line
    assert result.places == [
        "bad.py:5 bare-sgd",
        "bad.py:6 no-early-stopping",
        "ok.py:5 bare-sgd",
        "ok.py:6 no-early-stopping",
        "ok.py:6 example",
    ]
    assert check("--exit-zero").code == 2


def test_a_reader_that_has_seen_enough_is_no_error(write: Write, folder: Path) -> None:
    write({f"train{number}.py": TRAINING for number in range(300)})
    with subprocess.Popen(
        [SCRIPT, "."], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == ""


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.usefixtures("training")
def test_a_bar_appears_on_a_terminal_when_it_takes_long(
    tfcheck: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    tfcheck()
    assert terminal.getvalue() == ""
    monkeypatch.setattr(tfcheck_progress, "SECONDS_WITHOUT", 0)
    tfcheck("--quiet")
    assert terminal.getvalue() == ""
    tfcheck()
    assert "1/1" in terminal.getvalue()


@pytest.mark.usefixtures("training")
def test_no_bar_appears_in_a_pipe(tfcheck: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tfcheck_progress, "SECONDS_WITHOUT", 0)
    assert tfcheck().err == ""


@pytest.mark.parametrize("words", [["--version"], ["."], ["plain.py"]])
def test_a_start_without_keras_imports_next_to_nothing(
    write: Write, folder: Path, words: list[str]
) -> None:
    write({"plain.py": "import os\n", ".gitignore": "*.txt\n"})
    code = f"""
import sys
from tfcheck.cli import main
try:
    main({words!r})
finally:
    print(*sys.modules)
"""
    loaded = set(spawn(sys.executable, "-I", "-c", code, cwd=folder).stdout.split())
    assert "tfcheck.cli.check" in loaded
    heavy = {"libcst", "rich", "importlib.metadata", "multiprocessing", "concurrent", "lint_rules"}
    assert loaded.isdisjoint(heavy | {"tfcheck.script", "tfcheck.rule"})
    assert "pathspec" not in loaded or words == ["."]


def test_show_names_steps_and_defaults(tfcheck: Command, write: Write) -> None:
    write(
        {
            "train.py": """\
            import keras, tensorflow as tf

            (x, y), _ = keras.datasets.mnist.load_data()
            data = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(100).batch(32).prefetch(1)
            model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(10)])
            model.compile("sgd", load_loss())
            model.fit(data)
            """
        }
    )
    shown = tfcheck("show", "train.py").out
    assert "dataset: from_tensor_slices > shuffle > batch > prefetch  (line 4)" in shown
    assert "by default: learning_rate=0.01, momentum=0.0, nesterov=False" in shown
    assert "loss: unknown, load_loss is not defined here  (line 6)" in shown
