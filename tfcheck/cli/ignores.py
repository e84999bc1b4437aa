"""What ``check --add-ignores`` does: comments for the findings that are to stay as they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from tfcheck.engine import File, RunReport, check, shown
from tfcheck.errors import WrongUse
from tfcheck.fixing.texts import Unchangeable
from tfcheck.ignoring import with_ignores
from tfcheck.rewriting import rewrite
from tfcheck.rule import Finding
from tfcheck.tool_rules import TOOL_RULES


class Ignoring:
    """Ignores what is found in ``files``, for a reason.

    What tfcheck says about comments and unread text is left: it is not about training, and no
    comment helps a reader of it.
    """

    def __init__(self, reason: str, files: Iterable[File]) -> None:
        self._reason = reason.strip()
        if not self._reason or not self._reason.isprintable():
            raise WrongUse("--add-ignores needs a reason of one line")
        self._files = {shown(each.path): each for each in files}
        if any(each.data is not None for each in self._files.values()):
            raise WrongUse("--add-ignores writes files, and the standard input is none")

    def __call__(self, report: RunReport) -> tuple[RunReport, str]:
        """Write the comments; the report of what is left, and what there is to say."""
        own = {each.code for each in TOOL_RULES}
        by_file: dict[str, list[Finding]] = {}
        for each in report.findings:
            if each.code not in own:
                by_file.setdefault(each.location.filename, []).append(each)
        ignored: set[Finding] = set()
        files = 0
        for name, findings in by_file.items():
            obstacle = self._write(self._files[name], findings)
            if obstacle is not None:
                report = report._replace(failures=(*report.failures, f"{name}: {obstacle}"))
                continue
            ignored.update(findings)
            files += 1
        left = tuple(each for each in report.findings if each not in ignored)
        remark = f"ignored {_counted(len(ignored), 'finding')} in {_counted(files, 'file')}"
        return report._replace(findings=left), remark

    def _write(self, file: File, findings: Sequence[Finding]) -> str | None:
        """Write the comments of one file; why not, where that cannot be."""
        try:
            original = Path(file.path).read_bytes()
            content = with_ignores(file.path, original, findings, self._reason)
        except OSError as error:
            return error.strerror
        except Unchangeable as error:
            return str(error)
        if not _holds(file, original, content, findings):
            return "comments would not ignore what is found"
        return rewrite(file.path, original, content)


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' * (count != 1)}"


def _holds(file: File, original: bytes, content: bytes, ignored: Sequence[Finding]) -> bool:
    """Whether the comments in ``content`` ignore ``ignored`` and change nothing else."""
    file = file._replace(settings=file.settings._replace(fix=False))
    before, after = (check([file._replace(data=each)], jobs=1) for each in (original, content))
    expected = Counter(each.code for each in before.findings)
    expected.subtract(each.code for each in ignored)
    return after.runs == before.runs and Counter(each.code for each in after.findings) == expected
