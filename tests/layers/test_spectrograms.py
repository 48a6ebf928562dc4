"""VarySpectrogram: what it draws stays in its bounds, and is different for each example."""

from __future__ import annotations

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lamina import SettingError, VarySpectrogram
from lamina.arrays import Numpy


def varied(layer: VarySpectrogram, x: Numpy, seed: int = 0) -> Numpy:
    return np.asarray(layer.apply({}, {}, jnp.asarray(x), key=jax.random.key(seed), training=True)[0])


@pytest.mark.slow
def test_examples_are_moved_as_a_whole_with_their_border_repeated() -> None:
    x = np.random.default_rng(0).normal(size=(200, 8, 6, 2)).astype(np.float32)
    padded = np.pad(x, ((0, 0), (3, 3), (2, 2), (0, 0)), mode="edge")
    found = set()
    for number, one in enumerate(varied(VarySpectrogram((3, 2)), x)):
        places = [
            (row, column)
            for row in range(7)
            for column in range(5)
            if np.array_equal(one, padded[number, row : row + 8, column : column + 6])
        ]
        assert places
        found.update(places)
    assert len(found) == 35


@pytest.mark.slow
def test_the_gain_is_one_number_an_example() -> None:
    x = np.zeros((500, 4, 3, 1), np.float32)
    added = varied(VarySpectrogram(gain=0.5), x)
    assert (added == added[:, :1, :1]).all()
    numbers = added[:, 0, 0, 0]
    assert np.abs(numbers).max() <= 0.5
    assert numbers.std() == pytest.approx(0.5 / np.sqrt(3), rel=0.1)


@pytest.mark.slow
def test_stripes_are_hidden() -> None:
    hidden = varied(VarySpectrogram(hidden=(3, 2)), np.ones((500, 8, 6, 1), np.float32))[..., 0] == 0
    rows, columns = hidden.all(axis=2), hidden.all(axis=1)
    np.testing.assert_array_equal(hidden, rows[:, :, None] | columns[:, None, :])
    for stripes, most in ((rows, 3), (columns, 2)):
        widths = stripes.sum(axis=1)
        assert set(widths.tolist()) == set(range(most + 1))
        assert (np.abs(np.diff(np.pad(stripes.astype(int), ((0, 0), (1, 1))), axis=1)).sum(axis=1) <= 2).all()
        assert stripes.any(axis=0).all()  # every place is hidden some time


@pytest.mark.slow
def test_nothing_is_varied_outside_training_or_without_settings() -> None:
    x = np.random.default_rng(0).normal(size=(3, 4, 5, 1)).astype(np.float32)
    layer = VarySpectrogram((2, 2), 0.5, (2, 2))
    np.testing.assert_array_equal(layer.apply({}, {}, jnp.asarray(x))[0], x)
    np.testing.assert_array_equal(varied(VarySpectrogram(), x), x)
    assert not np.array_equal(varied(layer, x), varied(layer, x, 1))


@pytest.mark.slow
def test_stripes_as_wide_as_the_spectrogram() -> None:
    assert varied(VarySpectrogram((9, 9), 1.0, (9, 9)), np.ones((50, 2, 2, 1), np.float32)).shape == (50, 2, 2, 1)


def test_it_needs_a_key_while_training() -> None:
    with pytest.raises(SettingError, match=re.escape("VarySpectrogram(gain=0.1) needs a key while training")):
        VarySpectrogram(gain=0.1).apply({}, {}, jnp.ones((1, 2, 2, 1)), training=True)


@pytest.mark.parametrize("settings", [{"moved": (1,)}, {"moved": 1}, {"hidden": (1, -1)}, {"hidden": (True, 1)}])
def test_impossible_places(settings: dict[str, object]) -> None:
    with pytest.raises(SettingError, match="VarySpectrogram needs moved and hidden as two whole numbers from 0"):
        VarySpectrogram(**settings)


@pytest.mark.parametrize("gain", [-1.0, float("nan"), True])
def test_impossible_gains(gain: float) -> None:
    with pytest.raises(SettingError, match="VarySpectrogram needs a gain from 0"):
        VarySpectrogram(gain=gain)


@pytest.mark.slow
def test_noise_is_normal_and_of_another_level_in_each_example() -> None:
    added = varied(VarySpectrogram(noise=0.6), np.zeros((400, 30, 20, 1), np.float32))
    levels = added.std(axis=(1, 2, 3))
    assert levels.max() <= 0.65
    assert levels.mean() == pytest.approx(0.3, rel=0.1)
    assert np.abs(added.mean(axis=(1, 2, 3))).max() < 0.1
    assert (np.abs(added[levels > 0.5]) > levels[levels > 0.5][:, None, None, None]).mean() == pytest.approx(
        0.317, abs=0.01
    )


@pytest.mark.slow
def test_noise_leaves_what_else_is_drawn_as_it_was() -> None:
    x = np.random.default_rng(1).normal(size=(4, 6, 5, 1)).astype(np.float32)
    plain, noisy = (varied(VarySpectrogram((2, 1), 0.5, (2, 2), noise), x) for noise in (0.0, 1e-6))
    np.testing.assert_allclose(noisy, plain, atol=1e-4)


def test_noise_below_nothing() -> None:
    with pytest.raises(SettingError, match=re.escape("VarySpectrogram needs a noise from 0; got -0.1")):
        VarySpectrogram(noise=-0.1)
