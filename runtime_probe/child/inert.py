"""Calls that wait for a person, or show something to one, do nothing.

``input`` needs no help: there is nothing to read, so it raises ``EOFError``. Experiment trackers
are off by their own variables (``runtime_probe.sandbox.environment``).
"""

from __future__ import annotations

import time
from types import ModuleType
from typing import Any, SupportsIndex

from runtime_probe.child.hooks import after_import

LONGEST_SLEEP = 0.1

_really_sleep = time.sleep

_NOTHING = {
    "cv2": "destroyAllWindows destroyWindow imshow moveWindow namedWindow resizeWindow waitKey",
    "matplotlib": "use",
    "matplotlib.pyplot": "pause show switch_backend",
    "plotly.io": "show",
    "webbrowser": "open open_new open_new_tab",
}
"""By module, the functions that shall do nothing."""


def install() -> None:
    """Make them inert, in this process and its forks."""
    after_import(dict.fromkeys(_NOTHING, _make_inert))
    time.sleep = _sleep


def _make_inert(module: ModuleType) -> None:
    for name in _NOTHING[module.__name__].split():
        setattr(module, name, _nothing)


def _sleep(seconds: float | SupportsIndex, /) -> None:
    _really_sleep(min(float(seconds), LONGEST_SLEEP))


def _nothing(*arguments: Any, **options: Any) -> None:
    """Do nothing, whatever is asked."""
