"""Options that several commands share."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from tfcheck.config import Configuration, Given


def add_configuration(parser: ArgumentParser) -> None:
    """Add the options that say where the configuration is."""
    group = parser.add_argument_group("configuration")
    group.add_argument(
        "--config", metavar="FILE", help="use this file for all paths instead of the nearest one"
    )
    group.add_argument("--isolated", action="store_true", help="ignore all configuration files")


def configuration(options: Namespace, given: Given | None = None) -> Configuration:
    """The configuration that the options point to."""
    return Configuration(given, options.config, options.isolated)
