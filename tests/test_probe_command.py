"""``tfcheck probe`` and ``check --probe`` through the real door, on a real TensorFlow."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from conftest import SCRIPT, Command, Write

from tfcheck.notebook import read_notebook

ROOT = Path(__file__).parent.parent
SCRIPTS = ROOT / "fixtures" / "three_scripts"
SCHEMA = json.loads((ROOT / "docs" / "probe.schema.json").read_text())

FAILING = """\
import numpy as np
import keras

rng = np.random.default_rng(0)
x = rng.uniform(0, 5000, (200, 3))
y = (x[:, 0] > 2500).astype("float32")
model = keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(1, "sigmoid")])
model.compile(optimizer="sgd", loss="binary_crossentropy")
model.fit(x, y, epochs=30)
print("it goes on")
"""


def probe(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(SCRIPT), *words],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def report_of(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    report: dict[str, Any] = json.loads(done.stdout)
    jsonschema.validate(report, SCHEMA)
    return report


def verdicts(report: dict[str, Any]) -> dict[str, str]:
    return {each["name"]: each["verdict"] for each in report["findings"]}


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The reports of the three small scripts, by the first letter of their names."""
    folder = tmp_path_factory.mktemp("three")
    reports = {}
    for script in sorted(SCRIPTS.glob("*.py")):
        shutil.copy(script, folder)
        extra = ("--html", f"{script.stem}.html", "--tensorboard", f"{script.stem}-runs")
        done = probe(folder, "probe", "-q", "--output-format", "json", *extra, script.name)
        assert "</html>" in (folder / f"{script.stem}.html").read_text()
        assert list((folder / f"{script.stem}-runs").rglob("events.out.tfevents.*"))
        reports[script.name[0]] = (done.returncode, report_of(done))
    return reports


def test_unscaled_features_are_confirmed_on_the_first_script(three: dict[str, Any]) -> None:
    code, report = three["1"]
    assert code == 1
    assert verdicts(report)["unscaled-features"] == "confirmed"
    assert report["guard"]["guard"]
    assert report["ended"]["how"] == "finished"


def test_the_second_script_is_slow_and_would_never_have_stopped(three: dict[str, Any]) -> None:
    code, report = three["2"]
    assert verdicts(report) == {"no-early-stopping": "refuted"}
    assert "never" in report["findings"][0]["sentence"]
    (measured,) = report["measured"]
    assert (measured["name"], measured["verdict"]) == ("vanishing-learning-rate", "confirmed")
    assert "slow-convergence" in {each["name"] for each in report["symptoms"]}
    assert code == 1


def test_nothing_is_confirmed_on_the_third_script(three: dict[str, Any]) -> None:
    code, report = three["3"]
    assert code == 0
    assert not report["findings"]
    assert "confirmed" not in {each["verdict"] for each in report["measured"]}


