"""The copy in which a script runs: what is in it, what is not, and that it goes away."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from conftest import Write
from hostile import processes_of

from runtime_probe import workspace as module
from runtime_probe.workspace import workspace

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="not supported there")

TRAIN = Path("train.py")

SUPERVISED = """\
import sys
from pathlib import Path
from runtime_probe import supervisor
from runtime_probe.job import Job
from runtime_probe.workspace import workspace

with workspace(Path(sys.argv[1]), Path("train.py")) as place:
    script, folder = str(place.folder / "train.py"), str(place.folder)
    job = Job(script, folder, (), (), (), 60.0, 3, 100, None, False)
    supervisor.run(job, place, lambda record: print(record, place.root, flush=True))
"""


DETACHING = """\
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork():
        os._exit(0)
    open("detached", "w").close()
while True:
    time.sleep(1)
"""


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files."""
    there = tmp_path / "tmp"
    there.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(there))
    return there


def names(folder: Path) -> list[str]:
    return sorted(str(each.relative_to(folder)) for each in folder.rglob("*"))


def test_what_is_copied(folder: Path, write: Write) -> None:
    write(
        {
            "train.py": "x",
            "data/houses.csv": "1,2",
            ".env": "A=1",
            ".git/config": "",
            "pkg/__pycache__/m.pyc": "",
            "pkg/m.py": "",
            "env/pyvenv.cfg": "",
            "env/lib/site.py": "",
        }
    )
    (folder / "models").mkdir()
    with workspace(folder, TRAIN) as place:
        assert names(place.folder) == [
            ".env",
            "data",
            "data/houses.csv",
            "models",
            "pkg",
            "pkg/m.py",
            "train.py",
        ]
        assert place.left_out == ()
        (place.folder / "data/houses.csv").write_text("changed")
        (place.folder / "train.py").unlink()
    assert (folder / "data/houses.csv").read_text() == "1,2"
    assert (folder / "train.py").read_text() == "x"


def test_links_become_what_they_lead_to(folder: Path, write: Write, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    write({"src/train.py": "x", "data/a.csv": "1"})
    (folder / "src/data").symlink_to("../data")
    (folder / "src/one.csv").symlink_to(folder / "data/a.csv")
    (folder / "src/up").symlink_to("..")
    (folder / "data/round").symlink_to("../data")
    (folder / "src/secret.txt").symlink_to(tmp_path / "secret.txt")
    (folder / "src/gone").symlink_to("nowhere")
    with workspace(folder, Path("src/train.py")) as place:
        assert not any(each.is_symlink() for each in place.folder.rglob("*"))
        assert names(place.folder) == [
            "data",
            "data/a.csv",
            "src",
            "src/data",
            "src/data/a.csv",
            "src/one.csv",
            "src/train.py",
        ]
        links = sorted(each.split(":")[0] for each in place.left_out)
        assert links == ["data/round", "src/data/round", "src/gone", "src/secret.txt", "src/up"]


def test_what_is_too_large(folder: Path, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", 1000)
    monkeypatch.setattr(module, "MOST_FILES", 10)
    write(
        {
            "src/train.py": "x" * 900,
            "src/helper.py": "y",
            "src/video.mp4": "z" * 500,
            "notes.txt": "n",
            **{f"images/{number}.png": "i" for number in range(30)},
        }
    )
    with workspace(folder, Path("src/train.py")) as place:
        assert names(place.folder) == ["notes.txt", "src", "src/helper.py", "src/train.py"]
        images, video = sorted(place.left_out)
        assert images.startswith("images (")
        assert video.startswith("src/video.mp4 (")


def test_what_cannot_be_read_is_named(
    folder: Path, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Root reads everything, so a file is refused in another way here."""
    write({"train.py": "x", "closed": "x"})
    os.mkfifo(folder / "pipe")
    copy2 = shutil.copy2

    def refusing(source: str, target: Path) -> object:
        if source.endswith("closed"):
            raise PermissionError(13, "Permission denied")
        return copy2(source, target)

    monkeypatch.setattr(shutil, "copy2", refusing)
    with workspace(folder, TRAIN) as place:
        assert names(place.folder) == ["train.py"]
        assert place.left_out == ("pipe: no file", "closed: Permission denied")


def test_a_script_that_is_a_link(folder: Path, write: Write, tmp_path: Path) -> None:
    (tmp_path / "elsewhere.py").write_text("print()")
    (folder / "train.py").symlink_to(tmp_path / "elsewhere.py")
    with workspace(folder, TRAIN) as place:
        assert (place.folder / "train.py").read_text() == "print()"
        assert not (place.folder / "train.py").is_symlink()


def test_whatever_is_in_it_goes(folder: Path, write: Write, temporary: Path) -> None:
    write({"train.py": "x"})
    with workspace(folder, TRAIN) as place:
        for each in (place.home, place.folder):
            (each / "closed" / "more").mkdir(parents=True)
            (each / "closed" / "more" / "x").touch()
            (each / "closed").chmod(0)
        deep = os.open(place.folder, os.O_RDONLY)
        for _ in range(1100):
            os.mkdir("folder-in-folder", dir_fd=deep)
            below = os.open("folder-in-folder", os.O_RDONLY, dir_fd=deep)
            os.close(deep)
            deep = below
        os.close(deep)
    assert list(temporary.iterdir()) == []


def test_it_goes_when_something_fails(folder: Path, write: Write, temporary: Path) -> None:
    write({"train.py": "x"})
    with pytest.raises(KeyError), workspace(folder, TRAIN):
        raise KeyError
    assert list(temporary.iterdir()) == []


def test_it_stays_where_that_is_wanted(folder: Path, write: Write, temporary: Path) -> None:
    write({"train.py": "x"})
    with workspace(folder, TRAIN, keep=True) as place:
        pass
    assert (place.folder / "train.py").read_text() == "x"


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize(
    ("number", "left"),
    [(signal.SIGINT, 0), (signal.SIGTERM, 0), (signal.SIGHUP, 0), (signal.SIGKILL, 1)],
)
def test_an_interrupted_tool_leaves_nothing(
    folder: Path, write: Write, temporary: Path, number: signal.Signals, left: int
) -> None:
    """Nobody cleans up after SIGKILL, but the child ends with its parent even then."""
    detaches = number is not signal.SIGKILL
    write({"train.py": DETACHING if detaches else "import time\nwhile True: time.sleep(1)"})
    tool = subprocess.Popen(
        [sys.executable, "-c", SUPERVISED, folder],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "TMPDIR": str(temporary)},
    )
    assert tool.stdout is not None
    root = next(line.split()[-1] for line in tool.stdout if "running the script" in line)
    while detaches and not Path(root, "work", "detached").exists():
        time.sleep(0.01)
    tool.send_signal(number)
    tool.wait(60)
    tool.stdout.close()
    if sys.platform == "linux":
        _until_none(Path(root))
    assert len(list(temporary.iterdir())) == left


def _until_none(root: Path) -> None:
    patience = time.monotonic() + 60
    while processes_of(root):
        assert time.monotonic() < patience
        time.sleep(0.01)
