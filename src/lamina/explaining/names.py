"""What the numbers of an example are called, so that an explanation speaks of petals and pixels."""

from __future__ import annotations

import dataclasses

from lamina.arrays import Numpy
from lamina.data.columns import CategoryColumn, Column
from lamina.data.encoders import Encoder
from lamina.data.number_encoder import NumberEncoder
from lamina.data.passage_encoder import PassageEncoder
from lamina.data.picture_encoder import PictureEncoder
from lamina.data.series_encoder import SeriesEncoder
from lamina.data.sound_encoder import SoundEncoder
from lamina.data.table_encoder import TableEncoder
from lamina.data.text_columns import TokensColumn, WordsColumn
from lamina.data.text_encoder import TextEncoder
from lamina.data.tokenizer import Characters
from lamina.explaining.backward import written
from lamina.explaining.choosing import Chosen
from lamina.explaining.graph import EXAMPLE, Node
from lamina.explaining.neurons import Namer, Place, place_of
from lamina.explaining.rows import FRAME, FRAMED, where_from
from lamina.explaining.tracing import Trace
from lamina.layers.activations import Activation
from lamina.layers.attention import Attention, PositionalEmbedding, TransformerBlock
from lamina.layers.dense import Dense, Linear
from lamina.layers.dropout import Dropout
from lamina.layers.embedding import Embedding
from lamina.layers.feedback import Feedback
from lamina.layers.noise import Noise
from lamina.layers.normalization import BatchNorm, LayerNorm
from lamina.layers.plane_features import PlaneFeatures
from lamina.layers.recurrent import GRU, LSTM, Bidirectional, Recurrent
from lamina.layers.reshaping import Flatten, Pad2D, Reshape, Slice, UpSample2D
from lamina.layers.spectrograms import VarySpectrogram

PASSING = (Dropout, Noise, VarySpectrogram)
MOVING = (Flatten, Reshape, Slice, UpSample2D)
"""Layers through which names are looked up."""
STEPWISE = (
    *PASSING, Activation, Attention, BatchNorm, Bidirectional, Dense, Embedding, Feedback, GRU, LayerNorm, Linear, LSTM,
    PositionalEmbedding, Recurrent, TransformerBlock,
)  # fmt: skip
"""Layers after which a step still stands where it stood."""


def namer_of(trace: Trace, number: int, of_example: Namer, steps: tuple[str, ...] = ()) -> Namer:
    """The names of what a node takes; `steps` are those of its steps, where they have some."""
    source = trace.nodes[number].inputs[0]
    if source == EXAMPLE:
        return of_example
    node = trace.nodes[source]
    if node.kind == "layer" and isinstance(node.layer, PASSING):
        return namer_of(trace, source, of_example, steps)
    if node.kind == "layer" and isinstance(node.layer, PlaneFeatures):
        features = node.layer.features
        return lambda place: features[place[0]]
    if node.kind == "layer" and isinstance(node.layer, (*MOVING, Pad2D)):
        before, shape = namer_of(trace, source, of_example), trace.entering(source)[0].shape
        numbers = where_from(node.layer, shape)
        return lambda place: FRAMED if numbers[place] == FRAME else before(place_of(int(numbers[place]), shape))
    return lambda place: f"layer {node.name}, {_written(place, steps)}"


def _written(place: Place, steps: tuple[str, ...]) -> str:
    """A place, with the name of its step."""
    return f"{steps[place[0]]}, number {place[1]}" if steps and len(place) == 2 else written(place)


def at_word(trace: Trace, chosen: Chosen, steps: tuple[str, ...]) -> Chosen:
    """The chosen number, with the word of its step in its title; `steps` are those that its node takes."""
    if not _keeps_steps(trace.nodes[chosen.number]):
        return chosen
    before = chosen.title.removesuffix(written(chosen.place))
    return dataclasses.replace(chosen, title=before + _written(chosen.place, steps))


