"""Every kind of change, through the command line, in the ways in which code is written."""

from __future__ import annotations

import pytest
from fixing import OLD, Rules, rules

__all__ = ["rules"]

ADD = 'SetArgument(site, "new", "1", 2)'
LACKS_NEW = 'isinstance(node, cst.Call) and code.startswith("old(") and "new" not in code'
REMOVE = 'RemoveArgument(site, "gone", 1)'
HAS_GONE = 'isinstance(node, cst.Call) and code.startswith("old(") and "gone" in code'
OLD_IMPORT = 'isinstance(node, cst.Import | cst.ImportFrom) and "keras.old" in code'

CASES = {
    "an argument is added": (ADD, LACKS_NEW, "old(a)", "old(a, new=1)"),
    "to a call that has none": (ADD, LACKS_NEW, "old()", "old(new=1)"),
    "after a trailing comma": (ADD, LACKS_NEW, "old(a,)", "old(a, new=1,)"),
    "on a line of its own": (
        ADD,
        LACKS_NEW,
        "old(\n    a,  # first\n    b=2,  # second\n)",
        "old(\n    a,  # first\n    b=2,  # second\n    new=1,\n)",
    ),
    "where no comma follows": (
        ADD,
        LACKS_NEW,
        "old(\n    a,\n    b=2  # second\n)",
        "old(\n    a,\n    b=2,  # second\n    new=1\n)",
    ),
    "where the bracket follows": (
        ADD,
        LACKS_NEW,
        "old(a,\n    b=2)  # done",
        "old(a,\n    b=2,\n    new=1)  # done",
    ),
    "after a list of several lines": (
        ADD,
        LACKS_NEW,
        "old(\n    a=[\n        1,\n    ],\n)",
        "old(\n    a=[\n        1,\n    ],\n    new=1,\n)",
    ),
    "two are added at once": (
        'SetArgument(site, "new", "1"), SetArgument(site, "newer", "2")',
        LACKS_NEW,
        "old()",
        "old(new=1, newer=2)",
    ),
    "the value is written anew": (
        'SetArgument(site, "b", "new")',
        LACKS_NEW,
        "old(a, b=(2 +  # why\n    3), c=4)",
        "old(a, b=new, c=4)",
    ),
    "by its position": (ADD.replace('"1"', '"new"'), LACKS_NEW, "old(a, b, c)", "old(a, b, new)"),
    "a string is another one": (
        'Rewrite(site, "gone", "new")',
        'isinstance(node, cst.SimpleString) and node.evaluated_value == "gone"',
        "old('a', 'gone')",
        "old('a', 'new')",
    ),
    "with its quotes": (
        'Rewrite(site, "gone", "new")',
        'isinstance(node, cst.SimpleString) and node.evaluated_value == "gone"',
        'old(r"""gone""")',
        'old(r"""new""")',
    ),
    "however it is written": (
        'Rewrite(site, "gone", "new")',
        'isinstance(node, cst.SimpleString) and node.evaluated_value == "gone"',
        r'old("go\x6ee")',
        "old('new')",
    ),
    "an attribute is called otherwise": (
        'RenameAttribute(site, "new.name")',
        'isinstance(node, cst.Attribute) and code.endswith("gone")',
        "a(1) . gone (2)",
        "a(1) . new.name (2)",
    ),
    "an argument is called otherwise": (
        'RenameArgument(site, "gone", "new")',
        HAS_GONE,
        "old(a, gone = 1)",
        "old(a, new = 1)",
    ),
    "the only argument is taken out": (REMOVE, HAS_GONE, "old(gone=1)", "old()"),
    "the only one with a comma": (REMOVE, HAS_GONE, "old(gone=1,)", "old()"),
    "the first": (REMOVE, HAS_GONE, "old(gone=1, b=2)", "old(b=2)"),
    "the last": (REMOVE, HAS_GONE, "old(a, gone=1)", "old(a)"),
    "the last with a comma": (REMOVE, HAS_GONE, "old(a, gone=1,)", "old(a,)"),
    "one in the middle": (REMOVE, HAS_GONE, "old(a, gone=1, b=2)", "old(a, b=2)"),
    "one without its name": (REMOVE, HAS_GONE, "old(a, gone, b=2)", "old(a, b=2)"),
    "one on a line of its own": (
        REMOVE,
        HAS_GONE,
        "old(\n    a,  # first\n    gone=1,\n    b=2,  # second\n)",
        "old(\n    a,  # first\n    b=2,  # second\n)",
    ),
    "the last of several lines": (
        REMOVE,
        HAS_GONE,
        "old(\n    a,\n    gone=1,\n)",
        "old(\n    a,\n)",
    ),
    "comments stay": (
        REMOVE,
        HAS_GONE,
        "old(\n    a,  # first\n    gone=1,  # why\n)",
        "old(\n    a,  # first\n    # why\n)",
    ),
    "one is taken out and one added": (
        f'{REMOVE}, SetArgument(site, "new", "1")',
        HAS_GONE,
        "old(gone=1)",
        "old(new=1)",
    ),
    "in place of the last": (
        f'{REMOVE}, SetArgument(site, "new", "1")',
        HAS_GONE,
        "old(\n    a,\n    gone=1,\n)",
        "old(\n    a,\n    new=1,\n)",
    ),
    "an expression": (
        'Replace(site, "new()")',
        'isinstance(node, cst.Call) and "old" in code',
        "x = (old( 1 ))  # why",
        "x = (new())  # why",
    ),
    "something around it": (
        'Surround(site, "new(", ")"), Replace(Site(unit.number, at + 1), "b")',
        'isinstance(node, cst.BinaryOperation) and code == "old + 1"',
        "x = f(old + 1)",
        "x = f(new(b + 1))",
    ),
    "brackets where they are needed": (
        'Surround(site, "", " / new")',
        'isinstance(node, cst.BinaryOperation) and code == "old + 1"',
        "x = f(old + 1)",
        "x = f((old + 1) / new)",
    ),
    "an item of a list": (
        'Append(site, "new")',
        'isinstance(node, cst.List) and "new" not in code',
        "x = [\n    1,  # one\n]",
        "x = [\n    1,  # one\n    new,\n]",
    ),
    "an item of an empty list": (
        'Append(site, "new")',
        'isinstance(node, cst.List) and "new" not in code',
        "x = []",
        "x = [new]",
    ),
    "an item of a tuple": (
        'Append(site, "new")',
        'isinstance(node, cst.Tuple) and "new" not in code',
        "x = (1, 2)",
        "x = (1, 2, new)",
    ),
    "lines before": (
        'InsertBefore(site, "y = 1\\nz = 2"), Replace(site, "new()")',
        OLD,
        "if x:\n    # why\n    old()",
        "if x:\n    # why\n    y = 1\n    z = 2\n    new()",
    ),
    "lines before a decorated function": (
        'InsertBefore(site, "y = 1"), Replace(site, "new")',
        'isinstance(node, cst.Name) and code == "old"',
        "@old\ndef f():\n    pass",
        "y = 1\n@new\ndef f():\n    pass",
    ),
    "lines after": (
        'InsertAfter(site, "y = 1"), Replace(site, "new()")',
        OLD,
        "if x:\n    old(\n    )  # why\nz = 2",
        "if x:\n    new()  # why\n    y = 1\nz = 2",
    ),
    "lines after a block": (
        'InsertAfter(site, "y = 1"), Replace(site, "new()")',
        OLD,
        "with old():\n    a\n    if b:\n        c  # last\nd",
        "with new():\n    a\n    if b:\n        c  # last\ny = 1\nd",
    ),
    "a statement is taken out": (
        "RemoveStatement(site)",
        OLD,
        "a\nold(\n    1,\n)\nb",
        "a\nb",
    ),
    "without its comment": ("RemoveStatement(site)", OLD, "a\nold()  # why\nb", "a\n# why\nb"),
    "of a line of several": ("RemoveStatement(site)", OLD, "a; old(); b", "a; b"),
    "the last of a line": ("RemoveStatement(site)", OLD, "a; old()", "a"),
    "the only one of a block": (
        "RemoveStatement(site)",
        OLD,
        "if a:\n    old()\nb",
        "if a:\n    pass\nb",
    ),
    "the only one behind a colon": ("RemoveStatement(site)", OLD, "if a: old()", "if a: pass"),
    "an import": (
        'RenameImport(site, "keras.old.A", "keras.new.B")',
        OLD_IMPORT,
        "from keras.old import A",
        "from keras.new import B as A",
    ),
    "an import under another name": (
        'RenameImport(site, "keras.old.A", "keras.new.B")',
        OLD_IMPORT,
        "from keras.old import A as C",
        "from keras.new import B as C",
    ),
    "a module": (
        'RenameImport(site, "keras.old", "keras.new")',
        OLD_IMPORT,
        "import keras.old as k, os",
        "import keras.new as k, os",
    ),
    "one of several imports": (
        'RenameImport(site, "keras.old.A", "keras.new.A")',
        'isinstance(node, cst.ImportFrom) and "keras.old" in code and "A" in code',
        "from keras.old import (\n    A,\n    B,  # two\n)\nx = 1",
        "from keras.old import (\n    B,  # two\n)\nfrom keras.new import A\nx = 1",
    ),
    "all of several imports": (
        'RenameImport(site, "keras.old.A", "keras.a.A"), RenameImport(site, "keras.old.B", "keras.b.B")',
        OLD_IMPORT,
        "from keras.old import A, B",
        "from keras.a import A\nfrom keras.b import B",
    ),
}


