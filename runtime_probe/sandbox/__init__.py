"""Keeping a stranger's script from doing harm: what it may use, see, write and reach."""

from __future__ import annotations

import sys


def unsupported() -> str | None:
    """Why no script can be run safely on this system, None where one can."""
    if sys.platform == "linux" or sys.platform == "darwin":
        return None
    return f"it cannot guard what a script does on {sys.platform}; it runs on Linux and macOS"
