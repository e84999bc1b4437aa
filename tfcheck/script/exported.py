"""Scripts that were exported from notebooks, as the cells that they came from.

What IPython runs cell by cell need not be Python as a whole: prose in a code cell, a cell of
another language. As a script such a file does not run at all, but its other cells say what it does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import libcst as cst

from tfcheck.script.parsing import parse
from tfcheck.source import Block, Problem

# "# In[3]:" as of nbconvert, "# %%" as of Jupytext and editors, "# <codecell>" as of old IPython.
_MARK = re.compile(r"^#[ ]?(?:In\s?\[[ \d*]*\]:?|%%.*|<codecell>)[ \t]*$", re.MULTILINE)


def parsed(block: Block) -> Sequence[tuple[Block, cst.Module | Problem]]:
    """A block with its tree or its problem; where it does not parse, each of its cells.

    A text over several lines that does not end may have held marks of cells, and so is left whole.
    """
    tree = parse(block)
    if not isinstance(tree, Problem) or not tree.syntax or block.cell is not None:
        return ((block, tree),)
    cells = [(each, parse(each)) for each in _cells(block.text)]
    problems = [found for _, found in cells if isinstance(found, Problem)]
    if len(cells) < 2 or any("triple-quoted" in each.message for each in problems):
        return ((block, tree),)
    return cells


def _cells(text: str) -> Iterator[Block]:
    """The cells that marks divide a text into, each in the rows that it has in the text."""
    starts = [0, *(mark.start() for mark in _MARK.finditer(text))]
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        if text[start:end].strip():
            yield Block("\n" * text.count("\n", 0, start) + text[start:end])
