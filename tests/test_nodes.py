"""libcst's nodes are made in another way here, and are the same."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import libcst as cst

from tfcheck.script.parsing import parse
from tfcheck.source import Block

HERE = Path(__file__)
DUMP = "import libcst, sys; print(libcst.parse_module(open(sys.argv[1]).read()))"


def test_a_tree_is_the_one_that_libcst_gives() -> None:
    tree = parse(Block(HERE.read_text(), None))
    assert isinstance(tree, cst.Module)
    alone = subprocess.run(
        [sys.executable, "-c", DUMP, str(HERE)], capture_output=True, text=True, check=True
    )
    assert alone.stdout == f"{tree}\n"
    assert tree.code == HERE.read_text()


def test_fields_that_are_left_out_have_their_defaults() -> None:
    call = cst.Call(cst.Name("f"))
    assert (call.args, call.lpar, call.whitespace_after_func.value) == ((), (), "")
    assert cst.Module([]).code_for_node(call.with_changes(args=[cst.Arg(cst.Name("x"))])) == "f(x)"


def test_no_frequent_node_refuses_its_fields() -> None:
    """To refuse costs a call for each field, in whatever base that is."""
    assert cst.Name.__setattr__ is object.__setattr__
    assert cst.Attribute.__delattr__ is object.__delattr__