def example_namer(encoder: Encoder, example: Numpy | None = None) -> Namer:
    """The names of an encoded example's numbers; where the example is known, of a text the words that stand there.

    Example:
        >>> import lamina
        >>> model = lamina.train("iris", "mlp", epochs=1).model
        >>> example_namer(model.encoder)((2,))
        'petal length (cm)'
    """
    if isinstance(encoder, NumberEncoder):
        return lambda place: encoder.columns[place[0]]
    if isinstance(encoder, TableEncoder):
        names = _table_names(encoder, example)
        return lambda place: names[place[0]] if len(place) == 1 and place[0] < len(names) else plain(place)
    if isinstance(encoder, PictureEncoder):
        colors = (
            (" red", " green", " blue") if len(encoder.input_shape) == 3 and encoder.input_shape[-1] == 3 else ("",)
        )
        return lambda place: f"pixel ({place[0]}, {place[1]}){colors[place[2]]}"
    if isinstance(encoder, SoundEncoder):
        return lambda place: f"time {place[0]}, pitch {place[1]}" if len(place) > 1 else plain(place)
    if isinstance(encoder, SeriesEncoder):
        columns = encoder.columns
        return lambda place: (
            f"step {place[0]}, {columns[place[1]] if place[1] < len(columns) else 'calendar'}"
            if len(place) == 2 else plain(place)
        )  # fmt: skip
    if isinstance(encoder, TextEncoder | PassageEncoder) and example is not None:
        words = _words_at(encoder, example)
        return lambda place: words[place[0]]
    return plain


def _table_names(encoder: TableEncoder, example: Numpy | None) -> list[str]:
    names: list[str] = []
    for column in encoder.columns:
        if isinstance(column, TokensColumn) and example is not None:
            tokens = example[len(names) : len(names) + column.features]
            names += [f"{column.name}, {word}" for word in _words_at(column.encoder, tokens)]
        else:
            names += feature_names(column)
    return names


def step_names(trace: Trace, number: int, encoder: Encoder | None) -> tuple[str, ...]:
    """The words or characters of the steps that a node takes, where it takes a text step by step; else none."""
    if not isinstance(encoder, TextEncoder | PassageEncoder) or not _takes_steps(trace, number):
        return ()
    return tuple(_words_at(encoder, trace.example))


def _words_at(encoder: TextEncoder | PassageEncoder, tokens: Numpy) -> list[str]:
    """For each step of a text the word or character there."""
    texts = _entries(encoder)
    return [f"step {step}, {texts[token]}" for step, token in enumerate(tokens.astype(int).tolist())]


def _entries(encoder: TextEncoder | PassageEncoder) -> list[str]:
    """What each token stands for."""
    if isinstance(encoder, PassageEncoder):
        return ["no character of the training part", *map(repr, encoder.characters)]
    tokenizer = encoder.tokenizer
    own = [text if isinstance(tokenizer, Characters) else text[:-1] for text in tokenizer.vocabulary_texts()]
    return ["nothing, it only fills up", "not in the vocabulary", *map(repr, own)]


def _takes_steps(trace: Trace, number: int) -> bool:
    """Whether what a node takes stands where it stood in the example, step by step."""
    source = trace.nodes[number].inputs[0]
    while source != EXAMPLE and _keeps_steps(trace.nodes[source]):
        source = trace.nodes[source].inputs[0]
    return source == EXAMPLE


def _keeps_steps(node: Node) -> bool:
    """Whether a node's steps are those that it takes."""
    return node.kind == "sum" or isinstance(node.layer, STEPWISE)


def plain(place: Place) -> str:
    """input 3, or input (3, 4)."""
    return f"input {place[0]}" if len(place) == 1 else f"input ({', '.join(map(str, place))})"


def feature_names(column: Column) -> list[str]:
    """The names of the numbers that a column becomes.

    Example:
        >>> feature_names(CategoryColumn("color", ("red", "blue"), rare=True))
        ['color = red', 'color = blue', 'color = a rare one']
        >>> feature_names(WordsColumn("review", ("good", "bad")))
        ["review has 'good'", "review has 'bad'"]
    """
    if isinstance(column, CategoryColumn):
        values = [value or "(missing)" for value in column.values] + ["a rare one"] * column.rare
        return [f"{column.name} = {value}" for value in values]
    if isinstance(column, WordsColumn):
        return [f"{column.name} has {word!r}" for word in column.words]
    if column.features == 1:
        return [column.name]
    return [column.name, *(f"{column.name}, number {place + 1}" for place in range(1, column.features))]
