"""Log-mel spectrograms: how loud each band of pitches is in each moment of a sound.

The same lines compute with NumPy, where numbers are fitted, and with JAX, inside the compiled program.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from lamina.arrays import Numpy

FULL_SCALE = 32_768
"""The sample that stands for 1."""


def mel_of(hertz: Any) -> Any:
    """Pitch on the mel scale: 2595 log10(1 + f / 700).

    Source:
        O'Shaughnessy, Speech Communication (1987), page 150. Others (Slaney's toolbox) are linear below 1,000 Hz.

    Example:
        >>> round(float(mel_of(1000.0)))
        1000
    """
    return 2595.0 * np.log10(1.0 + np.asarray(hertz) / 700.0)


def hertz_of(mel: Any) -> Any:
    """The frequency of a pitch: 700 (10^(m / 2595) - 1)."""
    return 700.0 * (10.0 ** (np.asarray(mel) / 2595.0) - 1.0)


@functools.lru_cache(maxsize=16)
def mel_filters(rate_hz: int, window: int, bands: int) -> Numpy:
    """How much of each frequency of a Fourier transform goes into each band of pitches.

    The bands' centers c_1 .. c_bands lie evenly on the mel scale between 0 and half the rate. Band b rises from c_(b-1)
    to 1 at c_b and falls to 0 at c_(b+1), at least one frequency of the transform away, so that no band is empty.

    Args:
        rate_hz: samples a second.
        window: samples of one transform.
        bands: how many.

    Shapes:
        Output: (window // 2 + 1, bands), float64.

    Source:
        Davis and Mermelstein, Comparison of Parametric Representations (1980), figure 1.

    Example:
        >>> mel_filters(8_000, 256, 40).shape
        (129, 40)
    """
    apart = rate_hz / window
    frequencies = np.arange(window // 2 + 1)[:, None] * apart
    edges = hertz_of(np.linspace(0.0, mel_of(rate_hz / 2), bands + 2))
    center = edges[1:-1]
    rising = (frequencies - center) / np.maximum(center - edges[:-2], apart) + 1.0
    falling = (center - frequencies) / np.maximum(edges[2:] - center, apart) + 1.0
    return np.asarray(np.maximum(0.0, np.minimum(rising, falling)))


@functools.lru_cache(maxsize=16)
def hann(window: int) -> Numpy:
    """Hann's window sin(pi n / window)^2, divided by the root of the sum of its squares."""
    shape = np.sin(np.pi * np.arange(window) / window) ** 2
    return np.asarray(shape / np.sqrt((shape**2).sum()))


def mel_powers(samples: Any, rate_hz: int, step: int, bands: int, xp: Any) -> Any:
    """The power in each band of pitches in each moment.

    A window of 2 `step` samples begins every `step` samples. White noise of variance v has power v everywhere.

    Shapes:
        samples: (batch, step * (frames + 1)), from -32,768 to 32,767. Output: (batch, frames, bands).

    Args:
        xp: numpy or jax.numpy.
    """
    blocks = samples.reshape(len(samples), -1, step) * (1.0 / FULL_SCALE)
    frames = xp.concatenate([blocks[:, :-1], blocks[:, 1:]], axis=-1)
    transformed = xp.fft.rfft(frames * xp.asarray(hann(2 * step)))
    powers = transformed.real**2 + transformed.imag**2
    return xp.matmul(powers, xp.asarray(mel_filters(rate_hz, 2 * step, bands)))
