"""Notebooks: their code cells, in order, counted from 1 over all cells."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from tfcheck.magics import neutralise
from tfcheck.source import Block, Problem, Source

_COMMAND = re.compile(r"^\s*[!%].*$", re.MULTILINE)


def read_notebook(path: str, text: str) -> Source:
    """The code cells of a notebook in nbformat 3 or 4; none where it is not in Python."""
    try:
        notebook = json.loads(text)
    except (ValueError, RecursionError) as error:
        row = getattr(error, "lineno", 1)
        return Source(path, (), (Problem(f"it is no notebook: {error}", row=row),))
    if not isinstance(notebook, dict):
        return Source(path, (), (Problem("it is no notebook: it holds no cells"),))
    if _language(notebook) != "python":
        return Source(path, ())
    sources = list(_sources(notebook))
    blocks = (Block(neutralise(text), number) for number, text in sources)
    commands = (line for _, text in sources for line in _COMMAND.findall(text))
    return Source(path, tuple(blocks), commands=tuple(commands))


def _language(notebook: dict[str, Any]) -> str:
    metadata = notebook.get("metadata")
    if not isinstance(metadata, dict):
        return "python"
    for table, key in (("language_info", "name"), ("kernelspec", "language")):
        found = metadata.get(table)
        if isinstance(found, dict) and isinstance(found.get(key), str):
            return "python" if "python" in found[key].lower() else str(found[key])
    return "python"


def _sources(notebook: dict[str, Any]) -> Iterator[tuple[int, str]]:
    """The code cells by their numbers, as they are."""
    for number, cell in enumerate(_cells(notebook), start=1):
        if not isinstance(cell, dict) or cell.get("cell_type") != "code":
            continue
        source = cell.get("source", cell.get("input", ""))
        if isinstance(source, list):
            source = "".join(part for part in source if isinstance(part, str))
        if isinstance(source, str) and source.strip():
            yield number, source.replace("\r\n", "\n").replace("\r", "\n")


def _cells(notebook: dict[str, Any]) -> list[Any]:
    """The cells of format 4, or those of all worksheets of format 3."""
    cells = notebook.get("cells")
    if isinstance(cells, list):
        return cells
    sheets = notebook.get("worksheets")
    listed = sheets if isinstance(sheets, list) else []
    return [
        cell
        for sheet in listed
        if isinstance(sheet, dict) and isinstance(sheet.get("cells"), list)
        for cell in sheet["cells"]
    ]
