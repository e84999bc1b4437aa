"""Comments that tfcheck writes: in the right place, and nothing else is touched."""

from __future__ import annotations

import difflib
import json
import os
import sys
from pathlib import Path

import pytest
from conftest import TRAINING, Command, Write
from test_output import notebook
from test_pre_commit import git

WHY = "as in the paper"
HEAD = """\
import keras

def train(x, y):
    model = keras.Sequential([keras.layers.Dense(1)])
"""
LONG = "a reason that takes all the room that there is on a line, and more than that in truth"


def ignored(check: Command, write: Write, folder: Path, body: str, why: str = WHY) -> str:
    """The body of the script once its findings are ignored; nothing is found in it then."""
    write({"train.py": (HEAD + body).encode()})
    assert check("train.py").code == 1
    result = check("--add-ignores", why, "train.py")
    assert (result.code, result.findings) == (0, []), result.err
    assert check("train.py").places == []
    text = (folder / "train.py").read_bytes().decode()
    assert text.startswith(HEAD)
    return text.removeprefix(HEAD)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            "    model.compile('sgd', 'mse')\n    model.fit(x, y)\n",
            "    model.compile('sgd', 'mse')  # tfcheck: ignore[bare-sgd] as in the paper\n"
            "    model.fit(x, y)\n",
        ),
        (  # spaces at the end of a line, and no newline at the end of the file
            "    model.compile('sgd', 'mse')  \n    model.fit(x, y, epochs=500)",
            "    model.compile('sgd', 'mse')  # tfcheck: ignore[bare-sgd] as in the paper\n"
            "    model.fit(x, y, epochs=500)  # tfcheck: ignore[no-early-stopping] as in the paper",
        ),
        (  # two rules on one line
            "    model.compile('sgd', 'mse'); model.fit(x, y, epochs=500)\n",
            "    # tfcheck: ignore[bare-sgd, no-early-stopping] as in the paper\n"
            "    model.compile('sgd', 'mse'); model.fit(x, y, epochs=500)\n",
        ),
        (  # a comment that is there
            "    model.compile('sgd', 'mse')  # type: ignore\n    model.fit(x, y)\n",
            "    model.compile('sgd', 'mse')  # type: ignore"
            "  # tfcheck: ignore[bare-sgd] as in the paper\n    model.fit(x, y)\n",
        ),
        (  # inside of brackets
            "    model.compile(\n        'sgd',\n        'mse',\n    )\n    model.fit(x, y)\n",
            "    model.compile(\n        'sgd',  # tfcheck: ignore[bare-sgd] as in the paper\n"
            "        'mse',\n    )\n    model.fit(x, y)\n",
        ),
        (  # the line goes on
            "    model.compile('sgd', \\\n        'mse')\n    model.fit(x, y)\n",
            "    # tfcheck: ignore[bare-sgd] as in the paper\n"
            "    model.compile('sgd', \\\n        'mse')\n    model.fit(x, y)\n",
        ),
        (  # a string goes on
            "    print('''\n    '''); model.compile('sgd', 'mse'); print('''\n    ''')\n"
            "    model.fit(x, y)\n",
            "    # tfcheck: ignore[bare-sgd] as in the paper\n"
            "    print('''\n    '''); model.compile('sgd', 'mse'); print('''\n    ''')\n"
            "    model.fit(x, y)\n",
        ),
        (  # a string with expressions in it goes on
            "    model.compile('sgd', 'mse'); print(f'''{x\n    }''')\n    model.fit(x, y)\n",
            "    # tfcheck: ignore[bare-sgd] as in the paper\n"
            "    model.compile('sgd', 'mse'); print(f'''{x\n    }''')\n    model.fit(x, y)\n",
        ),
        (  # an ignore above the statement
            "    #tfcheck:ignore[ no-early-stopping ]\n"
            "    model.compile('sgd', 'mse'); model.fit(x, y, epochs=500)\n",
            "    #tfcheck:ignore[ no-early-stopping , bare-sgd]\n"
            "    model.compile('sgd', 'mse'); model.fit(x, y, epochs=500)\n",
        ),
    ],
)
def test_where_comments_go(
    check: Command, write: Write, folder: Path, body: str, expected: str
) -> None:
    assert ignored(check, write, folder, body) == expected


