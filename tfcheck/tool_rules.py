"""The findings that tfcheck itself makes, as rules: they can be named, ignored and explained."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from tfcheck.rule import Draft, OptionValue, Rule, Severity

if TYPE_CHECKING:
    from tfcheck.script import Script


def _made_by_the_engine(script: Script, options: Mapping[str, OptionValue]) -> Iterator[Draft]:
    return iter(())


SYNTAX_ERROR = Rule(
    code="TFC001",
    name="syntax-error",
    severity=Severity.NOTE,
    check=_made_by_the_engine,
    documentation="""A file or a cell does not parse, so nothing was read of it.

## What it does
Says where Python's own parser gives up, in its words. Of a notebook only the cell is lost: the
other cells are read as if it were empty. So they are of a script that was exported from one and
has marks of its cells, such as `# In[3]:` and `# %%`.

## Why is this bad?
What was not read was not checked. Python 2, templates and unfinished cells look like this, and
they are no defect of the training, so it is a note and never fails a run by default.

## Example
```python
import keras

print "Keras", keras.__version__
```

## Use instead
```python
import keras

print("Keras", keras.__version__)
```

## Fix safety
No fix.

## What it does not claim
That Python would not run the file: a newer version than the one that runs tfcheck may.

## References
- [Python: the grammar](https://docs.python.org/3/reference/grammar.html)
""",
)

UNUSED_IGNORE = Rule(
    code="TFC002",
    name="unused-ignore",
    severity=Severity.NOTE,
    check=_made_by_the_engine,
    documentation="""A comment ignores nothing, or cannot be understood.

## What it does
Reports `# tfcheck: ignore[...]` in all its forms, and `# noqa: TFC...`, where there was no finding
of the rule to ignore, where no rule has the name, and where a block is not closed.

## Why is this bad?
The defect was cured, or the line has moved; the comment stays and will hide the next one. It is a
note, because a change in tfcheck can bring it about as well as a change in the script.

## Example
```python
import keras

model = keras.Sequential([keras.layers.Dense(1)])
model.compile(optimizer="adam", loss="mse")  # tfcheck: ignore[bare-sgd]
```

## Use instead
```python
import keras

model = keras.Sequential([keras.layers.Dense(1)])
model.compile(optimizer="adam", loss="mse")
```

## Fix safety
No fix yet.

## What it does not claim
A comment about a rule that is not selected, and any comment in a file that was not read to its
end, may be of use and is not reported.

## References
- [How findings are ignored](https://tfcheck.readthedocs.io/suppression/)
""",
)

NOT_READ = Rule(
    code="TFC003",
    name="not-read",
    severity=Severity.NOTE,
    check=_made_by_the_engine,
    documentation="""A file, or a part of it, was not read.

## What it does
Says why: the file cannot be opened, or goes beyond what is followed (more than 200 brackets
inside one another, endless sums, more steps than the budget of a file allows).

## Why is this bad?
What was not read was not checked. It is a note and never fails a run by default.

## Example
Data that were written out as code, in thousands of terms or brackets.

## Use instead
A file of data beside the script that trains.

## Fix safety
No fix.

## What it does not claim
That anything is wrong with the code.

## References
- [Python: the limits of its parser](https://docs.python.org/3/reference/expressions.html)
""",
)

TOOL_RULES = (SYNTAX_ERROR, UNUSED_IGNORE, NOT_READ)
