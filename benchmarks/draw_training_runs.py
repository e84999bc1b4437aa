"""Draw training calls at random from a folder of public repositories, to be judged by hand.

How accurate tfcheck is on real code is only known on code that was not chosen for it.  This
program looks through a folder that holds one sub-folder for each repository, finds the calls
that train (``.fit(``, ``.fit_generator(``, ``.train_on_batch(``) in every ``.py`` and ``.ipynb``
file that mentions Keras or TensorFlow, and draws some of them:

* evenly from strata, a stratum being a kind of repository (expert, course, ordinary, kaggle) and
  a source of data (``read_csv``, ``keras.datasets``, images, ``tf.data``, ``numpy-or-other``: the
  first of these, in this order, that the code of the file names);
* at most three from a repository, except from a collection of Kaggle kernels, where every file
  has another author;
* one from a file at most, and one from a set of copies: files of the same code, a script and a
  notebook of the same name in one repository, and files at the same path, two folders deep or
  more, in two repositories (forks);
* none from a file that ``--exclude`` names, nor from a copy of one.

Left out are test files, which train nothing that anybody wants, files that no longer parse as
Python 3, and calls that plainly train no Keras model: ``super().fit()``, and calls on something
that the file builds with scikit-learn, a boosting library, ``ImageDataGenerator`` or
``Tokenizer``.  No other call is filtered; the reviewer notes the ones that turn out not to be
Keras, so draw more than are needed.  Rows come in the order of the draw, and any first part of
them is as even over the strata as the whole.

How to run it::

    python benchmarks/draw_training_runs.py CORPUS_ROOT --repos repos.csv \\
        --exclude labels.csv --seed 20261124 --count 80 --output draws.csv

``CORPUS_ROOT`` holds a work tree for each repository in a folder named ``OWNER+NAME``; a second
version of the same repository is in ``OWNER+NAME__LABEL``.  A work tree may be partial: only the
files that are there take part, and the same seed over the same files draws the same calls.
``repos.csv`` has the columns ``repo``, ``commit`` and ``kind``; the row of a second version adds
a remark in parentheses to its ``repo``.  Folders without a row are passed over.  The files after
``--exclude`` have the columns ``repo`` and ``path``.

The output has the columns ``repo``, ``commit``, ``path``, ``cell``, ``line`` and ``stratum``, and
no source code.  ``cell`` counts all cells of a notebook from 1 and is empty for a script;
``line`` is where the name of the called method stands, in the cell for a notebook.
"""

from __future__ import annotations

import argparse
import ast
import csv
import hashlib
import json
import random
import re
import sys
import textwrap
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

TRAINING_METHODS = frozenset({"fit", "fit_generator", "train_on_batch"})

KINDS = frozenset({"expert", "course", "ordinary", "kaggle"})
COLLECTIONS_OF_KERNELS = frozenset({"kaggle"})
MOST_FROM_ONE_REPOSITORY = 3

# The first that a file names is its source, so the order matters.
DATA_SOURCES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("read_csv", ("read_csv",)),
    ("keras.datasets", ("keras.datasets", "keras import datasets")),
    (
        "images",
        (
            "ImageDataGenerator",
            "image_dataset_from_directory",
            "flow_from_directory",
            "flow_from_dataframe",
            "load_img",
            "cv2",
            "from PIL",
            "imread",
        ),
    ),
    ("tf.data", ("tf.data", "tensorflow_datasets", "TFRecord", "_dataset_from_directory")),
)
NO_SOURCE_FOUND = "numpy-or-other"

# Libraries whose objects have a fit() that trains no Keras model.
OTHER_LIBRARIES = frozenset(
    {
        "catboost",
        "category_encoders",
        "fbprophet",
        "imblearn",
        "lightgbm",
        "prophet",
        "pyspark",
        "sklearn",
        "statsmodels",
        "umap",
        "xgboost",
    }
)
PREPARING_CLASSES = frozenset({"ImageDataGenerator", "Tokenizer"})

