"""A sound file's bytes as samples: WAV, AIFF, FLAC, Ogg and MP3, of any depth, with what can be wrong said in words."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lamina.data.inputs import Sound
from lamina.errors import DataError

if TYPE_CHECKING:
    import soundfile

MOST_SECONDS = 60
"""Of a longer recording the first minute is read."""
MOST_NUMBERS = 32_000_000
"""So many numbers, frames times channels, are read of one recording."""
RATES_HZ = (1_000, 384_000)
MOST_CHANNELS = 32
UNKNOWN_LENGTHS = (0, 0x7FFF_F000, 0x7FFF_FFFF, 0xFFFF_FFFF)
"""What programs write that do not know a WAV's length when they begin, as at the end of a pipe."""
LENGTH_ESTIMATED = ("MP3", "MPEG", "OGG")
"""These say no length in their beginning: what is there is taken."""
OTHER_NAMES = (b"RIFX", b"RF64", b"BW64", b"FORM")


@dataclass(frozen=True)
class SoundHeader:
    """What a file says of its sound before it is decoded."""

    rate_hz: int
    frames: int
    channels: int

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return self.frames / self.rate_hz


def begins_as_sound(head: bytes) -> bool:
    """Whether a file's first bytes are those of a sound."""
    if head.startswith((b"fLaC", b"OggS", b"ID3")):
        return True
    if head[:4] in (b"RIFF", *OTHER_NAMES):
        return head[8:12] in (b"WAVE", b"AIFF", b"AIFC")
    # An MPEG frame: 11 bits set, then version, layer III, and rates that exist.
    layer_three = len(head) > 2 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2 and head[1] & 0x18 != 0x08
    return layer_three and head[2] & 0xF0 != 0xF0 and head[2] & 0x0C != 0x0C


def read_header(data: bytes) -> SoundHeader:
    """Rate, frames and channels, without decoding.

    Raises:
        DataError: no sound, or one that cannot be taken.
    """
    with _opened(data) as file:
        return _header(file)


def decode_sound(data: bytes) -> Sound:
    """The samples from -1 to 1 of at most a minute; whole numbers of b bits are divided by 2^(b - 1).

    Raises:
        DataError: no sound, a truncated one, one without samples, or with samples that are no finite numbers.
    """
    import soundfile

    _require_whole_wave(data)
    try:
        with _opened(data) as file:
            header = _header(file)
            wanted = min(header.frames, MOST_SECONDS * header.rate_hz, MOST_NUMBERS // header.channels)
            samples = file.read(wanted, dtype="float32", always_2d=True)
    except soundfile.LibsndfileError as error:
        raise DataError(f"a damaged sound ({error.error_string.strip('.')})") from None
    if file.format not in LENGTH_ESTIMATED and len(samples) < wanted:
        raise DataError(f"a truncated sound: its header promises {wanted:,} frames, {len(samples):,} are there")
    if not np.isfinite(samples).all():
        raise DataError("it has samples that are no finite numbers")
    return Sound(samples, header.rate_hz)


class _Bytes(io.BytesIO):
    """A file in memory; where a damaged one leads before its beginning, the place stays as it is."""

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self.tell(), io.SEEK_END: self.getbuffer().nbytes}[whence]
        return super().seek(start + offset) if start + offset >= 0 else self.tell()


def _opened(data: bytes) -> soundfile.SoundFile:
    if not data:
        raise DataError("an empty file")
    if not begins_as_sound(data[:16]):
        raise DataError("not a sound in a known format")
    import soundfile

    try:
        return soundfile.SoundFile(_Bytes(data))
    except soundfile.LibsndfileError as error:
        raise DataError(f"a sound that cannot be read ({error.error_string.strip('.')})") from None


def _header(file: soundfile.SoundFile) -> SoundHeader:
    header = SoundHeader(int(file.samplerate), int(file.frames), int(file.channels))
    if header.frames < 1:
        raise DataError("a sound without samples")
    if not RATES_HZ[0] <= header.rate_hz <= RATES_HZ[1] or header.channels > MOST_CHANNELS:
        raise DataError(
            f"a sound of {header.rate_hz:,} Hz and {header.channels} channels; {RATES_HZ[0]:,} to {RATES_HZ[1]:,} Hz "
            f"and at most {MOST_CHANNELS} channels are taken"
        )
    return header


def _require_whole_wave(data: bytes) -> None:
    """Raise a DataError where a WAV ends before its samples do: the decoder would give what is there without a word."""
    if data[:4] != b"RIFF":
        return
    place = 12
    while place + 8 <= len(data):
        size = int.from_bytes(data[place + 4 : place + 8], "little")
        if data[place : place + 4] == b"data":
            there = len(data) - place - 8
            if size > there and size not in UNKNOWN_LENGTHS:
                raise DataError(
                    f"a truncated sound: its header promises {size:,} bytes of samples, {there:,} are there"
                )
            return
        place += 8 + size + size % 2
