"""Answers for the files that a person names: each example gets its own answer or its own error."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from lamina.arrays import Numpy, Rows, jnp
from lamina.data.board_encoder import BoardEncoder
from lamina.data.boards import boards_from_list
from lamina.data.inputs import Inputs, Skipped
from lamina.data.memory import memory_from
from lamina.data.pair_encoder import PairEncoder
from lamina.data.pairs import questions
from lamina.data.picture_encoder import PictureEncoder
from lamina.data.prediction_inputs import read_inputs
from lamina.data.remote import local_path
from lamina.data.series import Windows
from lamina.data.sound_encoder import SoundEncoder
from lamina.data.table_encoder import TableEncoder
from lamina.data.table_inputs import table_values
from lamina.data.table_reading import TableForm
from lamina.data.text_columns import TokensColumn, WordsColumn
from lamina.data.text_encoder import TextEncoder
from lamina.data.texts import texts_from_list
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

    def as_json(self, target: str) -> list[dict[str, Any]]:
        """Plain data: each answer under the target's name, with what is known about it."""
        return [_plain(answer, self.title or "name", target) for answer in self.rows]

    def called(self, answer: Answer) -> str:
        """An answer's example in words: "photo.png", "line 7", "PassengerId 892"."""
        return f"{self.title} {answer.name}".strip()


@dataclass(frozen=True, eq=False)
class Prepared:
    """Examples as the network takes them.

    Args:
        inputs: as they were given.
        encoded: those that can be read.
        kept: their places among the inputs.
        skipped: the others.
    """

    inputs: Inputs
    encoded: Rows
    kept: Numpy
    skipped: tuple[Skipped, ...]


def prepare(model: Model, inputs: Inputs) -> Prepared:
    """Read and encode the examples."""
    return Prepared(inputs, *model.encoder.encode_within(inputs, memory_from(None)))


def answers(model: Model, sources: Sequence[str | Path], form: TableForm | None = None) -> Answers:
    """An answer for each example of the sources, in their order; what cannot be read gets its error.

    Tables are read in the form that is given; without one it is found out.

    A forecast is an answer for each step ahead, with the step's date as its name.
    """
    return _answers(model, read_inputs([local_path(source) for source in sources], model.encoder, form))


def text_answers(model: Model, texts: Sequence[str]) -> Answers:
    """An answer for each text that was typed in, by a model of texts, pairs, boards or a table of one column of texts.

    Raises:
        SettingError: the model takes no texts.
    """
    if isinstance(model.encoder, PairEncoder):
        return _answers(model, questions(texts))
    if isinstance(model.encoder, BoardEncoder):
        return _answers(model, boards_from_list(model.encoder.game, texts))
    if isinstance(model.encoder, TextEncoder):
        return _answers(model, texts_from_list(texts))
    if not isinstance(model.encoder, TableEncoder):
        raise SettingError("--text gives texts; this model takes none by themselves: name files instead")
    first, *others = model.encoder.columns
    if others or not isinstance(first, WordsColumn | TokensColumn):
        columns = ", ".join(column.name for column in model.encoder.columns)
        raise SettingError(f"--text gives texts; this model takes rows of {columns}: name files instead")
    rows = table_values({first.name: list(texts)}, model.encoder)
    return _answers(model, replace(rows, names=tuple(f"text {number + 1}" for number in range(len(texts)))))


def joined(*found: Answers | None) -> Answers:
    """Several kinds of answers, one after the other."""
    some = [one for one in found if one is not None]
    rows = tuple(row for one in some for row in one.rows)
    return Answers(rows, some[0].title, tuple(note for one in some for note in one.notes))


def _answers(model: Model, inputs: Inputs) -> Answers:
    prepared = prepare(model, inputs)
    return told(model, prepared, model.answers(prepared.encoded))


def told(model: Model, prepared: Prepared, predictions: Sequence[Prediction]) -> Answers:
    """The predictions for what could be read, under the names of the examples, with what must be said of them."""
    inputs = prepared.inputs
    found = {item.row: Answer(inputs.names[item.row], None, item.reason) for item in prepared.skipped}
    for row, prediction in zip(prepared.kept.tolist(), predictions, strict=True):
        found[row] = Answer(inputs.names[row], prediction)
    notes = model.encoder.notes(inputs, model.task.target)
    ordered = [found[row] for row in range(len(inputs))]
    if isinstance(inputs, Windows):
        ordered = [step for row, answer in enumerate(ordered) for step in _by_step(answer, inputs.moments(row))]
    return Answers(tuple(ordered), inputs.title, tuple(notes))


def _plain(answer: Answer, title: str, target: str) -> dict[str, Any]:
    if answer.prediction is None:
        return {title: answer.name, "error": answer.error}
    if answer.prediction.by_target:
        return {title: answer.name, **{name: _facts(one) for name, one in answer.prediction.by_target.items()}}
    facts = _facts(answer.prediction)
    return {title: answer.name, target: facts.pop("value"), **facts}


def _facts(prediction: Prediction) -> dict[str, Any]:
    """The value of an answer, and what is known about it."""
    plain: dict[str, Any] = {"value": prediction.value}
    if prediction.interval is not None:
        plain["interval"] = list(prediction.interval)
    if prediction.remark:
        plain["remark"] = prediction.remark
    if prediction.probabilities:
        plain["probabilities"] = dict(prediction.probabilities)
    return plain


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


def spectrogram_picture(encoder: SoundEncoder, encoded: Numpy) -> Numpy:
    """A spectrogram as bytes (bands, moments, 1): time to the right, high pitches at the top, loud is light."""
    seen = np.asarray(encoder.on_device(jnp.asarray(encoded[None])))[0]
    shares = (seen - seen.min()) / max(float(np.ptp(seen)), 1e-6)
    return np.asarray(np.rint(255 * shares).astype(np.uint8).transpose(1, 0, 2)[::-1])


def save_prepared_picture(model: Model, sources: Sequence[str | Path], path: Path) -> None:
    """Write what the network sees of the first picture or sound, as a picture of its own size.

    Raises:
        SettingError: the model takes no pictures and no sounds.
        DataError: the first input cannot be read.
        SaveError: the file cannot be written.
    """
    if not isinstance(model.encoder, PictureEncoder | SoundEncoder):
        raise SettingError("--save-prepared shows pictures and sounds; this model takes neither")
    from PIL import Image

    inputs = read_inputs([local_path(source) for source in sources], model.encoder)
    encoded, kept, skipped = model.encoder.encode(inputs.subset(np.array([0])))
    if len(kept) == 0:
        skipped[0].complain()
    pixels = encoded[0] if isinstance(model.encoder, PictureEncoder) else spectrogram_picture(model.encoder, encoded[0])
    picture = io.BytesIO()
    Image.fromarray(pixels.squeeze(-1) if pixels.shape[-1] == 1 else pixels).save(picture, "PNG")
    save_atomically(path, picture.getvalue(), lambda written: None)
