"""Pictures: brought to one size and to bytes on the host, scaled inside the compiled program."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, replace

import numpy as np

from lamina.arrays import Array, Numpy, Rows, Shape, jnp
from lamina.data.decoding import to_grey
from lamina.data.encoders import Decoded, Encoder
from lamina.data.files import in_threads
from lamina.data.ink import Ink, are_framed, fit_ink, frame
from lamina.data.inputs import Inputs, RawExample, Skipped
from lamina.data.memory import UNLIMITED, Memory
from lamina.data.pictures import PictureArray, Pictures
from lamina.data.resize import resize, to_byte
from lamina.data.store import pieces, select
from lamina.errors import DataError, SettingError
from lamina.recipes import recipe

MAX_SIDE = 4_096
KEPT_SIDE = 96
"""Pictures of one size are taken as they are up to this side."""
LARGEST_SIDE = 64
"""Others are brought to their median size, at most this."""
LOOKED_AT = 2_000
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
        if self.ink is not None and self.channels != 1:
            raise SettingError(f"PictureEncoder frames ink in grey pictures only; got {self.channels} channels")
        if not (math.isfinite(self.mean) and math.isfinite(self.scale) and self.scale > 0):
            raise SettingError(
                f"PictureEncoder needs a finite mean and a positive scale; got {self.mean}, {self.scale}"
            )

    @property
    def input_shape(self) -> Shape:
        """(height, width, channels)."""
        return (self.height, self.width, self.channels)

    def encode(self, inputs: Inputs) -> tuple[Numpy, Numpy, tuple[Skipped, ...]]:
        """The pictures that can be read, as bytes of one size."""
        encoded, kept, skipped = self.encode_within(inputs, UNLIMITED)
        return np.asarray(encoded), kept, skipped

    def encode_within(self, inputs: Inputs, memory: Memory) -> tuple[Rows, Numpy, tuple[Skipped, ...]]:
        """The same, on disk where they are larger than the memory they may take."""
        if not isinstance(inputs, Pictures):
            raise DataError(f"the model takes pictures; got {type(inputs).__name__.lower()}")
        if isinstance(inputs, PictureArray) and self._takes_as_they_are(inputs.pixels):
            return inputs.pixels, np.arange(len(inputs)), ()
        encoded = memory.rows((len(inputs), *self.input_shape), np.uint8)

        def encode_one(place: int) -> str | None:
            try:
                encoded[place] = self.encode_raw(inputs.picture(place))
            except DataError as error:
                return str(error)
            return None

        reasons = in_threads(encode_one, range(len(inputs)), "reading pictures")
        skipped = tuple(Skipped(inputs.names[i], why, i) for i, why in enumerate(reasons) if why is not None)
        kept = np.array([i for i, why in enumerate(reasons) if why is None], np.int64)
        return select(encoded, kept) if skipped else encoded, kept, skipped

    def encode_raw(self, example: RawExample) -> Numpy:
        """One picture's pixels of any size."""
        if not isinstance(example, np.ndarray) or example.ndim != 3 or example.shape[-1] not in (1, 3):
            raise DataError("the model takes pictures of shape (height, width, 1 or 3)")
        if example.dtype != np.uint8 or 0 in example.shape:
            raise DataError(f"the model takes pictures of uint8; got {example.dtype} of shape {example.shape}")
        pixels = to_grey(example) if self.channels == 1 else np.broadcast_to(example, (*example.shape[:2], 3))
        if self.ink is not None and not are_framed(pixels[..., 0], self.ink, self.height, self.width):
            return frame(pixels[..., 0], self.ink, self.height, self.width)[..., None]
        if pixels.shape[:2] == (self.height, self.width):
            return pixels
        return to_byte(resize(pixels, self.height, self.width))

    def on_device(self, x: Array) -> Array:
        """(x / 255 - mean) / scale, float32."""
        return x.astype(jnp.float32) * (1 / (255 * self.scale)) - self.mean / self.scale

    def pictures_of(self, x: Numpy) -> Numpy:
        """What a network sees as pictures again: bytes (pictures, height, width, channels)."""
        return to_byte(255 * (np.asarray(x, np.float64) * self.scale + self.mean))

    def made_up(self) -> list[RawExample]:
        """Noise of the trained size, smooth pictures of other sizes, and drawings: tall and wide, dark and light."""
        chance = np.random.Philox(key=[2, self.height])
        shape, other = self.input_shape, (self.height + 7, 2 * self.width + 3)
        noise = [_draws(chance, shape) * 256, _draws(chance, shape) * 80]
        smooth = [resize(_draws(chance, (4, 5, self.channels)) * 256, *other) for _ in range(2)]
        sizes = ((61, 47, 0.2, False), (47, 61, 0.6, True))
        drawn = [_drawing(*size, self.channels) for size in sizes]
        return [np.clip(np.floor(picture), 0, 255).astype(np.uint8) for picture in (*noise, *smooth, *drawn)]

    def _takes_as_they_are(self, pixels: Numpy) -> bool:
        if pixels.shape[1:] != self.input_shape:
            return False
        return self.ink is None or bool(are_framed(pixels[..., 0], self.ink, self.height, self.width).all())


