"""What comments suppress, and what is said about those that suppress nothing."""

from __future__ import annotations

import json

import pytest
from conftest import Command, Write

from tfcheck.registry import all_rules
from tfcheck.rule import Finding, Location, Severity
from tfcheck.source import Block, Source
from tfcheck.suppression import Ignores

HEAD = """\
import keras
def train(x, y):
    model = keras.Sequential([keras.layers.Dense(1)])
"""
TAIL = "    model.fit(x, y, epochs=5)\n"
COMPILE = '    model.compile(optimizer="sgd", loss="mse")\n'
FIT = "    model.fit(x, y, epochs=500)\n"
WRAPPED = """\
    model.compile(
        loss="mse",
        optimizer="sgd",
        metrics=[],
    )
"""


def left(check: Command, write: Write, code: str, *words: str) -> list[str]:
    """The findings that remain in ``code``, by row."""
    write({"a.py": HEAD + code + TAIL})
    return [place.removeprefix("a.py:") for place in check("a.py", *words).places]


def after(line: str, comment: str) -> str:
    return f"{line.rstrip()}  {comment}\n"


IGNORING = [
    "# tfcheck: ignore[bare-sgd]",
    "# tfcheck: ignore[TFC501]",
    "# tfcheck: ignore[TFC5]",
    "# tfcheck: ignore[bare-sgd] the paper says so",
    "#tfcheck:ignore[ bare-sgd ]",
    "# noqa: E501  # tfcheck: ignore[bare-sgd]",
    "# tfcheck: ignore[bare-sgd]  # noqa: E501",
    "# noqa",
    "# NOQA",
    "#noqa:TFC501",
    "# noqa: TFC501",
    "# noqa: E501, TFC501",
    "# noqa: E501 TFC5",
    "# noqa: bare-sgd",
    "# type: ignore  # noqa: TFC501",
]
NOT_IGNORING = [
    "# noqa: E501",
    "# noqa: E501 as TFC says",
    "# noqaTFC501",
    "# no tfcheck ignore[bare-sgd]",
    "# pylint: disable=TFC501",
]


@pytest.mark.parametrize("comment", IGNORING)
def test_a_comment_on_the_line(check: Command, write: Write, comment: str) -> None:
    assert left(check, write, after(COMPILE, comment)) == []


@pytest.mark.parametrize("comment", NOT_IGNORING)
def test_a_comment_about_something_else(check: Command, write: Write, comment: str) -> None:
    assert left(check, write, after(COMPILE, comment)) == ["4 bare-sgd"]


@pytest.mark.parametrize("comment", IGNORING[:7])
def test_a_comment_above_the_statement(check: Command, write: Write, comment: str) -> None:
    for gap in ("", "\n", "    # and another\n", "# outside\n\n"):
        assert left(check, write, f"    {comment}\n{gap}{COMPILE}") == [], gap
        assert left(check, write, f"    {comment}\n{gap}{WRAPPED}") == [], gap


def test_a_comment_above_reaches_one_statement(check: Command, write: Write) -> None:
    code = "    # tfcheck: ignore[bare-sgd]\n    x = x\n" + COMPILE
    assert left(check, write, code) == ["4 unused-ignore", "6 bare-sgd"]
    code = "    # tfcheck: ignore[bare-sgd]\n    if x:\n    " + COMPILE
    assert left(check, write, code) == ["4 unused-ignore", "6 bare-sgd"]


def test_noqa_is_for_its_own_line(check: Command, write: Write) -> None:
    code = "    # noqa: TFC501\n" + COMPILE
    assert left(check, write, code) == ["4 unused-ignore", "5 bare-sgd"]


@pytest.mark.parametrize("row", range(5))
def test_a_comment_inside_a_wrapped_call(check: Command, write: Write, row: int) -> None:
    lines = WRAPPED.splitlines(keepends=True)
    lines[row] = after(lines[row], "# tfcheck: ignore[bare-sgd]")
    remaining = left(check, write, "".join(lines))
    assert remaining == (
        [] if row == 2 else [f"{4 + row} unused-ignore", "6 bare-sgd"][:: 1 if row < 2 else -1]
    )


