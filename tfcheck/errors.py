"""What the user has to change before tfcheck can run."""

from __future__ import annotations

from collections.abc import Iterable


class WrongUse(Exception):
    """A wrong call or a bad configuration; its words are all that the user sees of it."""


def suggestion(word: str, known: Iterable[str]) -> str:
    """``; did you mean 'bare-sgd'?`` where something known is close to ``word``."""
    from difflib import get_close_matches

    lowered = {each.lower(): each for each in known}
    close = get_close_matches(word.lower(), lowered, n=1)
    return f"; did you mean '{lowered[close[0]]}'?" if close else ""
