"""Text that kills parsers: each ends with a clear note and exit code 0, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

DEEP = 50_000
TEXTS = {
    "brackets": "(" * DEEP + "1" + ")" * DEEP,
    "lists": "[" * DEEP + "]" * DEEP,
    "brackets that are not closed": "(" * DEEP,
    "calls in calls": "f(" * DEEP + ")" * DEEP,
    "a sum": " + ".join(["a"] * DEEP),
    "a sum over many lines": "(" + " +\n".join(["a"] * DEEP) + ")",
    "a power": " ** ".join(["a"] * DEEP),
    "signs": "-" * DEEP + "1",
    "not": "not " * DEEP + "1",
    "attributes": "a" + ".b" * DEEP,
    "calls of calls": "a" + "()" * DEEP,
    "items of items": "a" + "[0]" * DEEP,
    "conditions": "1 if a else " * DEEP + "2",
    "functions of functions": "lambda: " * DEEP + "1",
    "comparisons": " < ".join(["a"] * DEEP),
    "and": " and ".join(["a"] * DEEP),
    "strings": " ".join(['"a"'] * DEEP),
    "elif": "if a:\n    pass\n" + "elif a:\n    pass\n" * DEEP,
    "blocks": "".join(" " * level + "if a:\n" for level in range(1_000)) + " " * 1_000 + "pass",
    "assignments": "a = " * DEEP + "1",
    "names": ", ".join(["a"] * DEEP),
    "lines": "x = 1\n" * DEEP,
}
NOT_READ = {
    "brackets",
    "lists",
    "brackets that are not closed",
    "calls in calls",
    "a sum",
    "a sum over many lines",
    "a power",
    "signs",
    "not",
    "attributes",
    "calls of calls",
    "items of items",
    "conditions",
    "functions of functions",
    "comparisons",
    "and",
    "strings",
    "elif",
    "blocks",
}


def run(folder: Path, name: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tfcheck", "--output-format", "concise", name]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize("name", TEXTS)
def test_what_kills_parsers(name: str, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(f"import keras\n{TEXTS[name]}\n")
    result = run(tmp_path, "a.py")
    assert result.returncode == 0, result.stderr
    assert "Traceback" not in result.stderr
    assert ("a.py:" in result.stdout) == (name in NOT_READ), result.stdout


CODE = "import keras\nm = keras.Sequential([keras.layers.Dense(1)])\nm.compile('sgd', 'mse')\nm.fit(x, y)\n"


@pytest.mark.parametrize(
    "data",
    [
        CODE.encode("utf-8-sig"),
        CODE.replace("\n", "\r\n").encode(),
        CODE.replace("\n", "\r").encode(),
        CODE.replace("\n", "\n\x0c").encode(),
        ("# -*- coding: latin-1 -*-\n# é\n" + CODE).encode("latin-1"),
        ("# é\n" + CODE).encode("latin-1"),
        (CODE + "\t\n  # only blanks\n").encode(),
        ("if True:\n" + "".join(f"\t{line}\n" for line in CODE.splitlines())).encode(),
    ],
    ids=["bom", "crlf", "cr", "form feed", "cookie", "no cookie", "blanks", "tabs"],
)
def test_awkward_text_is_read_all_the_same(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(data)
    result = run(tmp_path, "a.py")
    assert "bare-sgd" in result.stdout
    row = result.stdout[result.stdout.index("a.py:") :].split(":")[1]
    lines = data.decode("latin-1").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    rows = [number for number, line in enumerate(lines, 1) if "compile(" in line]
    assert result.stdout.count(f"a.py:{rows[0]}:") == 1, row


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", None),
        (b"\xef\xbb\xbf", None),
        (b"import keras\nprint 'x'\n", "Missing parentheses in call to 'print'"),
        (b"import keras\nx = {{choice([1])}}}\n", "unmatched"),
        (b"import keras\n\0\n", "null bytes"),
        (b"\x89PNG\r\n\x1a\n keras \0\xff", "null bytes"),
        ("import keras".encode("utf-16"), None),
        (b"# coding: no-such-coding\nimport keras\n", "no-such-coding"),
        (b"import keras\nif True:\n\tx = 1\n        y = 2\n", "tabs"),
        (b"import keras\nx = 08\n", "leading zeros"),
    ],
)
def test_what_is_no_python_is_said_in_pythons_words(
    data: bytes, said: str | None, tmp_path: Path
) -> None:
    (tmp_path / "a.py").write_bytes(data)
    result = run(tmp_path, "a.py")
    assert result.returncode == 0, result.stderr
    assert "Traceback" not in result.stderr
    if said is None:
        assert "a.py:" not in result.stdout
    else:
        assert said in result.stdout
        assert ": note: " in result.stdout


@pytest.mark.skipif(os.name == "nt", reason="Windows has no named pipes in folders")
def test_what_is_no_file_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    result = run(tmp_path, "pipe.py")
    assert result.returncode == 0
    assert "no regular file" in result.stdout


def test_a_long_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n" * 50_000 + CODE)
    assert "a.py:50003:11" in run(tmp_path, "a.py").stdout


GROWING = {
    "texts": "s = 'a'\n" + "s = s + s\n" * 60,
    "texts in texts": "s = 'a' * 100\n" + "s = s.replace('a', s)\n" * 20,
    "lists": "s = [1]\n" + "s = s + s\n" * 60,
    "lists in place": "s = [1]\n" + "s += s\n" * 60,
    "lists spread": "s = [1]\n" + "s = [*s, *s]\n" * 60,
    "tuples": "s = (1,)\n" + "s = s + s\n" * 60,
    "a width": "s = '{:>9999999999}'.format(1)",
    "zeros": "s = '1'.zfill(10 ** 11)",
    "a power": "s = pow(9, 10 ** 9)",
    "a join": "s = 'x' * 9_000\ns = s.join([s] * 9_000)",
}


@pytest.mark.parametrize("name", GROWING)
def test_what_would_fill_the_memory_of_who_runs_it(name: str, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(f"import keras\n{GROWING[name]}\n{CODE}")
    result = run(tmp_path, "a.py")
    assert result.returncode == 1, result.stderr
    assert "bare-sgd" in result.stdout


def test_an_encoding_that_does_not_exist(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(f"{CODE}str(b'a', 'nonsense')\n")
    assert run(tmp_path, "a.py").returncode == 1
