"""The hook in a real repository, run by the real pre-commit."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import TRAINING

ROOT = Path(__file__).parent.parent
PACKAGED = (
    "tfcheck",
    "tfcheck.pth",
    "lint_rules",
    "runtime_probe",
    "pyproject.toml",
    "README.md",
    "LICENSE",
)
GOOD = """\
import keras

def train(x, y):
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile(optimizer="adam", loss="mse")
    model.fit(x, y, epochs=5)
"""


def git(folder: Path, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    settings = ["user.name=A", "user.email=a@example.org", "commit.gpgsign=false"]
    options = [word for each in settings for word in ("-c", each)]
    return subprocess.run(
        ["git", *options, *words], cwd=folder, text=True, capture_output=True, check=check
    )


@pytest.fixture(scope="module")
def hooks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository of tfcheck as it is now, which pre-commit clones."""
    folder = tmp_path_factory.mktemp("hooks")
    ignored = shutil.ignore_patterns("__pycache__")
    for name in PACKAGED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=ignored)
        else:
            shutil.copy(ROOT / name, folder / name)
    shutil.copy(ROOT / ".pre-commit-hooks.yaml", folder)
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "tfcheck")
    return folder


@pytest.fixture(scope="module")
def repository(hooks: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A scratch repository with the hook installed."""
    folder = tmp_path_factory.mktemp("scratch")
    commit = git(hooks, "rev-parse", "HEAD").stdout.strip()
    (folder / ".pre-commit-config.yaml").write_text(
        f"repos:\n- repo: {hooks.as_uri()}\n  rev: {commit}\n  hooks:\n  - id: tfcheck\n"
    )
    os.environ["PRE_COMMIT_HOME"] = str(tmp_path_factory.mktemp("cache"))
    git(folder, "init", "-q")
    command = [sys.executable, "-m", "pre_commit", "install", "--install-hooks"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return folder


def commit(folder: Path, name: str, text: str) -> subprocess.CompletedProcess[str]:
    (folder / name).write_text(text)
    git(folder, "add", "-A")
    return git(folder, "commit", "-qm", name, check=False)


def test_a_bad_script_is_refused_and_a_good_one_passes(repository: Path) -> None:
    refused = commit(repository, "train.py", TRAINING)
    assert refused.returncode == 1
    assert "bare-sgd" in refused.stdout + refused.stderr
    passed = commit(repository, "train.py", GOOD)
    assert passed.returncode == 0, passed.stdout + passed.stderr


def test_a_bad_notebook_is_refused(repository: Path) -> None:
    from test_output import notebook

    refused = commit(repository, "train.ipynb", notebook(TRAINING))
    assert refused.returncode == 1
    assert "no-early-stopping" in refused.stdout + refused.stderr
    git(repository, "rm", "-qf", "train.ipynb")
