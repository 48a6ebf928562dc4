"""Convolutional designs: how large they are, and what they refuse."""

from __future__ import annotations

import pytest

from lamina import ShapeError, cnn, deep_cnn, photo_cnn
from lamina.model.summary import count_parameters


@pytest.mark.parametrize("side", [8, 64, 96])
def test_photo_cnn_has_few_parameters_whatever_the_size(side: int) -> None:
    shape = (side, side + 3, 3)
    by_hand = (27 * 16 + 16) + (144 * 32 + 32) + (288 * 64 + 64) + (64 * 2 + 2)
    assert count_parameters(photo_cnn(shape, 2).parameters(shape)) == by_hand == 23_714


@pytest.mark.parametrize("side", [1, 2, 3, 5])
def test_small_pictures_are_pooled_only_as_far_as_they_go(side: int) -> None:
    assert photo_cnn((side, side, 3), 4).output_shape((side, side, 3)) == (4,)


def test_a_cnn_without_padding_loses_the_edge_and_with_norms_the_biases() -> None:
    shape = (28, 28, 1)
    network = cnn(shape, 10, filters=(16, 32), normalized=True, padding="valid")
    assert [size for size in network.shapes(shape) if size[-1] in (16, 32)][-1] == (5, 5, 32)
    convolutions, norms, dense = 9 * 16 + 144 * 32, 2 * (16 + 32), (800 * 128 + 128) + (128 * 10 + 10)
    assert count_parameters(network.parameters(shape)) == convolutions + norms + dense


@pytest.mark.parametrize("design", [cnn, deep_cnn, photo_cnn])
def test_what_is_no_picture_is_refused(design: object) -> None:
    with pytest.raises(ShapeError, match=r"cnn needs pictures of shape \(batch, height, width, channels\)"):
        design((4,), 3)


@pytest.mark.parametrize(("side", "last"), [(32, 8), (64, 8), (96, 6), (9, 4), (8, 8), (2, 2)])
def test_deep_cnn_halves_the_sides_until_they_are_small(side: int, last: int) -> None:
    shapes = [shape for shape in deep_cnn((side, side, 3), 10).shapes((side, side, 3)) if len(shape) == 3]
    assert shapes[-1] == (last, last, 128)