@dataclass(frozen=True, eq=False)
class DecodedPictures(Decoded):
    """Pictures that were brought to one size."""

    size: PictureEncoder
    one_size: bool
    pixels: Rows
    kept: Numpy
    skipped: tuple[Skipped, ...]

    def fit(self, training: Numpy) -> tuple[Encoder, Rows]:
        """Mean, scale and ink of the training pictures."""
        return fit_pictures(self.size, select(self.pixels, training), self.one_size), self.pixels


def decode_pictures(inputs: Pictures, memory: Memory = UNLIMITED) -> DecodedPictures:
    """Choose a size and bring every picture to it."""
    size, one_size = choose_size(inputs)
    return DecodedPictures(size, one_size, *size.encode_within(inputs, memory))


def choose_size(inputs: Pictures) -> tuple[PictureEncoder, bool]:
    """The size that pictures are brought to, from their headers; and whether it is the size that all have."""
    shapes = inputs.shapes(LOOKED_AT)
    if not shapes:
        raise DataError("none of the files is a picture that can be read")
    channels = 3 if any(shape[2] == 3 for shape in shapes) else 1
    (common, _), *others = Counter(shape[:2] for shape in shapes).most_common()
    if not others and max(common) <= KEPT_SIDE:
        return PictureEncoder(common[0], common[1], channels), True
    height, width = (min(LARGEST_SIDE, int(np.median([shape[axis] for shape in shapes]))) for axis in (0, 1))
    return PictureEncoder(max(1, height), max(1, width), channels), False


def fit_pictures(chosen: PictureEncoder, training: Rows, one_size: bool) -> PictureEncoder:
    """The encoder with mean and scale of encoded training pictures, and their ink where they are drawings."""
    counts = np.zeros(256, np.int64) if len(training) else np.ones(256, np.int64)
    for piece in pieces(training):
        counts += np.bincount(training[piece].reshape(-1), minlength=256)
    levels = np.arange(256) / 255
    mean = float(counts @ levels / counts.sum())
    scale = float(np.sqrt(counts @ (levels - mean) ** 2 / counts.sum()))
    ink = fit_ink(training) if one_size and chosen.channels == 1 else None
    return replace(chosen, mean=mean, scale=scale if scale > 1e-6 else 1.0, ink=ink)


def _draws(chance: np.random.Philox, shape: Shape) -> Numpy:
    """Numbers from 0 to 1 out of the generator's raw bits, which no version of NumPy changes."""
    raw = np.asarray(chance.random_raw(math.prod(shape)), np.uint64)
    return (raw >> np.uint64(11)).astype(np.float64).reshape(shape) / 2.0**53


def _drawing(height: int, width: int, wideness: float, light: bool, channels: int) -> Numpy:
    """A hook of a thick line on a plain, unevenly lit ground: a tall one, or a wide one."""
    rows, columns = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
    picture = 200 + 20 * columns
    for step in np.linspace(0, 1, 60):
        row, column = (0.75 - wideness) * (2 * step - 1), 0.1 + wideness * np.cos(4 * step)
        picture = np.where((rows - row) ** 2 + (columns - column) ** 2 < 0.01, 40.0, picture)
    return np.repeat((255 - picture if light else picture)[..., None], channels, axis=-1)
