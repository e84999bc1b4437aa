"""Trees of arrays, as Keras takes them for several inputs and outputs: dicts, lists and tuples."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from runtime_probe.child.setup import Tree


def leaves(tree: Tree) -> Iterator[Any]:
    """Everything in a tree that is no branch of it, without what is None."""
    if isinstance(tree, dict):
        for each in tree.values():
            yield from leaves(each)
    elif isinstance(tree, (list, tuple)):
        for each in tree:
            yield from leaves(each)
    elif tree is not None:
        yield tree


def map_leaves(function: Callable[..., Any], tree: Tree, *others: Tree) -> Tree:
    """A tree of what ``function`` makes of each leaf, and of the same leaf of trees like it.

    None stays None.
    """
    if isinstance(tree, dict):
        return {
            key: map_leaves(function, value, *(each[key] for each in others))
            for key, value in tree.items()
        }
    if isinstance(tree, (list, tuple)):
        made = [map_leaves(function, *each) for each in zip(tree, *others, strict=True)]
        return made if isinstance(tree, list) else tuple(made)
    return None if tree is None else function(tree, *others)


def rows_of(tree: Tree) -> int:
    """How many rows the arrays of a tree have."""
    return int(next(leaves(tree)).shape[0])
