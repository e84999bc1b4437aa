"""Build the documentation: ``python website/build_site.py FOLDER``; every warning is an error.

The pages of ``docs`` and those that the rules make are put together in a temporary folder, with a
``mkdocs.yml`` whose navigation names them all.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from pages import INDEX, navigation, pages

from tfcheck.registry import all_rules

ROOT = Path(__file__).parent.parent
SOURCE = "https://github.com/tfcheck/tfcheck/blob/main/"
_OUTSIDE = re.compile(r"\]\(\.\./")
_ENTRY = re.compile(rf"^ *- {re.escape(INDEX)}\n", re.MULTILINE)


def prepare(folder: Path) -> None:
    """Put the configuration and all pages into ``folder``."""
    docs = folder / "docs"
    shutil.copytree(ROOT / "docs", docs)
    for page in docs.glob("*.md"):  # what lies outside of the pages is shown where the source is
        page.write_text(_OUTSIDE.sub(f"]({SOURCE}", page.read_text("utf-8")), "utf-8")
    rules = all_rules()
    (docs / INDEX).parent.mkdir()
    for name, text in pages(rules).items():
        (docs / name).write_text(text, "utf-8")
    configuration = (ROOT / "mkdocs.yml").read_text("utf-8")
    lines = "".join(f"{line}\n" for line in navigation(rules))
    complete, count = _ENTRY.subn(lambda entry: entry[0] + lines, configuration)
    assert count == 1, f"mkdocs.yml must have one entry {INDEX}"
    (folder / "mkdocs.yml").write_text(complete, "utf-8")


def main(out: Path) -> int:
    """Build into ``out``, which is replaced; the exit code of the generator."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        prepare(folder)
        command = [sys.executable, "-m", "zensical", "build", "--strict"]
        code = subprocess.run(command, cwd=folder, check=False).returncode
        if code == 0:
            shutil.rmtree(out, ignore_errors=True)
            shutil.copytree(folder / "site", out)
    return code


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
