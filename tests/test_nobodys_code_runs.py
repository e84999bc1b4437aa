"""Nothing in a repository that is checked is ever imported or run."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from conftest import SCRIPT, TRAINING, Write, spawn

PACKAGES = ("lint_rules", "rich", "libcst", "pathspec", "tomli", "runtime_probe", "local_pack")
MODULES = (
    "runpy",
    "pkgutil",
    "sitecustomize",
    "usercustomize",
    "conftest",
    "setup",
    "argparse",
    "pickle",
    "dataclasses",
)
OWN = ("tfcheck/__init__.py", "tfcheck/__main__.py", "tfcheck/cli/__init__.py")
PYTHON = sys.executable


@pytest.fixture
def mark(tmp_path: Path) -> Path:
    """The file that a module of the repository would leave."""
    return tmp_path / "mark"


@pytest.fixture
def repository(write: Write, folder: Path, mark: Path) -> Path:
    """A repository that has modules of the names that tfcheck uses, and one bad script."""
    leave_a_mark = f"open({str(mark)!r}, 'a').write(__name__ + '\\n')\n"
    names = [*(f"{name}/__init__.py" for name in PACKAGES), *(f"{name}.py" for name in MODULES)]
    write(dict.fromkeys((*names, *OWN), leave_a_mark))
    write(
        {
            "train.py": leave_a_mark + "import helper, lint_rules\n" + TRAINING,
            "helper.py": leave_a_mark,
            "lint_rules/local.py": leave_a_mark,
            "tfcheck.egg-info/PKG-INFO": "Metadata-Version: 2.1\nName: tfcheck\nVersion: 9.9\n",
            "tfcheck.egg-info/entry_points.txt": "[console_scripts]\ntfcheck = local_pack:main\n",
            "tfcheck.egg-info/top_level.txt": "local_pack\n",
            "evil.pth": "import local_pack\n",
        }
    )
    spawn("git", "init", "-q", cwd=folder)
    return folder


def without_its_own_tfcheck(repository: Path) -> Path:
    for name in OWN:
        (repository / name).unlink()
    (repository / "tfcheck/cli").rmdir()
    (repository / "tfcheck").rmdir()
    return repository


def test_the_marks_work(repository: Path, mark: Path) -> None:
    spawn(PYTHON, "-c", "import tfcheck.cli, lint_rules.local, train", cwd=repository)
    left = set(mark.read_text().split())
    assert {"tfcheck", "tfcheck.cli", "lint_rules", "lint_rules.local", "train"} <= left


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["."], 1),
        (["--output-format", "full", "--color", "always", "."], 1),
        (["--output-format", "sarif", "."], 1),
        (["rules"], 0),
        (["explain", "bare-sgd"], 0),
        (["show", "train.py"], 0),
        (["--show-settings"], 0),
        (["--version"], 0),
    ],
)
def test_by_the_script(repository: Path, mark: Path, words: list[str], code: int) -> None:
    done = spawn(SCRIPT, *words, cwd=repository)
    assert (done.returncode, done.stdout != "") == (code, True), done.stderr
    assert not mark.exists(), mark.read_text()


def test_by_the_script_with_many_workers(repository: Path, mark: Path) -> None:
    for number in range(4):
        (repository / f"train{number}.py").write_text(TRAINING)
    done = spawn(SCRIPT, "--jobs", "2", ".", cwd=repository)
    assert (done.returncode, done.stdout.count("TFC501")) == (1, 5), done.stderr
    assert not mark.exists(), mark.read_text()


def test_as_a_module_from_outside(repository: Path, mark: Path) -> None:
    done = spawn(PYTHON, "-m", "tfcheck", repository, cwd=repository.parent)
    assert (done.returncode, done.stdout.count("TFC501")) == (1, 1), done.stderr
    assert not mark.exists(), mark.read_text()


@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.parametrize(
    "words",
    [
        ["-m", "tfcheck"],
        ["-mtfcheck"],
        ["-I", "-m", "tfcheck"],
        pytest.param(
            ["-P", "-m", "tfcheck"],
            marks=pytest.mark.skipif(sys.version_info < (3, 11), reason="new in Python 3.11"),
        ),
    ],
    ids=" ".join,
)
def test_as_a_module_from_inside(repository: Path, mark: Path, words: list[str], jobs: str) -> None:
    (repository / "again.py").write_text(TRAINING)
    done = spawn(PYTHON, *words, "--jobs", jobs, cwd=repository)
    assert (done.returncode, done.stdout.count("TFC501")) == (1, 2), done.stderr
    assert not mark.exists(), mark.read_text()


def test_workers_are_as_isolated_as_their_parent(repository: Path, mark: Path) -> None:
    (repository / "again.py").write_text(TRAINING)
    done = spawn(
        *(PYTHON, "-I", "-m", "tfcheck", "--jobs", "2"),
        cwd=repository,
        environment={"PYTHONPATH": str(repository)},
    )
    assert (done.returncode, done.stdout.count("TFC501")) == (1, 2), done.stderr
    assert not mark.exists(), mark.read_text()


def test_where_an_empty_entry_puts_the_folder_on_the_path(repository: Path, mark: Path) -> None:
    without_its_own_tfcheck(repository)
    for name in ("sitecustomize.py", "usercustomize.py"):  # imported before tfcheck
        (repository / name).unlink()
    environment = {"PYTHONPATH": f":{repository.parent}"}
    done = spawn(SCRIPT, cwd=repository, environment=environment)
    assert (done.returncode, done.stdout.count("TFC501")) == (1, 1), done.stderr
    assert not mark.exists(), mark.read_text()


@pytest.mark.parametrize("pack", ["local_pack", "lint_rules.local", "train"])
def test_a_rule_pack_is_not_taken_from_the_repository(
    repository: Path, mark: Path, pack: str
) -> None:
    (repository / "tfcheck.toml").write_text(f'rule-packs = ["{pack}"]\n')
    done = spawn(SCRIPT, cwd=repository)
    assert (done.returncode, done.stdout) == (2, "")
    assert not mark.exists(), mark.read_text()


def test_as_a_commit_hook(repository: Path, mark: Path, tmp_path: Path) -> None:
    (repository / ".pre-commit-config.yaml").write_text(
        f"""\
