"""Data sets that come with libraries, and what Keras does to labels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tfcheck.script.data import Data, Part, Range, Ranges, Scaling
from tfcheck.script.store import ObjectState
from tfcheck.script.values import Const, Tuple, Unknown, Value, constant, integer

from .array_sources import as_data
from .data_steps import source, step
from .known_data import KERAS_IMAGES, KERAS_TABLES, SKLEARN, KnownImages, KnownTable
from .registry import FUNCTIONS, function

if TYPE_CHECKING:
    from tfcheck.script.calls import Call

PIXELS = Ranges(Range(0, 255))


def _pair(train: tuple[Value, ...], test: tuple[Value, ...]) -> Tuple:
    return Tuple((Tuple(train), Tuple(test)))


# Keras


def _images(name: str, known: KnownImages) -> Any:
    # cifar's labels have an axis of their own.
    labels_shape: tuple[int, ...] = (1,) if name.startswith("cifar") else ()

    def load(call: Call) -> Value:
        def part(rows: int, role: str) -> tuple[Value, ...]:
            piece = Part(call.site, role)
            x = source(
                name,
                call.site,
                Scaling.RAW,
                shape=(rows, *known.shape),
                dtype="uint8",
                ranges=PIXELS,
                ground="data set",
                part=piece,
            )
            coarse = constant(call.arg(0, "label_mode")) == "coarse"
            y = source(
                f"{name}'s labels",
                call.site,
                Scaling.NOT_NUMBERS,
                shape=(rows, *labels_shape),
                dtype="uint8",
                ranges=Ranges(Range(0, known.classes - 1)),
                labels="integer",
                classes=20 if coarse else known.classes,
                part=piece,
            )
            return x, y

        return _pair(part(known.train, "train"), part(known.test, "test"))

    return load


def _tables(name: str, known: KnownTable) -> Any:
    def load(call: Call) -> Value:
        def part(role: str) -> tuple[Value, ...]:
            piece = Part(call.site, role)
            x = _features(name, known, call, part=piece)
            return x, _target(name, known, call, part=piece)

        return _pair(part("train"), part("test"))

    return load


def _features(name: str, known: KnownTable, call: Call, **facts: Any) -> Data:
    facts.setdefault("shape", (None, len(known.columns)))
    return source(
        name,
        call.site,
        Scaling.RAW,
        dtype="float64",
        ranges=Ranges.of_columns(known.ranges),
        columns=known.columns,
        ground="data set",
        **facts,
    )


def _target(name: str, known: KnownTable, call: Call, **facts: Any) -> Data:
    numbers = known.labels == "continuous"
    return source(
        f"{name}'s target",
        call.site,
        Scaling.RAW if numbers else Scaling.NOT_NUMBERS,
        labels=known.labels,
        classes=known.classes,
        **facts,
    )


def _ids(name: str, classes: int) -> Any:
    def load(call: Call) -> Value:
        limit = call.arg(1, "num_words")
        settings = {} if limit is None else {"num_words": limit}

        def part(role: str) -> tuple[Value, ...]:
            piece = Part(call.site, role)
            facts: dict[str, Any] = {"part": piece, "settings": settings}
            x = source(f"{name}'s word ids", call.site, Scaling.NOT_NUMBERS, **facts)
            y = source(
                f"{name}'s labels",
                call.site,
                Scaling.NOT_NUMBERS,
                labels="integer",
                classes=classes,
                part=piece,
            )
            return x, y

        return _pair(part("train"), part("test"))

    return load


for _name, _known_images in KERAS_IMAGES.items():
    FUNCTIONS[f"keras.datasets.{_name}.load_data"] = _images(_name, _known_images)
for _name, _known_table in KERAS_TABLES.items():
    FUNCTIONS[f"keras.datasets.{_name}.load_data"] = _tables(_name, _known_table)
FUNCTIONS["keras.datasets.imdb.load_data"] = _ids("imdb", 2)
FUNCTIONS["keras.datasets.reuters.load_data"] = _ids("reuters", 46)


# scikit-learn


def _bunch(name: str, known: KnownTable) -> Any:
    def load(call: Call) -> Value:
        form = "frame" if constant(call.arg(None, "as_frame")) is True else "array"
        fewer = call.arg(None, "n_class")
        rows = known.rows if fewer is None else None
        of_them = known if fewer is None else known._replace(classes=integer(fewer))
        x = _features(name, known, call, shape=(rows, len(known.columns)), form=form)
        several = (3,) if name == "load_linnerud" else ()
        y = _target(name, of_them, call, shape=(rows, *several))
        if constant(call.arg(None, "return_X_y")) is True or constant(call.arg(0)) is True:
            return Tuple((x, y))
        names = tuple(Const(each, call.site) for each in known.columns)
        config: dict[str, Value] = {"data": x, "target": y, "feature_names": Tuple(names)}
        return call.interpreter.store.allocate(ObjectState("sklearn.Bunch", config, call.site))

    return load


for _name, _known_table in SKLEARN.items():
    FUNCTIONS[f"sklearn.datasets.{_name}"] = _bunch(_name, _known_table)
    FUNCTIONS[f"sklearn.datasets.base.{_name}"] = _bunch(_name, _known_table)


@function(
    *(f"sklearn.datasets.make_{name}" for name in "moons circles classification blobs".split()),
    "sklearn.datasets.make_gaussian_quantiles",
)
def _made_classes(call: Call) -> Value:
    name = call.path.rpartition(".")[2]
    rows = integer(call.arg(0, "n_samples") or Const(100))
    two = name in ("make_moons", "make_circles")
    columns = 2 if two else integer(call.arg(1, "n_features") or Const(None))
    x = source(name, call.site, Scaling.SMALL, shape=(rows, columns), dtype="float64")
    classes = 2 if two else integer(call.arg(None, "n_classes", "centers"))
    y = source(
        f"{name}'s classes",
        call.site,
        Scaling.NOT_NUMBERS,
        shape=(rows,),
        labels="integer",
        classes=classes,
    )
    return Tuple((x, y))


@function("sklearn.datasets.make_regression", "sklearn.datasets.make_friedman1")
def _made_regression(call: Call) -> Value:
    name = call.path.rpartition(".")[2]
    rows = integer(call.arg(0, "n_samples") or Const(100))
    columns = integer(call.arg(1, "n_features") or Const(10 if "friedman" in name else 100))
    targets = integer(call.arg(None, "n_targets") or Const(1))
    x = source(name, call.site, Scaling.SMALL, shape=(rows, columns), dtype="float64")
    shape = (rows,) if targets == 1 else (rows, targets)
    y = source(f"{name}'s target", call.site, Scaling.RAW, shape=shape, labels="continuous")
    return Tuple((x, y))


# Labels


@function("keras.utils.to_categorical", "tensorflow.one_hot", "keras.ops.one_hot")
def _to_categorical(call: Call) -> Value:
    value = call.arg(0, "y", "x", "indices")
    given = call.arg(1, "num_classes", "nb_classes", "depth")
    data = as_data(call.interpreter, value, call.site) if value is not None else None
    if data is None:
        return value if isinstance(value, Unknown) else call.lost("codes of no array")
    size = integer(given)
    if given is None:
        size = data.classes if data.labels == "integer" else None
    rows = data.shape[:1] if data.shape else (None,)
    return step(
        data,
        "to_categorical" if call.path.endswith("categorical") else "one_hot",
        call.site,
        Scaling.NOT_NUMBERS,
        form="array" if data.form in ("frame", "series") else data.form,
        shape=(*rows, size),
        ranges=Ranges(Range(0, 1)),
        labels="one-hot",
        classes=size,
        assigned={},
    )


@function("keras.utils.normalize", "tensorflow.linalg.l2_normalize", "tensorflow.math.l2_normalize")
def _normalize(call: Call) -> Value:
    data = call.arg(0, "x")
    if not isinstance(data, Data):
        return data if isinstance(data, Unknown) else call.lost("it normalises no array")
    return step(data, "normalize", call.site, Scaling.SCALES, shape=data.shape)
