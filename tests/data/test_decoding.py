"""Decoding: the right pixels for every mode, and no damaged file that gets through or gets out."""

from __future__ import annotations

import io
import struct
import sys
import zlib
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from lamina.data import decoding
from lamina.data.decoding import READERS, decode, read_shape, to_grey
from lamina.errors import DataError
from tests.data.makers import encoded, noise

GREY = noise(1, (4, 6))
COLOR = noise(2, (4, 6, 3))
ALPHA = noise(3, (4, 6))


def laid(colors: Any, alpha: Any, ground: int) -> Any:
    """Colors over a ground, in float64."""
    share = alpha[..., None] / 255
    return np.floor(colors * share + ground * (1 - share) + 0.5).astype(np.uint8)


def palette(colors: list[int], **options: Any) -> bytes:
    picture = Image.new("P", (2, 2))
    picture.putpalette(colors + [0] * (768 - len(colors)))
    picture.putdata([0, 1, 1, 0])
    return encoded(picture, **options)


def test_grey_and_bilevel() -> None:
    assert np.array_equal(decode(encoded(GREY)), GREY[..., None])
    assert np.array_equal(decode(encoded(GREY > 99)), np.where(GREY > 99, 255, 0)[..., None])


def test_color_and_its_relatives() -> None:
    assert np.array_equal(decode(encoded(COLOR)), COLOR)
    cmyk = Image.fromarray(COLOR).convert("CMYK")
    assert np.array_equal(decode(encoded(cmyk, "TIFF")), np.asarray(cmyk.convert("RGB")))
    ycbcr = Image.fromarray(COLOR).convert("YCbCr")
    assert np.array_equal(decode(encoded(ycbcr, "TIFF")), np.asarray(ycbcr.convert("RGB")))


def test_a_cmyk_jpeg_is_not_a_negative() -> None:
    light = Image.new("CMYK", (8, 8), (0, 0, 0, 20))
    assert decode(encoded(light, "JPEG")).min() > 200


def test_sixteen_bits_are_divided_by_257_however_dark() -> None:
    deep = np.array([[0, 128, 129, 257], [385, 386, 65535, 32896]], np.uint16)
    expected = np.floor(deep / 257 + 0.5).astype(np.uint8)
    for form in ("PNG", "TIFF"):
        assert np.array_equal(decode(encoded(Image.fromarray(deep), form))[..., 0], expected)
    dark = np.array([[0, 200]], np.uint16)
    assert decode(encoded(Image.fromarray(dark))).ravel().tolist() == [0, 1]


def test_long_and_real_pixels() -> None:
    long = np.array([[0, 70000, 514], [-5, 257, 1]], np.int32)
    assert decode(encoded(Image.fromarray(long), "TIFF")).ravel().tolist() == [0, 255, 2, 0, 1, 0]
    share = np.array([[0.0, 0.5, 1.0]], np.float32)
    assert decode(encoded(Image.fromarray(share), "TIFF")).ravel().tolist() == [0, 128, 255]
    level = np.array([[0.0, 99.5, 255.0]], np.float32)
    assert decode(encoded(Image.fromarray(level), "TIFF")).ravel().tolist() == [0, 100, 255]
    with pytest.raises(DataError, match="pixels that are not finite"):
        decode(encoded(Image.fromarray(np.array([[np.nan]], np.float32)), "TIFF"))


def test_palettes() -> None:
    assert decode(palette([10, 20, 30, 200, 100, 50])).tolist() == [
        [[10, 20, 30], [200, 100, 50]],
        [[200, 100, 50], [10, 20, 30]],
    ]
    assert decode(palette([7, 7, 7, 9, 9, 9])).tolist() == [[[7], [9]], [[9], [7]]]


def test_a_transparent_palette_color_shows_the_ground() -> None:
    found = decode(palette([10, 20, 30, 0, 0, 0], transparency=1))
    assert found.tolist() == [[[10, 20, 30], [255, 255, 255]], [[255, 255, 255], [10, 20, 30]]]


