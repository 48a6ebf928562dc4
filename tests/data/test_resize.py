"""Resizing against a second implementation and against laws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from lamina.data import resize as module
from lamina.data.resize import resize, resize_matrix, to_byte
from tests.data.makers import noise

lengths = st.integers(1, 40)


@given(lengths, lengths)
def test_rows_of_the_matrix_are_averages(before: int, after: int) -> None:
    matrix = resize_matrix(before, after)
    assert matrix.shape == (after, before)
    assert (matrix >= 0).all()
    assert matrix.sum(axis=1) == pytest.approx(np.ones(after))
    assert matrix == pytest.approx(matrix[::-1, ::-1])  # left and right are alike


@given(lengths, lengths, st.integers(0, 255))
def test_a_plain_picture_stays_plain(height: int, width: int, level: int) -> None:
    plain = np.full((7, 9), level, np.uint8)
    assert (to_byte(resize(plain, height, width)) == level).all()


@given(st.integers(2, 30), st.integers(2, 30), st.integers(2, 30), st.integers(2, 30))
def test_it_is_the_triangle_filter_of_pillow(height: int, width: int, tall: int, wide: int) -> None:
    picture = noise(height * width, (height, width)).astype(np.float32)
    other = Image.fromarray(picture).resize((wide, tall), Image.Resampling.BILINEAR)
    assert resize(picture, tall, wide) == pytest.approx(np.asarray(other), abs=1e-3)


def test_colors_are_resized_alone() -> None:
    picture = noise(3, (12, 9, 3))
    together = resize(picture, 5, 20)
    for channel in range(3):
        assert together[..., channel] == pytest.approx(resize(picture[..., channel], 5, 20))


def test_blocks_of_rows_add_up(monkeypatch: pytest.MonkeyPatch) -> None:
    picture = noise(4, (50, 11))
    whole = resize(picture, 7, 6)
    monkeypatch.setattr(module, "BLOCK", 8)
    assert resize(picture, 7, 6) == pytest.approx(whole, rel=1e-12)


def test_halves_go_up_and_ends_hold() -> None:
    values = np.array([-1.0, 0.5, 1.5 - 1e-9, 2.4999, 254.5, 300])
    assert to_byte(values).tolist() == [0, 1, 2, 2, 255, 255]