def test_a_comment_on_a_line_inside_a_call(check: Command, write: Write) -> None:
    code = WRAPPED.replace("        opt", "        # tfcheck: ignore[bare-sgd]\n        opt")
    assert left(check, write, code) == []
    code = WRAPPED.replace("        loss", "        # tfcheck: ignore[bare-sgd]\n        loss")
    assert left(check, write, code) == ["5 unused-ignore", "7 bare-sgd"]


@pytest.mark.parametrize("row", range(4))
def test_a_comment_anywhere_in_the_call_that_is_found(
    check: Command, write: Write, row: int
) -> None:
    lines = ["    model.fit(\n", "        x, y,\n", "        epochs=500,\n", "    )\n"]
    lines[row] = after(lines[row], "# tfcheck: ignore[no-early-stopping]")
    assert left(check, write, COMPILE + "".join(lines)) == ["4 bare-sgd"]


def test_several_rules_in_one_comment(check: Command, write: Write) -> None:
    code = "    # tfcheck: ignore[TFC501, no-early-stopping, TFC301]\n    model.compile('sgd', 'mse'); "
    code += FIT.lstrip()
    assert left(check, write, code) == ["4 unused-ignore"]


def test_a_block(check: Command, write: Write) -> None:
    begin = "    # tfcheck: ignore-begin[bare-sgd] an ablation\n"
    end = "    # tfcheck: ignore-end\n"
    assert left(check, write, begin + COMPILE + FIT + end) == ["6 no-early-stopping"]
    assert left(check, write, begin + "    x = x\n" + end + COMPILE) == [
        "4 unused-ignore",
        "7 bare-sgd",
    ]
    inner = begin.replace("bare-sgd", "no-early-stopping")
    code = begin + COMPILE + inner + FIT + end + COMPILE + end + FIT
    assert left(check, write, code) == ["11 no-early-stopping"]


def test_blocks_that_do_not_match(check: Command, write: Write) -> None:
    begin = "    # tfcheck: ignore-begin[bare-sgd]\n"
    end = "    # tfcheck: ignore-end\n"
    assert left(check, write, begin + COMPILE) == ["4 unused-ignore"]
    assert left(check, write, COMPILE + end) == ["4 bare-sgd", "5 unused-ignore"]


@pytest.mark.parametrize("where", [0, 1])
def test_a_file(check: Command, write: Write, where: int) -> None:
    parts = [COMPILE + FIT, COMPILE + FIT]
    parts.insert(where, "    # tfcheck: ignore-file[bare-sgd] all of them compare with it\n")
    remaining = left(check, write, "".join(parts))
    assert [each.split()[1] for each in remaining] == ["no-early-stopping"] * 2


@pytest.mark.parametrize(
    ("comment", "words"),
    [
        ("# tfcheck: ignore", "names no rule"),
        ("# tfcheck: ignore bare-sgd", "names no rule"),
        ("# tfcheck: ignore[]", "names no rule"),
        ("# tfcheck: ignore-file", "names no rule"),
        ("# tfcheck: ignore[bare-sdg]", "did you mean 'bare-sgd'?"),
        ("# tfcheck: ignore[bare-sgd, TFC999]", "TFC999"),
    ],
)
def test_a_comment_that_cannot_be_understood(
    check: Command, write: Write, comment: str, words: str
) -> None:
    write({"a.py": HEAD + after(COMPILE, comment) + TAIL})
    complaints = [each for each in check("a.py").findings if each["name"] == "unused-ignore"]
    (complaint,) = complaints
    assert words in complaint["message"]
    assert complaint["severity"] == "note"
    line = (HEAD + after(COMPILE, comment)).splitlines()[complaint["location"]["row"] - 1]
    assert line[complaint["location"]["column"] - 1 :] == comment


def test_an_unused_comment_never_fails_a_run_by_default(check: Command, write: Write) -> None:
    write({"a.py": HEAD + "    # tfcheck: ignore[bare-sgd]\n    return model\n"})
    assert (check().code, check().places) == (0, ["a.py:4 unused-ignore"])
    assert check("--fail-on", "note").code == 1


@pytest.mark.parametrize("comment", ["# noqa", "# noqa: E501", "# noqa: E501 explains"])
def test_comments_for_others_are_never_unused(check: Command, write: Write, comment: str) -> None:
    assert left(check, write, after("    return model", comment)) == []


