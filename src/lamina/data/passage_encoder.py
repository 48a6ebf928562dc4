"""Passages as numbers: each character by its place among those of the training part."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lamina.arrays import Array, Numpy, Shape
from lamina.data.encoders import Decoded, Encoder
from lamina.data.inputs import Inputs, RawExample, Skipped
from lamina.data.passages import Passages
from lamina.errors import DataError, SettingError
from lamina.recipes import recipe

MAX_CHARACTERS = 10_000


@recipe
class PassageEncoder(Encoder):
    """Characters as whole numbers from 1; 0 is one that was not in the training part, and what fills up.

    A passage has one character more than the network sees: the last one is only learnt, never read.

    Args:
        characters: those of the training part, in their order in Unicode.
        steps: characters that the network sees.

    Raises:
        SettingError: no characters, one that comes twice, or no steps.
    """

    characters: str
    steps: int

    def __post_init__(self) -> None:
        if not 1 <= len(self.characters) <= MAX_CHARACTERS or len(set(self.characters)) < len(self.characters):
            raise SettingError(f"PassageEncoder needs 1 to {MAX_CHARACTERS:,} characters that differ")
        if not 1 <= self.steps <= 100_000:
            raise SettingError(f"PassageEncoder needs 1 to 100,000 steps; got {self.steps}")

    @property
    def input_shape(self) -> Shape:
        """(steps,)."""
        return (self.steps,)

    @property
    def entries(self) -> int:
        """The characters, and the unknown one."""
        return len(self.characters) + 1

    def encode(self, inputs: Inputs) -> tuple[Numpy, Numpy, tuple[Skipped, ...]]:
        """Every passage, int32 (examples, steps + 1)."""
        if not isinstance(inputs, Passages):
            raise DataError(f"the model takes texts; got {type(inputs).__name__.lower()}")
        encoded = np.zeros((len(inputs), self.steps + 1), np.int32)
        table = self._table()
        for row in range(len(inputs)):
            codes = _codes(inputs.passage(row)[: self.steps + 1])
            encoded[row, : len(codes)] = table[np.minimum(codes, len(table) - 1)]
        return encoded, np.arange(len(inputs)), ()

    def encode_raw(self, example: RawExample) -> Numpy:
        """One text, at most the first `steps` + 1 characters of it."""
        if not isinstance(example, str):
            raise DataError("the model takes texts")
        return np.asarray(self.encode(Passages(example, np.zeros(1, np.int64), ("text",), self.steps))[0][0])

    def on_device(self, x: Array) -> Array:
        """All characters but the last."""
        return x[:, :-1]

    def last_steps(self, encoded: Numpy) -> Numpy:
        """Of each encoded passage the last step at which the network sees a character that it knows; 0 where none is.

        Example:
            >>> PassageEncoder("ab", 4).last_steps(np.array([[1, 2, 0, 0, 0], [1, 1, 2, 1, 2]])).tolist()
            [1, 3]
        """
        known = np.asarray(encoded) != 0
        last = known.shape[1] - 1 - np.argmax(known[:, ::-1], axis=1)
        return np.minimum(np.where(known.any(axis=1), last, 0), self.steps - 1)

    def made_up(self) -> list[RawExample]:
        """Texts that go through the characters at several paces, and one with a character that is unknown."""
        texts: list[RawExample] = []
        for pace in (1, 3, 7):
            places = (pace * np.arange(self.steps + 1) + pace) % len(self.characters)
            texts.append("".join(self.characters[place] for place in places))
        unknown = next(chr(code) for code in range(0x2500, 0x2500 + MAX_CHARACTERS) if chr(code) not in self.characters)
        return [*texts, unknown.join(self.characters[: self.steps // 2])]

    def _table(self) -> Numpy:
        """Code point -> number; the last entry stands for all that lie beyond."""
        codes = _codes(self.characters)
        table = np.zeros(int(codes.max()) + 2, np.int32)
        table[codes] = np.arange(1, len(codes) + 1)
        return table


@dataclass(frozen=True, eq=False)
class DecodedPassages(Decoded):
    """Passages as they are."""

    inputs: Passages
    kept: Numpy
    skipped: tuple[Skipped, ...] = ()

    def fit(self, training: Numpy) -> tuple[Encoder, Numpy]:
        """The characters of the training passages."""
        found = set().union(*(self.inputs.passage(row) for row in training.tolist()))
        if len(found) > MAX_CHARACTERS:
            raise DataError(f"the text has {len(found):,} different characters; at most {MAX_CHARACTERS:,} are taken")
        encoder = PassageEncoder("".join(sorted(found)), self.inputs.steps)
        return encoder, encoder.encode(self.inputs)[0]


def decode_passages(inputs: Passages) -> DecodedPassages:
    """Nothing to read: every passage is kept."""
    return DecodedPassages(inputs, np.arange(len(inputs)))


def _codes(text: str) -> Numpy:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
