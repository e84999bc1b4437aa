"""A script that does its worst is survived: it ends in time, with a reason, and leaves nothing.

What every run is held to is in the fixture ``survive``: no process, no temporary file, no file of
the user that differs, and an end soon after the budget.
"""

from __future__ import annotations

import sys

import pytest
from hostile import Survive, home, survive

from runtime_probe.sandbox.limits import Limits

__all__ = ["home", "survive"]  # fixtures

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")

SMALL = 300 << 20


@pytest.mark.parametrize(
    ("text", "how", "words", "line"),
    [
        pytest.param("x = 1\nwhile True:\n    pass", "time", "not done", None, id="loop"),
        pytest.param(
            "import itertools\n\nsum(itertools.repeat(1))", "time", "not done", 3, id="native loop"
        ),
        pytest.param(
            """\
            import signal
            for number in {*signal.Signals} - {signal.SIGKILL, signal.SIGSTOP}:
                signal.signal(number, signal.SIG_IGN)
            while True:
                try:
                    while True:
                        pass
                except BaseException:
                    pass
            """,
            "time",
            "not done",
            None,
            id="catches everything",
        ),
        pytest.param(
            "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)",
            "time",
            "not done",
            None,
            id="stops itself",
        ),
        pytest.param("import time\nwhile True: time.sleep(1e6)", "time", "not done", 2, id="sleep"),
        pytest.param(
            "import ctypes\n\nctypes.string_at(0)", "crash", "SIGSEGV", 3, id="segmentation fault"
        ),
        pytest.param("import os\nos.abort()", "crash", "SIGABRT", 2, id="abort"),
        pytest.param(
            "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",
            "memory",
            "the system killed it",
            None,
            id="killed by the system",
        ),
        pytest.param("import os\nos._exit(3)", "exit", "exit code 3", None, id="os._exit"),
        pytest.param("import sys\n\nsys.exit('no')", "exit", "sys.exit('no')", 3, id="sys.exit"),
        pytest.param(
            "def f():\n    open('data.csv')\nf()", "exception", "data.csv", 2, id="missing file"
        ),
        pytest.param("x = 1\nx = (", "exception", "SyntaxError", 2, id="syntax error"),
        pytest.param("input('? ')", "exception", "EOFError", 1, id="input"),
        pytest.param("import getpass\ngetpass.getpass()", "exception", "EOFError", 2, id="getpass"),
        pytest.param(
            """\
            class Odd(BaseException):
                def __str__(self):
                    raise self
            raise Odd
            """,
            "exception",
            "Odd",
            4,
            id="an exception without words",
        ),
        pytest.param("raise ValueError('x' * 10**7)", "exception", "xxx", 1, id="a long exception"),
        pytest.param("print('fine')", "no fit", "without training", None, id="no fit"),
        pytest.param(
            "import os\nos.closerange(0, 1000)", "exit", "exit code 1", None, id="closes everything"
        ),
    ],
)
def test_however_it_ends(
    survive: Survive, text: str, how: str, words: str, line: int | None
) -> None:
    survived = survive(text, seconds=1.0)
    assert survived.ended.how == how
    assert words in survived.ended.message
    assert len(survived.ended.message) < 3_000
    if line is not None:
        assert survived.ended.line == line


def test_memory_of_one_process(survive: Survive) -> None:
    text = "held = []\nwhile True:\n    held.append(bytearray(1 << 24))"
    survived = survive(text, limits=Limits(5.0, SMALL))
    assert (survived.ended.how, survived.ended.line) == ("memory", 3)
    assert "may use" in survived.ended.message  # the limit of the process, not the watch over it


def test_memory_of_all_processes(survive: Survive) -> None:
    text = """\
    import os, time
    for _ in range(8):
        if os.fork() == 0:
            held = b"x" * (80 << 20)
            while True: time.sleep(1)
    while True: time.sleep(1)
    """
    survived = survive(text, limits=Limits(5.0, SMALL))
    assert survived.ended.how == "memory"
    assert "0.3 GB" in survived.ended.message


def test_shared_memory_counts_once(survive: Survive) -> None:
    text = """\
    import os, time
    held = b"x" * (100 << 20)
    for _ in range(8):
        if os.fork() == 0:
            while True: time.sleep(1)
    for _ in range(8): time.sleep(1)
    """
    assert survive(text, limits=Limits(5.0, SMALL)).ended.how == "no fit"


def test_more_and_more_processes(survive: Survive) -> None:
    text = """\
    import os, time
    while True:
        if os.fork() == 0:
            while True: time.sleep(1)
        time.sleep(0.001)
    """
    assert survive(text, limits=Limits(5.0, SMALL, processes=40)).ended.how == "processes"


def test_printing_without_end(survive: Survive) -> None:
    survived = survive("while True: print('x' * 1000)", limits=Limits(5.0, SMALL, output=1 << 20))
    assert survived.ended.how == "output"
    assert len(survived.printed) == 1 << 20


def test_a_file_without_end(survive: Survive) -> None:
    text = "with open('big', 'wb') as file:\n    while True: file.write(bytes(1 << 20))"
    survived = survive(text, limits=Limits(5.0, SMALL, file=10 << 20))
    assert survived.ended.how == "exception"
    assert "File too large" in survived.ended.message


@pytest.mark.parametrize("then", ["", "while True: pass", "os._exit(0)", "ctypes.string_at(0)"])
def test_processes_that_detach_themselves(survive: Survive, then: str) -> None:
    text = f"""\
    import ctypes, os, subprocess, sys, time
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.chdir("/")
            while True:
                time.sleep(1)
        os._exit(0)
    os.wait()
    subprocess.Popen(["sleep", "1000"], start_new_session=True, env={{}})
    {then}
    """
    survive(text, seconds=1.0)


