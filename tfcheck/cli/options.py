"""Options that several commands share, and how their words are read."""

from __future__ import annotations

import os
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from typing import TYPE_CHECKING, TextIO

from tfcheck.config import FAIL_ON, Configuration, Given, Selection

if TYPE_CHECKING:
    from argparse import _ArgumentGroup


def add_rules(parser: ArgumentParser) -> _ArgumentGroup:
    """Add the options that choose rules."""
    rules = parser.add_argument_group("rules", "by code, name, beginning of a code, or ALL")
    for name, text in (
        ("--select", "check these rules only"),
        ("--extend-select", "check these rules too"),
        ("--ignore", "do not check these rules"),
    ):
        rules.add_argument(name, type=words, action="extend", metavar="RULE,...", help=text)
    rules.add_argument(
        "--preview", action="store_true", help="check rules too that are new and may still change"
    )
    return rules


def add_configuration(parser: ArgumentParser) -> None:
    """Add the options that say where the configuration is."""
    group = parser.add_argument_group("configuration")
    group.add_argument(
        "--config", metavar="FILE", help="use this file for all paths instead of the nearest one"
    )
    group.add_argument("--isolated", action="store_true", help="ignore all configuration files")


def add_exit_code(group: _ArgumentGroup) -> None:
    """Add the options that say what fails a run."""
    group.add_argument(
        "--fail-on", choices=FAIL_ON, help="the least severity that sets the exit code to 1"
    )
    group.add_argument(
        "--exit-zero", action="store_true", help="set the exit code to 0 whatever is found"
    )


def add_color(group: _ArgumentGroup) -> None:
    """Add the option that says whether there are colours."""
    group.add_argument("--color", choices=("auto", "always", "never"), default="auto")


def configuration(options: Namespace, given: Given | None = None) -> Configuration:
    """The configuration that the options point to."""
    return Configuration(given, options.config, options.isolated)


def selection(options: Namespace) -> Selection:
    """The rules that the options choose."""
    return Selection(
        "the command line",
        None if options.select is None else tuple(options.select),
        tuple(options.extend_select or ()),
        tuple(options.ignore or ()),
    )


def words(text: str) -> list[str]:
    """What stands between commas."""
    return [word for each in text.split(",") if (word := each.strip())]


def count(text: str) -> int:
    """A number from 1 on."""
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f"{text!r} is no number from 1 on")
    return int(text)


def wants_color(wish: str, stream: TextIO) -> bool:
    """Whether to write colours to a stream, by ``--color`` and what environments say."""
    if wish != "auto":
        return wish == "always"
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or stream.isatty()