repos:
  - repo: local
    hooks:
      - id: tfcheck
        name: tfcheck
        entry: '{SCRIPT}'
        language: system
        types_or: [python, jupyter]
        require_serial: true
"""
    )
    spawn("git", "add", "--all", cwd=repository)
    done = spawn(
        SCRIPT.with_name("pre-commit"),
        *("run", "--all-files"),
        cwd=repository,
        environment={"PRE_COMMIT_HOME": str(tmp_path / "pre-commit")},
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert done.stdout.count("TFC501") == 1, done.stdout
    assert not mark.exists(), mark.read_text()


@pytest.fixture
def laden(repository: Path, mark: Path) -> Path:
    """The repository with all that git would run where it compares, converts, watches or pages."""
    leave = f"echo git >> '{mark}'; cat"
    spawn("git", "add", "--all", cwd=repository)
    spawn(
        *("git", "-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "-qm", "x"),
        cwd=repository,
    )
    for key in (
        *("core.fsmonitor", "core.pager", "pager.cat-file", "pager.ls-tree", "core.sshCommand"),
        *("core.editor", "core.askPass", "diff.external", "diff.laden.textconv"),
        *("diff.laden.command", "filter.laden.clean", "filter.laden.smudge"),
        *("filter.laden.process", "credential.helper", "gpg.program"),
    ):
        spawn("git", "config", key, leave, cwd=repository)
    for alias in ("rev-parse", "ls-tree", "cat-file", "merge-base"):
        spawn("git", "config", f"alias.{alias}", f"!{leave}", cwd=repository)
    (repository / ".gitattributes").write_text("* diff=laden filter=laden\n")
    for name in ("post-index-change", "post-checkout", "pre-commit", "reference-transaction"):
        hook = repository / ".git/hooks" / name
        hook.write_text(f"#!/bin/sh\n{leave}\n")
        hook.chmod(0o755)
    own = repository / "git"
    own.write_text(f"#!/bin/sh\n{leave}\n")
    own.chmod(0o755)
    (repository / "train.py").write_text(TRAINING.replace("500", "600"))
    return repository


def test_the_marks_of_git_work(laden: Path, mark: Path) -> None:
    spawn("git", "diff", "HEAD", cwd=laden)
    assert mark.exists()


@pytest.mark.parametrize("revision", ["HEAD", "HEAD..."])
def test_git_runs_nothing_of_a_repository(laden: Path, mark: Path, revision: str) -> None:
    path = f".{os.pathsep}{os.pathsep}{os.environ['PATH']}"
    words = ("--fail-on", "note", "--new-from", revision)
    done = spawn(SCRIPT, *words, cwd=laden, environment={"PATH": path})
    assert (done.returncode, done.stdout.count("TFC601")) == (1, 1), done.stderr
    assert not mark.exists(), mark.read_text()


def test_git_fetches_nothing_that_a_repository_lacks(laden: Path, mark: Path) -> None:
    name = spawn("git", "rev-parse", "HEAD:train.py", cwd=laden).stdout.strip()
    (laden / ".git/objects" / name[:2] / name[2:]).unlink()
    for key, value in (
        ("core.repositoryFormatVersion", "1"),
        ("extensions.partialClone", "origin"),
        ("remote.origin.url", str(laden)),
        ("remote.origin.promisor", "true"),
        ("remote.origin.uploadpack", f"echo fetched >> '{mark}'; git-upload-pack"),
        ("protocol.allow", "always"),
        ("protocol.file.allow", "always"),
    ):
        spawn("git", "config", key, value, cwd=laden)
    done = spawn(SCRIPT, "--new-from", "HEAD", cwd=laden)
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert "Traceback" not in done.stderr
    assert not mark.exists(), mark.read_text()
    spawn("git", "cat-file", "blob", name, cwd=laden)
    assert "fetched" in mark.read_text()
