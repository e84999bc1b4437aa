"""Findings on lines that were changed since a revision, and no others."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from conftest import TRAINING, Command, Write
from test_output import notebook
from test_pre_commit import git

SGD, EPOCHS = "train.py:5 bare-sgd", "train.py:6 no-early-stopping"
OTHER_EPOCHS = TRAINING.replace("500", "600")


@pytest.fixture
def repository(write: Write, folder: Path) -> Path:
    """A repository whose only commit holds two findings."""
    git(folder, "init", "-q", "-b", "main")
    write({"train.py": TRAINING})
    commit(folder)
    return folder


def commit(folder: Path) -> None:
    git(folder, "add", "--all")
    git(folder, "commit", "-qm", "more")


@pytest.mark.usefixtures("repository")
def test_nothing_changed_is_nothing_new(check: Command, tfcheck: Command) -> None:
    result = check("--new-from", "HEAD")
    assert (result.code, result.findings) == (0, [])
    assert result.err.splitlines()[0] == "2 findings older than HEAD"
    assert tfcheck("--new-from", "HEAD", "--quiet") == (0, "", "")


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize(
    ("text", "places"),
    [
        (OTHER_EPOCHS, [EPOCHS]),
        (TRAINING.replace('"mse"', '"mae"'), [SGD]),
        ("import os\n\n" + TRAINING, []),
        (TRAINING + "    return model\n", []),
        (TRAINING.replace("\n", "\r\n"), []),
        (TRAINING.replace("(x, y,", "(\n        x,\n        y,"), [EPOCHS]),
        (
            TRAINING + TRAINING.replace("def train", "def again"),
            ["train.py:11 bare-sgd", "train.py:12 no-early-stopping"],
        ),
    ],
)
def test_only_changed_lines_count(
    check: Command, write: Write, text: str, places: list[str]
) -> None:
    write({"train.py": text.encode()})
    assert check("--new-from", "HEAD").places == places


@pytest.mark.usefixtures("repository")
def test_a_change_counts_whether_committed_staged_or_neither(
    check: Command, write: Write, folder: Path
) -> None:
    write({"train.py": OTHER_EPOCHS})
    assert check("--new-from", "HEAD").places == [EPOCHS]
    git(folder, "add", "--all")
    assert check("--new-from", "HEAD").places == [EPOCHS]
    git(folder, "commit", "-qm", "more")
    assert check("--new-from", "HEAD").places == []
    assert check("--new-from", "HEAD~1").places == [EPOCHS]
    git(folder, "tag", "later")
    write({"train.py": TRAINING})
    assert check("--new-from", "later").places == [EPOCHS]
    assert check("--new-from", "HEAD~1").places == []


def test_a_changed_line_of_evidence_makes_no_finding_new(
    check: Command, write: Write, repository: Path
) -> None:
    text = TRAINING.replace("import keras", "import keras\nEPOCHS = 5").replace("=500", "=EPOCHS")
    write({"train.py": text})
    commit(repository)
    write({"train.py": text.replace("EPOCHS = 5", "EPOCHS = 500")})
    assert check("--new-from", "HEAD").places == []


@pytest.mark.usefixtures("repository")
def test_a_file_that_is_not_tracked_is_wholly_new(check: Command, write: Write) -> None:
    write({"new.py": TRAINING, ".gitignore": "ignored.py\n", "ignored.py": TRAINING})
    assert check("--new-from", "HEAD").files == ["new.py"]
    assert check("--new-from", "HEAD", "ignored.py").files == ["ignored.py"]


@pytest.mark.parametrize("staged", [False, True])
def test_a_renamed_file_is_followed(
    check: Command, write: Write, repository: Path, staged: bool
) -> None:
    write({"other.py": "print()\n" * 20})
    commit(repository)
    for name in ("train.py", "other.py"):
        (repository / name).unlink()
    write({"deep/moved.py": OTHER_EPOCHS, "unlike.py": TRAINING.replace("train", "t") * 4})
    if staged:
        git(repository, "add", "--all")
    places = check("--new-from", "HEAD").places
    assert [each for each in places if "moved" in each] == ["deep/moved.py:6 no-early-stopping"]
    assert len(places) == 1 + 2 * 4


@pytest.mark.usefixtures("repository")
def test_a_copy_is_new(check: Command, write: Write) -> None:
    write({"copy.py": TRAINING})
    assert check("--new-from", "HEAD").files == ["copy.py"]


def test_from_folders_within_and_from_outside(
    check: Command, write: Write, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write({"deep/down/train.py": TRAINING, "deep/down/same.py": TRAINING})
    commit(repository)
    write({"deep/down/train.py": OTHER_EPOCHS})
    assert check("--new-from", "HEAD").places == [f"deep/down/{EPOCHS}"]
    assert check("--new-from", "HEAD", "deep/down/train.py").places == [f"deep/down/{EPOCHS}"]
    monkeypatch.chdir(repository / "deep")
    assert check("--new-from", "HEAD").places == [f"down/{EPOCHS}"]
    assert check("--new-from", "HEAD", "../train.py").places == []
    monkeypatch.chdir(repository.parent)
    assert check("--new-from", "HEAD", "work").places == [f"work/deep/down/{EPOCHS}"]


def test_through_a_link(check: Command, write: Write, repository: Path) -> None:
    (repository / "link.py").symlink_to("train.py")
    link = repository.parent / "link"
    link.symlink_to(repository)
    write({"train.py": OTHER_EPOCHS})
    assert len(check("--new-from", "HEAD", link).findings) == 2
    assert check("--new-from", "HEAD", "link.py").places == [EPOCHS.replace("train", "link")]


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize(
    "name", ["with space.py", "ünïcode.py", 'quo"te.py', "tab\tin.py", "new\nline.py"]
)
def test_awkward_names(check: Command, write: Write, folder: Path, name: str) -> None:
    write({name: TRAINING})
    commit(folder)
    assert check("--new-from", "HEAD").findings == []
    write({name: OTHER_EPOCHS})
    assert check("--new-from", "HEAD").files == [name]


def test_a_branch_is_compared_as_it_is_or_where_it_was_left(
    check: Command, write: Write, repository: Path
) -> None:
    git(repository, "checkout", "-qb", "feature")
    write({"more.py": TRAINING})
    commit(repository)
    git(repository, "checkout", "-q", "main")
    write({"train.py": OTHER_EPOCHS})
    commit(repository)
    git(repository, "checkout", "-q", "feature")
    assert check("--new-from", "main").files == ["more.py", "train.py"]
    assert check("--new-from", "main...").files == ["more.py"]
    git(repository, "checkout", "-q", "--orphan", "alone")
    git(repository, "commit", "-qm", "alone")
    result = check("--new-from", "main...")
    assert (result.code, "'main' and HEAD have no commit in common" in result.err) == (2, True)


def test_notebooks_are_compared_by_their_code(
    check: Command, write: Write, repository: Path
) -> None:
    imports, _, rest = TRAINING.partition("\n")
    write({"a.ipynb": notebook(imports, rest)})
    commit(repository)

    run = json.loads((repository / "a.ipynb").read_text())
    run["cells"][2] |= {"execution_count": 7, "outputs": [{"output_type": "stream", "text": "x"}]}
    write({"a.ipynb": json.dumps(run, indent=1)})
    assert check("--new-from", "HEAD").places == []

    write({"a.ipynb": notebook("%matplotlib inline", imports, rest.replace("500", "600"), "x")})
    (finding,) = check("--new-from", "HEAD").findings
    assert (finding["cell"], finding["location"]["row"]) == (4, 5)

    (repository / "a.ipynb").rename(repository / "b.ipynb")
    assert check("--new-from", "HEAD").places == ["b.ipynb:5 no-early-stopping"]


def test_a_repository_within_has_its_own_history(
    check: Command, write: Write, repository: Path
) -> None:
    git(repository, "init", "-q", "inner")
    write({"inner/train.py": TRAINING, "new.py": TRAINING})
    assert check("--new-from", "HEAD").files == ["new.py"]
    (repository / "inner/.git/HEAD").unlink()  # git takes it for none, and goes on above it
    assert check("--new-from", "HEAD", "inner").code == 2


def test_in_a_linked_work_tree(check: Command, write: Write, repository: Path) -> None:
    git(repository, "worktree", "add", "-q", "../tree")
    write({"../tree/train.py": OTHER_EPOCHS})
    (finding,) = check("--new-from", "HEAD", "../tree").findings
    assert finding["name"] == "no-early-stopping"


def test_as_git_calls_its_hooks(
    check: Command, write: Write, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(repository, "init", "-q", "../elsewhere")
    monkeypatch.setenv("GIT_DIR", str(repository.parent / "elsewhere/.git"))
    monkeypatch.setenv("GIT_INDEX_FILE", "nowhere")
    write({"train.py": OTHER_EPOCHS})
    assert check("--new-from", "HEAD").places == [EPOCHS]


@pytest.mark.usefixtures("repository")
def test_the_standard_input(check: Command) -> None:
    words = ("--new-from", "HEAD", "-", "--stdin-filename", "train.py")
    assert check(*words, stdin=TRAINING).findings == []
    assert check(*words, stdin=OTHER_EPOCHS).places == [EPOCHS]


@pytest.mark.usefixtures("repository")
def test_beside_a_baseline(check: Command, write: Write) -> None:
    check("--write-baseline", "known.json")
    write({"new.py": TRAINING})
    check("--write-baseline", "known.json", "new.py", "--select", "TFC5")
    result = check("--new-from", "HEAD", "--baseline", "known.json")
    assert result.places == ["new.py:6 no-early-stopping"]
    assert "3 findings known from known.json\n0 findings older than HEAD" in result.err


@pytest.mark.usefixtures("repository")
def test_what_cannot_be_read_is_new_only_where_it_changed(check: Command, write: Write) -> None:
    write({"broken.ipynb": "keras"})
    assert check("--new-from", "HEAD").places == ["broken.ipynb:1 not-read"]


def test_a_broken_notebook_that_was_broken(check: Command, write: Write, repository: Path) -> None:
    write({"broken.ipynb": "keras"})
    commit(repository)
    assert check("--new-from", "HEAD").places == []


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize("name", ["nowhere", "", "--all", "-h", "HEAD~7", "main..HEAD", "no..."])
def test_a_revision_that_is_none(check: Command, name: str) -> None:
    result = check(f"--new-from={name}")
    assert (result.code, result.out) == (2, "")
    branch = name.removesuffix("...")
    said = f"tfcheck: error: --new-from: there is no revision '{branch}' in {Path.cwd()}\n"
    assert result.err == said


def test_no_repository_and_no_git(
    check: Command, write: Write, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write({"train.py": TRAINING})
    outside = check("--new-from", "HEAD")
    assert (outside.code, outside.out) == (2, "")
    assert outside.err == f"tfcheck: error: --new-from: {folder} is in no git repository\n"
    git(folder, "init", "-q")
    monkeypatch.setenv("PATH", os.pathsep.join(["", ".", str(folder)]))
    without = check("--new-from", "HEAD")
    assert (without.code, without.out) == (2, "")
    assert without.err == "tfcheck: error: --new-from: there is no command git\n"


@pytest.mark.usefixtures("repository")
def test_a_baseline_is_not_written_of_a_part(check: Command, folder: Path) -> None:
    assert check("--new-from", "HEAD", "--write-baseline", "known.json").code == 2
    assert not (folder / "known.json").exists()
