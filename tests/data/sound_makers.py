"""Small sounds for the tests of reading."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import soundfile

from lamina.arrays import Numpy


def tone(seconds: float = 0.2, rate_hz: int = 8_000, pitch_hz: float = 440.0, loudness: float = 0.5) -> Numpy:
    """A sine."""
    time = np.arange(round(seconds * rate_hz)) / rate_hz
    return np.asarray(loudness * np.sin(2 * np.pi * pitch_hz * time))


def sound_file(samples: Any, rate_hz: int = 8_000, form: str = "WAV", depth: str = "PCM_16") -> bytes:
    """Samples as the bytes of a file."""
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, rate_hz, format=form, subtype=depth)
    return buffer.getvalue()


def sound_folders(count: int = 6, classes: tuple[str, ...] = ("low", "high"), seconds: float = 0.1) -> dict[str, bytes]:
    """WAV files by their path, `count` in each class folder, each of another pitch."""
    return {
        f"{name}/{place}.wav": sound_file(tone(seconds, pitch_hz=200 + 1_000 * number + 20 * place))
        for number, name in enumerate(classes)
        for place in range(count)
    }


def spoken(
    digits: str = "012", speakers: tuple[str, ...] = ("ann", "bob", "cid", "dan"), takes: int = 3
) -> dict[str, bytes]:
    """WAV files named {digit}_{speaker}_{take}.wav in one folder, all different."""
    files = {}
    for number, (digit, speaker, take) in enumerate((d, s, t) for d in digits for s in speakers for t in range(takes)):
        files[f"{digit}_{speaker}_{take}.wav"] = sound_file(tone(0.05, pitch_hz=300 + 17 * number))
    return files