def test_forks_do_not_speak_for_the_script(survive: Survive) -> None:
    text = """\
    import os
    if os.fork() == 0:
        raise ValueError
    os.wait()
    os._exit(3)
    """
    assert survive(text).ended.message.endswith("with exit code 3")


def test_threads_that_outlive_it(survive: Survive) -> None:
    text = """\
    import atexit, threading
    def work():
        while True:
            pass
    threading.Thread(target=work).start()
    atexit.register(work)
    """
    assert survive(text).ended.how == "no fit"


def test_records_that_it_forges(survive: Survive) -> None:
    text = r"""
    import json, os
    lines = [
        b"what", b"[]", b"7", b'"x"', b"{}", b"[" * 100_000, b"\xff\xfe", b'{"record": "Job"}',
        b'{"record": "Remark", "message": 7, "fit": null}',
        b'{"record": "Remark", "message": "x", "fit": ' + b"9" * 5000 + b"}",
        b'{"record": "Trial", "fit": {}}',
        b'{"record": "Ended", "how": "well", "message": "", "line": null}',
        b'{"record": "Remark", "message": "' + b"x" * (20 << 20) + b'", "fit": null}',
        b'{"record": "Remark", "message": "well formed", "fit": null}',
    ]
    for number in range(3, 256):
        try:
            for line in lines:
                line += b"\n"
                while line:
                    line = line[os.write(number, line):]
        except OSError:
            continue
    raise KeyError("and on it goes")
    """
    survived = survive(text)
    assert survived.ended.how == "exception"
    dropped, forged = survived.remarks
    assert "dropped" in dropped
    assert forged == "well formed"


def test_records_without_end(survive: Survive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runtime_probe.supervisor._MOST_RECORDED", 1 << 20)
    text = """\
    import os
    while True:
        for number in range(3, 256):
            try:
                os.write(number, b"x" * 10_000)
            except OSError:
                continue
    """
    assert survive(text).ended.how == "output"


def test_what_it_is_told(survive: Survive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "secret")
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    text = """\
    import os, sys
    assert __name__ == "__main__" and sys.modules["__main__"].__file__ == __file__
    assert sys.argv == ["train.py", "--epochs", "3"], sys.argv
    assert sys.path[0] == os.getcwd() == os.path.dirname(__file__)
    assert open("notes.txt").read() == "mine"
    assert "GITHUB_TOKEN" not in os.environ and "DISPLAY" not in os.environ
    assert os.environ["LC_ALL"] == "C.UTF-8"
    assert os.environ["CUDA_VISIBLE_DEVICES"] == "-1"
    assert os.listdir(os.path.expanduser("~")) == [], os.listdir(os.path.expanduser("~"))
    open(os.path.expanduser("~/.history"), "w").close()
    try:
        open(f"/proc/{os.getppid()}/environ").read()
    except PermissionError:
        print("refused")
    """
    survived = survive(text, words=("--epochs", "3"))
    assert survived.ended.how == "no fit", survived
    assert survived.printed == "refused\n"


def test_what_waits_for_a_person(survive: Survive) -> None:
    text = """\
    import sys, time, types, webbrowser
    time.sleep(1000)
    assert webbrowser.open("https://example.com") is None
    """
    assert survive(text).ended.how == "no fit"


def test_processes_are_threads(survive: Survive) -> None:
    text = """\
    import multiprocessing as mp
    from concurrent.futures import ProcessPoolExecutor

    def work(queue, count):
        with count.get_lock():
            count.value += 1
        queue.put(count.value)

    if __name__ == "__main__" and mp.current_process().name == "MainProcess":
        with mp.Pool(2) as pool:
            assert pool.map(abs, [1, -2]) == [1, 2]
        with mp.get_context("spawn").Pool(2) as pool:
            assert pool.map(abs, [1, -2]) == [1, 2]
        with ProcessPoolExecutor(2) as pool:
            assert list(pool.map(abs, [1, -2])) == [1, 2]
        queue, count = mp.Queue(), mp.Value("i", 6)
        process = mp.Process(target=work, args=(queue, count))
        process.start()
        process.join()
        print(queue.get())
    """
    survived = survive(text)
    assert survived.printed == "7\n"
    assert survived.ended.how == "no fit"


def test_its_modules_do_not_reach_the_child(survive: Survive, home: object) -> None:
    text = """\
    import json, runtime_probe
    assert not hasattr(json, "own")
    import helper
    assert helper.own
    """
    from pathlib import Path

    project = Path(str(home)) / "project"
    for name in ("json.py", "runtime_probe.py", "signal.py", "helper.py"):
        (project / name).write_text("own = True")
    (project / "sitecustomize.py").write_text("raise SystemExit('run at the start')")
    assert survive(text).ended.how == "no fit"


def test_tensorflow_works_there_and_a_fit_of_its_own_is_named(survive: Survive) -> None:
    text = """\
    import keras
    import numpy as np
    import sklearn.preprocessing
    import tensorflow as tf

    model = keras.Sequential([keras.layers.Dense(1)])
    x = np.ones((8, 2))
    compiled = tf.function(lambda x: model(x) * 2, jit_compile=True)
    assert compiled(tf.constant(x)).shape == (8, 1)
    model.save("model.keras")
    model.save_weights("model.weights.h5")
    keras.models.load_model("model.keras")
    assert len(list(tf.data.Dataset.range(9).batch(3).cache("cached"))) == 3

    keras.Model.fit = lambda *args, **kwargs: None
    model.compile("sgd", "mse")
    model.fit(x, x)
    """
    survived = survive(text, seconds=60.0)
    assert survived.ended.how == "no fit", survived.printed
    assert "fit of its own" in survived.ended.message