def test_an_ignore_at_the_end_of_the_line_is_extended(
    check: Command, write: Write, folder: Path
) -> None:
    body = "    model.compile('sgd', 'mse')  # tfcheck: ignore[of-another-version] why\n"
    write({"train.py": HEAD + body + "    model.fit(x, y)\n"})
    result = check("--add-ignores", WHY, "--ignore", "unused-ignore")
    assert (result.code, result.findings) == (0, [])
    extended = body.replace("version]", "version, bare-sgd]")
    assert extended in (folder / "train.py").read_text()


def test_newlines_are_those_of_the_file(check: Command, write: Write, folder: Path) -> None:
    text = TRAINING.replace("x, y, e", "x, \\\n        y, e").replace("\n", "\r\n")
    write({"train.py": text.encode()})
    assert check("--add-ignores", WHY).findings == []
    written = (folder / "train.py").read_bytes()
    assert written.count(b"\n") == written.count(b"\r\n") == text.count("\n") + 1
    assert check().findings == []


def test_a_long_line_gets_its_comment_above(check: Command, write: Write, folder: Path) -> None:
    body = "    model.compile(\n        'sgd',\n        'mse',\n    )\n    model.fit(x, y)\n"
    assert (
        ignored(check, write, folder, body, LONG)
        == f"    # tfcheck: ignore[bare-sgd] {LONG}\n{body}"
    )
    start = "    model.compile('sgd', 'mse')"
    room = 100 - len(start) - len("  # tfcheck: ignore[bare-sgd] ")
    body = f"{start}\n    model.fit(x, y)\n"
    assert (
        f"] {'x' * room}\n" in ignored(check, write, folder, body, "x" * room).splitlines(True)[0]
    )
    above = ignored(check, write, folder, body, "x" * (room + 1)).splitlines()
    assert above[1] == start


def test_encodings_are_kept(check: Command, write: Write, folder: Path) -> None:
    for encoding, mark in (("utf-8", b"\xef\xbb\xbf"), ("latin-1", b"# coding: latin-1\n")):
        text = TRAINING.replace("import", "# für alle\nimport", 1).encode(encoding)
        write({"train.py": mark + text})
        assert check("--add-ignores", "für später", "train.py").findings == []
        written = (folder / "train.py").read_bytes()
        assert written.startswith(mark)
        assert "für später".encode(encoding) in written
        assert check("train.py").findings == []
    before = written = mark + TRAINING.encode()
    write({"train.py": before})
    result = check("--add-ignores", "日本", "train.py")
    assert (result.code, len(result.findings)) == (2, 2)
    assert result.err.startswith("tfcheck: error: train.py: ")
    assert (folder / "train.py").read_bytes() == before


def test_of_a_notebook_only_the_cells_change(check: Command, write: Write, folder: Path) -> None:
    imports, _, rest = TRAINING.partition("\n")
    stored = json.loads(notebook(imports, "%matplotlib inline\n" + rest))
    stored["cells"][2] |= {
        "execution_count": 7,
        "metadata": {"tags": ["täg"], "collapsed": False},
        "outputs": [{"output_type": "stream", "name": "stdout", "text": ["<b>1e-07</b>\n"]}],
    }
    for indent, escaped, string in ((1, False, False), (None, True, False), (4, False, True)):
        if string:
            stored["cells"][2]["source"] = "".join(stored["cells"][2]["source"])
        text = json.dumps(stored, indent=indent, ensure_ascii=escaped) + "\n"
        write({"train.ipynb": text.encode()})
        result = check("--add-ignores", WHY, "train.ipynb")
        assert (result.code, result.findings) == (0, []), result.err
        written = (folder / "train.ipynb").read_bytes().decode()
        assert check("train.ipynb").findings == []
        steps = difflib.SequenceMatcher(None, text, written, autojunk=False).get_opcodes()
        added = [written[start:end] for kind, _, _, start, end in steps if kind != "equal"]
        assert {kind for kind, *_ in steps} == {"equal", "insert"}
        assert added == [
            f"  # tfcheck: ignore[{name}] {WHY}" for name in ("bare-sgd", "no-early-stopping")
        ]


