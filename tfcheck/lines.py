"""The lines that findings are about, as they were read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tfcheck.rule import Location
from tfcheck.source import Source, read_source


class Lines:
    """The lines of files, each file read once; ``texts`` holds what is not on the disk."""

    def __init__(self, texts: Mapping[str, bytes]) -> None:
        self._texts = texts
        self._sources: dict[str, Source] = {}
        self._lines: dict[str, dict[int | None, list[str]]] = {}

    def source(self, filename: str) -> Source:
        if filename not in self._sources:
            data = self._texts.get(filename)
            self._sources[filename] = read_source(Path(filename), data)
        return self._sources[filename]

    def at(self, location: Location) -> str | None:
        """The line that a range begins in; None where it is none of what was read."""
        lines = self.around(location)
        return lines[location.row - 1] if location.row <= len(lines) else None

    def around(self, location: Location) -> list[str]:
        """All lines of the file, or of the cell, in which a range lies."""
        name = location.filename
        if name not in self._lines:
            blocks = self.source(name).blocks
            self._lines[name] = {block.cell: block.text.split("\n") for block in blocks}
        return self._lines[name].get(location.cell, [])
