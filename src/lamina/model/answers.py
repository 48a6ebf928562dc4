"""Answers for the files that a person names: each example gets its own answer or its own error."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lamina.data.prediction_inputs import read_inputs
from lamina.data.series import Windows
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


def answers(model: Model, sources: Sequence[str | Path]) -> list[Answer]:
    """An answer for each example of the sources, in their order; what cannot be read gets its error.

    A forecast is an answer for each step ahead, with the step's date as its name.
    """
    inputs = read_inputs(list(sources), model.encoder)
    encoded, kept, skipped = model.encoder.encode(inputs)
    found = {item.row: Answer(item.name, None, item.reason) for item in skipped}
    predictions = model.task.decode(model.outputs(encoded))
    for row, prediction in zip(kept.tolist(), predictions, strict=True):
        found[row] = Answer(inputs.names[row], prediction)
    ordered = [found[row] for row in range(len(inputs))]
    if isinstance(inputs, Windows):
        return [step for row, answer in enumerate(ordered) for step in _by_step(answer, inputs.moments(row))]
    return ordered


def _by_step(answer: Answer, moments: tuple[str, ...]) -> list[Answer]:
    """A forecast as an answer for each step: a number, or several where there are several targets."""
    if answer.prediction is None or not isinstance(answer.prediction.value, tuple):
        return [answer]
    values = answer.prediction.value
    targets = len(values) // len(moments)
    steps = [values[place : place + targets] for place in range(0, len(values), targets)]
    return [
        Answer(moment, Prediction(step[0] if targets == 1 else step, {}))
        for moment, step in zip(moments, steps, strict=True)
    ]


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
