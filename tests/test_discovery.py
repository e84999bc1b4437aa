"""Which files are meant by a path."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import TRAINING, Command, Write, spawn
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tfcheck.config import Configuration
from tfcheck.discovery import NEVER_WALKED, discover


@pytest.fixture
def repository(folder: Path) -> Path:
    spawn("git", "init", "-q", cwd=folder)
    return folder


def test_scripts_and_notebooks_are_found(write: Write) -> None:
    found = ["a.py", "deep/er/b.ipynb", "folder.py/f.py"]
    write(dict.fromkeys([*found, "c.txt", "d.pyc", "e.pyi", "noext"], ""))
    paths = discover(["."], Configuration())
    assert [os.path.relpath(path) for path in paths] == found


def test_a_file_that_is_given_needs_no_suffix(check: Command, write: Write) -> None:
    write({"train": TRAINING})
    assert check().files == []
    assert check("train").files == ["train"]


def test_folders_of_tools_are_not_walked_unless_given(check: Command, write: Write) -> None:
    write({f"{name}/a.py": TRAINING for name in NEVER_WALKED} | {"environment/pyvenv.cfg": ""})
    write({"environment/lib/a.py": TRAINING, "rebuild/a.py": TRAINING, "build.py": TRAINING})
    assert check().files == ["build.py", "rebuild/a.py"]
    assert check("build").files == ["build/a.py"]
    assert check("build/a.py", "build.py").files == ["build.py", "build/a.py"]


def test_gitignore_files_add_up(check: Command, write: Write, repository: Path) -> None:
    write(
        {
            ".gitignore": "data/\n*_old.py\n# b.py\n\n/top.py\n",
            "sub/.gitignore": "!kept_old.py\nlocal.py\r\n",
            "a.py": TRAINING,
            "b.py": TRAINING,
            "top.py": TRAINING,
            "a_old.py": TRAINING,
            "data/a.py": TRAINING,
            "sub/a_old.py": TRAINING,
            "sub/kept_old.py": TRAINING,
            "sub/local.py": TRAINING,
            "sub/top.py": TRAINING,
            "sub/data/deep/a.py": TRAINING,
        }
    )
    expected = ["a.py", "b.py", "sub/kept_old.py", "sub/top.py"]
    assert check().files == expected
    assert check("sub").files == expected[2:]


def test_gitignore_counts_up_to_the_root_of_the_repository(check: Command, write: Write) -> None:
    write({".gitignore": "a.py\n", "inner/sub/a.py": TRAINING, "plain/a.py": TRAINING})
    spawn("git", "init", "-q", cwd=Path("inner"))
    assert check("inner/sub").files == ["inner/sub/a.py"]
    assert check("plain").files == ["plain/a.py"]
    spawn("git", "init", "-q", cwd=Path())
    assert check("inner/sub").files == ["inner/sub/a.py"]
    assert check("plain").files == []


def test_an_ignored_path_is_checked_where_it_is_given(
    check: Command, write: Write, repository: Path
) -> None:
    write(
        {
            ".gitignore": "data/\n",
            "tfcheck.toml": 'exclude = ["old"]',
            "data/sub/a.py": TRAINING,
            "old/sub/a.py": TRAINING,
        }
    )
    assert check().files == []
    for path in ("data/sub/a.py", "data", "data/sub", "old/sub/a.py", "old", "old/sub"):
        assert len(check(path).files) == 1, path
        assert check("--force-exclude", path).files == [], path


def test_exclusion_can_be_forced_by_the_configuration(check: Command, write: Write) -> None:
    write({"tfcheck.toml": 'exclude = ["a*"]\nforce-exclude = true', "a.py": TRAINING})
    write({"b.py": TRAINING, "build/b.py": TRAINING})
    assert check("a.py", "b.py", "build/b.py").files == ["b.py"]
    assert check("-", "--stdin-filename", "a.py", stdin=TRAINING).files == []
    assert check("-", "--stdin-filename", "b.py", stdin=TRAINING).files == ["b.py"]


def test_excluded_folders_above_the_project_do_not_count(check: Command, write: Write) -> None:
    write({"build/project/tfcheck.toml": "force-exclude = true", "build/project/a.py": TRAINING})
    assert check("build/project/a.py").files == ["build/project/a.py"]


def test_the_command_line_adds_to_what_is_excluded(check: Command, write: Write) -> None:
    write(dict.fromkeys(("a.py", "b.py", "c.py", "sub/c.py"), TRAINING))
    write({"tfcheck.toml": 'exclude = ["a.py"]'})
    assert check("--exclude", "b.py,/c.py").files == ["sub/c.py"]


def test_links_lead_into_no_circle(check: Command, write: Write, folder: Path) -> None:
    write({"sub/a.py": TRAINING})
    (folder / "sub/again").symlink_to(folder)
    (folder / "sub/gone.py").symlink_to(folder / "nowhere.py")
    assert check().files == ["sub/a.py"]


def test_a_folder_that_cannot_be_opened_is_said(
    check: Command, write: Write, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write({"a.py": TRAINING, "closed/b.py": TRAINING})
    scandir = os.scandir

    def refusing(path: str) -> Iterator[os.DirEntry[str]]:
        if path == str(folder / "closed"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    assert check().places == ["a.py:5 bare-sgd", "a.py:6 no-early-stopping", "closed:1 not-read"]


def test_lines_that_git_overlooks(check: Command, write: Write) -> None:
    write({".gitignore": "!\n! \na\\\n\\\n   \nb.py\n", "a.py": TRAINING, "b.py": TRAINING})
    assert check().files == ["a.py"]


NAMES = st.sampled_from(["a", "b", "ab", "data", "A"])
PATHS = st.lists(NAMES, min_size=1, max_size=3).map(lambda parts: "/".join(parts) + ".py")
PATTERNS = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(["", "", "!"]),
    st.sampled_from(["", "/", "**/"]),
    st.sampled_from("a a* * ?b [^a]b data [ab] *.py *.p[xy] a.py data/a data/*".split()),
    st.sampled_from(["", "", "/", " "]),
)
FOLDERS = st.sampled_from(["", "a/", "data/", "a/b/"])


@pytest.mark.skipif(shutil.which("git") is None, reason="git is what it is compared with")
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    files=st.sets(PATHS, min_size=1, max_size=6),
    ignores=st.dictionaries(FOLDERS, st.lists(PATTERNS, min_size=1, max_size=4), max_size=3),
)
def test_ignored_is_what_git_ignores(
    tmp_path_factory: pytest.TempPathFactory, files: set[str], ignores: dict[str, list[str]]
) -> None:
    root = tmp_path_factory.mktemp("repository")
    spawn("git", "init", "-q", cwd=root)
    contents = {f"{folder}.gitignore": "\n".join(lines) for folder, lines in ignores.items()}
    for name, text in {**dict.fromkeys(files, ""), **contents}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    listing = ("ls-files", "-z", "--others", "--exclude-per-directory=.gitignore", "--", "*.py")
    expected = spawn("git", *listing, cwd=root).stdout.split("\0")[:-1]
    found = [os.path.relpath(path, root) for path in discover([str(root)], Configuration())]
    shutil.rmtree(root)
    assert found == sorted(expected)
