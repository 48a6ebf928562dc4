"""Pictures: brought to one size and to bytes on the host, scaled inside the compiled program."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace

import numpy as np

from lamina.arrays import Array, Numpy, Shape, jnp
from lamina.data.encoders import Encoder
from lamina.data.ink import Ink, fit_ink, frame, is_framed
from lamina.data.inputs import Inputs, RawExample, Skipped
from lamina.data.pictures import PictureArray, PictureFiles, decode, in_threads, to_grey
from lamina.data.resize import resize, to_byte
from lamina.errors import DataError, SettingError
from lamina.recipes import recipe

MAX_SIDE = 4_096
KEPT_SIDE = 96
"""Pictures of one size are taken as they are up to this side."""
LARGEST_SIDE = 64
"""Others are brought to their median size, at most this."""
LOOKED_AT = 1_000
"""How many headers are read to choose the size."""


@recipe
class PictureEncoder(Encoder):
    """Pictures of any size as bytes (height, width, channels), then (x / 255 - mean) / scale.

    Args:
        height, width: what pictures are resized to.
        channels: 1 makes them grey, 3 gives grey ones three equal channels.
        mean, scale: of x / 255 over the training pictures.
        ink: how drawings are framed; None for pictures that are no drawings.

    Raises:
        SettingError: sides, channels or a scale out of range.
    """

    height: int
    width: int
    channels: int
    mean: float = 0.0
    scale: float = 1.0
    ink: Ink | None = None

    def __post_init__(self) -> None:
        if not (1 <= self.height <= MAX_SIDE and 1 <= self.width <= MAX_SIDE and self.channels in (1, 3)):
            raise SettingError(
                f"PictureEncoder needs sides from 1 to {MAX_SIDE:,} and 1 or 3 channels; got {self.height} x "
                f"{self.width} x {self.channels}"
            )
        if not (math.isfinite(self.mean) and math.isfinite(self.scale) and self.scale > 0):
            raise SettingError(f"PictureEncoder needs a finite mean and a positive scale; got {self.mean}, {self.scale}")

    @property
    def input_shape(self) -> Shape:
        """(height, width, channels)."""
        return (self.height, self.width, self.channels)

    def encode(self, inputs: Inputs) -> tuple[Numpy, Numpy, tuple[Skipped, ...]]:
        """The pictures that can be read, as bytes of one size."""
        if isinstance(inputs, PictureArray):
            return self._encode_array(inputs), np.arange(len(inputs)), ()
        if not isinstance(inputs, PictureFiles):
            raise DataError(f"the model takes pictures; got {type(inputs).__name__.lower()}")
        encoded = np.zeros((len(inputs), *self.input_shape), np.uint8)
        kept, skipped = [], []
        for place, result in enumerate(in_threads(lambda row: self._try(inputs.load, row), inputs.rows)):
            if isinstance(result, str):
                skipped.append(Skipped(inputs.names[place], result, place))
            else:
                encoded[len(kept)] = result
                kept.append(place)
        return encoded[: len(kept)], np.array(kept, np.int64), tuple(skipped)

    def encode_raw(self, example: RawExample) -> Numpy:
        """One picture's pixels of any size."""
        if isinstance(example, tuple) or example.ndim != 3 or example.shape[-1] not in (1, 3):
            raise DataError("the model takes pictures of shape (height, width, 1 or 3)")
        grey = to_grey(example)
        if self.ink is not None and self.channels == 1:
            if not is_framed(grey[..., 0], self.ink, self.height, self.width):
                return frame(grey[..., 0], self.ink, self.height, self.width)[..., None]
        pixels = grey if self.channels == 1 else np.broadcast_to(example, (*example.shape[:2], 3))
        return to_byte(resize(pixels, self.height, self.width))

    def on_device(self, x: Array) -> Array:
        """(x / 255 - mean) / scale, float32."""
        return x.astype(jnp.float32) * (1 / (255 * self.scale)) - self.mean / self.scale

    def made_up(self) -> list[RawExample]:
        """Noise of the trained size, smooth pictures of other sizes, and drawings dark on light and light on dark."""
        chance = np.random.Generator(np.random.Philox(key=[2, self.height]))
        shape, other = self.input_shape, (self.height + 7, 2 * self.width + 3, self.channels)
        noise = [chance.integers(0, 256, shape), chance.integers(0, 80, shape)]
        smooth = [resize(chance.integers(0, 256, (4, 5, self.channels)), *other[:2]) for _ in range(2)]
        drawn = [_drawing(chance, self.channels, light) for light in (False, True)]
        return [to_byte(np.asarray(picture, np.float64)) for picture in (*noise, *smooth, *drawn)]

    def _encode_array(self, inputs: PictureArray) -> Numpy:
        pixels = inputs.pixels
        framed = self.ink is None or all(
            is_framed(to_grey(one)[..., 0], self.ink, self.height, self.width) for one in pixels
        )
        if pixels.shape[1:] == self.input_shape and framed:
            return pixels
        return np.stack(list(in_threads(self.encode_raw, pixels)))

    def _try(self, load: object, row: int) -> Numpy | str:
        """One encoded picture, or why there is none."""
        try:
            return self.encode_raw(decode(load(row)))  # type: ignore[operator]
        except DataError as error:
            return str(error)


def choose_size(inputs: PictureArray | PictureFiles) -> tuple[PictureEncoder, bool]:
    """The size that pictures are brought to, from their headers; and whether it is the size that all have."""
    if isinstance(inputs, PictureArray):
        shapes = [inputs.pixels.shape[1:]]
    else:
        shapes = inputs.shapes(LOOKED_AT)
    if not shapes:
        raise DataError("none of the files is a picture that can be read")
    channels = 3 if any(shape[2] == 3 for shape in shapes) else 1
    (common, _), *others = Counter(shape[:2] for shape in shapes).most_common()
    if not others and max(common) <= KEPT_SIDE:
        return PictureEncoder(common[0], common[1], channels), True
    height, width = (min(LARGEST_SIDE, int(np.median([shape[axis] for shape in shapes]))) for axis in (0, 1))
    return PictureEncoder(max(1, height), max(1, width), channels), False


def fit_pictures(chosen: PictureEncoder, training: Numpy, one_size: bool) -> PictureEncoder:
    """The encoder with mean and scale of encoded training pictures, and their ink where they are drawings."""
    counts = np.bincount(training.reshape(-1), minlength=256) if training.size else np.ones(256)
    levels = np.arange(256) / 255
    mean = float(counts @ levels / counts.sum())
    scale = float(np.sqrt(counts @ (levels - mean) ** 2 / counts.sum()))
    ink = fit_ink(training) if one_size and chosen.channels == 1 else None
    return replace(chosen, mean=mean, scale=scale if scale > 1e-6 else 1.0, ink=ink)


def _drawing(chance: np.random.Generator, channels: int, light: bool) -> Numpy:
    """A thick curve on a plain, unevenly lit ground."""
    rows, columns = np.meshgrid(np.linspace(-1, 1, 61), np.linspace(-1, 1, 47), indexing="ij")
    ground = 200 + 20 * columns
    turn = chance.uniform(0, 2 * np.pi)
    for step in np.linspace(0, 4.5, 60):
        row, column = 0.55 * np.sin(step + turn), 0.1 + 0.4 * np.cos(1.3 * step)
        ground = np.where((rows - row) ** 2 + (columns - column) ** 2 < 0.01, 40.0, ground)
    picture = 255 - ground if light else ground
    return np.repeat(picture[..., None], channels, axis=-1)
