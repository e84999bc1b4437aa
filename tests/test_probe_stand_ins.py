"""What stands in for data that are not there, loaded by Keras' own code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from runtime_probe.child.stand_ins import StandIns

pytest.importorskip("keras")

LOADS = """\
import importlib, json, sys, time
from runtime_probe.child import interception
from runtime_probe.job import Job
job = Job("script.py", ".", (), (), (), 60, 3, 4096, None, False)
remarks = []
intercepted = interception.install(job, remarks.append, time.monotonic() + 60)
shown = {}
for package in ("tensorflow.keras.datasets", "tf_keras.datasets"):
    datasets = importlib.import_module(package)
    for name in sys.argv[1:]:
        if not hasattr(datasets, name):
            continue
        start = time.monotonic()
        words = {"num_words": 1000} if name in ("imdb", "reuters") else {}
        (x, y), (x_test, y_test) = getattr(datasets, name).load_data(**words)
        shown[package.partition(".")[0] + " " + name] = [
            x.shape, str(x.dtype), y.shape, str(y.dtype), x_test.shape, y_test.shape,
            len(set(y.reshape(-1).tolist())),
            max(map(max, x)) if words else float(x.max()),
            time.monotonic() - start,
        ]
shown["words"] = len(importlib.import_module("keras.datasets.imdb").get_word_index())
shown["used"] = intercepted.stand_ins.used
shown["remarks"] = [each.message for each in remarks]
print(json.dumps(shown))
"""

# x, y, rows to test on, classes, largest value: as the documentation of keras.datasets has them
TRUE = {
    "mnist": [[60000, 28, 28], "uint8", [60000], "uint8", [10000, 28, 28], [10000], 10, 255],
    "fashion_mnist": [
        [60000, 28, 28],
        "uint8",
        [60000],
        "uint8",
        [10000, 28, 28],
        [10000],
        10,
        255,
    ],
    "cifar10": [
        [50000, 32, 32, 3],
        "uint8",
        [50000, 1],
        "uint8",
        [10000, 32, 32, 3],
        [10000, 1],
        10,
        255,
    ],
    "cifar100": [
        [50000, 32, 32, 3],
        "uint8",
        [50000, 1],
        "int64",
        [10000, 32, 32, 3],
        [10000, 1],
        100,
        255,
    ],
    "imdb": [[25000], "object", [25000], "int64", [25000], [25000], 2, 999],
    "reuters": [[8982], "object", [8982], "int64", [2246], [2246], 46, 999],
    "boston_housing": [[404, 13], "float64", [404], "float64", [102, 13], [102], None, 711],
    "california_housing": [
        [16512, 8],
        "float32",
        [16512],
        "float32",
        [4128, 8],
        [4128],
        None,
        None,
    ],
}


def loaded(tmp_path: Path, *names: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(LOADS), *names],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        env={**os.environ, "HOME": str(tmp_path), "TMPDIR": str(tmp_path)},
    )
    assert done.returncode == 0, done.stderr
    shown: dict[str, Any] = json.loads(done.stdout)
    return shown


def test_each_data_set_is_of_its_true_shape_type_and_range(tmp_path: Path) -> None:
    shown = loaded(tmp_path, *TRUE)
    assert shown["used"] == [*TRUE]
    assert shown["remarks"][0] == "mnist is not on this machine: made-up data of its kind stand in"
    assert len(shown["remarks"]) == len(TRUE)
    assert shown["words"] == 88_584
    for key, value in shown.items():
        true = TRUE.get(key.partition(" ")[2])
        if true is None:
            continue
        for got, wanted in zip(value, true, strict=False):
            assert wanted is None or got == wanted, (key, value)


def test_data_that_are_there_are_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    said: list[Any] = []
    stand_ins = StandIns(said.append)
    module = ModuleType("keras.src.datasets.mnist")
    vars(module)["get_file"] = lambda fname, **_: f"the true {fname}"
    stand_ins.hooks()[module.__name__](module)
    (tmp_path / "datasets").mkdir()
    (tmp_path / "datasets" / "mnist.npz").touch()
    assert module.get_file("mnist.npz", origin="https://") == "the true mnist.npz"
    assert module.get_file("something else") == "the true something else"
    assert (stand_ins.used, said) == ([], [])
    (tmp_path / "datasets" / "mnist.npz").unlink()
    assert Path(module.get_file(fname="mnist.npz", origin="https://")).stat().st_size > 10_000_000
    assert stand_ins.used == ["mnist"]
