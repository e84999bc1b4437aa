"""Every guard, alone, against what a script can try on its user's files and on the network."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from hostile import Survive, home, state_of, survive

from runtime_probe import sandbox
from runtime_probe.sandbox import kernel

__all__ = ["home", "survive"]  # fixtures

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="guards of Linux")

WITHOUT = {
    "landlock": "",
    "landlock of its first version": "landlock.version = lambda: 1",
    "landlock without a filter": "seccomp.refuse_network = lambda: False",
    "namespaces": "landlock.restrict = lambda *_: None",
    "namespaces without a filter": (
        "landlock.restrict = lambda *_: None; seccomp.refuse_network = lambda: False"
    ),
    "audit hooks": "landlock.restrict = namespaces.enter = lambda *_: None",
    "audit hooks without a filter": (
        "landlock.restrict = namespaces.enter = lambda *_: None;"
        "seccomp.refuse_network = lambda: False"
    ),
}
"""Guards by what must be missing for them to be the strongest."""

PROGRAM = """\
import ctypes, json, os, pathlib, shutil, signal, socket, subprocess, sys
from runtime_probe.sandbox import guard, landlock, namespaces, seccomp
from runtime_probe.sandbox.bounds import Bounds

home, copy, port, attacks = json.loads(sys.argv[1])
os.chdir(copy)
{without}
held = guard.hold(Bounds.around((copy,), ()), gpu=False)
notes, best = home + "/project/notes.txt", home + "/project/models/best.h5"
C = ctypes.CDLL(None, use_errno=True)
outcomes = []
for attack in attacks:
    try:
        exec(attack)
        outcomes.append("done")
    except (OSError, subprocess.CalledProcessError, shutil.Error) as error:
        outcomes.append(str(error))
