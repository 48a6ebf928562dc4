"""Which encoder serves which inputs: chosen from what they are, fitted on the training rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lamina.arrays import Numpy
from lamina.data.encoders import Encoder
from lamina.data.inputs import Inputs, Numbers, Skipped
from lamina.data.number_encoder import NumberEncoder, fit_numbers
from lamina.data.picture_encoder import PictureEncoder, choose_size, fit_pictures
from lamina.data.pictures import Pictures
from lamina.errors import DataError


@dataclass(frozen=True)
class Decoded:
    """Inputs that could be read, not yet standardized; the places they come from, and those left out."""

    inputs: Inputs
    pixels: Numpy | None
    size: PictureEncoder | None
    one_size: bool
    kept: Numpy
    skipped: tuple[Skipped, ...]


def decode_inputs(inputs: Inputs) -> Decoded:
    """Read every example once; pictures are brought to one size on the way."""
    if isinstance(inputs, Numbers):
        return Decoded(inputs, None, None, False, np.arange(len(inputs)), ())
    if not isinstance(inputs, Pictures):
        raise DataError(f"there is no encoder for {type(inputs).__name__}")
    size, one_size = choose_size(inputs)
    pixels, kept, skipped = size.encode(inputs)
    return Decoded(inputs, pixels, size, one_size, kept, skipped)


def fit_encoder(decoded: Decoded, training: Numpy) -> tuple[Encoder, Numpy]:
    """The encoder fitted on these rows of what could be read, and all of it encoded."""
    if decoded.pixels is not None and decoded.size is not None:
        return fit_pictures(decoded.size, decoded.pixels[training], decoded.one_size), decoded.pixels
    if not isinstance(decoded.inputs, Numbers):
        raise DataError(f"there is no encoder for {type(decoded.inputs).__name__}")
    encoder: NumberEncoder = fit_numbers(decoded.inputs, training)
    return encoder, encoder.encode(decoded.inputs)[0]
