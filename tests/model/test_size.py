"""Every layer of a network is seen, also inside others; what is too large is refused before it is computed."""

from __future__ import annotations

import re

import pytest

import lamina as la
from lamina import SettingError
from lamina.layers.walking import layers_with_shapes
from lamina.model.size import require_moderate
from lamina.model.summary import depth


def test_the_layers_inside_others_are_seen() -> None:
    both = la.Bidirectional(la.LSTM(3, return_sequence=True))
    block = la.TransformerBlock(2, 5)
    network = la.Sequential(both, block, la.Residual(la.Dense(6)))
    seen = [(type(layer).__name__, before, after) for layer, before, after in layers_with_shapes(network, (9, 4))]
    assert seen == [
        ("Sequential", (9, 4), (9, 6)),
        ("Bidirectional", (9, 4), (9, 6)),
        ("LSTM", (9, 4), (9, 3)),
        ("LSTM", (9, 4), (9, 3)),
        ("TransformerBlock", (9, 6), (9, 6)),
        ("LayerNorm", (9, 6), (9, 6)),
        ("Attention", (9, 6), (9, 6)),
        ("LayerNorm", (9, 6), (9, 6)),
        ("Dense", (9, 6), (9, 5)),
        ("Dense", (9, 5), (9, 6)),
        ("Residual", (9, 6), (9, 6)),
        ("Dense", (9, 6), (9, 6)),
    ]


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (la.Attention(4), "Attention(heads=4) would give 400,000,000 numbers for one example; at most 268,435,456"),
        (la.TransformerBlock(4, 8), "Attention(heads=4) would give 400,000,000 numbers"),
        (la.TransformerBlock(1, 100_000), "Dense(units=100000, activation=\"gelu\") would give 1,000,000,000 numbers"),
        (la.Bidirectional(la.GRU(100_000, True)), "would give 2,000,000,000 numbers"),
        (la.Residual(la.Dense(100_000)), "would give 1,000,000,000 numbers"),
    ],
)  # fmt: skip
def test_what_is_too_large_is_refused(layer: la.Layer, message: str) -> None:
    network = la.Sequential(layer, la.Dense(8)) if not isinstance(layer, la.Residual) else layer.body
    with pytest.raises(SettingError, match=re.escape(message)):
        require_moderate(network, (10_000, 8))


def test_a_vocabulary_that_is_too_large_for_a_beam_is_refused() -> None:
    reader = la.Sequential(la.Embedding(9, 4, padding=True), la.GRU(4, return_sequence=True))
    network = la.Translator(reader, source_steps=5, entries=100_000, features=4, units=4)
    seen = [type(layer).__name__ for layer, _, _ in layers_with_shapes(network, (9,))]
    assert seen == ["Translator", "Sequential", "Embedding", "GRU"]
    require_moderate(network, (9,))
    with pytest.raises(SettingError, match=r"would give 300,000,000 numbers for one example; at most 268,435,456"):
        require_moderate(network, (3_005,))


def test_too_many_layers_are_refused() -> None:
    with pytest.raises(SettingError, match="the network has more than 10,000 layers"):
        require_moderate(la.Sequential(*[la.Dense(1)] * 10_001), (1,))


@pytest.mark.parametrize(
    ("network", "layers"),
    [
        (la.lstm((9, 2), 1), 2),
        (la.lstm((9, 2), 1, depth=2, bidirectional=True), 3),
        (la.transformer((9, 2), 1), 8),
        (la.Sequential(la.Attention(1), la.Embedding(3, 2)), 1),
        (la.Adversarial(la.Sequential(la.Dense(4), la.Dense(4)), la.Dense(1), 2, "hinge"), 2),
        (la.Variational(la.Dense(4), la.Dense(4), 2), 2),
        (la.Sequential(la.Flatten(), la.SelfOrganizing(2, 3)), 1),
    ],
)
def test_how_deep_a_network_is(network: la.Layer, layers: int) -> None:
    assert depth(network) == layers
