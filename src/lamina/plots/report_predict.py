"""The part of a report that says how an answer is had, on the command line and in Python, by what the model takes."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from lamina.data.encoders import Encoder
from lamina.data.pair_encoder import PairEncoder
from lamina.data.passage_encoder import PassageEncoder
from lamina.data.picture_encoder import PictureEncoder
from lamina.data.sound_encoder import SoundEncoder
from lamina.data.text_encoder import TextEncoder
from lamina.model.generating import generative_part
from lamina.model.model import Model
from lamina.plots.page import Section, code
from lamina.tasks.generation import Generation
from lamina.tasks.playing import Playing
from lamina.tasks.similarity import Similarity


@dataclass(frozen=True)
class Asked:
    """How a model is asked for one answer.

    Args:
        given: what `lamina predict` takes behind the model's file.
        python: what gives the answer, of a `model`.
    """

    given: str
    python: str


FILES: dict[type[Encoder], str] = {PictureEncoder: "photo.png", SoundEncoder: "sound.wav", TextEncoder: "text.txt"}
"""What a file of one example may be called; all others come in tables."""
TEXT = "A text of yours"
ASKED: dict[type[Encoder], Asked] = {
    TextEncoder: Asked("text.txt", f'model.predict("{TEXT}")[0]'),
    PassageEncoder: Asked(f'--prompt "{TEXT}"', f'lamina.write(model, "{TEXT}")'),
    PairEncoder: Asked(f'--text "{TEXT}"', f'model.predict("{TEXT}")[0]'),
}
"""Where strings are examples themselves."""


def predict_section(model: Model) -> Section:
    """How to get an answer out of the model, on the command line and in Python."""
    name = model.path.name if model.path is not None else "model.safetensors"
    asked, file = _asked(model.encoder), shlex.quote(name)
    lines = [
        f"lamina predict {file} {asked.given}", *_further(model, file), f"lamina evaluate {file} SOURCE",
        f"lamina show {file}",
    ]  # fmt: skip
    python = f"import lamina\n\nmodel = lamina.Model.load({name!r})   # refuses a file that does not prove itself\n"
    return Section("How to predict", (code("\n".join(lines)), code(f"{python}print({asked.python})")))


def _asked(encoder: Encoder) -> Asked:
    file = FILES.get(type(encoder), "new.csv")
    return ASKED.get(type(encoder), Asked(file, f'model.predict("{file}")[0]'))


def _further(model: Model, file: str) -> list[str]:
    """What else such a model is for."""
    example = FILES.get(type(model.encoder), "new.csv")
    if isinstance(model.encoder, PairEncoder):
        return [f"lamina chat {file}"]
    if isinstance(model.task, Playing):
        return [f"lamina play {file}"]
    if isinstance(model.task, Similarity):
        return [f"lamina nearest {file} {example} --among SOURCE"]
    if isinstance(model.task, Generation) and generative_part(model.network) is not None:
        drawn = "samples.png" if isinstance(model.encoder, PictureEncoder) else "samples.csv"
        return [f"lamina sample {file} -n 64 -o {drawn}"]
    return []
