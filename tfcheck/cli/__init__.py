"""The command line: one file a command, and ``check`` where none is named."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module

from tfcheck.errors import WrongUse

COMMANDS = ("check", "explain", "probe", "rules", "show")

SUCCESS, FOUND, FAILED = 0, 1, 2
INTERRUPTED = 130  # as shells count the signal


def main(arguments: Sequence[str] | None = None) -> int:
    """Run tfcheck and return its exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    command = words.pop(0) if words and words[0] in COMMANDS else "check"
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        code: int = import_module(f"tfcheck.cli.{command}").run(words)
        sys.stdout.flush()
    except WrongUse as error:
        print(f"tfcheck: error: {error}", file=sys.stderr)
        return FAILED
    except BrokenPipeError:  # the reader of a pipe has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception:  # noqa: BLE001  (uncaught, it would end in 1: something was found)
        import traceback

        traceback.print_exc()
        return FAILED
    return code
