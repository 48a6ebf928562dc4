"""Log-mel spectrograms against formulas written anew, in plain loops and with a transform by its definition."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lamina.arrays import Numpy
from lamina.data.spectrogram import hann, hertz_of, mel_filters, mel_of, mel_powers


def filters_by_the_book(rate_hz: int, window: int, bands: int) -> Numpy:
    """Each triangle by itself: its corners on the mel scale, straight lines between them."""
    top = 1127.0 * np.log(1 + rate_hz / 2 / 700)  # the same scale, written with the natural logarithm
    corners = [700 * (np.exp(top * place / (bands + 1) / 1127.0) - 1) for place in range(bands + 2)]
    spacing = rate_hz / window
    found = np.zeros((window // 2 + 1, bands))
    for band in range(bands):
        low, middle, high = corners[band : band + 3]
        low, high = min(low, middle - spacing), max(high, middle + spacing)
        for place in range(window // 2 + 1):
            found[place, band] = np.interp(place * spacing, [low, middle, high], [0, 1, 0])
    return found


@pytest.mark.parametrize(
    ("rate_hz", "window", "bands"), [(8_000, 256, 40), (16_000, 512, 40), (2_000, 64, 40), (11_025, 352, 13)]
)
def test_the_filters_are_triangles_on_the_mel_scale(rate_hz: int, window: int, bands: int) -> None:
    found = mel_filters(rate_hz, window, bands)
    # The scale's two common forms differ in the fifth digit: 2595 / ln 10 is 1126.99.
    np.testing.assert_allclose(found, filters_by_the_book(rate_hz, window, bands), atol=2e-4)
    assert (found.max(axis=0) > 0).all()
    assert (np.diff(np.argmax(found, axis=0)) >= 0).all()


def test_the_mel_scale() -> None:
    assert mel_of(1_000) == pytest.approx(1_000, abs=0.1)
    assert mel_of(0) == 0
    np.testing.assert_allclose(hertz_of(mel_of(np.array([1.0, 440.0, 7_999.0]))), [1, 440, 7_999])


def powers_by_the_book(samples: Numpy, rate_hz: int, step: int, bands: int) -> Numpy:
    """One window at a time, with the discrete Fourier transform as it is defined."""
    window, moments = 2 * step, len(samples) // step - 1
    shape = np.array([0.5 - 0.5 * np.cos(2 * np.pi * n / window) for n in range(window)])
    turning = np.exp(-2j * np.pi * np.outer(np.arange(step + 1), np.arange(window)) / window)
    rows = []
    for moment in range(moments):
        piece = samples[moment * step : moment * step + window] / 32_768 * shape
        rows.append(np.abs(turning @ piece) ** 2 / (shape**2).sum())
    return np.array(rows) @ mel_filters(rate_hz, window, bands)


def test_the_powers_by_the_book_in_numpy_and_in_jax() -> None:
    samples = np.random.default_rng(1).integers(-30_000, 30_000, (3, 16 * 9)).astype(np.int16)
    expected = np.stack([powers_by_the_book(one, 4_000, 16, 12) for one in samples])
    assert expected.shape == (3, 8, 12)
    np.testing.assert_allclose(mel_powers(samples, 4_000, 16, 12, np), expected, rtol=1e-10)
    computed = jax.jit(lambda x: mel_powers(x, 4_000, 16, 12, jnp))(samples.astype(np.float32))
    assert computed.dtype == jnp.float32
    np.testing.assert_allclose(computed, expected, rtol=1e-4)


def test_a_tone_is_loud_in_its_band_and_twice_the_sample_is_four_times_the_power() -> None:
    time = np.arange(128 * 20) / 8_000
    tone = np.rint(8_000 * np.sin(2 * np.pi * 1_000 * time))[None]
    powers = mel_powers(tone, 8_000, 128, 40, np)
    center = hertz_of(np.linspace(0, mel_of(4_000), 42))[1:-1]
    assert abs(center[powers.mean(axis=(0, 1)).argmax()] - 1_000) < 60
    np.testing.assert_allclose(mel_powers(2 * tone, 8_000, 128, 40, np), 4 * powers)


def test_the_window_keeps_the_power_of_noise() -> None:
    assert (hann(256) ** 2).sum() == pytest.approx(1)
    noise = np.random.default_rng(0).normal(0, 3_276.8, (20, 128 * 41))
    filters = mel_filters(8_000, 256, 40).sum(axis=0)
    np.testing.assert_allclose((mel_powers(noise, 8_000, 128, 40, np) / filters).mean(axis=(0, 1))[2:], 0.01, rtol=0.1)
