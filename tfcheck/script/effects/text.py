"""Text and what it becomes: ids of words, counts, one-hot codes. Scale says nothing of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfcheck.script.data import Data, Scaling
from tfcheck.script.store import ObjectState
from tfcheck.script.values import Const, Value, integer

from .data_steps import source, step
from .registry import function, method

if TYPE_CHECKING:
    from tfcheck.script.calls import Call

_TOKENIZERS = (
    "keras.preprocessing.text.Tokenizer",
    "tensorflow_datasets.features.text.SubwordTextEncoder",
)


@function(
    "keras.preprocessing.text.one_hot",
    "keras.preprocessing.text.hashing_trick",
    "keras.preprocessing.text.text_to_word_sequence",
    "keras.preprocessing.sequence.skipgrams",
)
def _codes(call: Call) -> Value:
    return source(call.path.rpartition(".")[2], call.site, Scaling.NOT_NUMBERS)


@function("keras.utils.pad_sequences")
def _padded(call: Call) -> Value:
    """Rows of one length; of ids, where the sequences hold no vectors."""
    data = call.arg(0, "sequences")
    if not isinstance(data, Data) or data.scaling is not Scaling.NOT_NUMBERS:
        return source("pad_sequences", call.site, Scaling.NOT_NUMBERS)
    shape = (data.shape[0] if data.shape else None, integer(call.arg(1, "maxlen")))
    return step(data, "pad_sequences", call.site, Scaling.NOT_NUMBERS, shape=shape)


@function(*_TOKENIZERS)
def _tokenizer(call: Call) -> Value:
    config = dict(zip(("num_words",), call.args, strict=False)) | call.keywords
    state = ObjectState(_TOKENIZERS[0], config, call.site)
    return call.interpreter.store.allocate(state)


@method(
    _TOKENIZERS[0],
    "texts_to_sequences",
    "texts_to_matrix",
    "sequences_to_matrix",
    "texts_to_sequences_generator",
)
def _encoded(call: Call) -> Value:
    state = call.interpreter.store.state(call.receiver, ObjectState)
    settings = state.config if state is not None else {}
    what = f"Tokenizer.{call.method}"
    return source(what, call.site, Scaling.NOT_NUMBERS, settings=settings)


@method(_TOKENIZERS[0], "fit_on_texts", "fit_on_sequences")
def _fit_on_texts(call: Call) -> Value:
    return Const(None)
