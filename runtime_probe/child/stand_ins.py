"""Data of ``keras.datasets`` that are not on this machine, stood in for.

The file that Keras would download is written instead, with made-up content of its true shape,
type, range and classes, so that Keras' own code loads, splits and filters it as ever.
"""

from __future__ import annotations

import functools
import gzip
import json
import os
import pickle
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from runtime_probe.child.setup import Array, Emit
from runtime_probe.records import Remark

_DATASETS = (
    "boston_housing california_housing cifar10 cifar100 fashion_mnist imdb mnist reuters".split()
)
_DIFFERENT = 2_000  # pictures and texts that are made; a data set repeats them
_SEED = 0


class StandIns:
    """Looks after the modules of ``keras.datasets``; ``used`` are those that were stood in for."""

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self.used: list[str] = []

    def hooks(self) -> Mapping[str, Callable[[ModuleType], None]]:
        """What is to be called with which module, once that is imported."""
        return {
            f"{package}.src.datasets.{name}": functools.partial(self._patch, name)
            for package in ("keras", "tf_keras")
            for name in _DATASETS
        }

    def _patch(self, name: str, module: ModuleType) -> None:
        vars(module)["get_file"] = functools.partial(self._file, name, vars(module)["get_file"])

    def _file(
        self,
        name: str,
        original: Callable[..., str],
        fname: str,
        *args: Any,
        cache_subdir: str = "datasets",
        cache_dir: str | None = None,
        **kwargs: Any,
    ) -> str:
        """The path of the file that Keras asks for: the true one where it is there."""
        home = cache_dir or os.environ.get("KERAS_HOME") or Path.home() / ".keras"
        base = os.path.basename(fname)
        is_there = os.path.exists(Path(home, cache_subdir, fname))
        if is_there or base not in _FILES:
            given = {"cache_subdir": cache_subdir, "cache_dir": cache_dir, **kwargs}
            return original(fname, *args, **given)
        if name not in self.used:
            self.used.append(name)
            self._emit(Remark(f"{name} is not on this machine: made-up data of its kind stand in"))
        path = Path(tempfile.mkdtemp(prefix="stand-in-"), base)
        return str(_FILES[base](path, name))


class _Pictures(NamedTuple):
    """A data set of pictures of bytes; ``dark`` is how much of them is black."""

    shape: tuple[int, ...]
    classes: int
    train: int
    test: int
    dark: float = 0.0


_DIGITS = _Pictures((28, 28), 10, 60_000, 10_000, dark=0.8)
_CIFAR10 = _Pictures((32, 32, 3), 10, 50_000, 10_000)
_CIFAR100 = _Pictures((32, 32, 3), 100, 50_000, 10_000)


