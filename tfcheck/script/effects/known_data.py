"""What is known of data sets that libraries bring along: sizes, columns and their ranges.

The figures of scikit-learn's own are recomputed by a test. Those of the California and the
Boston housing data are of the files that scikit-learn and Keras download.
"""

from __future__ import annotations

from typing import NamedTuple

from tfcheck.script.data import Range


class KnownTable(NamedTuple):
    """A table: its rows, its columns with their bounds, and what its target is."""

    rows: int
    columns: tuple[str, ...]
    ranges: tuple[Range, ...]
    labels: str
    classes: int | None = None


class KnownImages(NamedTuple):
    """A set of images of values 0 to 255, with integer labels."""

    shape: tuple[int, ...]
    train: int
    test: int
    classes: int


def _table(
    rows: int, labels: str, classes: int | None, **columns: tuple[float, float]
) -> KnownTable:
    ranges = tuple(Range(*bounds) for bounds in columns.values())
    return KnownTable(rows, tuple(columns), ranges, labels, classes)


SKLEARN: dict[str, KnownTable] = {
    "load_iris": KnownTable(
        150,
        (
            "sepal length (cm)",
            "sepal width (cm)",
            "petal length (cm)",
            "petal width (cm)",
        ),
        (
            Range(4.3, 7.9),
            Range(2, 4.4),
            Range(1, 6.9),
            Range(0.1, 2.5),
        ),
        "integer",
        3,
    ),
    "load_wine": KnownTable(
        178,
        (
            "alcohol",
            "malic_acid",
            "ash",
            "alcalinity_of_ash",
            "magnesium",
            "total_phenols",
            "flavanoids",
            "nonflavanoid_phenols",
            "proanthocyanins",
            "color_intensity",
            "hue",
            "od280/od315_of_diluted_wines",
            "proline",
        ),
        (
            Range(11.03, 14.83),
            Range(0.74, 5.8),
            Range(1.36, 3.23),
            Range(10.6, 30),
            Range(70, 162),
            Range(0.98, 3.88),
            Range(0.34, 5.08),
            Range(0.13, 0.66),
            Range(0.41, 3.58),
            Range(1.28, 13),
            Range(0.48, 1.71),
            Range(1.27, 4),
            Range(278, 1680),
        ),
        "integer",
        3,
    ),
    "load_breast_cancer": KnownTable(
        569,
        (
            "mean radius",
            "mean texture",
            "mean perimeter",
            "mean area",
            "mean smoothness",
            "mean compactness",
            "mean concavity",
            "mean concave points",
            "mean symmetry",
            "mean fractal dimension",
            "radius error",
            "texture error",
            "perimeter error",
            "area error",
            "smoothness error",
            "compactness error",
            "concavity error",
            "concave points error",
            "symmetry error",
            "fractal dimension error",
            "worst radius",
            "worst texture",
            "worst perimeter",
            "worst area",
            "worst smoothness",
            "worst compactness",
            "worst concavity",
            "worst concave points",
            "worst symmetry",
            "worst fractal dimension",
        ),
        (
            Range(6.981, 28.11),
            Range(9.71, 39.28),
            Range(43.79, 188.5),
            Range(143.5, 2501),
            Range(0.05263, 0.1634),
            Range(0.01938, 0.3454),
            Range(0, 0.4268),
            Range(0, 0.2012),
            Range(0.106, 0.304),
            Range(0.04996, 0.09744),
            Range(0.1115, 2.873),
            Range(0.3602, 4.885),
            Range(0.757, 21.98),
            Range(6.802, 542.2),
            Range(0.001713, 0.03113),
            Range(0.002252, 0.1354),
            Range(0, 0.396),
            Range(0, 0.05279),
            Range(0.007882, 0.07895),
            Range(0.0008948, 0.02984),
            Range(7.93, 36.04),
            Range(12.02, 49.54),
            Range(50.41, 251.2),
            Range(185.2, 4254),
            Range(0.07117, 0.2226),
            Range(0.02729, 1.058),
            Range(0, 1.252),
            Range(0, 0.291),
            Range(0.1565, 0.6638),
            Range(0.05504, 0.2075),
        ),
        "integer",
        2,
    ),
    "load_diabetes": KnownTable(
        442,
        (
            "age",
            "sex",
            "bmi",
            "bp",
            "s1",
            "s2",
            "s3",
            "s4",
            "s5",
            "s6",
        ),
        (
            Range(-0.1072256316, 0.1107266755),
            Range(-0.0446416365, 0.0506801187),
            Range(-0.0902752959, 0.170555226),
            Range(-0.1123988025, 0.1320436167),
            Range(-0.1267806699, 0.1539137132),
            Range(-0.115613066, 0.1987879897),
            Range(-0.1023070505, 0.1811790604),
            Range(-0.0763945038, 0.1852344433),
            Range(-0.1260971208, 0.1335972819),
            Range(-0.1377672257, 0.1356118307),
        ),
        "continuous",
        None,
    ),
    "load_linnerud": KnownTable(
        20,
        (
            "Chins",
            "Situps",
            "Jumps",
        ),
        (
            Range(1, 17),
            Range(50, 251),
            Range(25, 250),
        ),
        "continuous",
        None,
    ),
}

