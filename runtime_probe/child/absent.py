"""Packages that only show things, where they are not installed: they do nothing.

A script that would draw its curves after training is no less worth a trial where it cannot draw.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import FrameType, ModuleType
from typing import Any

SHOWING = frozenset(
    """IPython bokeh clearml comet_ml graphviz matplotlib mlflow mpl_toolkits neptune plotly
    seaborn tensorboard visualkeras wandb""".split()
)


def install(folder: str, said: Callable[[str], None]) -> None:
    """Have one stand in for each that no other finder knows, where a file of ``folder`` asks.

    ``said`` hears which. Libraries that can do without are told the truth.
    """
    sys.meta_path.append(_Finder(folder, said))


class _Finder(MetaPathFinder):
    def __init__(self, folder: str, said: Callable[[str], None]) -> None:
        self._folder = folder
        self._said = said

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        package, _, inner = name.partition(".")
        if package not in SHOWING or not (package in sys.modules or self._is_asked_by_script()):
            return None
        if not inner:
            self._said(f"{package} is not installed; what the script asks of it does nothing")
        return ModuleSpec(name, _Loader(), is_package=True)

    def _is_asked_by_script(self) -> bool:
        """Whether the import statement stands in a file of the folder."""
        frame: FrameType | None = sys._getframe(2)
        while frame is not None and "importlib" in frame.f_code.co_filename:
            frame = frame.f_back
        return frame is not None and frame.f_code.co_filename.startswith(self._folder)


class _Loader(Loader):
    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _Module(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """There is nothing in it."""


class _Module(ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _subplots if name == "subplots" else Nothing()


class Nothing:
    """Takes every call, attribute and item, and is empty."""

    def __call__(self, *arguments: Any, **options: Any) -> Nothing:
        return self

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _subplots if name == "subplots" else self

    def __getitem__(self, key: Any) -> Nothing:
        return self

    def __setitem__(self, key: Any, value: Any) -> None:
        """Nothing holds nothing."""

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    def __len__(self) -> int:
        return 0

    def __enter__(self) -> Nothing:
        return self

    def __exit__(self, *exception: object) -> None:
        """Nothing ends."""


def _subplots(*arguments: Any, **options: Any) -> tuple[Nothing, Nothing]:
    """A figure and its axes, which a script takes apart."""
    return Nothing(), Nothing()