def test_rules_that_are_not_checked_leave_their_comments_in_peace(
    check: Command, write: Write
) -> None:
    code = "    # tfcheck: ignore[bare-sgd]\n    return model\n"
    assert left(check, write, code, "--select", "TFC6,TFC0") == []
    assert left(check, write, code, "--per-file-ignores", "a.py:TFC5") == []
    assert left(check, write, code, "--ignore", "unused-ignore") == []


def test_the_complaint_itself_can_be_ignored(check: Command, write: Write) -> None:
    code = "    # tfcheck: ignore[bare-sgd]\n    return model\n# tfcheck: ignore-file[TFC002]\n"
    assert left(check, write, code) == []


def test_ignoring_complaints_is_never_unused(check: Command, write: Write) -> None:
    code = "    # tfcheck: ignore-file[unused-ignore]\n    model.compile('adam', 'mse')\n"
    assert left(check, write, code) == []


def test_a_comment_in_a_body_is_not_about_what_is_found_in_the_head() -> None:
    text = "class Model(  # keras\n    Base\n):\n    size = 3  # noqa\n"
    place = Location("a.py", None, row=1, column=1, end_row=4, end_column=13)
    finding = Finding("TFC501", "bare-sgd", Severity.WARNING, "", place)
    ignores = Ignores(Source("a.py", (Block(text),)), "a.py", all_rules())
    assert ignores.remaining([finding]) == [finding]
    in_head = Source("a.py", (Block(text.replace("Base", "Base  # noqa")),))
    assert Ignores(in_head, "a.py", all_rules()).remaining([finding]) == []


def test_what_was_not_read_to_its_end_has_no_unused_comments(check: Command, write: Write) -> None:
    code = "    # tfcheck: ignore[bare-sgd]\n    return model\n    print 'x'\n"
    assert left(check, write, code) == ["6 syntax-error"]


@pytest.mark.parametrize(
    "text",
    [
        "    '# tfcheck: ignore[bare-sgd]'; model.compile('sgd', 'mse')\n",
        "    '''\n    # tfcheck: ignore[bare-sgd]\n    '''; model.compile('sgd', 'mse')\n",
        "    f'# noqa {x}'; model.compile('sgd', 'mse')\n",
        "    '''\n    # tfcheck: ignore-file[bare-sgd]\n    '''\n    model.compile('sgd', 'mse')\n",
    ],
)
def test_a_string_is_no_comment(check: Command, write: Write, text: str) -> None:
    assert [each.split()[1] for each in left(check, write, text)] == ["bare-sgd"]


def notebook(*cells: str) -> str:
    """A notebook with a cell of text before its code."""
    text = {"cell_type": "markdown", "metadata": {}, "source": "# tfcheck: ignore-file[TFC5]"}
    code: dict[str, object] = {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {},
        "outputs": [],
    }
    listed = [text, *({**code, "source": cell.splitlines(keepends=True)} for cell in cells)]
    return json.dumps({"cells": listed, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def in_cells(check: Command, write: Write, *cells: str) -> list[str]:
    write({"a.ipynb": notebook(*cells)})
    return [
        f"{each['cell']}:{each['location']['row']} {each['name']}"
        for each in check("a.ipynb").findings
    ]


BUILD = "import keras\nmodel = keras.Sequential([keras.layers.Dense(1)])\n"
TRAIN = "model.compile('sgd', 'mse')\nmodel.fit(x, y, epochs=500)\n"


def test_comments_in_notebooks(check: Command, write: Write) -> None:
    ignoring = "# tfcheck: ignore[bare-sgd]\n"
    assert in_cells(check, write, BUILD, TRAIN) == ["3:1 bare-sgd", "3:2 no-early-stopping"]
    assert in_cells(check, write, BUILD, ignoring + TRAIN) == ["3:3 no-early-stopping"]
    assert in_cells(check, write, BUILD + ignoring, TRAIN) == [
        "2:3 unused-ignore",
        "3:1 bare-sgd",
        "3:2 no-early-stopping",
    ]
    block = ignoring.replace("ignore", "ignore-begin")
    assert in_cells(check, write, BUILD + block, TRAIN) == [
        "2:3 unused-ignore",
        "2:3 unused-ignore",
        "3:1 bare-sgd",
        "3:2 no-early-stopping",
    ]
    file = ignoring.replace("ignore", "ignore-file")
    assert in_cells(check, write, BUILD, "%matplotlib inline\n" + TRAIN, file) == [
        "3:3 no-early-stopping"
    ]
