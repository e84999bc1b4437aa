"""Text and what it becomes: ids of words, counts, one-hot codes. Scale says nothing of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfcheck.script.data import Scaling
from tfcheck.script.store import ObjectState
from tfcheck.script.values import Const, Value

from .data_steps import source
from .registry import function, method

if TYPE_CHECKING:
    from tfcheck.script.calls import Call

_TOKENIZERS = (
    "keras.preprocessing.text.Tokenizer",
    "tensorflow_datasets.features.text.SubwordTextEncoder",
)


@function(
    "keras.utils.pad_sequences",
    "keras.preprocessing.text.one_hot",
    "keras.preprocessing.text.hashing_trick",
    "keras.preprocessing.text.text_to_word_sequence",
    "keras.preprocessing.sequence.skipgrams",
)
def _codes(call: Call) -> Value:
    return source(call.path.rpartition(".")[2], call.site, Scaling.NOT_NUMBERS)


@function(*_TOKENIZERS)
def _tokenizer(call: Call) -> Value:
    state = ObjectState(_TOKENIZERS[0], dict(call.keywords), call.site)
    return call.interpreter.store.allocate(state)


@method(
    _TOKENIZERS[0],
    "texts_to_sequences",
    "texts_to_matrix",
    "sequences_to_matrix",
    "texts_to_sequences_generator",
)
def _encoded(call: Call) -> Value:
    return source(f"Tokenizer.{call.method}", call.site, Scaling.NOT_NUMBERS)


@method(_TOKENIZERS[0], "fit_on_texts", "fit_on_sequences")
def _fit_on_texts(call: Call) -> Value:
    return Const(None)
