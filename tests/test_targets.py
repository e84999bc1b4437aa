"""Which Keras and TensorFlow a script is meant for, and where that is said."""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import dedent

import pytest
from conftest import Command, Write

from tfcheck.config import Configuration
from tfcheck.source import read_source
from tfcheck.targets import NEWEST, Finder, Targets


def targets(folder: Path, files: dict[str, str], script: str = "work/train.py") -> Targets:
    for name, text in {script: "import keras\n", **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text))
    path = folder / script
    settings = Configuration().of(str(path.parent))
    return Finder().of(read_source(path), settings.target_keras, settings.target_tensorflow)


@pytest.mark.parametrize(
    "line, keras, tensorflow",
    [
        ("tensorflow==2.10.1", (2, 10), (2, 10)),
        ("tensorflow-gpu==1.15", (2, 3), (1, 15)),
        ("tensorflow<2.16  # Keras 2", (2, 15), (2, 15)),
        ("tensorflow~=2.8.0", (2, 8), (2, 8)),
        ("Keras==2.2.4", (2, 2), (1, 15)),
        ("keras<3", (2, 15), (2, 15)),
        ("keras>=2.4", None, None),
        ("keras[extra] >= 3.0, < 3.4", (3, 3), None),
        ("tensorflow>=2.16", None, None),
        ("tensorflow", None, None),
        ("tensorflow==what", None, None),
        ("not-tensorflow==1.0", None, None),
    ],
)
def test_requirements(
    tmp_path: Path,
    line: str,
    keras: tuple[int, int] | None,
    tensorflow: tuple[int, int] | None,
) -> None:
    found = targets(tmp_path, {"work/requirements.txt": f"numpy\n{line}\n"})
    # What comes after the newest release that there is is as good as the newest.
    known = (found.keras and min(found.keras, keras or found.keras), found.tensorflow)
    assert known == (keras, tensorflow)


@pytest.mark.parametrize(
    "name, text",
    [
        ("pyproject.toml", '[project]\ndependencies = ["tensorflow==2.5.0"]\n'),
        ("pyproject.toml", '[project.optional-dependencies]\ntf = ["tensorflow==2.5"]\n'),
        ("pyproject.toml", '[dependency-groups]\ntf = ["tensorflow==2.5"]\n'),
        ("pyproject.toml", '[tool.poetry.dependencies]\ntensorflow = "~2.5"\n'),
        ("pyproject.toml", '[tool.poetry.dependencies]\ntensorflow = "2.5.0"\n'),
        ("pyproject.toml", '[tool.poetry.group.tf.dependencies]\ntensorflow = ">=2.2,<2.6"\n'),
        ("Pipfile", '[packages]\ntensorflow = {version = "==2.5.*"}\n'),
        ("setup.cfg", "[options]\ninstall_requires =\n    tensorflow==2.5.0\n"),
        ("setup.py", 'setup(install_requires=["numpy", "tensorflow==2.5.0"])\n'),
        ("environment.yml", "dependencies:\n  - tensorflow=2.5\n"),
        ("environment.yml", "dependencies:\n  - tensorflow=2.5.0=gpu_py37\n"),
        ("environment.yaml", "dependencies:\n  - pip:\n    - tensorflow==2.5.0\n"),
        ("requirements-dev.txt", "tensorflow==2.5\n"),
        ("requirements.txt", "tf-nightly==2.5.0.dev20210101\n"),
        ("Dockerfile", "FROM python:3.8\nRUN pip install numpy \\\n  tensorflow==2.5.0\n"),
        ("Dockerfile", "FROM tensorflow/tensorflow:2.5.0-gpu AS base\n"),
        ("Dockerfile", "FROM registry.example/tensorflow-training:2.5.1-gpu-py37\n"),
        ("Dockerfile", "ARG TAG=2.5.0\nFROM tensorflow/tensorflow:${TAG}-gpu\n"),
        ("Dockerfile", "FROM x\nRUN pip install tensorflow==2.5; pip install tensorflow-hub\n"),
        ("Dockerfile", "FROM python:3.8-slim\nRUN pip install tensorflow<2.6\n"),
        ("dockerfile", "FROM x\nENV V 2.5\nRUN apt install y && pip3 install tensorflow==$V\n"),
        ("gpu.Dockerfile", "FROM x\nRUN pip install 'tensorflow[and-cuda]==2.5.0'\n"),
        ("Dockerfile.gpu", "FROM tensorflow/tensorflow:2.5.0\n"),
    ],
)
def test_every_kind_of_dependency_file(tmp_path: Path, name: str, text: str) -> None:
    assert targets(tmp_path, {name: text}) == Targets((2, 5), (2, 5))