def test_a_notebook_is_tried_and_its_cells_are_named(folder: Path) -> None:
    code = FAILING.replace("import keras\n", "import keras\n%matplotlib inline\n")
    cells = [code.partition("model =")[0], "model =" + code.partition("model =")[2]]
    notebook = {
        "cells": [
            {"cell_type": "markdown", "metadata": {}, "source": "# Data"},
            *(
                {
                    "cell_type": "code",
                    "metadata": {},
                    "source": cell,
                    "outputs": [],
                    "execution_count": None,
                }
                for cell in cells
            ),
        ],
        "metadata": {},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    text = json.dumps(notebook)
    assert len(read_notebook("train.ipynb", text).blocks) == 2
    (folder / "train.ipynb").write_text(text)
    done = probe(folder, "probe", "-q", "--seeds", "1", "--output-format", "json", "train.ipynb")
    report = report_of(done)
    (fit,) = report["fits"]
    assert (fit["filename"], fit["cell"], fit["line"]) == ("train.ipynb", 3, 3)
    assert verdicts(report)["unscaled-features"] == "confirmed"
    assert (folder / "train.ipynb").read_text() == text
    assert sorted(each.name for each in folder.iterdir()) == ["train.ipynb"]


def test_check_attaches_verdicts_as_evidence(folder: Path, write: Write) -> None:
    write({"train.py": FAILING})
    words = ("check", "--probe", "--seeds", "1", "--output-format", "json", "-q", "train.py")
    done = probe(folder, *words)
    findings = {each["name"]: each for each in json.loads(done.stdout)}
    evidence = findings["unscaled-features"]["evidence"][-1]
    assert evidence["message"].startswith("confirmed by a trial: ")
    assert (evidence["filename"], evidence["location"]["row"]) == ("train.py", 9)
    assert done.returncode == 1


def test_only_confirmed_findings_fail_where_that_is_asked(folder: Path, write: Write) -> None:
    write({"2.py": (SCRIPTS / "2_scaled.py").read_text()})
    words = ("--probe", "--seeds", "1", "--fail-on-verdict", "confirmed", "-q", "2.py")
    done = probe(folder, *words)
    assert "note[TFC601 no-early-stopping]" in done.stdout
    assert done.returncode == 0


def test_the_environment_asks_for_trials_but_not_in_a_hook(folder: Path, write: Write) -> None:
    write({"train.py": FAILING})
    words = ("--budget", "1", "train.py")
    asked = probe(folder, *words, TFCHECK_PROBE="1")
    assert "running train.py" in asked.stderr
    in_hook = probe(folder, *words, TFCHECK_PROBE="1", PRE_COMMIT="1")
    assert "running" not in in_hook.stderr
    plain = probe(folder, *words)
    assert "running" not in plain.stderr


def test_no_configuration_file_can_ask_for_trials(folder: Path, write: Write) -> None:
    write({"train.py": FAILING, "tfcheck.toml": "probe = true\n"})
    done = probe(folder, "train.py")
    assert done.returncode == 2
    assert "unknown key 'probe'" in done.stderr


def test_a_missing_file_is_named(folder: Path, write: Write) -> None:
    write({"train.py": FAILING.replace("x = rng", "table = open('houses.csv')\nx = rng")})
    done = probe(folder, "probe", "-q", "--output-format", "json", "train.py")
    report = report_of(done)
    assert report["ended"] == {
        "how": "exception",
        "line": 5,
        "message": "FileNotFoundError: [Errno 2] No such file or directory: 'houses.csv'",
    }
    assert set(verdicts(report).values()) <= {"inconclusive", "untried"}


PLOTTING = """
import matplotlib.pyplot as plt
import seaborn as sns
from mpl_toolkits.mplot3d import Axes3D

fig, axes = plt.subplots(1, 2, figsize=(9, 4))
axes[0].plot([1, 2])
with plt.style.context("bmh"):
    sns.heatmap([[1]], ax=axes[1]).set_title("t")
for axis in axes.flat:
    axis.grid()
plt.show()
"""


@pytest.mark.skipif(
    importlib.util.find_spec("matplotlib") is not None, reason="matplotlib is there, and is used"
)
def test_what_only_shows_things_need_not_be_installed(folder: Path, write: Write) -> None:
    write({"train.py": PLOTTING + FAILING.replace("30", "2")})
    report = report_of(probe(folder, "probe", "-q", "--output-format", "json", "train.py"))
    assert report["ended"]["how"] == "finished"
    assert [each.partition(" ")[0] for each in report["remarks"]] == [
        "matplotlib",
        "seaborn",
        "mpl_toolkits",
    ]


def test_a_report_is_replayed_and_compared(folder: Path, write: Write) -> None:
    write({"train.py": FAILING})
    words = ("probe", "-q", "--seeds", "1", "--steps", "40", "--output-format", "json")
    (folder / "report.json").write_text(probe(folder, *words, "train.py").stdout)
    again = probe(folder, "probe", "-q", "--replay", "report.json", "--output-format", "json")
    assert report_of(again)["settings"]["steps"] == 40
    assert "verdicts are those of before" in again.stderr


@pytest.mark.parametrize(
    "words, complaint",
    [
        ((), "probe needs a SCRIPT, or --replay FILE"),
        (("train.py", "--replay", "r.json"), "probe needs a SCRIPT, or --replay FILE"),
        (("missing.py",), "missing.py: there is no such file"),
        (("--replay", "missing.json"), "missing.json: No such file or directory"),
        (("--replay", "train.py"), "train.py: this is no JSON"),
        (("--replay", "list.json"), "list.json: this is no report of a probe"),
        (("train.py", "--budget", "soon"), "'soon' is no number of seconds"),
        (("train.py", "--select", "no-such-rule"), "no-such-rule"),
    ],
)
def test_wrong_use(words: tuple[str, ...], complaint: str, tfcheck: Command, write: Write) -> None:
    write({"train.py": "import keras\n", "list.json": "[]"})
    result = tfcheck("probe", *words)
    assert result.code == 2
    assert complaint in result.err


@pytest.mark.parametrize(
    "missing, words", [("tensorflow", []), ("vl_convert", ["--html", "page.html"])]
)
def test_without_the_extra_there_is_one_line(
    missing: str, words: list[str], folder: Path, write: Write
) -> None:
    write({"train.py": FAILING})
    hide = (
        "import importlib.util as u, sys; f = u.find_spec\n"
        f"u.find_spec = lambda name, *a: None if name == {missing!r} else f(name, *a)\n"
        f"from tfcheck.cli import main; sys.exit(main(['probe', 'train.py', *{words!r}]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", hide], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr == f"tfcheck: error: probe needs {missing}: pip install 'tfcheck[probe]'\n"


def test_half_precision_is_tried_as_any_other(folder: Path) -> None:
    policy = 'keras.mixed_precision.set_global_policy("mixed_float16")\nmodel ='
    (folder / "train.py").write_text(FAILING.replace("model =", policy, 1))
    words = ("--seeds", "1", "--output-format", "json", "train.py")
    report = report_of(probe(folder, "probe", "-q", *words))
    assert report["ended"]["how"] == "finished"
    (fit,) = report["fits"]
    assert fit["optimizer"] == "SGD"
    assert verdicts(report)["unscaled-features"] == "confirmed"
