"""The command ``tfcheck``, as its script and as ``python -m tfcheck``.

The working directory leaves ``sys.path`` before anything more is imported, because the folder
that is checked may hold modules of any name. Not even ``__future__`` comes before that.

The garbage collector is off: syntax trees have no cycles, and to look through them again and again
costs half as much as reading. What has cycles is taken apart, and the little that is left
is collected now and then.
"""

import gc
import os
import sys

_HOME = os.path.realpath(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def _leave_working_directory() -> None:
    try:
        here = os.path.realpath(os.getcwd())
    except FileNotFoundError:  # the folder was deleted: nothing can be imported from it
        return
    if here == _HOME:  # tfcheck itself is installed from there
        return
    sys.path[:] = [each for each in sys.path if os.path.realpath(each) != here]


gc.disable()
_leave_working_directory()

from contextlib import suppress  # noqa: E402

from tfcheck import cli  # noqa: E402


def main() -> None:
    """Run the command and end the process at once: to free all it has read takes a while."""
    code = cli.main()
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, OSError):  # there is none, or nobody reads it any more
            stream.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
