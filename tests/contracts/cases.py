"""A case, or several, for each layer that Lamina brings."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

import lamina as la
from lamina import Layer, Sequential
from lamina.layers.activations import ACTIVATIONS


@dataclass(frozen=True)
class Case:
    """A layer, the shape of one example that it takes, and one that it refuses (None where it takes all)."""

    layer: Layer
    shape: tuple[int, ...]
    refused: tuple[int, ...] | None
    entries: int = 0  # whole numbers below this go in, where it is positive
    smooth: bool = True  # whether the derivative that is given is that of the function
    slow: bool = False  # a further setting of a layer that has a case already, or takes long to compile


PICTURE, SEQUENCE, ROW = (6, 5, 2), (7, 2), (4,)
CASES = [
    *(Case(la.Activation(name), ROW, None) for name in sorted(ACTIVATIONS.keys() - {"softmax", "binary_step"})),
    Case(la.Activation("binary_step"), ROW, None, smooth=False),
    Case(la.Activation("softmax"), ROW, ()),
    Case(la.Dense(3), ROW, ()),
    Case(la.Dense(3, "tanh", bias=False, initializer="orthogonal"), (2, 3), (2, 0)),
    Case(la.Linear(3), ROW, ()),
    Case(la.Linear(2, bias=False, initializer="he_normal"), ROW, ()),
    Case(la.Conv1D(3), SEQUENCE, ROW),
    Case(la.Conv1D(3, 2, "tanh", 2, "same", 2, bias=False), SEQUENCE, (1, 2, 3), slow=True),
    Case(la.Conv2D(3), PICTURE, (6, 5)),
    Case(la.Conv2D(3, 1, "relu"), PICTURE, ROW),
    Case(la.Conv2D(2, (2, 3), "silu", (2, 1), "same", bias=False), PICTURE, (6, 0, 2)),
    Case(la.Conv2D(2, 2, "linear", 1, "valid", (3, 2), initializer="lecun_uniform"), PICTURE, (3, 2, 2)),
    Case(la.Conv2D(6, 2, "tanh", groups=2), (4, 3, 4), (4, 3, 5)),
    Case(la.Conv2D(4, 2, "linear", 2, "same", bias=False, groups=2), PICTURE, (6, 5, 3), slow=True),
    Case(la.MaxPool1D(2), SEQUENCE, ROW),
    Case(la.MaxPool1D(3, 1), SEQUENCE, (2, 2)),
    Case(la.AveragePool1D(2), SEQUENCE, ROW),
    Case(la.AveragePool1D(2, 3), SEQUENCE, (1, 2)),
    Case(la.MaxPool2D(2), PICTURE, ROW),
    Case(la.MaxPool2D((3, 2), 2), PICTURE, (2, 5, 2)),
    Case(la.AveragePool2D(2), PICTURE, ROW),
    Case(la.AveragePool2D(3, (2, 1)), PICTURE, (6, 5)),
    Case(la.GlobalMaxPool1D(), SEQUENCE, ROW),
    Case(la.GlobalAveragePool1D(), SEQUENCE, ROW),
    Case(la.GlobalMaxPool1D(skip_padding=True), SEQUENCE, ROW),
    Case(la.GlobalAveragePool1D(skip_padding=True), SEQUENCE, ROW),
    Case(la.GlobalMaxPool2D(), PICTURE, ROW),
    Case(la.GlobalAveragePool2D(), PICTURE, (6, 5)),
    Case(la.Flatten(), PICTURE, (3, 0)),
    Case(la.Reshape((2, 5)), (10,), (9,)),
    Case(la.Slice(1, 3), ROW, (2,)),
    Case(la.Slice(0, 2, 1), (3, 4), ROW),
    Case(la.Slice(1, 3), SEQUENCE, (2, 2)),
    Case(la.Slice(0, 2, axis=1), PICTURE, ROW),
    Case(la.TableConv2D(((0, 1), (1,), (0, 1)), 2, "tanh"), PICTURE, ROW),
    Case(la.Subsample2D(2, "scaled_tanh"), (4, 4, 2), ROW),
    Case(la.Variational(la.Dense(4), la.Dense(4), 2), ROW, (3,)),
    Case(la.Boltzmann((3, 2), "gaussian"), ROW, (2, 3), smooth=False),
    Case(la.Boltzmann((3, 2), "gaussian", chains=4), ROW, (2, 3), smooth=False, slow=True),
    Case(la.GeneralBoltzmann(2, chains=3), ROW, (2, 3), entries=2, smooth=False, slow=True),
    Case(la.Noise(0.5), ROW, None),
    Case(la.KeepLargest(2), ROW, (1,)),
    Case(la.SoftGroups(3), ROW, (2, 3)),
    Case(la.Adversarial(la.Dense(4), la.Dense(1), 2, "hinge"), ROW, (3,), smooth=False),
    Case(
        la.SelfPlay(Sequential(la.Flatten(), la.Dense(10, "tanh")), "tic_tac_toe"),
        (3, 3),
        ROW,
        smooth=False,
        slow=True,
    ),
    Case(la.UnitLength(), ROW, ()),
    Case(la.SelfOrganizing(2, 3), ROW, (2, 3), smooth=False),
    Case(la.RandomFourier(6), ROW, (2, 3)),
    Case(la.RandomFourier(3, 0.5), ROW, ()),
    Case(la.PlaneFeatures(("x1", "x2", "x1^2", "x2^2", "x1*x2", "sin(x1)", "sin(x2)")), (2,), ROW),
    Case(la.RadialBasis(3, "signs"), ROW, (2, 3)),
    Case(la.UpSample2D(2), (3, 2, 2), ROW),
    Case(la.UpSample2D((1, 3)), (3, 2, 2), (3, 2)),
    Case(la.Pad2D((1, 0), (2, 1)), (3, 2, 2), ROW),
    Case(la.Pad2D((0, 2), (1, 0), -1.5), (2, 3, 1), (3, 2)),
    Case(la.Dropout(0.5), ROW, None),
    Case(la.BatchNorm(), ROW, ()),
    Case(la.BatchNorm(0.5, 0.001), PICTURE, (6, 0, 2), slow=True),
    Case(la.LayerNorm(), ROW, ()),
    Case(la.LayerNorm(0.01), SEQUENCE, (7, 0)),
    Case(la.VarySpectrogram((2, 1), 0.5, (2, 2), 0.1), PICTURE, ROW, slow=True),
    Case(la.Embedding(6, 3), ROW, None, entries=6),
    Case(la.Embedding(6, 3, padding=True, from_floats=True), (3, 2), None, entries=6),
    Case(la.Recurrent(3, "sigmoid", return_sequence=True, reverse=True, skip_padding=True), SEQUENCE, (7, 0)),
    Case(la.Feedback((3, 2), ("direct", "indirect"), return_sequence=True), SEQUENCE, ROW),
    Case(la.Feedback((2,), ("lateral",), "sigmoid", skip_padding=True), SEQUENCE, (7, 0), slow=True),
    Case(la.LSTM(3, skip_padding=True), SEQUENCE, PICTURE),
    Case(la.GRU(3, return_sequence=True, reverse=True, skip_padding=True), SEQUENCE, (0, 2)),
    Case(la.Bidirectional(la.GRU(2, skip_padding=True)), SEQUENCE, ROW, slow=True),
    Case(la.Attention(2), (5, 4), (5, 3)),
    Case(la.TransformerBlock(2, 3, 0.3, causal=True, skip_padding=True), (5, 4), (5, 3), slow=True),
    Case(la.Attention(1, causal=True, dropout=0.4, skip_padding=True), SEQUENCE, ROW, slow=True),
    Case(la.PositionalEmbedding(7), SEQUENCE, (8, 2)),
    Case(la.PositionalEmbedding(9, skip_padding=True), SEQUENCE, ROW),
    Case(
        la.Translator(la.Embedding(5, 2, padding=True), 2, 5, 2, 2, dropout=0.3, beam=2),
        (5,),
        (2,),
        entries=5,
        slow=True,
    ),
    Case(
        la.TransformerTranslator(la.Embedding(5, 2, padding=True), 2, 5, 4, 2, 3, depth=1, dropout=0.3, beam=2),
        (5,),
        (2,),
        entries=5,
        slow=True,
    ),
    Case(
        Sequential(la.Conv2D(2, 2, bias=False), la.BatchNorm(), la.Flatten(), la.Dropout(0.3)), PICTURE, ROW, slow=True
    ),
    Case(la.Residual(la.Dense(4, "tanh")), ROW, ()),
    Case(
        la.Residual(Sequential(la.Dense(3, bias=False), la.BatchNorm()), la.Linear(3), "softplus"), ROW, (), slow=True
    ),
    Case(la.OnNaive(Sequential(la.Flatten(), la.Dense(6)), targets=2, season=4, centered=1), SEQUENCE, (3, 2)),
    Case(la.OnNaive(Sequential(la.Flatten(), la.BatchNorm(), la.Dropout(0.5), la.Dense(3))), SEQUENCE, ROW, slow=True),
    Case(la.Parallel(la.Dense(2), Sequential(la.Dropout(0.5), la.Dense(3))), ROW, ()),
    Case(la.Ensemble(la.Dense(3, "tanh"), 2), ROW, ()),
    Case(
        la.Ensemble(Sequential(la.Dense(3, bias=False), la.BatchNorm(), la.Dropout(0.5), la.Dense(2)), 3),
        ROW,
        (),
        slow=True,
    ),
    Case(la.Ensemble(Sequential(la.Conv2D(2, 2, "tanh"), la.Flatten(), la.Dense(2)), 2), (3, 3, 1), ROW, slow=True),
]
each_case = pytest.mark.parametrize(
    "case",
    [pytest.param(case, marks=[pytest.mark.slow] if case.slow else []) for case in CASES],
    ids=lambda case: repr(case.layer).replace(" ", ""),
    scope="module",  # all laws of a layer come one after the other: what is compiled for one of them serves the next
)