def test_above_a_statement_of_a_notebook(check: Command, write: Write, folder: Path) -> None:
    imports, _, rest = TRAINING.partition("\n")
    write({"train.ipynb": notebook("%%time\n" + imports + rest.replace("x, y, e", "x, \\\ny, e"))})
    check("--add-ignores", LONG)
    cells = json.loads((folder / "train.ipynb").read_text())["cells"]
    assert [line.strip()[:26] for line in cells[1]["source"] if "ignore" in line] == [
        "# tfcheck: ignore[bare-sgd",
        "# tfcheck: ignore[no-early",
    ]
    assert check().findings == []


def test_only_what_would_be_reported_is_ignored(check: Command, write: Write, folder: Path) -> None:
    git(folder, "init", "-q")
    write({"train.py": TRAINING, "known.py": TRAINING})
    git(folder, "add", "--all")
    git(folder, "commit", "-qm", "more")
    check("--write-baseline", "known.json", "known.py")
    write({"train.py": TRAINING.replace("500", "600")})
    words = ("--baseline", "known.json", "--new-from", "HEAD")
    result = check("--add-ignores", WHY, *words)
    assert result.err.splitlines()[:3] == [
        "2 findings known from known.json",
        "1 finding older than HEAD",
        "ignored 1 finding in 1 file",
    ]
    assert (folder / "known.py").read_text() == TRAINING
    assert (folder / "train.py").read_text() == TRAINING.replace(
        "epochs=500)", f"epochs=600)  # tfcheck: ignore[no-early-stopping] {WHY}"
    )
    check("--add-ignores", WHY, "--select", "TFC5", "train.py")
    assert (folder / "train.py").read_text().count("ignore[bare-sgd]") == 1


def test_after_fixes(check: Command, write: Write, folder: Path) -> None:
    write({"train.py": TRAINING})
    assert check("--fix", "--unsafe-fixes", "--add-ignores", WHY).findings == []
    text = (folder / "train.py").read_text()
    assert "momentum=0.9" in text
    assert "ignore[bare-sgd]" not in text
    assert check().findings == []


def test_what_tfcheck_says_of_itself_is_left(check: Command, write: Write, folder: Path) -> None:
    text = (
        TRAINING.replace("500", "5").replace("sgd", "adam") + "x = 1  # tfcheck: ignore[bare-sgd]\n"
    )
    write({"train.py": text, "broken.py": "import keras\nprint 'x'\n"})
    result = check("--add-ignores", WHY)
    assert [each.split()[1] for each in result.places] == ["syntax-error", "unused-ignore"]
    assert (folder / "train.py").read_text() == text


@pytest.mark.parametrize(
    "words",
    [
        ["--add-ignores", ""],
        ["--add-ignores", "two\nlines"],
        ["--add-ignores", "x", "-"],
        ["--add-ignores", "x", "--diff"],
        ["--add-ignores", "x", "--write-baseline", "known.json"],
        ["--write-baseline", "known.json", "--diff"],
    ],
)
def test_wrong_use(check: Command, write: Write, folder: Path, words: list[str]) -> None:
    write({"train.py": TRAINING})
    result = check(*words, stdin=TRAINING)
    assert (result.code, result.out) == (2, "")
    assert "error:" in result.err
    assert [each.name for each in folder.iterdir()] == ["train.py"]
    assert (folder / "train.py").read_text() == TRAINING


@pytest.mark.skipif(sys.platform == "win32", reason="rights are those of POSIX")
def test_a_file_that_cannot_be_written_is_said_and_the_rest_is_written(
    check: Command, write: Write, folder: Path
) -> None:
    write({"a.py": TRAINING, "b.py": TRAINING})
    (folder / "a.py").chmod(0o444)
    (folder / "b.py").chmod(0o755)
    (folder / "c.py").symlink_to("b.py")
    result = check("--add-ignores", WHY, "a.py", "b.py")
    assert (result.code, result.files) == (2, ["a.py"])
    assert "tfcheck: error: a.py: it is read-only" in result.err
    assert os.stat(folder / "b.py").st_mode & 0o777 == 0o755
    assert check("c.py").findings == []
    assert (folder / "c.py").is_symlink()
    assert sorted(each.name for each in folder.iterdir()) == ["a.py", "b.py", "c.py"]
