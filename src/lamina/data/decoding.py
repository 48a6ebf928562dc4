"""Decoding: an encoded picture of any kind to bytes (height, width, 1 or 3), upright and without transparency."""

from __future__ import annotations

import functools
import importlib
import io
import struct
import zlib
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from lamina.arrays import Numpy
from lamina.errors import DataError

if TYPE_CHECKING:
    from PIL import Image

MAX_PIXELS = 64_000_000
"""Larger pictures are refused from their header, before a pixel is decoded."""
READERS = {
    "PNG": "PngImagePlugin", "JPEG": "JpegImagePlugin", "GIF": "GifImagePlugin", "BMP": "BmpImagePlugin",
    "TIFF": "TiffImagePlugin", "WEBP": "WebPImagePlugin", "PPM": "PpmImagePlugin",
}  # fmt: skip
"""What is decoded, and Pillow's module for it. Pillow knows more, among them formats that start other programs."""
ORIENTATION = 0x0112
UPRIGHT: dict[int, Callable[[Numpy], Numpy]] = {
    2: lambda pixels: pixels[:, ::-1],
    3: lambda pixels: pixels[::-1, ::-1],
    4: lambda pixels: pixels[::-1],
    5: lambda pixels: pixels.swapaxes(0, 1),
    6: lambda pixels: np.rot90(pixels, -1),
    7: lambda pixels: pixels[::-1, ::-1].swapaxes(0, 1),
    8: lambda pixels: np.rot90(pixels),
}
"""How a picture is turned by its EXIF orientation; 1 and what is none of these is upright."""

# What Pillow's readers let through when a file is damaged.
DAMAGES = (OSError, ValueError, SyntaxError, EOFError, OverflowError, MemoryError, struct.error, zlib.error)


def decode(data: bytes) -> Numpy:
    """The pixels of an encoded picture as bytes (height, width, 1 or 3): upright, without transparency.

    Raises:
        DataError: no picture, a damaged or too large one.
    """
    from PIL import Image

    try:
        with Image.open(io.BytesIO(data), formats=_formats()) as picture:
            _require_moderate(picture.height, picture.width)
            picture.load()
            return np.ascontiguousarray(UPRIGHT.get(_orientation(picture), np.asarray)(to_bytes(picture)))
    except DataError:
        raise
    except Image.DecompressionBombError:
        raise DataError(f"it has far more than {MAX_PIXELS:,} pixels; shrink it") from None
    except DAMAGES as error:
        raise DataError(_reason(data, error)) from None


def read_shape(data: bytes) -> tuple[int, int, int] | None:
    """(height, width, channels) from a picture's header, upright; None where it has none."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(data), formats=_formats()) as picture:
            turned = _orientation(picture) in (5, 6, 7, 8)
            channels = 1 if _is_grey(picture.mode) else 3
            height, width = (picture.width, picture.height) if turned else (picture.height, picture.width)
            return height, width, channels
    except (Image.DecompressionBombError, *DAMAGES):
        return None


def to_bytes(picture: Image.Image) -> Numpy:
    """A Pillow picture of any mode as bytes (height, width, 1 or 3).

    | mode | becomes |
    |---|---|
    | 1, L | grey as it is |
    | I;16 | grey, value / 257 rounded |
    | I | the same where a value is above 255, otherwise grey as it is |
    | F | the same; times 255 where no value is above 1 |
    | P | its palette's colors; grey where all of them are |
    | LA, La, PA, RGBA, RGBa, a transparent color | laid over white, or over black where what can be seen is light |
    | RGB | as it is |
    | CMYK, YCbCr, LAB, HSV | converted to RGB |
    """
    if picture.mode.startswith(("I", "F")):
        return _from_deep(np.asarray(picture), picture.mode)
    if "transparency" in picture.info or picture.mode in ("LA", "La", "RGBA", "RGBa", "PA"):
        return _over_ground(np.asarray(picture.convert("RGBA")))
    if _is_grey(picture.mode):
        return np.asarray(picture if picture.mode == "L" else picture.convert("L"))[..., None]
    pixels = np.asarray(picture if picture.mode == "RGB" else picture.convert("RGB"))
    return _grey_if_grey(pixels) if picture.mode == "P" else pixels


def to_grey(pixels: Numpy) -> Numpy:
    """Bytes (..., 3) as (..., 1): 0.299 red + 0.587 green + 0.114 blue, halves rounded up.

    Example:
        >>> import numpy as np
        >>> to_grey(np.array([[[255, 0, 0], [0, 255, 0]]], np.uint8)).tolist()
        [[[76], [150]]]
    """
    if pixels.shape[-1] == 1:
        return pixels
    red, green, blue = (pixels[..., channel].astype(np.uint32) for channel in range(3))
    return ((299 * red + 587 * green + 114 * blue + 500) // 1000).astype(np.uint8)[..., None]


@functools.cache
def _formats() -> tuple[str, ...]:
    """The names of the formats, their readers loaded."""
    for module in READERS.values():
        importlib.import_module(f"PIL.{module}")
    return tuple(READERS)


def _is_grey(mode: str) -> bool:
    return mode in ("1", "L", "LA", "La") or mode.startswith(("I", "F"))


def _require_moderate(height: int, width: int) -> None:
    if height * width > MAX_PIXELS:
        raise DataError(f"it has {width:,} x {height:,} pixels; at most {MAX_PIXELS:,} are taken: shrink it")


def _orientation(picture: Image.Image) -> int:
    """The EXIF orientation; a broken one is as none. Pillow turns a TIFF itself."""
    if "exif" not in picture.info or picture.format == "TIFF":
        return 1
    try:
        return int(picture.getexif().get(ORIENTATION, 1))
    except (*DAMAGES, KeyError, TypeError):
        return 1


def _from_deep(values: Numpy, mode: str) -> Numpy:
    values = values.astype(np.float64)
    if not np.isfinite(values).all():
        raise DataError("it has pixels that are not finite numbers")
    highest = values.max(initial=0)
    if mode == "F" and highest <= 1:
        values = values * 255
    elif highest > 255 or mode.startswith("I;16"):
        values = values / 257
    return np.clip(np.floor(values + 0.5), 0, 255).astype(np.uint8)[..., None]


def _over_ground(rgba: Numpy) -> Numpy:
    """Colors laid over white, or black where what can be seen is light: (color alpha + ground (255 - alpha)) / 255."""
    colors, alpha = rgba[..., :3], rgba[..., 3:].astype(np.uint16)
    seen = float(alpha.sum(dtype=np.float64))
    light = seen > 0 and float((to_grey(colors) * (alpha / 255)).sum()) * 255 / seen > 127.5
    ground = np.uint16(0 if light else 255)
    laid = ((colors * alpha + ground * (255 - alpha) + 127) // 255).astype(np.uint8)
    return _grey_if_grey(laid)


def _grey_if_grey(pixels: Numpy) -> Numpy:
    grey = (pixels[..., 0] == pixels[..., 1]).all() and (pixels[..., 1] == pixels[..., 2]).all()
    return pixels[..., :1] if grey else pixels


def _reason(data: bytes, error: BaseException) -> str:
    if not data:
        return "an empty file"
    text = str(error)
    if "cannot identify" in text:
        return "not a picture in a known format"
    return "a truncated picture" if "truncated" in text.lower() else f"a damaged picture ({text[:80]})"