PYTHON_CELL_MAGICS = frozenset({"capture", "prun", "time", "timeit"})
CELL_MAGIC = re.compile(r"\s*%%\s*(\w+)")
MAGIC_LINE = re.compile(r"(?P<indent>\s*)(?:[\w.,\s]+=\s*)?(?:%{1,2}[A-Za-z]|!|\?)")
HELP_LINE = re.compile(r"(?P<indent>\s*)[\w.]+\?{1,2}\s*$")


@dataclass(frozen=True)
class Repository:
    name: str
    commit: str
    kind: str
    folder: Path


@dataclass(frozen=True)
class Place:
    """Where a training call stands: the cell is None in a script."""

    cell: int | None
    line: int


@dataclass(frozen=True)
class Block:
    """A script, or one code cell of a notebook."""

    cell: int | None
    text: str


@dataclass(frozen=True)
class TrainingFile:
    repository: Repository
    path: str
    source: str
    calls: tuple[Place, ...]
    copy_keys: frozenset[str]

    @property
    def stratum(self) -> str:
        return f"{self.repository.kind}/{self.source}"


@dataclass(frozen=True)
class Draw:
    file: TrainingFile
    place: Place


# Reading files


def read_blocks(path: Path) -> list[Block]:
    """The code of a script or a notebook; raises ValueError where there is none to be had."""
    text = path.read_bytes().decode("utf-8-sig", errors="replace")
    if path.suffix != ".ipynb":
        return [Block(None, text)]
    return list(_code_cells(json.loads(text)))


def _code_cells(notebook: object) -> Iterator[Block]:
    if not isinstance(notebook, dict):
        raise ValueError("no notebook")
    cells = notebook.get("cells")
    if cells is None:  # format 3 kept its cells in worksheets
        cells = [cell for sheet in notebook.get("worksheets") or () for cell in sheet["cells"]]
    for number, cell in enumerate(cells, start=1):
        if cell.get("cell_type") != "code":
            continue
        source = cell.get("source", cell.get("input", ""))
        yield Block(number, "".join(source) if isinstance(source, list) else str(source))


def parse(block: Block) -> ast.Module | None:
    """The syntax tree of a block, with magics blanked out; None if it is no Python 3."""
    for text in (block.text, textwrap.dedent(block.text), without_magics(block.text)):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
    return None


def without_magics(text: str) -> str:
    """The text with IPython's own lines replaced by ``pass``; line numbers stay."""
    lines = textwrap.dedent(text).split("\n")
    first = next((index for index, line in enumerate(lines) if line.strip()), 0)
    cell_magic = CELL_MAGIC.match(lines[first])
    if cell_magic and cell_magic[1] not in PYTHON_CELL_MAGICS:
        return ""
    cleaned = []
    continues = False
    for line in lines:
        magic = MAGIC_LINE.match(line) or HELP_LINE.match(line)
        if continues:
            cleaned.append("")
        elif magic:
            cleaned.append(magic["indent"] + "pass")
        else:
            cleaned.append(line)
        continues = (continues or magic is not None) and line.rstrip().endswith("\\")
    return textwrap.dedent("\n".join(cleaned))


# Finding the calls


def training_calls(blocks: Sequence[Block]) -> list[Place]:
    trees = [(block.cell, tree) for block in blocks if (tree := parse(block)) is not None]
    nodes = [(cell, node) for cell, tree in trees for node in ast.walk(tree)]
    strangers = names_of_other_libraries(node for _, node in nodes)
    owners = things_that_are_no_model((node for _, node in nodes), strangers)
    places = []
    for cell, node in nodes:
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if node.func.attr not in TRAINING_METHODS:
            continue
        receiver = node.func.value
        if dotted_name(receiver) in owners or builds_no_model(receiver, strangers):
            continue
        places.append(Place(cell, node.func.end_lineno or node.lineno))
    return sorted(set(places), key=lambda place: (place.cell or 0, place.line))


