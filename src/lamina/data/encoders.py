"""Encoders: raw inputs to what a network takes, with the numbers that were fitted on the training part."""

from __future__ import annotations

import abc
from collections.abc import Hashable
from typing import ClassVar

from lamina.arrays import Array, Numpy, Rows, Shape
from lamina.data.inputs import Inputs, RawExample, Skipped
from lamina.data.memory import Memory
from lamina.recipes import describe


class Decoded(abc.ABC):
    """Inputs that were read once, before anything was fitted.

    Args:
        kept: the places of the examples that could be read.
        skipped: the others.
        notes: what was assumed or changed while reading, a sentence each.
    """

    kept: Numpy
    skipped: tuple[Skipped, ...]
    notes: tuple[str, ...] = ()

    @abc.abstractmethod
    def fit(self, training: Numpy) -> tuple[Encoder, Rows]:
        """The encoder fitted on these places of `kept`, and all kept examples encoded."""


class Encoder(abc.ABC):
    """A recipe for the preparation of raw inputs: one half on the host, one inside the compiled program."""

    unit: ClassVar[str] = "numbers"
    """What an encoded example is made of."""

    @property
    @abc.abstractmethod
    def input_shape(self) -> Shape:
        """The shape of one example as the network sees it."""

    @abc.abstractmethod
    def encode(self, inputs: Inputs) -> tuple[Numpy, Numpy, tuple[Skipped, ...]]:
        """The encoded examples, the places of the inputs they come from, and those that cannot be read."""

    def encode_within(self, inputs: Inputs, memory: Memory) -> tuple[Rows, Numpy, tuple[Skipped, ...]]:
        """The same as `encode` with the examples on disk where they are larger than the memory they may take."""
        return self.encode(inputs)

    @abc.abstractmethod
    def encode_raw(self, example: RawExample) -> Numpy:
        """One raw example, encoded; a DataError where it cannot be read."""

    @abc.abstractmethod
    def on_device(self, x: Array) -> Array:
        """What the network sees of a batch of encoded examples."""

    @property
    def design(self) -> Hashable:
        """What decides `on_device`: encoders of equal designs do the same there, so that one program serves them."""
        return self

    @abc.abstractmethod
    def made_up(self) -> list[RawExample]:
        """Raw examples for the proof: always the same, and such that every fitted number matters."""

    def notes(self, inputs: Inputs, target: str) -> list[str]:
        """What is said of inputs that can be read although something about them is new."""
        return []

    def lines(self) -> list[str]:
        """What is done to an example, a line each."""
        return [repr(self)]

    def __repr__(self) -> str:
        return describe(self)
