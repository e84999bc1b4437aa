"""What an error says, in one line, without the traces that TensorFlow puts around it."""

from __future__ import annotations

import re
import traceback

_LONGEST = 300
_AROUND = "Graph execution error"
_NODE = re.compile(r"^\s*\[\[\{\{node .*$", re.MULTILINE)


def reason_of(error: BaseException) -> str:
    """The kind of an error and the first line of what it says."""
    text = _said(error).strip()
    if text.startswith(_AROUND) and (node := _NODE.search(text)) is not None:
        text = text[: node.start()].strip().splitlines()[-1]
    first = next(iter(text.splitlines()), "").strip()
    kind = type(error).__name__
    return f"{kind}: {first[:_LONGEST]}" if first else kind


def is_wrapped(error: BaseException) -> bool:
    """Whether TensorFlow has put the trace of a graph around what an error says."""
    return _said(error).startswith(_AROUND)


def _said(error: BaseException) -> str:
    """What an error says; one of the script's own may raise when it is asked."""
    return str(traceback.TracebackException(type(error), error, None))
