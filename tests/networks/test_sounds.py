"""The network for spectrograms: any length, the same parameters, what the options change."""

from __future__ import annotations

import pytest

from lamina import ShapeError, sound_cnn
from lamina.layers.spectrograms import VarySpectrogram
from lamina.model.summary import count_parameters


@pytest.mark.parametrize("moments", [8, 41, 62, 624])
def test_the_length_changes_no_parameter(moments: int) -> None:
    shape = (moments, 40, 1)
    network = sound_cnn(shape, 10)
    assert network.output_shape(shape) == (10,)
    other = sound_cnn((41, 40, 1), 10).parameters((41, 40, 1))
    assert count_parameters(network.parameters(shape)) == count_parameters(other) == 26_618


@pytest.mark.parametrize("shape", [(1, 40, 1), (2, 40, 1), (3, 3, 1), (1, 1, 2)])
def test_the_shortest_sounds(shape: tuple[int, ...]) -> None:
    assert sound_cnn(shape, 3).output_shape(shape) == (3,)


def test_options() -> None:
    shape = (41, 40, 1)
    assert sound_cnn(shape, 3).layers[0] == VarySpectrogram((5, 2), 0.3, (5, 5))
    plain = sound_cnn(shape, 3, filters=(8,), dropout=0.0, vary=False)
    assert [type(layer).__name__ for layer in plain.layers] == [
        "Conv2D", "BatchNorm", "Activation", "MaxPool2D", "AveragePool2D", "Flatten", "Dense",
    ]  # fmt: skip


def test_rows_are_refused() -> None:
    with pytest.raises(ShapeError, match=r"sound_cnn needs spectrograms of shape \(batch, moments, bands, channels\)"):
        sound_cnn((4,), 3)