@pytest.mark.parametrize(("colors", "ground"), [(COLOR // 4, 255), (255 - COLOR // 4, 0)])
def test_transparency_is_laid_over_the_ground_that_shows_it(colors: Any, ground: int) -> None:
    rgba = np.concatenate([colors, ALPHA[..., None]], axis=-1)
    assert np.array_equal(decode(encoded(rgba)), laid(colors, ALPHA, ground))
    grey = colors[..., 0]
    la = Image.merge("LA", (Image.fromarray(grey), Image.fromarray(ALPHA)))
    assert np.array_equal(decode(encoded(la)), laid(grey[..., None], ALPHA, ground))


def test_an_opaque_alpha_changes_nothing() -> None:
    rgba = np.concatenate([COLOR, np.full((4, 6, 1), 255, np.uint8)], axis=-1)
    assert np.array_equal(decode(encoded(rgba)), COLOR)


def test_nothing_but_transparency_is_white() -> None:
    assert decode(encoded(np.zeros((2, 2, 4), np.uint8))).ravel().tolist() == [255] * 4


def test_the_first_picture_of_an_animation() -> None:
    frames = [Image.new("L", (3, 2), level) for level in (40, 200)]
    buffer = io.BytesIO()
    frames[0].save(buffer, "GIF", save_all=True, append_images=frames[1:])
    assert decode(buffer.getvalue()).ravel().tolist() == [40] * 6


@pytest.mark.parametrize("form", ["PNG", "TIFF"])
@pytest.mark.parametrize("orientation", range(10))
def test_exif_orientations(orientation: int, form: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded(COLOR, form, exif=exif)
    turned = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(data))))
    assert (turned.shape == COLOR.shape) == (orientation not in (5, 6, 7, 8))
    assert np.array_equal(decode(data), turned)
    assert read_shape(data) == turned.shape


@pytest.mark.parametrize("broken", [b"Exif\x00\x00", b"Exif\x00\x00II*\x00\xff\xff\xff\xff", b"nonsense"])
@pytest.mark.filterwarnings("ignore")
def test_a_broken_exif_is_as_none(broken: bytes) -> None:
    data = encoded(GREY, "JPEG", quality=100)
    marked = data[:2] + b"\xff\xe1" + struct.pack(">H", len(broken) + 2) + broken + data[2:]
    assert np.array_equal(decode(marked), decode(data))


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def bomb(width: int, height: int) -> bytes:
    """A PNG that promises so many pixels, with next to no data."""
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize("sides", [(8001, 8000), (1_000_000, 1_000_000)])
def test_decompression_bombs_are_refused_from_the_header(sides: tuple[int, int]) -> None:
    with pytest.raises(DataError, match="64,000,000"):
        decode(bomb(*sides))


def test_the_largest_that_is_taken_gets_to_its_pixels() -> None:
    with pytest.raises(DataError, match=r"truncated|damaged"):
        decode(bomb(8000, 8000))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "an empty file"),
        (b"hello", "not a picture in a known format"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "not a picture in a known format"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not a picture in a known format"),
        (encoded(noise(5, (50, 50)), "JPEG")[:-400], "a truncated picture"),
        (encoded(noise(5, (50, 50)))[:-400], "a truncated picture"),
    ],
)
def test_reasons(data: bytes, reason: str) -> None:
    with pytest.raises(DataError, match=f"^{reason}$"):
        decode(data)


SEEDS = [
    encoded(COLOR if form != "GIF" else GREY, form) for form in READERS
] + [encoded(np.dstack([COLOR, ALPHA])), palette([1, 2, 3, 4, 5, 6], transparency=0)]  # fmt: skip


@pytest.mark.filterwarnings("ignore")
@settings(max_examples=300)
@given(st.sampled_from(SEEDS), st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=6), st.floats(0.2, 1))
def test_damaged_pictures_are_pixels_or_a_data_error(
    seed: bytes, changes: list[tuple[float, int]], kept: float
) -> None:
    data = bytearray(seed[: int(len(seed) * kept)])
    for place, value in changes:
        data[int(place * (len(data) - 1))] = value
    read_shape(bytes(data))
    try:
        pixels = decode(bytes(data))
    except DataError:
        return
    assert pixels.dtype == np.uint8
    assert pixels.ndim == 3
    assert pixels.shape[-1] in (1, 3)


def test_grey_is_the_luma_rounded() -> None:
    values = noise(7, (200, 3))
    expected = np.floor(values @ np.array([299, 587, 114]) / 1000 + 0.5)
    assert np.array_equal(to_grey(values)[..., 0], expected)
    assert to_grey(GREY[..., None]) is not None


def test_decoding_starts_no_program() -> None:
    assert not {"EPS", "PSD", "WMF"} & decoding.READERS.keys()
    started: list[str] = []
    sys.addaudithook(lambda event, _: started.append(event) if event.startswith(("subprocess", "os.exec")) else None)
    with pytest.raises(DataError):
        decode(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\nshowpage\n")
    assert started == []
