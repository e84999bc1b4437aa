"""The environment of a script: names from a table, so that no token is among them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

_ALLOWED = frozenset(
    """PATH LANG LANGUAGE TZ LD_LIBRARY_PATH DYLD_LIBRARY_PATH VIRTUAL_ENV CONDA_PREFIX
    KERAS_BACKEND TF_USE_LEGACY_KERAS TF_ENABLE_ONEDNN_OPTS TF_GPU_ALLOCATOR XLA_FLAGS
    CUDA_HOME CUDA_PATH PYTHONUTF8 PYTHONIOENCODING""".split()
)
_ALLOWED_BEGINNING = "LC_"

_SET = {
    "JOBLIB_MULTIPROCESSING": "0",  # its semaphores are files outside the copy
    "MPLBACKEND": "Agg",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONHASHSEED": "0",
    "PYTHONUNBUFFERED": "1",
    "TERM": "dumb",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_FORCE_GPU_ALLOW_GROWTH": "true",
    # Experiment trackers and model hubs do without their servers.
    "CLEARML_OFFLINE_MODE": "1",
    "COMET_AUTO_LOG_DISABLE": "1",
    "COMET_START_ONLINE": "0",
    "HF_DATASETS_OFFLINE": "1",
    "HF_HUB_OFFLINE": "1",
    "MLFLOW_TRACKING_URI": "file:mlruns",
    "NEPTUNE_MODE": "offline",
    "SWANLAB_MODE": "disabled",
    "TRANSFORMERS_OFFLINE": "1",
    "WANDB_MODE": "disabled",
}

_WITHOUT_GPU = {
    "CUDA_VISIBLE_DEVICES": "-1",
    "HIP_VISIBLE_DEVICES": "-1",
    "JAX_PLATFORMS": "cpu",
}

_THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
)
_MOST_THREADS = 4

_CACHES = {
    "KERAS_HOME": ".keras",
    "TFDS_DATA_DIR": "tensorflow_datasets",
    "SCIKIT_LEARN_DATA": "scikit_learn_data",
    "SEABORN_DATA": "seaborn-data",
    "NLTK_DATA": "nltk_data",
    "KAGGLEHUB_CACHE": ".cache/kagglehub",
    "HF_HUB_CACHE": ".cache/huggingface/hub",
}
"""Where libraries keep data that they once downloaded, by the variable that says it elsewhere."""

_OF_KERAS = ("datasets", "models")


def caches(around: Mapping[str, str]) -> dict[str, str]:
    """The caches that exist, by their variables."""
    home = Path.home()
    places = {name: around.get(name) or str(home / folder) for name, folder in _CACHES.items()}
    found = {name: place for name, place in places.items() if os.path.isdir(place)}
    if not any(os.path.isdir(os.path.join(places["KERAS_HOME"], each)) for each in _OF_KERAS):
        found.pop("KERAS_HOME", None)  # it holds no data, and Keras would make a folder for some
    return found


def furnish(home: Path, around: Mapping[str, str]) -> None:
    """Put into the script's home what Keras reads there: its configuration."""
    settings = Path(around.get("KERAS_HOME") or Path.home() / ".keras", "keras.json")
    if settings.is_file():
        (home / ".keras").mkdir()
        shutil.copyfile(settings, home / ".keras" / settings.name)


def environment(
    around: Mapping[str, str], home: Path, temporary: Path, gpu: bool
) -> dict[str, str]:
    """What a script that may use ``home`` and ``temporary`` sees of the variables ``around``."""
    allowed = {
        name: value
        for name, value in around.items()
        if name in _ALLOWED or name.startswith(_ALLOWED_BEGINNING)
    }
    threads = str(min(_MOST_THREADS, os.cpu_count() or 1))
    return {
        **allowed,
        **caches(around),
        **_SET,
        **({} if gpu else _WITHOUT_GPU),
        **dict.fromkeys(_THREADS, threads),
        "HOME": str(home),
        "TMPDIR": str(temporary),
    }
