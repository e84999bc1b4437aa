"""What runs in a graph."""

from __future__ import annotations

from tfcheck.script import Script
from tfcheck.script.uses import Traced
from tfcheck.script.values import constant

# Calls after which functions are run each time that they are called.
_EAGERLY = frozenset(
    {
        "tensorflow.config.run_functions_eagerly",
        "tensorflow.config.experimental_run_functions_eagerly",
    }
)
_DEBUG = "tensorflow.data.experimental.enable_debug_mode"


def is_graph(script: Script, traced: Traced) -> bool:
    """Whether it surely is a graph, and nothing in the script has functions run eagerly."""
    if traced.by.startswith("dataset."):
        return not script.uses.of(_DEBUG)
    if runs_eagerly(script):
        return False
    return traced.by != "keras" or not any(
        "run_eagerly" in use.keywords and constant(use.keywords["run_eagerly"]) is not False
        for use in script.uses
    )


def runs_eagerly(script: Script) -> bool:
    """Whether the script may have what ``tf.function`` decorates run each time."""
    return bool(script.uses.of(*_EAGERLY))


def in_words(traced: Traced) -> str:
    name = traced.function.code.name
    if traced.by == "keras":
        return f"fit makes a graph of {name}"
    if traced.by.startswith("dataset."):
        return f"{traced.by.removeprefix('dataset.')} makes a graph of the function"
    return f"tf.function makes a graph of {name}"
