"""Networks in words: what each word makes, and what is refused."""

from __future__ import annotations

import pytest

from lamina import (
    AveragePool2D,
    BatchNorm,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    LayerNorm,
    MaxPool2D,
    Sequential,
)  # fmt: skip
from lamina.errors import SettingError, ShapeError
from lamina.networks.written import is_written, network_from_words


def test_rows_of_numbers() -> None:
    assert network_from_words("64 relu, dropout 0.2, 32 tanh, layernorm, 8", (4,), 3) == Sequential(
        Dense(64, "relu", initializer="he_normal"), Dropout(0.2), Dense(32, "tanh"), LayerNorm(), Dense(8), Dense(3)
    )


def test_pictures_are_flattened_where_a_dense_follows() -> None:
    words = "conv 8 relu, pool, conv 16 5, batchnorm, average 3, 32 relu"
    assert network_from_words(words, (12, 12, 1), 2) == Sequential(
        Conv2D(8, 3, "relu", padding="same", initializer="he_normal"), MaxPool2D(2), Conv2D(16, 5, padding="same"),
        BatchNorm(), AveragePool2D(3), Flatten(), Dense(32, "relu", initializer="he_normal"), Dense(2),
    )  # fmt: skip
    assert network_from_words("pool 4", (8, 8, 1), 2) == Sequential(MaxPool2D(4), Flatten(), Dense(2))
    assert network_from_words("flatten, 8", (8, 8, 1), 2) == Sequential(Flatten(), Dense(8), Dense(2))


@pytest.mark.parametrize(
    "text",
    ["64 rely", "relu 64", "dropout", "dropout x", "conv", "conv x", "pool 2 3", "", "64 relu,", "batchnorm 2",
             "64 relu tanh", "__import__ 3", "flatten 2", "dropout 0.1 0.2"],
)  # fmt: skip
def test_words_that_are_none(text: str) -> None:
    with pytest.raises(SettingError, match=r'--layers does not know .*; write for example "64 relu'):
        network_from_words(text, (8, 8, 1), 2)


def test_impossible_settings_say_so_themselves() -> None:
    with pytest.raises(SettingError, match="Dropout needs"):
        network_from_words("dropout 2", (4,), 2)
    with pytest.raises(ShapeError, match="pictures"):
        network_from_words("conv 8", (4,), 2)


def test_names_and_words() -> None:
    assert not any(map(is_written, ("mlp", "lenet5", "deep_belief")))
    assert all(map(is_written, ("64 relu", "64", "64,32", "conv 8, pool")))
