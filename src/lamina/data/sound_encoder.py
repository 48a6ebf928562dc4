"""Sounds: brought to one rate, length and level on the host; log-mel spectrograms inside the compiled program."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lamina.arrays import Array, Numpy, Rows, Shape, jax, jnp
from lamina.data.encoders import Decoded, Encoder
from lamina.data.files import evenly, in_threads
from lamina.data.inputs import Inputs, RawExample, Skipped, Sound
from lamina.data.memory import UNLIMITED, Memory
from lamina.data.sound_decoding import MOST_SECONDS, SoundHeader
from lamina.data.sounds import Sounds, as_sound
from lamina.data.spectrogram import mel_powers
from lamina.data.store import select
from lamina.errors import DataError, SettingError
from lamina.recipes import recipe

HIGHEST_RATE_HZ = 16_000
"""Sounds are brought to their commonest rate, at most this."""
STEP_SECONDS = 0.016
BANDS = 40
LONGEST_SECONDS = 10
"""Of longer recordings the loudest so many seconds are kept."""
HELD = 0.95
"""This share of the training sounds fits into the length as a whole."""
QUIETEST = 1e-4
"""A recording whose largest sample is below this is silent."""
FLOOR_SHARE = 1e-3
"""The floor, as a share of the mean power of the training sounds."""
LOOKED_AT = 2_000
"""How many headers are read to choose the rate."""
MEASURED = 500
"""How many training sounds floor, mean and scale are measured on."""
PEAK = 32_767


@recipe
class SoundEncoder(Encoder):
    """Sounds of any rate and length as (log(mel powers + floor) - mean) / scale.

    Args:
        rate_hz: the rate that sounds are resampled to.
        step: samples from one moment to the next; each looks at 2 `step` samples.
        frames: how many moments; sounds are cut or filled up to step * (frames + 1) samples.
        bands: of pitches.
        floor: a power that is added to all, so that silence has a logarithm.
        mean, scale: of the logarithms over the training sounds.

    Raises:
        SettingError: a number out of range.

    Example:
        >>> import numpy as np
        >>> from lamina.data.inputs import Sound
        >>> encoder = SoundEncoder(8_000, 128, 10)
        >>> encoder.input_shape
        (10, 40, 1)
        >>> encoder.encode_raw(Sound(np.ones((800, 1), np.float32), 8_000)).shape
        (1408,)
    """

    rate_hz: int
    step: int
    frames: int
    bands: int = BANDS
    floor: float = 1e-6
    mean: float = 0.0
    scale: float = 1.0

    def __post_init__(self) -> None:
        if not (1_000 <= self.rate_hz <= 48_000 and 8 <= self.step <= 4_096):
            raise SettingError(
                f"SoundEncoder needs a rate_hz from 1,000 to 48,000 and a step from 8 to 4,096; got {self.rate_hz}, "
                f"{self.step}"
            )
        if not (1 <= self.frames <= 20_000 and 1 <= self.bands <= 256):
            raise SettingError(
                f"SoundEncoder needs 1 to 20,000 frames and 1 to 256 bands; got {self.frames}, {self.bands}"
            )
        numbers = (self.floor, self.mean, self.scale)
        if not (all(map(math.isfinite, numbers)) and self.floor > 0 and self.scale > 0):
            raise SettingError(
                f"SoundEncoder needs a positive floor, a finite mean and a positive scale; got {self.floor}, "
                f"{self.mean}, {self.scale}"
            )

    @property
    def length(self) -> int:
        """Samples of one encoded sound."""
        return self.step * (self.frames + 1)

    @property
    def input_shape(self) -> Shape:
        """(frames, bands, 1)."""
        return (self.frames, self.bands, 1)

    def encode(self, inputs: Inputs) -> tuple[Numpy, Numpy, tuple[Skipped, ...]]:
        """The sounds that can be read, int16 (sounds, length)."""
        encoded, kept, skipped = self.encode_within(inputs, UNLIMITED)
        return np.asarray(encoded), kept, skipped

    def encode_within(self, inputs: Inputs, memory: Memory) -> tuple[Rows, Numpy, tuple[Skipped, ...]]:
        """The same, on disk where they are larger than the memory they may take."""
        encoded = memory.rows((len(inputs), self.length), np.int16)

        def keep(place: int, samples: Numpy) -> None:
            encoded[place] = self.place(samples)

        _, kept, skipped = hear_all(inputs, self.rate_hz, keep)
        return select(encoded, kept) if skipped else encoded, kept, skipped

    def encode_raw(self, example: RawExample) -> Numpy:
        """One recording of any rate, length and number of channels."""
        return self.place(hear(as_sound(example), self.rate_hz))

    def place(self, samples: Numpy) -> Numpy:
        """The loudest part of what is longer, silence around what is shorter."""
        part = loudest(samples, self.length)
        before = (self.length - len(part)) // 2
        return np.pad(part, (before, self.length - len(part) - before))

    def on_device(self, x: Array) -> Array:
        """(log(mel powers + floor) - mean) / scale, float32 (batch, frames, bands, 1)."""
        with jax.default_matmul_precision("highest"):
            powers = mel_powers(x.astype(jnp.float32), self.rate_hz, self.step, self.bands, jnp)
        logarithms = jnp.log(powers + self.floor)
        return ((logarithms - self.mean) / self.scale)[..., None]

    def made_up(self) -> list[RawExample]:
        """Noise that swells, at the trained rate; at a lower one, long and of two channels; and a rising tone."""
        swelling = _noise(3, max(self.length // 4, 2 * self.step), 1) ** 3
        low = max(1_000, round(0.37 * self.rate_hz))
        frames = round(1.3 * self.length / self.rate_hz * low)
        long = _noise(4, frames, 2) * np.linspace(0.02, 1.0, frames)[:, None] ** 3
        time = np.linspace(0.0, 1.0, self.length // 2)
        tone = 0.3 * np.sin(0.2 * np.pi * time**2 * len(time))[:, None]
        pairs = ((swelling, self.rate_hz), (long, low), (tone, self.rate_hz))
        return [Sound(samples.astype(np.float32), rate) for samples, rate in pairs]


@dataclass(frozen=True, eq=False)
class DecodedSounds(Decoded):
    """Sounds of one rate that are as long as they were, at most LONGEST_SECONDS."""

    rate_hz: int
    heard: Any
    lengths: Numpy
    kept: Numpy
    skipped: tuple[Skipped, ...]
    memory: Memory
    notes: tuple[str, ...]

    def fit(self, training: Numpy) -> tuple[Encoder, Rows]:
        """The length that holds most of the training sounds; floor, mean and scale of their spectrograms."""
        step = round(STEP_SECONDS * self.rate_hz)
        lengths = np.sort(self.lengths[self.kept[training]])
        held = int(lengths[math.ceil(HELD * len(lengths)) - 1])
        encoder = SoundEncoder(self.rate_hz, step, max(1, -(-held // step) - 1))
        encoded = self.memory.rows((len(self.kept), encoder.length), np.int16)
        for row, place in enumerate(self.kept.tolist()):
            encoded[row] = encoder.place(self.heard[place])
        return fit_sounds(encoder, encoded, training), encoded


def decode_sounds(inputs: Sounds, memory: Memory = UNLIMITED) -> DecodedSounds:
    """Choose a rate and bring every recording to it."""
    headers = inputs.headers(LOOKED_AT)
    if not headers:
        raise DataError("none of the files is a sound that can be read")
    rate_hz = choose_rate(headers)
    seconds = sum(min(header.seconds, LONGEST_SECONDS) for header in headers) / len(headers)
    heard = memory.arrays(len(inputs), np.int16, int(len(inputs) * seconds * rate_hz) * np.dtype(np.int16).itemsize)
    lengths = np.zeros(len(inputs), np.int64)

    def keep(place: int, samples: Numpy) -> None:
        heard[place], lengths[place] = samples, len(samples)

    silent, kept, skipped = hear_all(inputs, rate_hz, keep)
    notes = [*_header_notes(headers, rate_hz)]
    if silent:
        notes.append(f"{len(silent):,} sounds are silent ({', '.join(silent[:3])}{', ...' if silent[3:] else ''})")
    return DecodedSounds(rate_hz, heard, lengths, kept, skipped, memory, tuple(notes))


def choose_rate(headers: Sequence[SoundHeader]) -> int:
    """The commonest rate, at most HIGHEST_RATE_HZ; of several the lowest."""
    counts = Counter(min(header.rate_hz, HIGHEST_RATE_HZ) for header in headers)
    return min(counts, key=lambda rate: (-counts[rate], rate))


def fit_sounds(encoder: SoundEncoder, encoded: Rows, training: Numpy) -> SoundEncoder:
    """The encoder with floor, mean and scale of encoded training sounds, evenly chosen."""
    chosen = training[:: evenly(len(training), MEASURED)]
    parts = [encoded[chosen[start : start + 32]] for start in range(0, len(chosen), 32)]
    powers = np.concatenate([mel_powers(part, encoder.rate_hz, encoder.step, encoder.bands, np) for part in parts])
    floor = max(FLOOR_SHARE * float(powers.mean()), 1e-12)
    logarithms = np.log(powers + floor)
    scale = float(logarithms.std())
    return replace(encoder, floor=floor, mean=float(logarithms.mean()), scale=scale if scale > 1e-6 else 1.0)


def hear_all(
    inputs: Inputs, rate_hz: int, keep: Callable[[int, Numpy], None]
) -> tuple[list[str], Numpy, tuple[Skipped, ...]]:
    """Keep what is heard of the sounds that can be read; the names of silent ones, the places of all, the others."""
    if not isinstance(inputs, Sounds):
        raise DataError(f"the model takes sounds; got {type(inputs).__name__.lower()}")

    def hear_one(place: int) -> bool | str:
        try:
            samples = hear(inputs.sound(place), rate_hz)
        except DataError as error:
            return str(error)
        keep(place, samples)
        return bool(samples.any())

    found = in_threads(hear_one, range(len(inputs)), "reading sounds")
    skipped = tuple(Skipped(inputs.names[i], why, i) for i, why in enumerate(found) if isinstance(why, str))
    kept = [place for place, one in enumerate(found) if not isinstance(one, str)]
    silent = [inputs.names[place] for place in kept if not found[place]]
    return silent, np.array(kept, np.int64), skipped


def hear(sound: Sound, rate_hz: int) -> Numpy:
    """A recording as int16: channels averaged, resampled, its largest sample at full scale, its loudest seconds."""
    mono = sound.samples[: MOST_SECONDS * sound.rate_hz].mean(axis=1, dtype=np.float64)
    if sound.rate_hz != rate_hz:
        import soxr

        mono = np.asarray(soxr.resample(mono, sound.rate_hz, rate_hz, quality="HQ"))
    peak = float(np.abs(mono).max(initial=0.0))
    if peak < QUIETEST:
        return np.zeros(min(len(mono), LONGEST_SECONDS * rate_hz), np.int16)
    return loudest(np.rint(mono * (PEAK / peak)).astype(np.int16), LONGEST_SECONDS * rate_hz)


def loudest(samples: Numpy, length: int) -> Numpy:
    """The part of so many samples with the most power, the first of several; all where there are no more.

    Example:
        >>> loudest(np.array([0, 1, 5, -4, 2], np.int16), 2).tolist()
        [5, -4]
    """
    if len(samples) <= length:
        return samples
    total = np.concatenate([[0], np.cumsum(samples.astype(np.int64) ** 2)])
    start = int(np.argmax(total[length:] - total[:-length]))
    return samples[start : start + length]


def _header_notes(headers: Sequence[SoundHeader], rate_hz: int) -> list[str]:
    """What is said of sounds that are changed on the way in."""
    notes = []
    rates = Counter(header.rate_hz for header in headers)
    if set(rates) != {rate_hz}:
        told = ", ".join(f"{rate:,} Hz" for rate, _ in rates.most_common(4))
        notes.append(f"sounds of {told}{' ...' if len(rates) > 4 else ''} are brought to {rate_hz:,} Hz")
    several = sum(header.channels > 1 for header in headers)
    if several:
        notes.append(f"{several:,} sounds have several channels; their mean is taken")
    long = sum(header.seconds > LONGEST_SECONDS for header in headers)
    if long:
        notes.append(f"{long:,} sounds last more than {LONGEST_SECONDS} s; their loudest {LONGEST_SECONDS} s are taken")
    return notes


def _noise(number: int, frames: int, channels: int) -> Numpy:
    """Numbers from -1 to 1 out of a generator's raw bits, which no version of NumPy changes."""
    raw = np.asarray(np.random.Philox(key=[3, number]).random_raw(frames * channels), np.uint64)
    return ((raw >> np.uint64(11)).astype(np.float64) / 2.0**52 - 1).reshape(frames, channels)