# The 64 pixels of the digits, row by row: 0 to these.
_DIGITS = (
    0,
    8,
    16,
    16,
    16,
    16,
    16,
    15,
    2,
    16,
    16,
    16,
    16,
    16,
    16,
    12,
    2,
    16,
    16,
    16,
    16,
    16,
    16,
    8,
    1,
    15,
    16,
    16,
    16,
    16,
    15,
    1,
    0,
    14,
    16,
    16,
    16,
    16,
    14,
    0,
    4,
    16,
    16,
    16,
    16,
    16,
    16,
    6,
    8,
    16,
    16,
    16,
    16,
    16,
    16,
    13,
    1,
    9,
    16,
    16,
    16,
    16,
    16,
    16,
)
SKLEARN["load_digits"] = KnownTable(
    1797,
    tuple(f"pixel_{row}_{column}" for row in range(8) for column in range(8)),
    tuple(Range(0, highest) for highest in _DIGITS),
    "integer",
    10,
)

_BOSTON = _table(
    506,
    "continuous",
    None,
    CRIM=(0.00632, 88.9762),
    ZN=(0, 100),
    INDUS=(0.46, 27.74),
    CHAS=(0, 1),
    NOX=(0.385, 0.871),
    RM=(3.561, 8.78),
    AGE=(2.9, 100),
    DIS=(1.1296, 12.1265),
    RAD=(1, 24),
    TAX=(187, 711),
    PTRATIO=(12.6, 22),
    B=(0.32, 396.9),
    LSTAT=(1.73, 37.97),
)
SKLEARN["load_boston"] = _BOSTON
SKLEARN["fetch_california_housing"] = _table(
    20_640,
    "continuous",
    None,
    MedInc=(0.4999, 15.0001),
    HouseAge=(1, 52),
    AveRooms=(0.846154, 141.909091),
    AveBedrms=(0.333333, 34.066667),
    Population=(3, 35_682),
    AveOccup=(0.692308, 1_243.333333),
    Latitude=(32.54, 41.95),
    Longitude=(-124.35, -114.31),
)

KERAS_TABLES = {
    "boston_housing": _BOSTON,
    "california_housing": _table(
        20_640,
        "continuous",
        None,
        longitude=(-124.35, -114.31),
        latitude=(32.54, 41.95),
        housing_median_age=(1, 52),
        total_rooms=(2, 39_320),
        total_bedrooms=(1, 6_445),
        population=(3, 35_682),
        households=(1, 6_082),
        median_income=(0.4999, 15.0001),
    ),
}

KERAS_IMAGES = {
    "mnist": KnownImages((28, 28), 60_000, 10_000, 10),
    "fashion_mnist": KnownImages((28, 28), 60_000, 10_000, 10),
    "cifar10": KnownImages((32, 32, 3), 50_000, 10_000, 10),
    "cifar100": KnownImages((32, 32, 3), 50_000, 10_000, 100),
}

# Image sets of TensorFlow Datasets whose pixels are whole numbers from 0 to 255.
TFDS_IMAGES = {
    **KERAS_IMAGES,
    "kmnist": KnownImages((28, 28, 1), 60_000, 10_000, 10),
    "svhn_cropped": KnownImages((32, 32, 3), 73_257, 26_032, 10),
}

# Tables of numbers and of text that lie at a place of their own; None stands for text.
FILES: dict[str, dict[str, Range | None]] = {
    "stedy/Machine-Learning-with-R-datasets/master/insurance.csv": {
        "age": Range(18, 64),
        "sex": None,
        "bmi": Range(15.96, 53.13),
        "children": Range(0, 5),
        "smoker": None,
        "region": None,
        "charges": Range(1_121.8739, 63_770.42801),
    },
}

# Tables that are passed around as files under these names, whose values are small as they are.
SMALL_FILES = {
    "iris": Range(0.1, 7.9),
    "sonar": Range(0, 1),
    "ionosphere": Range(-1, 1),
    "banknote": Range(-13.8, 18),
}