@pytest.mark.parametrize(
    "text, tensorflow",
    [
        ("# FROM tensorflow/tensorflow:1.15.0\nFROM tensorflow/tensorflow:2.5.0\n", (2, 5)),
        ("FROM tensorflow/tensorflow:latest-gpu\n", None),
        ("FROM tensorflow/serving:2.5.0\n", (2, 9)),
        # The last TensorFlow for Python 3.6 is 2.6.
        ("FROM python:3.6\nRUN pip install tensorflow\n", (2, 6)),
        ("FROM x\nRUN echo tensorflow==1.15\n", (2, 9)),
        ('FROM x\nRUN if [[ $P == "tensorflow==1.1" ]]; then pip install wheel; fi\n', (2, 9)),
    ],
)
def test_what_of_a_dockerfile_counts(
    tmp_path: Path, text: str, tensorflow: tuple[int, int] | None
) -> None:
    """Comments, other images and what is only compared install nothing."""
    files = {"requirements.txt": "tensorflow==2.9\n", "work/Dockerfile": text}
    assert targets(tmp_path, files).tensorflow == tensorflow


@pytest.mark.parametrize(
    "line", ["FROM tensorflow/tensorflow:$V", "RUN pip install tensorflow==$V"]
)
def test_of_a_version_that_is_given_to_docker_nothing_is_known(tmp_path: Path, line: str) -> None:
    assert targets(tmp_path, {"Dockerfile": f"ARG V\n{line}\n"}).tensorflow == (0, 0)


@pytest.mark.parametrize(
    "launch, tensorflow",
    [
        ("TensorFlow(entry_point='train.py', framework_version='1.15.2')", (1, 15)),
        ("TensorFlow(entry_point='t.py', image_uri=f'{x}/tensorflow-training:2.3.1-gpu')", (2, 3)),
        ("TensorFlow(entry_point='train.py')", (2, 9)),
    ],
)
def test_a_job_that_a_notebook_starts_says_what_it_runs_with(
    tmp_path: Path, launch: str, tensorflow: tuple[int, int]
) -> None:
    """The script is made for the container, whatever the newest Keras would say of it."""
    source = f"from sagemaker.tensorflow import TensorFlow\n{launch}"
    files = {
        "requirements.txt": "tensorflow==2.9\n",
        "work/launch.ipynb": json.dumps({"cells": [{"cell_type": "code", "source": source}]}),
    }
    assert targets(tmp_path, files, "work/source/train.py").tensorflow == tensorflow


@pytest.mark.parametrize(("folder", "tensorflow"), [("source", (2, 2)), ("other", None)])
def test_a_job_counts_for_the_folder_that_it_names(
    tmp_path: Path, folder: str, tensorflow: tuple[int, int] | None
) -> None:
    """What else the folder asks for is installed in the container of the job."""
    source = "import sagemaker\nTensorFlow(entry_point='t.py', source_dir='source', "
    cells = [{"cell_type": "code", "source": source + "framework_version='2.2')"}]
    files = {"launch.ipynb": json.dumps({"cells": cells}), f"{folder}/requirements.txt": "keras\n"}
    assert targets(tmp_path, files, f"{folder}/t.py").tensorflow == tensorflow


@pytest.mark.parametrize(
    "line, tensorflow",
    [
        ("import tensorflow_addons as tfa", (2, 15)),
        ("from keras_contrib.layers import CRF", (2, 15)),
        ("try:\n    import tensorflow_addons\nexcept ImportError: pass", None),
    ],
)
def test_what_cannot_be_imported_beside_keras_3(
    tmp_path: Path, line: str, tensorflow: tuple[int, int] | None
) -> None:
    """The last TensorFlow that both packages were made for is 2.15."""
    found = targets(tmp_path, {"requirements.txt": "tensorflow\n", "work/train.py": line})
    assert found.tensorflow == tensorflow


@pytest.mark.parametrize(
    "item, keras",
    [
        ("* Keras 2.0.5", (2, 0)),
        ("  - keras v2.0.5", (2, 0)),
        ("* Keras ~~1.2.2~~ 2.0.5", (2, 0)),
        ("* [Keras v2.0](https://example.org/1.0)", (2, 0)),
        # Only the least that there has to be, and prose.
        ("* Keras 2.0.5 or higher", None),
        ("* Keras 2.0.5 and TensorFlow 1.2.1 are supported", None),
        ("Keras 2.0.5", None),
    ],
)
def test_a_readme_that_lists_what_is_required(
    tmp_path: Path, item: str, keras: tuple[int, int] | None
) -> None:
    readme = {"README.md": f"# Requirements\n\n{item}\n"}
    assert targets(tmp_path / "alone", readme).keras == keras
    other = {**readme, "requirements.txt": "keras==2.9\n"}
    assert targets(tmp_path / "beside", other).keras == (2, 9)


