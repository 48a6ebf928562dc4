"""Ink: how drawings are framed, and that any photo of a drawing is brought to that frame, with a judge that knows."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw
from sklearn.datasets import load_digits
from sklearn.svm import SVC

import lamina
from lamina.data.ink import Ink, are_framed, find_ink, fit_ink, frame
from lamina.data.pictures import PictureArray
from lamina.data.resize import resize, to_byte
from lamina.errors import DataError, SettingError
from tests.data import ink_by_the_book
from tests.data.makers import noise

Pixels = Any
CENTERED = Ink(0, 20 / 28, 20 / 28, False, 0.5, 0.5, True, 0.75)


def stroke(height: int, width: int, thick: int = 9) -> Pixels:
    """A hook of ink, 1 on 0, in the middle third of a picture."""
    picture = Image.new("L", (width, height))
    points = [(width * 0.4, height * 0.35), (width * 0.6, height * 0.4), (width * 0.45, height * 0.65)]
    ImageDraw.Draw(picture).line(points, fill=255, width=thick, joint="curve")
    return np.asarray(picture) / 255.0


def photo(ink: Pixels, ground: Pixels, tone: float = 40.0) -> Pixels:
    return to_byte(ground * (1 - ink) + tone * ink)


def test_the_frame_of_the_embedded_digits() -> None:
    inputs = lamina.read("digits").inputs
    assert isinstance(inputs, PictureArray)
    ink = fit_ink(inputs.pixels)
    assert ink is not None
    assert (ink.ground, ink.height, ink.squeeze) == (0, 1.0, True)
    assert 0.6 < ink.width < 0.9
    inverted = fit_ink(255 - inputs.pixels)
    assert inverted is not None
    assert (inverted.ground, inverted.height, inverted.row) == (255, ink.height, ink.row)


def test_the_frame_of_drawings_centered_by_mass() -> None:
    drawn = np.stack([frame(photo(stroke(90, 70 + 5 * n), 230.0), CENTERED, 28, 28) for n in range(20)])
    ink = fit_ink(drawn[..., None])
    assert ink is not None
    assert (ink.ground, ink.squeeze) == (0, False)
    assert (ink.row, ink.column) == pytest.approx((0.5, 0.5), abs=0.02)
    assert ink.height == pytest.approx(CENTERED.height, abs=0.08)
    assert ink.strength == pytest.approx(CENTERED.strength, abs=0.1)


def test_pictures_that_are_no_drawings_have_no_ink() -> None:
    assert fit_ink(noise(1, (50, 20, 20, 1))) is None
    smooth = np.stack([to_byte(resize(noise(n, (3, 3)), 20, 20)) for n in range(50)])
    assert fit_ink(smooth[..., None]) is None
    assert fit_ink(np.zeros((50, 20, 20, 1), np.uint8)) is None
    assert fit_ink(np.zeros((50, 2, 2, 1), np.uint8)) is None


def test_framed_pictures_are_those_of_the_size_and_ground() -> None:
    black, white = np.zeros((3, 28, 28), np.uint8), np.full((3, 28, 28), 255, np.uint8)
    assert are_framed(black, CENTERED, 28, 28).tolist() == [True] * 3
    assert are_framed(white, CENTERED, 28, 28).tolist() == [False] * 3
    assert are_framed(black, CENTERED, 28, 27).tolist() == [False] * 3
    assert not are_framed(white[0], CENTERED, 28, 28)


PHOTOS: dict[str, Callable[[Pixels], Pixels]] = {
    "dark on white": lambda ink: photo(ink, 255.0),
    "light on black": lambda ink: photo(ink, 10.0, 240.0),
    "pale pencil": lambda ink: photo(ink, 200.0, 150.0),
    "a slope of light": lambda ink: photo(ink, 120 + 100 * np.linspace(0, 1, ink.shape[1]), 30.0),
    "a shadow's edge": lambda ink: photo(
        ink, np.where(np.arange(ink.shape[1]) > 0.3 * ink.shape[1], 220.0, 150.0), 30.0
    ),
    "noise": lambda ink: to_byte(photo(ink, 200.0) + np.random.default_rng(0).normal(0, 10, ink.shape)),
    "specks": lambda ink: photo(
        np.maximum(ink, np.pad([[1.0]], ((9, ink.shape[0] - 10), (20, ink.shape[1] - 21)))), 230.0
    ),
    "a dark margin": lambda ink: photo(np.maximum(ink, np.arange(ink.shape[1]) < 7), 230.0),
}


@pytest.mark.parametrize("name", PHOTOS)
@pytest.mark.parametrize("shape", [(200, 200), (150, 260), (260, 150)])
def test_every_photo_of_a_drawing_gives_the_same_picture(name: str, shape: tuple[int, int]) -> None:
    ink = np.zeros(shape)
    top, left = (shape[0] - 140) // 2, (shape[1] - 140) // 2
    ink[top : top + 140, left : left + 140] = stroke(140, 140)
    clean = frame(photo(ink, 255.0, 0.0), CENTERED, 28, 28).astype(float)
    found = frame(PHOTOS[name](ink), CENTERED, 28, 28).astype(float)
    assert np.abs(found - clean).mean() < 6
    assert np.corrcoef(found.ravel(), clean.ravel())[0, 1] > 0.95


@pytest.mark.parametrize("name", PHOTOS)
@pytest.mark.parametrize("ink", [CENTERED, Ink(255, 1.0, 0.75, True, 0.5, 0.51, False, 0.64)])
def test_framing_is_what_the_document_says(name: str, ink: Ink) -> None:
    drawn = np.zeros((90, 70))
    drawn[12:82, 5:65] = stroke(70, 60, 6)
    for picture in (PHOTOS[name](drawn), PHOTOS[name](np.repeat(np.repeat(drawn, 4, 0), 4, 1))):
        expected = ink_by_the_book.frame(picture, ink, 28, 20)
        assert np.abs(frame(picture, ink, 28, 20).astype(int) - expected).max() <= 1


@pytest.mark.slow
@given(st.floats(0.5, 3), st.integers(0, 60), st.integers(0, 60))
def test_size_and_place_do_not_matter(scale: float, down: int, right: int) -> None:
    small = stroke(120, 120, 11)
    ink = np.clip(resize(small, int(120 * scale), int(120 * scale)), 0, 1)
    ink = np.pad(ink, ((down, 60 - down), (right, 60 - right)))
    found = frame(photo(ink, 240.0), CENTERED, 28, 28) / 255.0
    rows = (found.sum(axis=1) @ (np.arange(28) + 0.5)) / found.sum()
    columns = (found.sum(axis=0) @ (np.arange(28) + 0.5)) / found.sum()
    assert (rows, columns) == pytest.approx((14, 14), abs=0.3)
    assert np.ptp(np.flatnonzero((found > 0.25).any(axis=1))) + 1 == pytest.approx(20, abs=2)


def test_the_ground_comes_back_as_trained() -> None:
    white = dataclasses.replace(CENTERED, ground=255)
    picture = photo(stroke(90, 90), 30.0, 220.0)
    assert np.array_equal(frame(picture, white, 28, 28), 255 - frame(picture, CENTERED, 28, 28))


def test_what_is_too_wide_is_squeezed_or_made_smaller() -> None:
    ink = np.zeros((100, 200))
    ink[40:60, 30:170] = 1
    for squeeze, height in ((True, 20), (False, 3)):
        found = frame(photo(ink, 230.0), Ink(0, 20 / 28, 20 / 28, squeeze, 0.5, 0.5, False, 1.0), 28, 28)
        assert np.ptp(np.flatnonzero((found > 99).any(axis=0))) + 1 == pytest.approx(20, abs=1)
        assert np.ptp(np.flatnonzero((found > 99).any(axis=1))) + 1 == pytest.approx(height, abs=1)


@pytest.mark.parametrize("level", [0, 130, 255])
def test_an_empty_page_is_an_error_and_no_answer(level: int) -> None:
    with pytest.raises(DataError, match="nothing is drawn on it that stands out from the ground"):
        find_ink(np.full((50, 70), level, float))


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 2**32))
def test_any_picture_is_framed_or_refused(height: int, width: int, seed: int) -> None:
    try:
        found = frame(noise(seed, (height, width)), CENTERED, 28, 28)
    except DataError:
        return
    assert found.shape == (28, 28)
    assert found.dtype == np.uint8
    assert found.max() > 0


@pytest.mark.parametrize(
    "change", [{"ground": 7}, {"height": 0.0}, {"width": 1.5}, {"row": 0.0}, {"column": -1.0}, {"strength": 2.0}]
)
def test_impossible_settings(change: dict[str, Any]) -> None:
    settings = {
        "ground": 0, "height": 0.7, "width": 0.7, "squeeze": True, "row": 0.5, "column": 0.5, "by_mass": True,
        "strength": 0.7,
    }  # fmt: skip
    with pytest.raises(SettingError, match="Ink needs a ground of 0 or 255 and shares between 0 and 1"):
        Ink(**settings | change)


@cache
def digits_judge() -> tuple[SVC, Pixels, Pixels, Ink]:
    """A classifier of the embedded digits, with the digits and their answers that it has not seen."""
    found = load_digits()
    pixels = to_byte(found.images * (255 / 16))
    ink = fit_ink(pixels[:1200, ..., None])
    assert ink is not None
    judge = SVC(C=10, gamma=0.3).fit(pixels[:1200].reshape(-1, 64) / 255, found.target[:1200])
    return judge, pixels[1200:1350], found.target[1200:1350], ink


def share_right(judge: SVC, drawn: list[Pixels], answers: Pixels) -> float:
    return float(judge.score(np.stack(drawn).reshape(len(drawn), -1) / 255, answers))


@pytest.mark.slow
def test_photos_of_the_embedded_digits_are_read() -> None:
    judge, pixels, answers, ink = digits_judge()
    plain = share_right(judge, list(pixels), answers)
    enlarged = [np.pad(np.clip(resize(one, 96, 96), 0, 255) / 255, 40) for one in pixels]
    drawn = [frame(photo(one, np.linspace(150, 230, 176), 30.0), ink, 8, 8) for one in enlarged]
    assert plain > 0.93
    assert share_right(judge, drawn, answers) > plain - 0.08


@pytest.fixture(scope="module")
def mnist_judge(mnist_folder: Path) -> tuple[SVC, Ink, Pixels, Pixels]:
    dataset = lamina.read(mnist_folder)
    assert isinstance(dataset.inputs, PictureArray)
    pixels, answers = dataset.inputs.pixels, dataset.targets
    ink = fit_ink(pixels[:2000])
    assert ink is not None
    judge = SVC(C=10, gamma=0.02).fit(pixels[:4000].reshape(-1, 784) / 255, answers[:4000])
    return judge, ink, pixels[60_000:60_120, ..., 0], answers[60_000:60_120]


@pytest.mark.slow
def test_the_frame_of_mnist(mnist_judge: tuple[SVC, Ink, Pixels, Pixels]) -> None:
    ink = mnist_judge[1]  # its authors: a box of 20 x 20, centered by mass in 28 x 28
    assert (ink.ground, ink.squeeze, ink.by_mass) == (0, False, True)
    assert (ink.height * 28, ink.width * 28) == (20, 20)
    assert (ink.row * 28, ink.column * 28) == pytest.approx((14.5, 14.5), abs=0.1)


@pytest.mark.slow
@pytest.mark.parametrize("name", PHOTOS)
def test_photos_of_mnist_digits_are_read(name: str, mnist_judge: tuple[SVC, Ink, Pixels, Pixels]) -> None:
    judge, ink, pixels, answers = mnist_judge
    assert share_right(judge, list(pixels), answers) > 0.95
    large = [np.pad(np.clip(resize(one, 168, 168), 0, 255) / 255, ((30, 50), (60, 20))) for one in pixels]
    drawn = [frame(PHOTOS[name](one), ink, 28, 28) for one in large]
    assert share_right(judge, drawn, answers) > 0.93
