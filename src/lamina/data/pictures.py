"""Pictures: decoded when they are needed, on several threads, to bytes (height, width, 1 or 3)."""

from __future__ import annotations

import hashlib
import io
import os
import warnings
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from lamina.arrays import Numpy
from lamina.data.inputs import Inputs
from lamina.errors import DataError

if TYPE_CHECKING:
    from PIL import Image

MAX_PIXELS = 64_000_000
"""Larger pictures are refused from their header, before a pixel is decoded."""

CHUNK = 64

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True, eq=False)
class PictureArray(Inputs):
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


@dataclass(frozen=True, eq=False)
class PictureFiles(Inputs):
    """Pictures in files or archives; `load` gives the bytes of the file at a place of the original list."""

    load: Callable[[int], bytes]
    rows: Numpy
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.rows)

    def subset(self, rows: Numpy) -> PictureFiles:
        """The pictures at these places."""
        return PictureFiles(self.load, self.rows[rows], tuple(self.names[row] for row in rows))

    def hashes(self) -> list[bytes]:
        """SHA-256 of each file's bytes."""
        return list(in_threads(lambda row: hashlib.sha256(self.load(row)).digest(), self.rows))

    def shapes(self, most: int) -> list[tuple[int, int, int]]:
        """(height, width, channels) of up to `most` pictures, evenly chosen, from their headers alone."""
        chosen = self.rows[:: max(1, len(self.rows) // most)]
        return [shape for shape in in_threads(lambda row: _shape(self.load(row)), chosen) if shape is not None]


def pictures_from_array(pixels: Numpy, names: tuple[str, ...] = ()) -> PictureArray:
    """Pictures from bytes (examples, height, width) or (examples, height, width, 1 or 3).

    Raises:
        DataError: another shape or type.
    """
    shaped = pixels[..., None] if pixels.ndim == 3 else pixels
    if shaped.ndim != 4 or shaped.shape[-1] not in (1, 3) or shaped.dtype != np.uint8 or 0 in shaped.shape[1:]:
        raise DataError(
            f"pictures need an array of uint8 (examples, height, width) or (examples, height, width, 1 or 3); got "
            f"{pixels.dtype} of shape {pixels.shape}"
        )
    return PictureArray(shaped, names or tuple(f"picture {place + 1}" for place in range(len(shaped))))


def in_threads(function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """The function's results in order, computed on as many threads as there are cores, some tens at a time."""
    everything = list(items)
    chunks = [everything[start : start + CHUNK] for start in range(0, len(everything), CHUNK)]
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        for results in pool.map(lambda chunk: [function(item) for item in chunk], chunks):
            yield from results


def decode(data: bytes) -> Numpy:
    """The pixels of an encoded picture as bytes (height, width, 1 or 3): upright, without transparency.

    Raises:
        DataError: no picture, a damaged or too large one.
    """
    from PIL import Image

    try:
        with warnings.catch_warnings(), Image.open(io.BytesIO(data)) as picture:
            warnings.simplefilter("ignore")  # what Pillow warns of is refused or mended here
            if picture.width * picture.height > MAX_PIXELS:
                raise DataError(f"{picture.width:,} x {picture.height:,} pixels; at most {MAX_PIXELS:,} are taken")
            picture.load()
            return to_bytes(_upright(picture))
    except DataError:
        raise
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError, MemoryError) as error:
        raise DataError(_reason(data, error)) from None


def to_bytes(picture: Image.Image) -> Numpy:
    """A Pillow picture of any mode as bytes (height, width, 1 or 3).

    | mode | becomes |
    |---|---|
    | 1, L | grey as it is |
    | I;16, I, F | grey, 16 bits divided by 257 and rounded; I and F so too where they exceed 255 |
    | P, PA | its palette's colors; grey where all of them are |
    | LA, La, RGBA, RGBa, transparent P | laid over white, or over black where what can be seen is light |
    | RGB | as it is |
    | CMYK, YCbCr, LAB, HSV | converted to RGB |
    """
    if picture.mode.startswith(("I", "F")):
        return _from_deep(np.asarray(picture))
    if "transparency" in picture.info or picture.mode in ("LA", "La", "RGBA", "RGBa", "PA"):
        return _over_ground(np.asarray(picture.convert("RGBA")))
    if picture.mode in ("1", "L"):
        return np.asarray(picture.convert("L"))[..., None]
    pixels = np.asarray(picture.convert("RGB"))
    return _grey_if_grey(pixels) if picture.mode == "P" else pixels


def to_grey(pixels: Numpy) -> Numpy:
    """Bytes (height, width, 3) as (height, width, 1): 0.299 red + 0.587 green + 0.114 blue, rounded."""
    if pixels.shape[-1] == 1:
        return pixels
    grey = pixels.astype(np.float64) @ np.array([0.299, 0.587, 0.114])
    return np.floor(grey + 0.5).astype(np.uint8)[..., None]


def _upright(picture: Image.Image) -> Image.Image:
    """Turned as the EXIF orientation says; a broken one is as none."""
    from PIL import ImageOps

    try:
        return ImageOps.exif_transpose(picture)
    except (OSError, ValueError, SyntaxError, KeyError, TypeError, AttributeError, EOFError, IndexError):
        return picture


def _from_deep(values: Numpy) -> Numpy:
    values = values.astype(np.float64)
    if not np.isfinite(values).all():
        raise DataError("it has pixels that are not finite numbers")
    deep = values.max(initial=0) > 255
    return np.clip(np.floor(values / (257 if deep else 1) + 0.5), 0, 255).astype(np.uint8)[..., None]


def _over_ground(rgba: Numpy) -> Numpy:
    colors, alpha = rgba[..., :3].astype(np.float64), rgba[..., 3:].astype(np.float64) / 255
    seen = float(alpha.sum())
    light = seen > 0 and float((to_grey(rgba[..., :3]) * alpha).sum()) / seen > 127.5
    ground = 0.0 if light and float(alpha.min()) < 1 else 255.0
    laid = np.floor(colors * alpha + ground * (1 - alpha) + 0.5).astype(np.uint8)
    return _grey_if_grey(laid)


def _grey_if_grey(pixels: Numpy) -> Numpy:
    grey = (pixels[..., 0] == pixels[..., 1]).all() and (pixels[..., 1] == pixels[..., 2]).all()
    return pixels[..., :1] if grey else pixels


def _shape(data: bytes) -> tuple[int, int, int] | None:
    from PIL import Image

    try:
        with warnings.catch_warnings(), Image.open(io.BytesIO(data)) as picture:
            warnings.simplefilter("ignore")
            turned = picture.getexif().get(0x0112, 1) in (5, 6, 7, 8) if "exif" in picture.info else False
            grey = picture.mode in ("1", "L", "LA", "La") or picture.mode.startswith(("I", "F"))
            height, width = (picture.width, picture.height) if turned else (picture.height, picture.width)
            return height, width, 1 if grey else 3
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError):
        return None


def _reason(data: bytes, error: BaseException) -> str:
    if not data:
        return "an empty file"
    text = str(error)
    if "cannot identify" in text:
        return "not a picture in a known format"
    return "a truncated picture" if "truncated" in text or "Truncated" in text else f"a damaged picture ({text[:80]})"
