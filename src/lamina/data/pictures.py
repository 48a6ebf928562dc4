"""Pictures: an array of one size, or files that are decoded when they are needed, on several threads."""

from __future__ import annotations

import abc
import hashlib
from dataclasses import dataclass

import numpy as np

from lamina.arrays import Numpy
from lamina.data.decoding import decode, read_shape
from lamina.data.files import Files, evenly, in_threads
from lamina.data.inputs import Inputs
from lamina.errors import DataError


class Pictures(Inputs):
    """Pictures, whatever they come from."""

    @abc.abstractmethod
    def picture(self, place: int) -> Numpy:
        """The pixels of one picture, bytes (height, width, 1 or 3); a DataError where it cannot be read."""

    @abc.abstractmethod
    def shapes(self, most: int) -> list[tuple[int, int, int]]:
        """(height, width, channels) of up to `most` pictures, evenly chosen, without decoding them."""


@dataclass(frozen=True, eq=False)
class PictureArray(Pictures):
    """Pictures of one size that are decoded already: (examples, height, width, channels), bytes."""

    pixels: Numpy
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.pixels)

    def subset(self, rows: Numpy) -> PictureArray:
        """The pictures at these places."""
        return PictureArray(self.pixels[rows], tuple(self.names[row] for row in rows))

    def hashes(self) -> list[bytes]:
        """SHA-256 of each picture's bytes."""
        return [hashlib.sha256(picture.tobytes()).digest() for picture in self.pixels]

    def picture(self, place: int) -> Numpy:
        """The pixels at a place."""
        return np.asarray(self.pixels[place])

    def shapes(self, most: int) -> list[tuple[int, int, int]]:
        """The one shape."""
        height, width, channels = self.pixels.shape[1:]
        return [(height, width, channels)]


@dataclass(frozen=True, eq=False)
class PictureFiles(Files, Pictures):
    """Pictures in files or archives."""

    def picture(self, place: int) -> Numpy:
        """The decoded file at a place."""
        return decode(self.data(place))

    def shapes(self, most: int) -> list[tuple[int, int, int]]:
        """(height, width, channels) of up to `most` pictures, evenly chosen, from their headers alone."""
        chosen = self.rows[:: evenly(len(self), most)].tolist()
        return [shape for shape in in_threads(self._shape, chosen) if shape is not None]

    def _shape(self, row: int) -> tuple[int, int, int] | None:
        try:
            return read_shape(self.load(row))
        except DataError:
            return None


def pictures_from_array(pixels: Numpy, names: tuple[str, ...] = ()) -> PictureArray:
    """Pictures from bytes (examples, height, width) or (examples, height, width, 1 or 3).

    Raises:
        DataError: another shape or type.
    """
    shaped = pixels[..., None] if pixels.ndim == 3 else pixels
    right_shape = shaped.ndim == 4 and shaped.shape[-1] in (1, 3) and 0 not in shaped.shape[1:]
    if not right_shape or shaped.dtype != np.uint8:
        raise DataError(
            f"pictures need an array of uint8 (examples, height, width) or (examples, height, width, 1 or 3); "
            f"got {pixels.dtype} of shape {pixels.shape}"
        )
    return PictureArray(shaped, names or tuple(f"picture {place + 1}" for place in range(len(shaped))))