@pytest.mark.parametrize("changes, when, before, after", CASES.values(), ids=CASES.keys())
def test_change(rules: Rules, changes: str, when: str, before: str, after: str) -> None:
    rules.install(changes, when)
    head = "import keras\n\n"
    result = rules.fix(f"{head}{before}\n")
    assert rules.text == f"{head}{after}\n"
    assert result.code == 0
    assert "fixed 1, 0 remain" in result.out


@pytest.mark.parametrize("changes, when, before, after", CASES.values(), ids=CASES.keys())
def test_change_at_the_end_of_a_file_without_a_newline(
    rules: Rules, changes: str, when: str, before: str, after: str
) -> None:
    rules.install(changes, when)
    rules.fix(f"import keras\n{before}")
    assert rules.text == f"import keras\n{after}"


VOID = {
    "a string that is put together": (
        'Rewrite(site, "gone", "new")',
        "isinstance(node, cst.ConcatenatedString)",
        "old('go' 'ne')",
    ),
    "another string": (
        'Rewrite(site, "gone", "new")',
        "isinstance(node, cst.SimpleString)",
        "old('lost')",
    ),
    "it may be passed with **": (ADD, LACKS_NEW, "old(a, **b)"),
    "it may be passed with *": (ADD, LACKS_NEW, "old(*a)"),
    "a generator": (ADD, LACKS_NEW, "old(a for a in b)"),
    "arguments would move up": (REMOVE, HAS_GONE, "old(a, gone, b)"),
    "no such argument": (REMOVE, OLD, "old(a)"),
    "the name is taken": ('RenameArgument(site, "gone", "new")', HAS_GONE, "old(gone=1, new=2)"),
    "lines in a line": ('InsertBefore(site, "y = 1")', OLD, "if a: old()"),
    "lines before what comes before": ('InsertBefore(site, "y = 1")', OLD, "a; old()"),
    "lines after a return": ('InsertAfter(site, "y = 1")', OLD, "def f():\n    return old()"),
    "changes of the same text": (
        'Replace(site, "new()"), SetArgument(site, "a", "1")',
        OLD,
        "old(a=2)",
    ),
    "a tuple without brackets": ('Append(site, "new")', "isinstance(node, cst.Tuple)", "x = 1, 2"),
    "a path that the script writes out": (
        'RenameImport(site, "keras.old", "keras.new")',
        OLD_IMPORT,
        "import keras.old",
    ),
    "everything is imported": (
        'RenameImport(site, "keras.old.A", "keras.new.A")',
        OLD_IMPORT,
        "from keras.old import *",
    ),
}


@pytest.mark.parametrize("changes, when, text", VOID.values(), ids=VOID.keys())
def test_what_cannot_be_changed_cleanly_is_left_alone(
    rules: Rules, changes: str, when: str, text: str
) -> None:
    rules.install(changes, when)
    result = rules.fix(f"import keras\n{text}\n")
    assert rules.text == f"import keras\n{text}\n"
    assert (result.code, "fix" in result.out) == (1, False)