print(json.dumps([held.guard, held.refuses, held.does_not_cover, outcomes]))
"""

ON_FILES = [
    "open(notes, 'w')",
    "open(notes, 'a').write('x')",
    "open(notes, 'r+').write('x')",
    "open(os.path.relpath(notes), 'w')",
    "pathlib.Path(notes).write_text('x')",
    "os.open(notes, os.O_RDONLY | os.O_TRUNC)",
    "open(home + '/project/new.txt', 'x')",
    "os.mkdir(home + '/project/new')",
    "os.remove(notes)",
    "pathlib.Path(notes).unlink()",
    "os.rename(notes, 'mine')",
    "os.replace('own.txt', notes)",
    "shutil.move(notes, 'mine')",
    "shutil.rmtree(home + '/project')",
    "os.rmdir(home + '/.ssh')",
    "os.truncate(notes, 0)",
    "os.unlink('notes.txt', dir_fd=os.open(home + '/project', os.O_RDONLY))",
    "os.symlink('/x', home + '/project/link')",
    "os.symlink(notes, 'link'); open('link', 'w')",
    "os.symlink(home + '/project', 'down'); open('down/../project/notes.txt', 'w')",
    "os.symlink(home + '/project/models', 'up'); os.remove('up/../notes.txt')",
    "os.link(notes, 'hard'); open('hard', 'w')",
    "os.open(best, os.O_RDWR)",
]

ON_METADATA = [
    "os.chmod(notes, 0o400)",
    "os.fchmod(os.open(notes, os.O_RDONLY), 0o400)",
    "os.utime(notes, (0, 0))",
    "os.setxattr(notes, 'user.x', b'x')",
]

FROM_NATIVE_CODE = [
    "subprocess.run(['sh', '-c', f'echo > {notes}'], check=True)",
    "subprocess.run(['rm', '-rf', home], check=True)",
    "os.system(f'rm -rf {home}')",
    "C.unlink(notes.encode())",
    "C.truncate(notes.encode(), 0)",
    "C.open(notes.encode(), os.O_WRONLY | os.O_TRUNC)",
    "C.chmod(notes.encode(), 0o400)",
    "if os.fork() == 0: C.unlink(notes.encode()); os._exit(0)",
]

ON_THE_NETWORK = [
    "socket.create_connection(('127.0.0.1', port), 1)",
    "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', port))",
    "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.connect(('127.0.0.1', port))",
    "s = socket.socket(socket.AF_UNIX); s.connect(home + '/service')",
    "socket.socket().bind(('127.0.0.1', 0))",
    "socket.getaddrinfo('localhost', 80)",
]

NETWORK_FROM_NATIVE_CODE = [
    "subprocess.run([sys.executable, '-c', f\"import socket; socket.create_connection(('127.0.0.1', {port}), 1)\"], check=True)",
    "subprocess.run([sys.executable, '-c', f\"import socket; socket.socket(2, 2).sendto(b'x', ('127.0.0.1', {port}))\"], check=True)",
]

SECRETS = ["open(home + '/.netrc')", "os.open(home + '/.ssh/id_rsa', os.O_RDONLY)"]


class Listener:
    """Services on the machine, which a script must not reach."""

    def __init__(self, home: Path) -> None:
        self.stream, self.packets = socket.socket(), socket.socket(type=socket.SOCK_DGRAM)
        self.stream.bind(("127.0.0.1", 0))
        self.port: int = self.stream.getsockname()[1]
        self.packets.bind(("127.0.0.1", self.port))
        self.local = socket.socket(socket.AF_UNIX)
        self.local.bind(str(home / "service"))
        self.all = (self.stream, self.packets, self.local)
        for each in self.all:
            each.setblocking(False)
        self.stream.listen()
        self.local.listen()

    def reached(self) -> bool:
        return any(
            map(_heard, (self.stream.accept, lambda: self.packets.recv(9), self.local.accept))
        )


def _heard(listen: Callable[[], object]) -> bool:
    try:
        listen()
    except BlockingIOError:
        return False
    return True


@pytest.fixture
def listener(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Listener]:
    monkeypatch.chdir(home)  # the name of a local socket must be short
    made = Listener(Path())
    yield made
    for each in made.all:
        each.close()


@pytest.fixture
def project(home: Path, tmp_path: Path) -> Path:
    """The user's project. The script's own folder is ``copy`` beside the home."""
    there = home / "project"
    (there / "models").mkdir(parents=True)
    (there / "notes.txt").write_text("mine")
    (there / "models" / "best.h5").write_text("weights")
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy" / "own.txt").write_text("the script's")
    return there


def attacked(
    name: str, home: Path, attacks: list[str], port: int = 0
) -> tuple[str, list[str], list[str], list[str]]:
    """What each attack came to under the guard ``name``."""
    told = json.dumps([str(home), str(home.parent / "copy"), port, attacks])
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(without=WITHOUT[name]), told],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ran.returncode == 0, ran.stderr
    guard, refuses, gaps, outcomes = json.loads(ran.stdout.splitlines()[-1])
    assert guard in name
    return guard, refuses, gaps, outcomes


@pytest.mark.parametrize("name", WITHOUT)
def test_the_users_files(name: str, home: Path, project: Path) -> None:
    before = state_of(home)
    outcomes = attacked(name, home, ON_FILES)[3]
    assert state_of(home) == before
    done = [attack for attack, outcome in zip(ON_FILES, outcomes, strict=True) if outcome == "done"]
    assert done == []


@pytest.mark.parametrize("name", WITHOUT)
def test_the_users_files_from_native_code(name: str, home: Path, project: Path) -> None:
    attacks = FROM_NATIVE_CODE[:3] if name.startswith("audit") else FROM_NATIVE_CODE
    if name == "landlock without a filter":
        attacks = [each for each in attacks if "chmod" not in each]
    before = state_of(home)
    attacked(name, home, attacks)
    assert state_of(home) == before


@pytest.mark.parametrize("name", WITHOUT)
def test_metadata_of_files(name: str, home: Path, project: Path) -> None:
    before = state_of(home)
    gaps = attacked(name, home, ON_METADATA)[2]
    unchanged = state_of(home) == before
    assert unchanged != any("modes" in each for each in gaps)


@pytest.mark.parametrize("name", WITHOUT)
def test_the_network(name: str, home: Path, project: Path, listener: Listener) -> None:
    outcomes = attacked(name, home, ON_THE_NETWORK, listener.port)[3]
    assert not listener.reached()
    assert "done" not in outcomes


@pytest.mark.parametrize("name", WITHOUT)
def test_the_network_from_other_programs(
    name: str, home: Path, project: Path, listener: Listener
) -> None:
    attacked(name, home, [*NETWORK_FROM_NATIVE_CODE, "pass"], listener.port)
    gaps = attacked(name, home, [])[2]
    assert listener.reached() == any("the network from native code" in each for each in gaps)


@pytest.mark.parametrize("name", WITHOUT)
def test_secrets(name: str, home: Path, project: Path) -> None:
    reading = "open(home + '/houses.csv').read(); os.listdir(home + '/project')"
    _, _, gaps, outcomes = attacked(name, home, [*SECRETS, reading])
    covered = not any("reading" in each for each in gaps)
    assert outcomes[2] == "done"
    assert ["done" not in outcomes[:2]] == [covered]


@pytest.mark.parametrize("name", WITHOUT)
def test_what_a_script_may_do(name: str, home: Path, project: Path) -> None:
    """Within its copy, all that it is used to."""
    usual = """\
    import multiprocessing, shutil, tempfile, threading
    open("new.txt", "w").write("x")
    os.makedirs("a/b/c", exist_ok=True)
    shutil.copy("new.txt", "a/b")
    shutil.copytree("a", "d")
    shutil.move("d", "e")
    os.rename("new.txt", "newer.txt")
    os.symlink("newer.txt", "link-within")
    os.link("newer.txt", "hard-within")
    os.chmod("newer.txt", 0o644)
    shutil.rmtree("a")
    open("/dev/null", "w").write("x")
    a, b = socket.socketpair()
    a.send(b"x")
    receiving, sending = multiprocessing.Pipe()
    if os.fork() == 0:
        sending.send(7)
        os._exit(0)
    assert receiving.recv() == 7
    open("/proc/self/status").read()
    """
    assert attacked(name, home, [dedent(usual)])[3] == ["done"]


def test_rights_of_root_are_given_up(home: Path, project: Path) -> None:
    status = "raise OSError(open('/proc/self/status').read())"
    fields: dict[str, Any] = dict(
        line.split(":", 1) for line in attacked("landlock", home, [status])[3][0].splitlines()
    )
    assert {int(fields[each], 16) for each in ("CapPrm", "CapEff", "CapInh", "CapAmb")} == {0}
    assert int(fields["NoNewPrivs"]) == 1


def test_other_processes(home: Path, project: Path) -> None:
    """Where signals cannot be refused, the guard says so. Signal 0 does nothing."""
    _, _, gaps, outcomes = attacked("landlock", home, ["os.kill(os.getppid(), 0)"])
    assert (outcomes == ["done"]) == any("signals" in each for each in gaps)


def test_the_strongest_holds_under_the_supervisor(survive: Survive) -> None:
    text = """\
    import urllib.request
    urllib.request.urlopen("http://127.0.0.1/")
    """
    survived = survive(text)
    assert survived.guarded.guard == "landlock"
    assert "the network" in survived.guarded.refuses
    assert "the probe refuses the network" in survived.ended.message


def test_where_it_is_supported(monkeypatch: pytest.MonkeyPatch) -> None:
    assert sandbox.unsupported() is None
    monkeypatch.setattr(sys, "platform", "win32")
    assert "win32" in (sandbox.unsupported() or "")


def test_a_system_call_that_fails() -> None:
    with pytest.raises(OSError, match="Bad file descriptor"):
        kernel.call(3 if os.uname().machine == "x86_64" else 57, -1)  # close
