"""Reading a piece of code the way a file is read, for tests of the reader."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import dedent

from tfcheck.script import Project, Script, read_script
from tfcheck.script.training import Compiled, Head, Loss, Model, Optimizer, TrainingRun
from tfcheck.source import read_source


def script_of(code: str, files: Mapping[str, str] | None = None) -> Script:
    """What is read of ``code`` as main.py, with ``files`` (text by path) beside it."""
    with TemporaryDirectory() as folder:
        for path, text in {**(files or {}), "main.py": code}.items():
            file = Path(folder, path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(dedent(text))
        return read_script(read_source(Path(folder, "main.py")), Project())


def run_of(code: str, files: Mapping[str, str] | None = None) -> TrainingRun:
    """The last training run of ``code``."""
    return script_of(code, files).runs[-1]


def model_of(run: TrainingRun) -> Model:
    assert isinstance(run.model, Model), run.model
    return run.model


def compiled_of(run: TrainingRun) -> Compiled:
    assert isinstance(run.compiled, Compiled), run.compiled
    return run.compiled


def optimizer_of(run: TrainingRun) -> Optimizer:
    optimizer = compiled_of(run).optimizer
    assert isinstance(optimizer, Optimizer), optimizer
    return optimizer


def loss_of(run: TrainingRun) -> Loss:
    (loss,) = compiled_of(run).losses
    assert isinstance(loss, Loss), loss
    return loss


def head_of(run: TrainingRun) -> Head:
    (head,) = model_of(run).heads
    assert isinstance(head, Head), head
    return head


def layers_of(run: TrainingRun) -> list[str]:
    """The names of the layers, ``?`` where one is not known."""
    return [getattr(layer, "name", "?") for layer in model_of(run).layers]