def _pictures(kind: _Pictures) -> tuple[Array, Array, Array, Array]:
    """Each class is a pattern of patches, under noise: training and test pictures differ."""
    random = np.random.default_rng(_SEED)
    height, width, *channels = kind.shape
    patches = random.random((kind.classes, height // 4, width // 4, *channels))
    patches[patches < kind.dark] = 0
    patterns = patches.repeat(4, axis=1).repeat(4, axis=2)
    parts: list[Array] = []
    for count in (kind.train, kind.test):
        labels = random.integers(0, kind.classes, _DIFFERENT)
        noise = random.normal(0, 0.3, (_DIFFERENT, *kind.shape))
        noise *= patterns[labels] > 0 if kind.dark else 1
        made = (np.clip(patterns[labels] + noise, 0, 1) * 255).astype("uint8")
        picked = random.integers(0, _DIFFERENT, count)
        parts += [made[picked], labels[picked].astype("uint8")]
    return parts[0], parts[1], parts[2], parts[3]


def _mnist(path: Path, name: str) -> Path:
    x_train, y_train, x_test, y_test = _pictures(_DIGITS)
    np.savez(path, x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)
    return path


def _idx(path: Path, name: str) -> Path:
    """One of the four files of Fashion-MNIST: bytes after a head of 16 or 8."""
    x_train, y_train, x_test, y_test = _pictures(_DIGITS)
    is_train, is_labels = path.name.startswith("train"), "labels" in path.name
    pictures, labels = (x_train, y_train) if is_train else (x_test, y_test)
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(bytes(8) + labels.tobytes() if is_labels else bytes(16) + pictures.tobytes())
    return path


def _cifar(path: Path, name: str) -> Path:
    """A folder of pickled batches, within one more where Keras 3 unpacks it."""
    x_train, y_train, x_test, y_test = _pictures(_CIFAR10 if name == "cifar10" else _CIFAR100)
    folder = path / path.name.removesuffix("-target") if "-target" in path.name else path
    folder.mkdir(parents=True)
    if name == "cifar100":
        _pickled(folder / "train", x_train, y_train)
        _pickled(folder / "test", x_test, y_test)
        return path
    for number in range(5):
        part = slice(number * 10_000, number * 10_000 + 10_000)
        _pickled(folder / f"data_batch_{number + 1}", x_train[part], y_train[part])
    _pickled(folder / "test_batch", x_test, y_test)
    return path


def _pickled(path: Path, x: Array, y: Array) -> None:
    rows = x.transpose(0, 3, 1, 2).reshape(len(x), -1)
    labels, coarse = y.tolist(), (y // 5).tolist()
    batch = {b"data": rows, b"labels": labels, b"fine_labels": labels, b"coarse_labels": coarse}
    path.write_bytes(pickle.dumps(batch, protocol=4))


class _Texts(NamedTuple):
    """A data set of texts by the ranks of their words; ``shares`` are those of the classes."""

    words: int
    length: float  # the mean
    longest: int
    shares: Array


_IMDB = _Texts(88_584, 238.0, 2_494, np.full(2, 0.5))
_REUTERS = _Texts(30_979, 145.0, 2_376, 1 / np.arange(1, 47) ** 1.6)


def _texts(kind: _Texts, count: int, random: np.random.Generator) -> tuple[Array, Array]:
    """Words as often as in a language, one in eight of them typical of the class."""
    labels = random.choice(len(kind.shares), _DIFFERENT, p=kind.shares / kind.shares.sum())
    spread = 0.7
    lengths = random.lognormal(np.log(kind.length) - spread**2 / 2, spread, _DIFFERENT)
    texts = np.empty(_DIFFERENT, dtype=object)
    for index, label in enumerate(labels):
        length = int(np.clip(lengths[index], 10, kind.longest))
        words = np.exp(random.random(length) * np.log(kind.words)).astype(int)
        typical = random.random(length) < 0.125
        words[typical] = 20 + 20 * label + random.integers(0, 20, int(typical.sum()))
        texts[index] = words.tolist()
    texts[0] = [*texts[0], kind.words]  # the vocabulary is there to its end
    picked = np.concatenate([[0], random.integers(0, _DIFFERENT, count - 1)])
    return texts[picked], labels[picked].astype("int64")


def _imdb(path: Path, name: str) -> Path:
    random = np.random.default_rng(_SEED)
    (x_train, y_train), (x_test, y_test) = (_texts(_IMDB, 25_000, random) for _ in range(2))
    np.savez(path, x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)
    return path


def _reuters(path: Path, name: str) -> Path:
    random = np.random.default_rng(_SEED)
    x, ranks = _texts(_REUTERS, 11_228, random)
    commonest = np.array([3, 4, 19, 16, 1, 11, 20, 13, 8, 10])
    order = np.concatenate([commonest, np.setdiff1d(np.arange(46), commonest)])
    np.savez(path, x=x, y=order[ranks])
    return path


def _word_index(path: Path, name: str) -> Path:
    words = (_IMDB if name == "imdb" else _REUTERS).words
    path.write_text(json.dumps({f"word{rank}": rank for rank in range(1, words + 1)}))
    return path


# Mean, standard deviation, smallest and largest value of each column; the target is the last.
_BOSTON = """\
3.61 8.60 0.006 89.0
11.4 23.3 0 100
11.1 6.86 0.46 27.7
0.069 0.254 0 1
0.555 0.116 0.385 0.871
6.28 0.703 3.56 8.78
68.6 28.1 2.9 100
3.80 2.11 1.13 12.1
9.55 8.71 1 24
408 169 187 711
18.5 2.16 12.6 22
357 91.3 0.32 397
12.7 7.14 1.73 38.0
22.5 9.20 5 50"""
_CALIFORNIA = """\
-119.6 2.0 -124.35 -114.31
35.6 2.14 32.54 41.95
28.6 12.6 1 52
2636 2182 2 39320
538 421 1 6445
1425 1132 3 35682
500 382 1 6082
3.87 1.90 0.5 15.0
206856 115396 14999 500001"""


def _numbers(table: str, rows: int, dtype: str, path: Path, name: str) -> Path:
    """Columns that do not depend on each other, and a target that depends on all of them."""
    random = np.random.default_rng(_SEED)
    columns = np.array([each.split() for each in table.splitlines()], dtype=float)
    mean, spread, smallest, largest = columns.T
    standard = random.normal(size=(rows, len(columns) - 1))
    effects = random.normal(size=len(columns) - 1)
    target = standard @ effects / np.linalg.norm(effects) + random.normal(0, 0.4, rows)
    values = np.column_stack([standard, target]) * spread + mean
    clipped = np.clip(values, smallest, largest).astype(dtype)
    np.savez(path, x=clipped[:, :-1], y=clipped[:, -1])
    return path


_FILES: Mapping[str, Callable[[Path, str], Path]] = {
    "mnist.npz": _mnist,
    "train-images-idx3-ubyte.gz": _idx,
    "train-labels-idx1-ubyte.gz": _idx,
    "t10k-images-idx3-ubyte.gz": _idx,
    "t10k-labels-idx1-ubyte.gz": _idx,
    "cifar-10-batches-py": _cifar,
    "cifar-10-batches-py-target": _cifar,
    "cifar-100-python": _cifar,
    "cifar-100-python-target": _cifar,
    "imdb.npz": _imdb,
    "imdb_word_index.json": _word_index,
    "reuters.npz": _reuters,
    "reuters_word_index.json": _word_index,
    "boston_housing.npz": functools.partial(_numbers, _BOSTON, 506, "float64"),
    "california_housing.npz": functools.partial(_numbers, _CALIFORNIA, 20_640, "float32"),
}
