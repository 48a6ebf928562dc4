"""Shapes that do not fit are refused with a cure; those that fit are counted right."""

from __future__ import annotations

import re
from typing import Any

import pytest

import lamina as la
from lamina import ShapeError

REFUSED: list[tuple[Any, tuple[int, ...], str]] = [
    (
        la.Conv2D(8, 3),
        (28, 28),
        "Conv2D(filters=8) needs pictures of shape (batch, height, width, channels); got (batch, 28, 28). "
        "Give them a channel axis: x[..., None], or Reshape((height, width, 1)) before it.",
    ),
    (la.MaxPool2D(2), (9,), "MaxPool2D() needs pictures of shape (batch, height, width, channels); got (batch, 9)."),
    (
        la.Conv1D(8, 3),
        (28,),
        "needs sequences of shape (batch, time, channels); got (batch, 28). "
        "Give them a channel axis: x[..., None], or Reshape((time, 1)) before it.",
    ),
    (
        la.Conv2D(8, (5, 3)),
        (4, 4, 1),
        "needs examples of at least 5 x 3 places for its window, with their channels; got (batch, 4, 4, 1). "
        "Take a smaller size, or fewer poolings before it.",
    ),
    (la.Conv2D(8, 3, dilation=2), (4, 4, 1), "needs examples of at least 5 x 5 places for its window"),
    (
        la.Conv2D(8, 3, groups=4),
        (9, 9, 6),
        "Conv2D(filters=8, groups=4) needs pictures whose channels are a multiple of groups=4; got (batch, 9, 9, 6). "
        "Take groups that divide 6, or 1.",
    ),
    (la.AveragePool1D(5), (4, 1), "needs examples of at least 5 places for its window"),
    (la.Flatten(), (3, 0), "Flatten() needs examples with at least one number; got (batch, 3, 0)."),
    (la.Reshape((2, 3)), (5,), "Reshape(shape=(2, 3)) needs examples of 6 numbers; got (batch, 5)."),
    (la.LSTM(8), (28,), "LSTM(units=8) needs sequences of shape (batch, time, channels); got (batch, 28). Give them"),
    (la.Attention(4), (9, 6), "needs sequences whose features are a multiple of heads=4; got (batch, 9, 6)."),
    (la.TransformerBlock(4, 8), (9, 6), "needs sequences whose features are a multiple of heads=4"),
    (la.PositionalEmbedding(5), (6, 2), "needs sequences of at most 5 steps; got (batch, 6, 2)."),
    (
        la.Slice(2, 5),
        (4,),
        "Slice(start=2, stop=5) needs examples with at least 5 places along axis 0; got (batch, 4).",
    ),
    (la.Slice(0, 1, axis=2), (4, 3), "needs examples with at least 1 places along axis 2; got (batch, 4, 3)."),
    (la.BatchNorm(), (), "BatchNorm() needs examples of shape (batch, ..., channels); got (batch)."),
    (la.Activation("softmax"), (), "needs examples of shape (batch, ..., classes); got (batch)."),
    (
        la.Sequential(la.Conv2D(4), la.Flatten(), la.Conv2D(16)),
        (8, 8, 1),
        "layer 3 of 3, Conv2D(filters=16) needs pictures of shape (batch, height, width, channels); "
        "got (batch, 144). The layer before it, Flatten, removed axes: put Flatten after the last Conv2D.",
    ),
    (
        la.Sequential(la.Flatten(), la.Dense(4), la.MaxPool2D(2)),
        (8, 8, 1),
        "Layer 1, Flatten, removed axes: put Flatten after the last MaxPool2D.",
    ),
    (
        la.Residual(la.Dense(3)),
        (4,),
        "needs a body that gives the shape of its shortcut, ('batch', 4); got (batch, 3). Give it a shortcut",
    ),
    (
        la.Parallel(la.Dense(3), la.Flatten()),
        (2, 4),
        "branch 2 of 2, Flatten(), needs branches that agree in every axis but the last; branch 1 gives "
        "('batch', 2, 3); got (batch, 8).",
    ),
    (la.Parallel(la.Dense(3), la.Conv2D(3)), (2,), "branch 2 of 2, Conv2D(filters=3) needs pictures"),
]


@pytest.mark.parametrize(("layer", "shape", "message"), REFUSED)
def test_shapes_that_do_not_fit_are_refused(layer: Any, shape: tuple[int, ...], message: str) -> None:
    with pytest.raises(ShapeError, match=re.escape(message)):
        layer.output_shape(shape)


@pytest.mark.parametrize(
    ("layer", "shape", "after"),
    [
        (la.Conv2D(16, 5), (28, 28, 1), (24, 24, 16)),
        (la.Conv2D(16, 5, padding="same", stride=2), (28, 27, 1), (14, 14, 16)),
        (la.Conv2D(4, (3, 1), dilation=(4, 1), stride=(1, 3)), (9, 9, 2), (1, 3, 4)),
        (la.Conv2D(12, 3, groups=6), (9, 8, 6), (7, 6, 12)),
        (la.Conv1D(4, 3, stride=2), (10, 2), (4, 4)),
        (la.MaxPool2D(3, 2), (7, 8, 5), (3, 3, 5)),
        (la.AveragePool1D(4), (10, 5), (2, 5)),
        (la.Dense(3), (2, 5, 4), (2, 5, 3)),
        (la.Embedding(9, 4), (), (4,)),
        (la.Parallel(la.Conv2D(2, 1), la.Conv2D(3, 3, padding="same")), (6, 6, 4), (6, 6, 5)),
    ],
)
def test_shapes_are_counted(layer: Any, shape: tuple[int, ...], after: tuple[int, ...]) -> None:
    assert layer.output_shape(shape) == after


def test_two_linear_layers_with_nothing_between_are_found() -> None:
    from lamina.layers.combining import redundant_pairs

    network = la.Sequential(la.Dense(3), la.Linear(4), la.Dense(5, "relu"), la.Linear(2), la.Dense(1))
    assert redundant_pairs(network) == [(1, 2), (4, 5)]
    assert redundant_pairs(la.Dense(3)) == []
