"""Sound files to samples: a golden test for every depth, every kind of file, and every fault in words."""

from __future__ import annotations

import contextlib
import struct

import numpy as np
import pytest
import soundfile

from lamina.data import sound_decoding
from lamina.data.sound_decoding import SoundHeader, begins_as_sound, decode_sound, read_header
from lamina.errors import DataError
from tests.data.makers import encoded, noise
from tests.data.sound_makers import sound_file, tone


def wave(depth_bits: int, values: list[int], channels: int = 1, rate_hz: int = 8_000) -> bytes:
    """A WAV of whole numbers, by the book: without the library that reads it."""
    width = depth_bits // 8
    signed = depth_bits > 8  # 8 bits are counted from 0 with 128 as silence
    samples = b"".join((v if signed else v + 128).to_bytes(width, "little", signed=signed) for v in values)
    head = struct.pack("<HHIIHH", 1, channels, rate_hz, rate_hz * channels * width, channels * width, depth_bits)
    body = b"WAVEfmt " + struct.pack("<I", 16) + head + b"data" + struct.pack("<I", len(samples)) + samples
    return b"RIFF" + struct.pack("<I", len(body)) + body


@pytest.mark.parametrize("bits", [8, 16, 24, 32])
def test_whole_numbers_of_every_depth(bits: int) -> None:
    full = 2 ** (bits - 1)
    values = [-full, -full // 2, -1, 0, 1, full // 4, full - 1]
    found = decode_sound(wave(bits, values))
    np.testing.assert_allclose(found.samples[:, 0], np.array(values) / full, rtol=1e-7)
    assert found.samples.dtype == np.float32
    assert found.samples[3, 0] == 0
    assert found.rate_hz == 8_000


@pytest.mark.parametrize("depth", ["FLOAT", "DOUBLE"])
def test_numbers_with_a_point_are_taken_as_they_are(depth: str) -> None:
    values = np.array([0.0, 0.25, -1.0, 1.5], np.float32)
    assert decode_sound(sound_file(values, depth=depth)).samples[:, 0].tolist() == values.tolist()


@pytest.mark.parametrize(("form", "depth", "off"), [
    ("WAV", "PCM_U8", 0.01), ("WAV", "PCM_24", 1e-6), ("WAV", "ULAW", 0.02), ("RF64", "PCM_16", 1e-4),
    ("AIFF", "PCM_16", 1e-4), ("FLAC", "PCM_16", 1e-4), ("FLAC", "PCM_24", 1e-6), ("OGG", "VORBIS", 0.1),
])  # fmt: skip
def test_every_kind_of_file(form: str, depth: str, off: float) -> None:
    data = sound_file(tone(0.3), form=form, depth=depth)
    assert begins_as_sound(data[:16])
    assert read_header(data) == SoundHeader(8_000, 2_400, 1)
    np.testing.assert_allclose(decode_sound(data).samples[:, 0], tone(0.3), atol=off)


def test_mp3() -> None:
    if "MP3" not in soundfile.available_formats():
        pytest.skip("this libsndfile was built without MP3")
    data = sound_file(tone(0.5, 16_000), 16_000, "MP3", "MPEG_LAYER_III")
    assert begins_as_sound(data[:16])
    found = decode_sound(data)
    assert found.rate_hz == 16_000
    assert 0.4 < len(found.samples) / 16_000 < 0.7
    assert 0.3 < np.abs(found.samples).max() < 0.7


def test_channels_stay_apart() -> None:
    found = decode_sound(wave(16, [100, -100, 200, -200], channels=2))
    assert (found.samples * 32_768).tolist() == [[100, -100], [200, -200]]


@pytest.mark.parametrize("head", [
    b"", b"RIFF\x00\x00\x00\x00WEBP", b"\xff\xd8\xff\xe0", "\ufeffx".encode("utf-16"), b"\xff\xfb\xf0\x00",
    b"\xff\xfb\x9c\x00", b"hello, world", b"\xff\xff\xff\xff\xff",
])  # fmt: skip
def test_what_is_no_sound_does_not_begin_as_one(head: bytes) -> None:
    assert not begins_as_sound(head)


@pytest.mark.parametrize("head", [b"\xff\xfb\x90\x64", b"\xff\xf3\x40\xc4", b"ID3\x04", b"RIFX\x00\x00\x00\x00WAVE"])
def test_what_begins_as_a_sound(head: bytes) -> None:
    assert begins_as_sound(head)


WHOLE = sound_file(tone(0.3))
FAULTS = {
    "empty": (b"", "an empty file"),
    "a picture": (encoded(noise(1)), "not a sound in a known format"),
    "header alone": (wave(16, []), "a sound without samples"),
    "cut WAV": (WHOLE[:-1_000], r"a truncated sound: its header promises 4,800 bytes of samples, 3,800 are there"),
    "cut in its header": (WHOLE[:30], "a sound that cannot be read|a sound without samples"),
    "cut FLAC": (sound_file(tone(2.0), form="FLAC")[:-3_000], "a truncated sound|a damaged sound"),
    "NaN": (sound_file(np.array([0.1, np.nan]), depth="FLOAT"), "samples that are no finite numbers"),
    "infinite": (sound_file(np.array([0.1, -np.inf]), depth="DOUBLE"), "samples that are no finite numbers"),
    "rate": (wave(16, [1, 2], rate_hz=10), "a sound of 10 Hz and 1 channels; 1,000 to 384,000 Hz"),
    "channels": (wave(16, [1] * 40, channels=40), "and at most 32 channels are taken"),
    "garbage": (b"RIFF\x10\x00\x00\x00WAVE" + bytes(50), "a sound that cannot be read"),
}


@pytest.mark.parametrize(("data", "message"), FAULTS.values(), ids=FAULTS.keys())
def test_faults(data: bytes, message: str) -> None:
    with pytest.raises(DataError, match=message):
        decode_sound(data)


@pytest.mark.parametrize("size", [0, 0xFFFF_FFFF])
def test_a_wave_from_a_pipe_does_not_know_its_length(size: int) -> None:
    data = WHOLE.replace(b"data" + struct.pack("<I", 4_800), b"data" + struct.pack("<I", size))
    assert data != WHOLE
    if size:
        assert len(decode_sound(data).samples) == 2_400
    else:
        with pytest.raises(DataError, match="a sound without samples"):
            decode_sound(data)


def test_every_prefix_is_a_sound_or_an_error_in_words() -> None:
    for data in (wave(16, list(range(40))), sound_file(tone(0.02), form="FLAC"), sound_file(tone(0.02), form="AIFF")):
        for end in range(0, len(data), 3):
            with contextlib.suppress(DataError):
                assert np.isfinite(decode_sound(data[:end]).samples).all()


def test_of_a_long_sound_the_beginning_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    data = sound_file(np.stack([tone(3.0, 1_000, 100)] * 2, axis=1), 1_000)
    monkeypatch.setattr(sound_decoding, "MOST_SECONDS", 2)
    assert decode_sound(data).samples.shape == (2_000, 2)
    monkeypatch.setattr(sound_decoding, "MOST_NUMBERS", 1_000)
    assert decode_sound(data).samples.shape == (500, 2)
    assert read_header(data).seconds == 3.0


def test_a_header_is_read_without_the_samples() -> None:
    data = sound_file(tone(20.0), form="FLAC")
    assert read_header(data[:8_000]).frames == 160_000