def names_of_other_libraries(nodes: Iterable[ast.AST]) -> frozenset[str]:
    """The names that the file imports from libraries whose models are no Keras models."""
    names = set(PREPARING_CLASSES)
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                root = alias.name.split(".")[0]
                if root in OTHER_LIBRARIES:
                    names.add(alias.asname or root)
        elif (
            isinstance(node, ast.ImportFrom)
            and (node.module or "").split(".")[0] in OTHER_LIBRARIES
        ):
            names.update(alias.asname or alias.name for alias in node.names)
    return frozenset(names)


def things_that_are_no_model(nodes: Iterable[ast.AST], strangers: frozenset[str]) -> frozenset[str]:
    """The variables to which every assignment gives something that is no Keras model."""
    every: Counter[str] = Counter()
    strange: Counter[str] = Counter()
    for node in nodes:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if name := dotted_name(target):
                    every[name] += 1
                    strange[name] += builds_no_model(node.value, strangers)
    return frozenset(name for name, count in every.items() if strange[name] == count)


def builds_no_model(node: ast.expr, strangers: frozenset[str]) -> bool:
    """Whether an expression such as ``StandardScaler()`` or ``super()`` is no Keras model."""
    if not isinstance(node, ast.Call):
        return False
    name = dotted_name(node.func)
    if name is None:  # StandardScaler().set_params(...)
        return isinstance(node.func, ast.Attribute) and builds_no_model(node.func.value, strangers)
    parts = name.split(".")
    return name == "super" or parts[0] in strangers or parts[-1] in PREPARING_CLASSES


def dotted_name(node: ast.expr) -> str | None:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (before := dotted_name(node.value)):
        return f"{before}.{node.attr}"
    return None


def data_source(code: str) -> str:
    for source, words in DATA_SOURCES:
        if any(word in code for word in words):
            return source
    return NO_SOURCE_FOUND


# Looking through the corpus


def repositories(root: Path, listing: Path) -> list[Repository]:
    """The folders under root that the listing knows, in the order of their names."""
    rows: dict[tuple[str, bool], dict[str, str]] = {}
    with listing.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            name, space, _ = row["repo"].partition(" (")
            rows[name, bool(space)] = row
    found = []
    for folder in sorted(root.iterdir(), key=lambda path: path.name):
        name = folder.name.replace("+", "/", 1)
        base, label, _ = name.partition("__")
        row_or_none = rows.get((name, False)) or rows.get((base, bool(label)))
        if row_or_none is None or not folder.is_dir():
            continue
        if row_or_none["kind"] not in KINDS:
            raise ValueError(f"{listing}: {name} is of no known kind: {row_or_none['kind']!r}")
        found.append(Repository(name, row_or_none["commit"], row_or_none["kind"], folder))
    return found


def is_test(path: PurePosixPath) -> bool:
    name = path.stem.lower()
    in_tests = any(part.lower() in {"test", "tests", "testing"} for part in path.parts[:-1])
    return in_tests or name.startswith("test_") or name.endswith(("_test", "_tests"))


def copy_keys(repository: str, path: PurePosixPath, code: str) -> frozenset[str]:
    """What two copies of a file have in common; see the module's docstring."""
    squeezed = "".join(code.split())
    keys = {
        f"code {hashlib.sha256(squeezed.encode('utf-8', 'replace')).hexdigest()}",
        f"name {repository} {path.stem.lower()}",
    }
    if len(path.parts) > 2:
        keys.add(f"path {path}")
    return frozenset(keys)