def test_a_caret_goes_up_to_the_next_major_version(tmp_path: Path) -> None:
    files = {"pyproject.toml": '[tool.poetry.dependencies]\nkeras = "^2.4"\n'}
    found = targets(tmp_path, files)
    assert found.keras is not None
    assert found.keras < (3, 0)


def test_the_nearest_file_that_names_a_library_counts(tmp_path: Path) -> None:
    files = {
        "requirements.txt": "tensorflow==1.15\n",
        "work/requirements.txt": "tensorflow==2.5\n",
        "work/deep/requirements.txt": "numpy==1.0\n",
    }
    assert targets(tmp_path, files, "work/deep/train.py").tensorflow == (2, 5)


def test_what_lies_above_the_root_of_the_project_does_not_count(tmp_path: Path) -> None:
    files = {"requirements.txt": "tensorflow==1.15\n", "work/setup.cfg": "[metadata]\n"}
    assert targets(tmp_path, files) == NEWEST


def test_of_two_files_the_older_counts(tmp_path: Path) -> None:
    files = {
        "work/requirements.txt": "tensorflow==2.12\n",
        "work/requirements-gpu.txt": "tensorflow-gpu==2.9\n",
    }
    assert targets(tmp_path, files).tensorflow == (2, 9)


@pytest.mark.parametrize(
    "cell, tensorflow",
    [
        ("!pip install -q tensorflow==2.3", (2, 3)),
        ("%pip install 'tensorflow-gpu==2.3.0' numpy", (2, 3)),
        ("!pip install numpy && pip3 install tensorflow==2.3", (2, 3)),
        ("!pip install tensorflow-datasets==2.3", (2, 9)),
        ("!pip install tensorflow", None),
        ("# !pip install tensorflow==2.3", (2, 9)),
        ("%tensorflow_version 1.x", (1, 59)),
        # What Colab has anyway, and a package of another name that comes from an address.
        ("%tensorflow_version 2.x", (2, 9)),
        ("!pip install -q git+https://github.com/tensorflow/docs", (2, 9)),
    ],
)
def test_a_notebook_that_installs_says_it_itself(
    tmp_path: Path, cell: str, tensorflow: tuple[int, int] | None
) -> None:
    cells = [{"cell_type": "code", "source": f"{cell}\nimport keras"}]
    notebook = json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    files = {"work/requirements.txt": "tensorflow==2.9\n", "work/train.ipynb": notebook}
    assert targets(tmp_path, files, "work/train.ipynb").tensorflow == tensorflow


def test_numpy_alone_says_nothing_of_keras(tmp_path: Path) -> None:
    files = {
        "requirements.txt": "tensorflow>=2.16\nnumpy==1.23.5\n",
        "work/requirements.txt": "numpy==1.20\n",
    }
    assert targets(tmp_path, files) == Targets(numpy=(1, 23))


def test_the_configuration_is_above_all(tmp_path: Path) -> None:
    files = {
        "work/tfcheck.toml": 'target-keras = "3"\n',
        "work/requirements.txt": "tensorflow==1.15\n",
    }
    found = targets(tmp_path, files)
    assert found.keras is not None
    assert found.keras > (3, 15)
    assert found.tensorflow is None


def test_keras_2_may_stand_in_for_tf_keras(tmp_path: Path) -> None:
    switch = {"work/train.py": "import os\nos.environ['TF_USE_LEGACY_KERAS'] = '1'\n"}
    assert targets(tmp_path, switch).legacy
    assert targets(tmp_path / "other", {"work/requirements.txt": "tf-keras\n"}).legacy


def test_settings_that_are_shown_bring_the_same_about(write: Write, tfcheck: Command) -> None:
    write({"tfcheck.toml": 'target-keras = "3"\ntarget-tensorflow = "2.16"\n'})
    shown = tfcheck("--show-settings").out
    write({"tfcheck.toml": shown})
    assert tfcheck("--show-settings").out == shown
    assert 'target-tensorflow = "2.16"' in shown


@pytest.mark.parametrize("value", ['"new"', "3", '""'])
def test_a_target_is_a_version(write: Write, tfcheck: Command, value: str) -> None:
    write({"tfcheck.toml": f"target-keras = {value}\n", "train.py": "import keras\n"})
    result = tfcheck("train.py")
    assert result.code == 2
    assert "'target-keras' must be a version such as \"2.15\"" in result.err
