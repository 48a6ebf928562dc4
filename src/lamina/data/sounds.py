"""Sounds: recordings in memory, or files that are decoded when they are needed, on several threads."""

from __future__ import annotations

import abc
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lamina.arrays import Numpy
from lamina.data.files import Files, evenly, in_threads
from lamina.data.inputs import Inputs, Sound
from lamina.data.sound_decoding import MOST_CHANNELS, RATES_HZ, SoundHeader, decode_sound, read_header
from lamina.errors import DataError


class Sounds(Inputs):
    """Recordings, whatever they come from."""

    @abc.abstractmethod
    def sound(self, place: int) -> Sound:
        """The recording at a place; a DataError where it cannot be read."""

    @abc.abstractmethod
    def headers(self, most: int) -> list[SoundHeader]:
        """Rate, frames and channels of up to `most` recordings, evenly chosen, without decoding them."""


@dataclass(frozen=True, eq=False)
class SoundList(Sounds):
    """Recordings in memory."""

    sounds: tuple[Sound, ...]
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.sounds)

    def subset(self, rows: Numpy) -> SoundList:
        """The recordings at these places."""
        chosen = rows.tolist()
        return SoundList(tuple(self.sounds[row] for row in chosen), tuple(self.names[row] for row in chosen))

    def hashes(self) -> list[bytes]:
        """SHA-256 of each recording's rate and samples."""
        return [
            hashlib.sha256(b"%d %d " % (one.rate_hz, one.samples.shape[1]) + one.samples.tobytes()).digest()
            for one in self.sounds
        ]

    def sound(self, place: int) -> Sound:
        """The recording at a place."""
        return self.sounds[place]

    def headers(self, most: int) -> list[SoundHeader]:
        """Rate, frames and channels of up to `most` recordings."""
        return [SoundHeader(one.rate_hz, *one.samples.shape) for one in self.sounds[:: evenly(len(self), most)]]


@dataclass(frozen=True, eq=False)
class SoundFiles(Files, Sounds):
    """Recordings in files or archives."""

    def sound(self, place: int) -> Sound:
        """The decoded file at a place."""
        return decode_sound(self.data(place))

    def headers(self, most: int) -> list[SoundHeader]:
        """Rate, frames and channels of up to `most` files that can be read, from their headers alone."""
        found = in_threads(self._header, self.rows[:: evenly(len(self), most)].tolist())
        return [header for header in found if header is not None]

    def _header(self, row: int) -> SoundHeader | None:
        try:
            return read_header(self.load(row))
        except DataError:
            return None


def as_sound(value: Any) -> Sound:
    """A Sound with samples (frames, channels) as float32; one channel may come without its axis.

    Raises:
        DataError: no Sound, no finite samples, or a rate that is not taken.
    """
    if not isinstance(value, Sound):
        raise DataError(f"sounds are given as lamina.Sound(samples, rate_hz) or as files; got {type(value).__name__}")
    samples = np.asarray(value.samples)
    samples = samples[:, None] if samples.ndim == 1 else samples
    right_shape = samples.ndim == 2 and 1 <= samples.shape[1] <= MOST_CHANNELS and len(samples) > 0
    if not right_shape or samples.dtype.kind != "f":
        raise DataError(
            f"a sound needs samples (frames, at most {MOST_CHANNELS} channels) as numbers from -1 to 1; got "
            f"{samples.dtype} of shape {np.shape(value.samples)}"
        )
    if type(value.rate_hz) is not int or not RATES_HZ[0] <= value.rate_hz <= RATES_HZ[1]:
        raise DataError(f"a sound needs a rate from {RATES_HZ[0]:,} to {RATES_HZ[1]:,} Hz; got {value.rate_hz!r}")
    samples = np.ascontiguousarray(samples, np.float32)
    if not np.isfinite(samples).all():
        raise DataError("a sound needs samples that are finite numbers; one is NaN or infinite")
    return Sound(samples, value.rate_hz)


def sounds_from_list(values: Sequence[Any]) -> SoundList:
    """Recordings in memory, checked.

    Raises:
        DataError: something else among them; says which.
    """
    checked = []
    for number, value in enumerate(values, 1):
        try:
            checked.append(as_sound(value))
        except DataError as error:
            raise DataError(f"sound {number}: {error}") from None
    return SoundList(tuple(checked), tuple(f"sound {number}" for number in range(1, len(checked) + 1)))
