"""A model and the examples that a report looks at it with, measured once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from lamina.arrays import Numpy, Rows
from lamina.data.encoders import Encoder
from lamina.data.inputs import Inputs, Numbers
from lamina.data.picture_encoder import PictureEncoder
from lamina.data.sound_encoder import SoundEncoder
from lamina.data.table import Table
from lamina.data.texts import Texts
from lamina.model.answers import spectrogram_picture
from lamina.model.evaluation import Evaluation, evaluate_on
from lamina.model.examples import Examples, held_out_examples, training_examples
from lamina.model.following import Followed, called
from lamina.model.model import Model
from lamina.tasks.averaging import Averaging
from lamina.tasks.base import Prediction, Task

MOST_TRAINING = 1_000
"""So many training examples are looked at, where any are."""
MOST_CELLS, MOST_WORDS = 8, 160
"""Columns of a row, and characters of a text, that tell a person which example it is."""


@dataclass(frozen=True, eq=False)
class Seen:
    """A model with examples whose answers are known.

    Args:
        model: the model.
        examples: what it is looked at with.
        evaluation: its figures on them.
        followed: how its training examples were learnt, where that was kept.
    """

    model: Model
    examples: Examples
    evaluation: Evaluation
    followed: Followed | None = None

    @property
    def task(self) -> Task:
        """What is learnt; of several networks as one, what each of them learns."""
        task = self.model.task
        return task.task if isinstance(task, Averaging) else task

    @property
    def names(self) -> list[str]:
        """The examples in words."""
        return [called(self.examples.dataset.inputs, row) for row in range(len(self.examples))]

    @cached_property
    def answers(self) -> list[Prediction]:
        """The model's answer for each example."""
        return self.model.answers(self.examples.encoded)

    @cached_property
    def training(self) -> Examples | None:
        """Examples that the model was trained on, where it can be told which those are."""
        return training_examples(self.model, self.examples.whole, MOST_TRAINING)

    @cached_property
    def pictures(self) -> Callable[[Numpy], list[Numpy]] | None:
        """The examples at these places as pictures, where they are pictures or sounds."""
        return pictures_of(self.model.encoder, self.examples.encoded)

    @property
    def own_data(self) -> bool:
        """Whether the examples are of the data that the model was trained on."""
        return self.examples.whole.fingerprint == self.model.record.fingerprint


def look(model: Model, source: Any, followed: Followed | None = None, **reading: Any) -> Seen:
    """Read a source as the model takes it, and measure the model on what it was not trained on.

    Raises:
        DataError: a source that cannot be read, or of another kind than the model's.

    Example:
        >>> import lamina
        >>> seen = look(lamina.fit("iris", "mlp", epochs=1), "iris")
        >>> len(seen.answers), seen.own_data
        (30, True)
    """
    examples = held_out_examples(model, source, **reading)
    return Seen(model, examples, evaluate_on(model, examples), followed)


def pictures_of(encoder: Encoder, encoded: Rows) -> Callable[[Numpy], list[Numpy]] | None:
    """Encoded examples at places as pictures of bytes; of a sound its spectrogram; None for all else."""
    if isinstance(encoder, PictureEncoder):
        return lambda places: [np.asarray(encoded[place]) for place in places.tolist()]
    if isinstance(encoder, SoundEncoder):
        return lambda places: [spectrogram_picture(encoder, np.asarray(encoded[place])) for place in places.tolist()]
    return None


def in_words(inputs: Inputs, row: int) -> str:
    """A raw example in words: the first cells of a row, the beginning of a text; "" for what has none.

    Example:
        >>> from lamina.data.inputs import numbers
        >>> in_words(numbers([[1.5, 2.0]], ("length", "width")), 0)
        'length 1.5, width 2'
    """
    if isinstance(inputs, Numbers):
        return _cells(inputs.columns, inputs.values[row].tolist())
    if isinstance(inputs, Table):
        names = [name for name in inputs.columns if inputs.kinds.get(name) is None or _is_used(inputs, name)]
        return _cells(names, [inputs.part(name, np.array([row]))[0] for name in names])
    if isinstance(inputs, Texts):
        text = inputs.text(row)[0]
        return text if len(text) <= MOST_WORDS else f"{text[:MOST_WORDS]} ..."
    return ""


def _is_used(inputs: Table, name: str) -> bool:
    return inputs.kinds[name].kind in ("number", "category", "text", "date")


def _cells(names: Sequence[str], values: Sequence[Any]) -> str:
    known = [(name, value) for name, value in zip(names, values, strict=True) if value is not None and value == value]
    told = [f"{name} {value:.6g}" if isinstance(value, float) else f"{name} {value}" for name, value in known]
    return ", ".join(told[:MOST_CELLS]) + (", ..." if len(told) > MOST_CELLS else "")
