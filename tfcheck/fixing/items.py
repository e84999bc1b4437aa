"""Items between commas: arguments of a call, elements of a list, names of an import.

Items are taken out, written anew and added while the others keep their lines, their comments
and the way in which the last one ends.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import libcst as cst

from tfcheck.fixing import layout
from tfcheck.fixing.page import Page, Patch, Void


class Items:
    """What is to become of ``items``; new ones go before the offset ``closing``."""

    def __init__(self, page: Page, items: Sequence[cst.CSTNode], closing: int) -> None:
        self._page = page
        self._items = items
        self._closing = closing
        self.removed: set[int] = set()
        self.added: list[str] = []

    def patches(self) -> Iterator[Patch]:
        if len(self.removed) == len(self._items) and self._items:
            yield self._all_replaced()
            return
        yield from self._removals()
        if self.added:
            yield from self._additions()

    def _all_replaced(self) -> Patch:
        start, end = self._start(0), self._end(len(self._items) - 1)
        if not self.added:
            end = self._after_comma(len(self._items) - 1)
        if "#" in self._between(start, end):
            raise Void("a comment stands between what would be taken out")
        return Patch(start, end, ", ".join(self.added))

    def _removals(self) -> Iterator[Patch]:
        kept = [index for index in range(len(self._items)) if index not in self.removed]
        tail = kept[-1] + 1 if kept else 0
        start = self._end(tail - 1) if tail else 0
        at_end = tail < len(self._items)
        if at_end and "#" not in self._between(start, self._start(len(self._items) - 1)):
            yield Patch(start, self._end(len(self._items) - 1), "")
        else:
            tail = len(self._items)
        for index in sorted(self.removed):
            if index < tail:
                yield self._removal(index)

    def _removal(self, index: int) -> Patch:
        """One item with its comma, and its line where it has that for itself."""
        page = self._page
        start, end = self._start(index), self._after_comma(index)
        rest = page.text[end : page.line_end(end)]
        if rest.strip():
            return Patch(start, end + len(rest) - len(rest.lstrip()), "")
        if page.begins_line(start):
            return Patch(page.line_start(start), page.line_end(end) + 1, "")
        return Patch(len(page.text[:start].rstrip()), end, "")

    def _additions(self) -> Iterator[Patch]:
        page, added, limit = self._page, self.added, self._page.width
        if not self._items:
            yield Patch(self._closing, self._closing, ", ".join(added))
            return
        last = len(self._items) - 1
        start, end = self._start(last), self._end(last)
        if not page.begins_line(start):
            yield Patch(end, end, self._run_on(end))
            return
        after = self._after_comma(last)
        has_comma = after > end
        line_end = page.line_end(after)
        between = page.text[after:line_end].strip()
        indent = page.indent(start)
        if self._closing < line_end or (between and not between.startswith("#")):
            texts = (layout.aligned(each, indent, ")", limit) for each in added)
            yield Patch(end, end, "".join(f",\n{indent}{each}" for each in texts))
            return
        if not has_comma:
            yield Patch(end, end, ",")
        texts = (layout.hanging(each, indent, limit) for each in added)
        lines = f",\n{indent}".join(texts) + ("," if has_comma else "")
        yield Patch(line_end, line_end, f"\n{indent}{lines}")

    def _run_on(self, end: int) -> str:
        """What is added after others on their line, or below the first where it gets too long."""
        page = self._page
        first = self._start(0)
        margin = layout.blank(page.text[page.line_start(first) : first])
        rest = page.text[end : page.line_end(end)].partition("#")[0].rstrip()
        line, text = page.text[page.line_start(end) : end], ""
        for each in self.added:
            if self.removed or layout.fits(f"{line}, {each}{rest}", page.width):
                line, text = f"{line}, {each}", f"{text}, {each}"
            else:
                below = layout.aligned(each, margin, rest, page.width)
                line, text = margin + below, f"{text},\n{margin}{below}"
        return text

    def _start(self, index: int) -> int:
        return self._page.span(self._items[index])[0]

    def _end(self, index: int) -> int:
        return self._page.span(self._items[index])[1]

    def _after_comma(self, index: int) -> int:
        comma = getattr(self._items[index], "comma", None)
        return self._page.span(comma)[1] if isinstance(comma, cst.Comma) else self._end(index)

    def _between(self, start: int, end: int) -> str:
        """The text between two offsets, without that of the items themselves."""
        text, position = "", start
        for item in self._items:
            first, last = self._page.span(item)
            if first >= end or last <= position:
                continue
            text, position = text + self._page.text[position:first], last
        return text + self._page.text[position:end]


def with_commas(items: Sequence[cst.CSTNode]) -> Iterator[cst.CSTNode]:
    """The nodes whose places :class:`Items` needs."""
    for each in items:
        yield each
        comma = getattr(each, "comma", None)
        if isinstance(comma, cst.Comma):
            yield comma
