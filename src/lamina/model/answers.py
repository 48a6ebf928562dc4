"""Answers for the files that a person names: each example gets its own answer or its own error."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lamina.data.prediction_inputs import read_inputs
from lamina.errors import SettingError
from lamina.model.model import Model
from lamina.model.saving import save_atomically
from lamina.tasks.base import Prediction


@dataclass(frozen=True)
class Answer:
    """The prediction for one example, or why there is none."""

    name: str
    prediction: Prediction | None
    error: str = ""


@dataclass(frozen=True)
class Answers:
    """An answer for each example, in their order.

    Args:
        rows: the answers.
        title: what their names are, such as an ID's column; "" for files and lines.
        notes: what is new about the inputs.
    """

    rows: tuple[Answer, ...]
    title: str
    notes: tuple[str, ...]

    def called(self, answer: Answer) -> str:
        """An answer's example in words: "photo.png", "line 7", "PassengerId 892"."""
        return f"{self.title} {answer.name}".strip()


def answers(model: Model, sources: Sequence[str | Path]) -> Answers:
    """An answer for each example of the sources, in their order; what cannot be read gets its error."""
    inputs = read_inputs(list(sources), model.encoder)
    encoded, kept, skipped = model.encoder.encode(inputs)
    found = {item.row: Answer(inputs.names[item.row], None, item.reason) for item in skipped}
    predictions = model.task.decode(model.outputs(encoded))
    for row, prediction in zip(kept.tolist(), predictions, strict=True):
        found[row] = Answer(inputs.names[row], prediction)
    notes = model.encoder.notes(inputs, model.task.target)
    return Answers(tuple(found[row] for row in range(len(inputs))), inputs.title, tuple(notes))


def save_prepared_picture(model: Model, sources: Sequence[str | Path], path: Path) -> None:
    """Write what the network sees of the first picture, as a picture of its own size.

    Raises:
        SettingError: the model takes no pictures.
        DataError: the first picture cannot be read.
        SaveError: the file cannot be written.
    """
    if len(model.encoder.input_shape) != 3:
        raise SettingError("--save-prepared shows pictures; this model takes rows of numbers")
    from PIL import Image

    inputs = read_inputs(list(sources), model.encoder)
    encoded, kept, skipped = model.encoder.encode(inputs.subset(np.array([0])))
    if len(kept) == 0:
        skipped[0].complain()
    picture = io.BytesIO()
    Image.fromarray(encoded[0].squeeze(-1) if encoded.shape[-1] == 1 else encoded[0]).save(picture, "PNG")
    save_atomically(path, picture.getvalue(), lambda written: None)
