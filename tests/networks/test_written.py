"""Networks in words: what each word makes, and what is refused."""

from __future__ import annotations

import pytest

from lamina import (
    Activation,
    AveragePool2D,
    BatchNorm,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    LayerNorm,
    MaxPool2D,
    PlaneFeatures,
    Sequential,
)  # fmt: skip
from lamina.errors import SettingError, ShapeError
from lamina.networks.written import is_written, network_from_words, words_of


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
    with pytest.raises(SettingError, match=r'is no layer in words; write for example "64 relu'):
        network_from_words(text, (8, 8, 1), 2)


def test_impossible_settings_say_so_themselves() -> None:
    with pytest.raises(SettingError, match="Dropout needs"):
        network_from_words("dropout 2", (4,), 2)
    with pytest.raises(ShapeError, match="pictures"):
        network_from_words("conv 8", (4,), 2)


def test_names_and_words() -> None:
    assert not any(map(is_written, ("mlp", "lenet5", "deep_belief")))
    assert all(map(is_written, ("64 relu", "64", "64,32", "conv 8, pool")))


def test_features_of_a_plane_and_no_hidden_layers() -> None:
    found = network_from_words("features x1 x1*x2, 4 tanh", (2,), 2)
    assert found == Sequential(PlaneFeatures(("x1", "x1*x2")), Dense(4, "tanh"), Dense(2))
    assert network_from_words("no hidden layers", (5,), 3) == Sequential(Dense(3))
    assert network_from_words("no hidden layers", (4, 4, 1), 3) == Sequential(Flatten(), Dense(3))
    with pytest.raises(SettingError, match="PlaneFeatures needs features out of x1, x2"):
        network_from_words("features x1 x3", (2,), 2)


@pytest.mark.parametrize(
    ("words", "shape"),
    [
        ("8 tanh, batchnorm, dropout 0.2, 8 relu", (4,)),
        ("features x1 sin(x2), 8 tanh", (2,)),
        ("no hidden layers", (3,)),
        ("conv 8 3 relu, pool 2, conv 4 5 linear, average 3, layernorm, 16 elu", (12, 12, 1)),
    ],
)
def test_a_network_of_words_is_told_in_them_again(words: str, shape: tuple[int, ...]) -> None:
    assert words_of(network_from_words(words, shape, 3), shape, 3) == words


def test_a_network_that_words_cannot_tell() -> None:
    assert words_of(Dense(3), (4,), 3) is None
    assert words_of(Sequential(Dense(4, initializer="orthogonal"), Dense(3)), (4,), 3) is None
    assert words_of(Sequential(Activation("tanh"), Dense(3)), (4,), 3) is None
