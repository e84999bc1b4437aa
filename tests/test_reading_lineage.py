"""What is read of the rows behind data, and of what a model is held against."""

from __future__ import annotations

import pytest
from reading import script_of

from tfcheck.script import Script
from tfcheck.script.data import Data
from tfcheck.script.held_out import held_out
from tfcheck.script.lineage import arrays, covers, made_of, over_all_rows, pieces, steps

BEFORE = """\
import keras, numpy as np, pandas as pd
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
df = pd.read_csv("a.csv")
"""


def read(code: str) -> Script:
    return script_of(BEFORE + code)


def last(code: str) -> Data:
    """The data of the last call."""
    (data,) = arrays(read(code).uses[-1].args[0])
    return data


def names(data: Data) -> list[str]:
    return [step.what for step in over_all_rows(data)]


@pytest.mark.parametrize(
    ("code", "whole"),
    [
        ("np.array([e / 2 for e in df.values])", False),
        ("np.array([w for w in [(df.values / 2)[:9], (df.values / 2)[9:]]])", True),
        ("np.concatenate([df / 2, df])", False),
        ("np.concatenate([df / 2, df], axis=1)", True),
        ("pd.concat([df / 2, df])", False),
        ("pd.concat([df / 2, df], axis=1)", True),
    ],
)
def test_steps_that_saw_all_rows(code: str, whole: bool) -> None:
    data = last(f"len({code})")
    assert "x / 2" in [step.what for step in made_of(data)]
    assert ("x / 2" in names(data)) is whole


@pytest.mark.parametrize(
    ("code", "rows"),
    [
        ("df[['a', 'b']]", True),
        ("df['a'].values.reshape(-1, 1)", True),
        ("df.iloc[:, 1:]", True),
        ("df.values[:, 1:]", True),
        ("df.iloc[:9]", False),
        ("df.values[:9]", False),
        ("df[df.a > 1]", False),
        ("df.head()", False),
    ],
)
def test_columns_of_a_table_have_all_its_rows(code: str, rows: bool) -> None:
    script = read(f"print(df)\nlen({code})")
    whole, part = (next(arrays(use.args[0])) for use in script.uses if use.name in ("print", "len"))
    assert covers(part, {id(whole)}) is rows


def test_a_column_that_is_no_longer_there_is_not_behind_the_table() -> None:
    code = "df['a'] = StandardScaler().fit_transform(df[['a']])\nlen({})"
    assert any(step.fitted_on for step in made_of(last(code.format("df"))))
    assert not any(step.fitted_on for step in made_of(last(code.format("df.drop(columns='a')"))))


def test_only_what_is_split_first_is_a_whole() -> None:
    script = read("a, b = train_test_split(df)\nc, d = train_test_split(a)")
    (piece,) = pieces(steps(script.uses))
    assert (piece.whole.what, piece.how) == ("read_csv", "train_test_split")


def test_what_a_model_is_held_against() -> None:
    script = read(
        """
x, y, t, u = (np.ones((4, 2)) for _ in range(4))
model, other = keras.Sequential([keras.layers.Dense(1)]), keras.Sequential()
model.compile(loss="mse")
model.evaluate(x, y)
model.fit(x, y, validation_data=(t, u))
model.evaluate(t, u)
model.predict(x)
other.predict(t)
model.fit(t, u)
model.evaluate(x, y)
"""
    )
    first, second = script.runs
    held = list(held_out(script, first))
    assert [each.how for each in held] == ["validation_data", "evaluate", "predict"]
    assert held[0].data is held[1].data
    assert held[2].data is first.arguments["x"]
    assert [each.how for each in held_out(script, second)] == ["evaluate"]
