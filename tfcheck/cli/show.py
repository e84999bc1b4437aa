"""``tfcheck show``: what was read of a file."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path

from tfcheck.cli import SUCCESS
from tfcheck.errors import WrongUse
from tfcheck.script import Project, read_script
from tfcheck.script.show import render
from tfcheck.source import read_source


def run(words: Sequence[str]) -> int:
    """Print each training run of a file, each fact of it, and where each unknown was lost."""
    parser = ArgumentParser("tfcheck show", description="Print what was read of a file.")
    parser.add_argument("file", metavar="FILE", help="a script or a notebook")
    options = parser.parse_args(words)
    path = Path(os.path.abspath(options.file))
    if not path.is_file():
        raise WrongUse(f"{options.file}: there is no such file")
    print(render(read_script(read_source(path), Project())))
    return SUCCESS