def training_files(repository: Repository) -> Iterator[TrainingFile]:
    for path in sorted(repository.folder.rglob("*")):
        if path.suffix not in {".py", ".ipynb"} or path.is_symlink() or not path.is_file():
            continue
        relative = PurePosixPath(path.relative_to(repository.folder).as_posix())
        if is_test(relative) or ".ipynb_checkpoints" in relative.parts:
            continue
        try:
            blocks = read_blocks(path)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            continue  # not a notebook
        code = "\n".join(block.text for block in blocks)
        if "keras" not in code and "tensorflow" not in code:
            continue
        if calls := training_calls(blocks):
            yield TrainingFile(
                repository,
                str(relative),
                data_source(code),
                tuple(calls),
                copy_keys(repository.name, relative, code),
            )


def files_to_leave_out(listings: Iterable[Path]) -> frozenset[tuple[str, str]]:
    left_out: set[tuple[str, str]] = set()
    for listing in listings:
        with listing.open(encoding="utf-8", newline="") as lines:
            left_out.update((row["repo"], row["path"]) for row in csv.DictReader(lines))
    return frozenset(left_out)


# Drawing


def draw(
    files: Iterable[TrainingFile],
    count: int,
    seed: int,
    leave_out: frozenset[tuple[str, str]] = frozenset(),
) -> list[Draw]:
    """Up to ``count`` draws: round after round, one from each stratum that has any left."""
    pools: dict[str, list[TrainingFile]] = defaultdict(list)
    taken: set[str] = set()
    for file in files:
        if (file.repository.name, file.path) in leave_out:
            taken |= file.copy_keys
        else:
            pools[file.stratum].append(file)
    chance = random.Random(seed)
    for stratum in sorted(pools):
        chance.shuffle(pools[stratum])
    from_repository: Counter[str] = Counter()
    draws: list[Draw] = []
    while any(pools.values()):
        for stratum in chance.sample(sorted(pools), len(pools)):
            while pools[stratum]:
                file = pools[stratum].pop()
                repository = file.repository
                full = from_repository[repository.name] >= MOST_FROM_ONE_REPOSITORY
                if full and repository.kind not in COLLECTIONS_OF_KERNELS:
                    continue
                if file.copy_keys & taken:
                    continue
                taken |= file.copy_keys
                from_repository[repository.name] += 1
                draws.append(Draw(file, chance.choice(file.calls)))
                if len(draws) == count:
                    return draws
                break
    return draws


def write(draws: Iterable[Draw], output: Path) -> None:
    with output.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines, lineterminator="\n")
        writer.writerow(("repo", "commit", "path", "cell", "line", "stratum"))
        for one in draws:
            repository = one.file.repository
            cell = "" if one.place.cell is None else one.place.cell
            writer.writerow(
                (
                    repository.name,
                    repository.commit,
                    one.file.path,
                    cell,
                    one.place.line,
                    one.file.stratum,
                )
            )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("corpus_root", type=Path, help="folder of the OWNER+NAME folders")
    parser.add_argument("--repos", type=Path, required=True, help="csv of repo, commit, kind")
    parser.add_argument(
        "--exclude",
        type=Path,
        action="append",
        default=[],
        help="csv of repo, path: files that are not drawn; may be given more than once",
    )
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args(arguments)
    if options.count < 1:
        parser.error("--count must be at least 1")
    if not options.corpus_root.is_dir():
        parser.error(f"{options.corpus_root} is no folder")

    found = [
        file
        for repository in repositories(options.corpus_root, options.repos)
        for file in training_files(repository)
    ]
    draws = draw(found, options.count, options.seed, files_to_leave_out(options.exclude))
    write(draws, options.output)

    population = Counter(file.stratum for file in found)
    drawn = Counter(one.file.stratum for one in draws)
    for stratum in sorted(population):
        print(f"{stratum:28}{drawn[stratum]:4} of {population[stratum]:5} files", file=sys.stderr)
    calls = sum(len(file.calls) for file in found)
    print(f"{len(draws)} drawn; {len(found)} files, {calls} calls seen", file=sys.stderr)
    return 0 if len(draws) == options.count else 1


if __name__ == "__main__":
    sys.exit(main())
