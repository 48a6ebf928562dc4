"""A small model of pairs, trained once: colors and animals, whose order is turned around."""

from __future__ import annotations

import functools

import lamina
from lamina import GRU, Embedding, Model, Sequential, Translator
from lamina.data.dataset import Dataset
from lamina.data.fitting import decode_inputs
from lamina.data.pair_encoder import PairEncoder
from lamina.data.split import split

COLORS = {"red": "rouge", "green": "vert", "black": "noir", "white": "blanc", "grey": "gris", "pink": "rose"}
ANIMALS = {"cat": "chat", "dog": "chien", "horse": "cheval", "hen": "coq", "bear": "ours", "rabbit": "lapin"}


def pairs() -> tuple[list[str], list[str]]:
    """Every color with every animal, alone and with a verb."""
    found = [
        (f"The {color} {animal}{english}", f"Le {ANIMALS[animal]} {COLORS[color]}{french}")
        for color in COLORS
        for animal in ANIMALS
        for english, french in ((" sleeps.", " dort."), (" runs!", " court\u202f!"), (".", "."))
    ]
    return [source for source, _ in found], [target for _, target in found]


def table() -> str:
    """The pairs as lines with a tab."""
    return "".join(f"{source}\t{target}\n" for source, target in zip(*pairs(), strict=True))


def dataset() -> Dataset:
    """The pairs as they are read."""
    return lamina.read(pairs(), task="translation")


def encoder() -> PairEncoder:
    """Fitted on the examples that a run would train on."""
    fitted, _ = decode_inputs(dataset().inputs).fit(split(dataset(), seed=0).train)
    assert isinstance(fitted, PairEncoder)
    return fitted


@functools.cache
def model() -> Model:
    """A tiny network that learns them."""
    fitted = encoder()
    reader = Sequential(Embedding(fitted.source.entries, 32, "unit_normal", padding=True), GRU(32, True, False, True))
    network = Translator(reader, fitted.source_length, fitted.end + 1, features=32, units=32, beam=2)
    return lamina.fit(dataset(), network, epochs=80, batch_size=16, learning_rate=0.02, seed=0)
