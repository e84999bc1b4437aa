"""What is read, by how many processes, and what it costs when something goes wrong."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest
from conftest import SCRIPT, TRAINING, Command, Pack, Write

import tfcheck.checker as tfcheck_checker
import tfcheck.engine as tfcheck_engine
from tfcheck.script import Project

FOUND = [":5 bare-sgd", ":6 no-early-stopping"]


def test_a_file_without_keras_is_not_parsed(check: Command, write: Write) -> None:
    write({"a.py": "this is no Python (\n", "b.py": "this is no Python ( # keras\n"})
    assert check().places == ["b.py:1 syntax-error"]


@pytest.mark.parametrize("library", ["keras", "tensorflow", "tf_keras", "keras_tuner"])
@pytest.mark.parametrize("before", [0, 1, 5, 11, 100])
def test_a_library_is_found_wherever_a_piece_ends(
    tfcheck: Command,
    write: Write,
    monkeypatch: pytest.MonkeyPatch,
    library: str,
    before: int,
) -> None:
    monkeypatch.setattr(tfcheck_engine, "BYTES_AT_ONCE", 12)
    write({"a.py": "#" * before + f"\nimport {library}\n"})
    assert "1 file about Keras" in tfcheck().out


def test_a_file_is_read_because_a_file_about_keras_imports_it(check: Command, write: Write) -> None:
    code = TRAINING.replace("import keras", "import keras, settings")
    write({"settings.py": "EPOCHS = 500\n", "a.py": code.replace("=500", "=settings.EPOCHS")})
    assert check().places == ["a.py" + each for each in FOUND]


def test_what_cannot_be_opened_is_said(check: Command, write: Write, folder: Path) -> None:
    os.mkfifo(folder / "pipe.py")
    write({"a.py": TRAINING})
    result = check("a.py", "pipe.py")
    assert result.places == [*("a.py" + each for each in FOUND), "pipe.py:1 not-read"]
    assert result.code == 1


def test_a_file_that_does_not_parse_fails_no_run(check: Command, write: Write) -> None:
    write({"a.py": "import keras\nprint 'epoch'\n"})
    result = check()
    assert (result.code, result.places) == (0, ["a.py:2 syntax-error"])


@pytest.mark.parametrize(("pack", "death"), [("exiting", "_exit(3)"), ("killed", "abort()")])
def test_a_worker_that_dies_costs_one_file(
    check: Command, write: Write, install_pack: Pack, pack: str, death: str
) -> None:
    install_pack(pack, f"import os; path.endswith('b.py') and os.{death}")
    write({f"{letter}.py": TRAINING for letter in "abcd"})
    write({"tfcheck.toml": f'rule-packs = ["{pack}"]'})
    result = check("--jobs", "2")
    assert result.files == ["a.py", "c.py", "d.py"]
    assert result.code == 2
    (line,) = [line for line in result.err.splitlines() if "internal error" in line]
    assert "b.py" in line


def test_projects_are_renewed(
    check: Command, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    created: list[Project] = []

    def counted() -> Project:
        created.append(Project())
        return created[-1]

    write({f"{letter}.py": TRAINING for letter in "abcd"})
    monkeypatch.setattr(tfcheck_checker, "Project", counted)
    whole = check()
    assert len(created) == 1
    monkeypatch.setattr(tfcheck_checker, "TEXT_PER_PROJECT", 2 * len(TRAINING) - 1)
    assert check() == whole
    assert len(created) == 1 + 2


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_an_interrupt_ends_all_processes(
    write: Write, install_pack: Pack, folder: Path, tmp_path: Path, jobs: str
) -> None:
    pack, started = f"waiting_pack_{jobs}", tmp_path / "started"
    # Python sees a signal between two of its instructions, not once it waits in a system call.
    waits = "import time; all(time.sleep(0.01) is None for _ in iter(int, 1))"
    install_pack(pack, f"open({str(started)!r}, 'w').close(); {waits}")
    os.mkfifo(started)
    write({f"{letter}.py": TRAINING for letter in "abcd"})
    write({"tfcheck.toml": f'rule-packs = ["{pack}"]'})
    with subprocess.Popen(
        [SCRIPT, "--jobs", jobs],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "packages")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        started.read_text()  # returns when a rule has begun
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate()
    assert (process.returncode, out, err) == (130, "", "")
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)
