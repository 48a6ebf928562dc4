"""A column of a table that names pictures: its bytes beside the numbers of the row, scaled inside the program."""

from __future__ import annotations

import math
from typing import Any

from lamina.arrays import Array, Numpy
from lamina.data.columns import Column
from lamina.data.inputs import RawExample
from lamina.data.picture_encoder import PictureEncoder
from lamina.errors import DataError
from lamina.recipes import recipe


@recipe
class PictureColumn(Column):
    """A picture, by the recipe of pictures: bytes on the host, (x / 255 - mean) / scale in the program.

    Args:
        name: of the column that names the files.
        encoder: what is done to each picture.
    """

    name: str
    encoder: PictureEncoder

    @property
    def width(self) -> int:
        """Bytes a picture."""
        return math.prod(self.encoder.input_shape)

    @property
    def features(self) -> int:
        """Height times width times channels, row after row."""
        return self.width

    def encode(self, values: Numpy) -> Numpy:
        """Pictures of the encoder's size (rows, height, width, channels) as bytes (rows, width)."""
        return values.reshape(len(values), self.width)

    def encode_picture(self, example: RawExample) -> Numpy:
        """One raw picture of any size as (1, width).

        Raises:
            DataError: it is no picture.
        """
        if isinstance(example, str | tuple):
            raise DataError(f"the column {self.name} needs a picture's pixels; got {type(example).__name__}")
        return self.encode(self.encoder.encode_raw(example)[None])

    def expand(self, x: Array) -> Array:
        """(batch, width) bytes -> (batch, width) numbers."""
        shape = (x.shape[0], *self.encoder.input_shape)
        return self.encoder.on_device(x.reshape(shape)).reshape(x.shape)

    def values_of(self, features: Numpy) -> list[Any]:
        """Pixels of each picture, bytes (height, width, channels)."""
        return list(self.encoder.pictures_of(features.reshape(-1, *self.encoder.input_shape)))

    def describe(self) -> str:
        """The size."""
        height, width, channels = self.encoder.input_shape
        color = "color" if channels == 3 else "grey"
        framed = ", drawings framed as in training" if self.encoder.ink is not None else ""
        return f"picture: {height} x {width}, {color}{framed}"

    def made_up(self) -> list[str]:
        """None as texts; `made_up_pictures` has them."""
        return []

    def made_up_pictures(self, count: int) -> list[Numpy]:
        """As many raw pictures: the encoder's own, and then its first again; the file holds each of them."""
        own = [picture for picture in self.encoder.made_up() if not isinstance(picture, str | tuple)]
        return [own[place] if place < len(own) else own[0] for place in range(count)]  # type: ignore[misc]  # no Sound
