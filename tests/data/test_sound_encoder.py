"""Sounds to one rate, length and level: what is heard, bad files among good ones, what the device computes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lamina
from lamina import Sound
from lamina.arrays import Numpy, Rows, jnp
from lamina.data import sound_encoder
from lamina.data.encoders import Encoder
from lamina.data.fitting import decode_inputs
from lamina.data.inputs import numbers
from lamina.data.prediction_inputs import read_inputs
from lamina.data.sound_decoding import SoundHeader
from lamina.data.sound_encoder import SoundEncoder, choose_rate, hear, loudest
from lamina.data.sounds import SoundFiles, Sounds, sounds_from_list
from lamina.data.spectrogram import mel_powers
from lamina.errors import DataError, SettingError
from lamina.recipes import from_json, to_json
from tests.data.makers import write
from tests.data.sound_makers import sound_file, sound_folders, tone

PLAIN = SoundEncoder(8_000, 128, 9, floor=1e-4, mean=-4.0, scale=2.0)


def sound(samples: Any, rate_hz: int = 8_000) -> Sound:
    array = np.asarray(samples, np.float32)
    return Sound(array if array.ndim == 2 else array[:, None], rate_hz)


def sounds_in(folder: Path, files: dict[str, bytes]) -> Sounds:
    inputs = lamina.read(write(folder, files)).inputs
    assert isinstance(inputs, SoundFiles)
    return inputs


def encoder_of(inputs: Any, training: Numpy | None = None) -> tuple[SoundEncoder, Rows]:
    encoder, encoded = decode_inputs(inputs).fit(np.arange(len(inputs)) if training is None else training)
    assert isinstance(encoder, SoundEncoder)
    return encoder, encoded


def test_the_loudest_sample_is_full_scale_whatever_the_loudness() -> None:
    quiet, loud = (hear(sound(tone(loudness=one)), 8_000) for one in (0.01, 0.9))
    assert np.abs(quiet).max() == np.abs(loud).max() == 32_767
    np.testing.assert_allclose(quiet, loud, atol=1)
    assert quiet.dtype == np.int16


def test_channels_are_averaged() -> None:
    left, right = tone(pitch_hz=300), tone(pitch_hz=500)
    both = hear(sound(np.stack([left, right], axis=1)), 8_000)
    np.testing.assert_array_equal(both, hear(sound((left + right) / 2), 8_000))


@pytest.mark.parametrize("rate_hz", [2_000, 11_025, 22_050, 44_100])
def test_other_rates_sound_the_same(rate_hz: int) -> None:
    """Of the same tone the middle is the same; where a sound begins and ends, resampling rings."""
    expected = hear(sound(tone(0.5)), 8_000)
    heard = hear(sound(tone(0.5, rate_hz), rate_hz), 8_000)
    assert abs(len(heard) - len(expected)) <= 1
    middle = slice(len(expected) // 4, len(expected) // 2)
    np.testing.assert_allclose(heard[middle] / 32_767, expected[middle] / 32_767, atol=0.05)


def test_what_is_above_half_the_rate_is_gone() -> None:
    mixed = tone(0.5, 16_000, 500) + tone(0.5, 16_000, 7_000)
    middle = slice(1_000, 3_000)
    heard = hear(sound(mixed, 16_000), 8_000)[middle] / 32_767
    expected = np.sin(2 * np.pi * 500 * np.arange(4_000) / 8_000)[middle]
    assert abs(np.corrcoef(heard, expected)[0, 1]) > 0.999


def test_silence_stays_silent() -> None:
    assert not hear(sound(np.zeros(100)), 8_000).any()
    assert not hear(sound(5e-5 * tone()), 8_000).any()
    seen = PLAIN.on_device(jnp.asarray(PLAIN.encode_raw(sound(np.zeros(1))))[None])
    np.testing.assert_allclose(seen, (np.log(1e-4) + 4.0) / 2.0, rtol=1e-5)


@given(st.lists(st.integers(-9, 9), min_size=1, max_size=30), st.integers(1, 12))
def test_the_loudest_part_has_the_most_power(values: list[int], length: int) -> None:
    samples = np.array(values, np.int16)
    part = loudest(samples, length).astype(int)
    if len(values) <= length:
        assert part.tolist() == values
    else:
        powers = [sum(v * v for v in values[start : start + length]) for start in range(len(values) - length + 1)]
        start = powers.index(max(powers))
        assert part.tolist() == values[start : start + length]


def test_short_sounds_stand_in_the_middle_and_long_ones_are_cut() -> None:
    short = PLAIN.encode_raw(sound(np.ones(280)))
    assert short.shape == (PLAIN.length,) == (1_280,)
    assert short[500:780].tolist() == [32_767] * 280
    assert not short[:500].any()
    assert not short[780:].any()
    long = np.concatenate([0.1 * tone(1.0), tone(0.1), 0.1 * tone(1.0)])
    assert np.count_nonzero(np.abs(PLAIN.encode_raw(sound(long)).astype(int)) > 10_000) > 400


def test_of_a_very_long_sound_the_loudest_seconds_are_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sound_encoder, "LONGEST_SECONDS", 1)
    samples = np.concatenate([0.1 * tone(2.0), tone(0.5), 0.1 * tone(2.0)])
    assert len(hear(sound(samples), 8_000)) == 8_000
    assert len(hear(sound(np.zeros(20_000)), 8_000)) == 8_000
    _, encoded = encoder_of(sounds_from_list([sound(samples), sound(tone(0.2))]))
    assert encoded.shape[1] < 8_000 + 128  # whole steps


def test_the_rate_is_the_commonest_and_at_most_16_khz() -> None:
    def headers(*rates: int) -> list[SoundHeader]:
        return [SoundHeader(rate, 100, 1) for rate in rates]

    assert choose_rate(headers(8_000, 44_100, 8_000)) == 8_000
    assert choose_rate(headers(48_000, 44_100, 8_000)) == 16_000
    assert choose_rate(headers(11_025, 8_000)) == 8_000


def test_the_length_holds_nearly_all_training_sounds() -> None:
    inputs = sounds_from_list([sound(tone(0.1 + 0.01 * place)) for place in range(20)] + [sound(tone(3.0))] * 5)
    encoder, encoded = encoder_of(inputs, np.arange(20))
    assert encoder.step == 128
    assert 0.28 * 8_000 <= encoder.length < 0.28 * 8_000 + 128
    assert encoded.shape == (25, encoder.length)


@pytest.mark.slow
def test_floor_mean_and_scale_are_of_the_training_sounds_alone() -> None:
    inputs = sounds_from_list([sound(tone(0.2, pitch_hz=100 + 50 * place)) for place in range(12)])
    encoder, encoded = encoder_of(inputs, np.arange(6))
    powers = mel_powers(encoded[:6], 8_000, encoder.step, 40, np)
    assert encoder.floor == pytest.approx(1e-3 * powers.mean())
    seen = np.asarray(encoder.on_device(jnp.asarray(encoded[:6])))
    assert seen.shape == (6, *encoder.input_shape)
    assert (seen.mean(), seen.std()) == pytest.approx((0, 1), abs=1e-4)
    assert encoder_of(inputs.subset(np.arange(6)))[0] == encoder


def test_silent_sounds_have_a_scale() -> None:
    encoder, _ = encoder_of(sounds_from_list([sound(np.zeros(2_000))] * 3))
    assert (encoder.scale, encoder.floor) == (1.0, 1e-12)


def test_the_device_computes_the_formula() -> None:
    encoded = PLAIN.encode_raw(sound(tone(0.16)))[None]
    seen = np.asarray(PLAIN.on_device(jnp.asarray(encoded)))
    powers = mel_powers(encoded, 8_000, 128, 40, np)
    np.testing.assert_allclose(seen[..., 0], (np.log(powers + 1e-4) + 4.0) / 2.0, atol=1e-4)
    assert seen.dtype == np.float32


BAD = {"empty.wav": b"", "text.wav": b"no sound", "cut.wav": sound_file(tone(0.2))[:-100]}
NAN = {"nan.wav": sound_file(np.full(100, np.nan), depth="FLOAT")}


def test_bad_sounds_are_skipped_named_and_counted(tmp_path: Path) -> None:
    files = sound_folders(45) | {f"low/{name}": data for name, data in (BAD | NAN).items()}
    dataset = lamina.read(write(tmp_path, files))
    decoded = decode_inputs(dataset.inputs)
    dataset.require_few_skipped(decoded.skipped)  # 4 of 94 are put up with
    assert {item.name: item.reason for item in decoded.skipped} == {
        "low/empty.wav": "an empty file",
        "low/text.wav": "not a sound in a known format",
        "low/cut.wav": "a truncated sound: its header promises 3,200 bytes of samples, 3,100 are there",
        "low/nan.wav": "it has samples that are no finite numbers",
    }
    assert len(dataset.without(decoded.skipped)) == len(decoded.kept) == 90


def test_nothing_but_bad_sounds(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="none of the files is a sound that can be read"):
        decode_inputs(lamina.read(write(tmp_path, {"low/1.wav": b"", "high/2.wav": b"x"})).inputs)


def test_what_is_changed_on_the_way_in_is_said(tmp_path: Path) -> None:
    files = sound_folders(3) | {
        "low/fast.wav": sound_file(tone(0.1, 44_100), 44_100),
        "low/two.wav": sound_file(np.stack([tone(), tone()], axis=1)),
        "low/silent.wav": sound_file(np.zeros(800)),
        "low/long.flac": sound_file(tone(11.0), form="FLAC"),
    }
    assert decode_inputs(sounds_in(tmp_path, files)).notes == (
        "sounds of 8,000 Hz, 44,100 Hz are brought to 8,000 Hz",
        "1 sounds have several channels; their mean is taken",
        "1 sounds last more than 10 s; their loudest 10 s are taken",
        "1 sounds are silent (low/silent.wav)",
    )


def test_files_and_arrays_agree(tmp_path: Path) -> None:
    inputs = sounds_in(tmp_path, {f"low/{n}.wav": sound_file(tone(0.1 + n / 50), depth="FLOAT") for n in range(3)})
    listed = sounds_from_list([sound(tone(0.1 + n / 50)) for n in range(3)])
    np.testing.assert_array_equal(PLAIN.encode(inputs)[0], PLAIN.encode(listed)[0])
    for place in range(3):
        np.testing.assert_array_equal(PLAIN.encode(inputs)[0][place], PLAIN.encode_raw(inputs.sound(place)))


def test_hashes_tell_sounds_apart(tmp_path: Path) -> None:
    one, two = sound(tone()), sound(tone(), 16_000)
    hashes = sounds_from_list([one, one, two]).hashes()
    assert hashes[0] == hashes[1] != hashes[2]
    files = sounds_in(tmp_path, {"low/1.wav": sound_file(tone()), "low/2.wav": sound_file(tone(), 16_000)}).hashes()
    assert len(set(files)) == 2


@pytest.mark.parametrize("encoder", [PLAIN, SoundEncoder(16_000, 256, 600), SoundEncoder(1_000, 16, 1)])
def test_made_up_sounds_are_always_the_same(encoder: SoundEncoder) -> None:
    first, again = encoder.made_up(), encoder.made_up()
    for one, same in zip(first, again, strict=True):
        assert isinstance(one, Sound)
        assert isinstance(same, Sound)
        assert one.samples.tobytes() == same.samples.tobytes()
        assert one.samples.size <= 1_000_000  # what a model file takes
        encoded = encoder.encode_raw(one)
        assert encoded.any()
    assert from_json(to_json(encoder), Encoder, "encoder") == encoder


@pytest.mark.parametrize(("settings", "message"), [
    ((0, 128, 9), "a rate_hz from 1,000 to 48,000"),
    ((8_000, 4, 9), "a step from 8 to 4,096"),
    ((8_000, 128, 0), "1 to 20,000 frames"),
    ((8_000, 128, 9, 300), "1 to 256 bands"),
    ((8_000, 128, 9, 40, 0.0), "a positive floor"),
    ((8_000, 128, 9, 40, 1.0, float("nan")), "a finite mean"),
    ((8_000, 128, 9, 40, 1.0, 0.0, -1.0), "a positive scale"),
])  # fmt: skip
def test_impossible_settings(settings: Any, message: str) -> None:
    with pytest.raises(SettingError, match=message):
        SoundEncoder(*settings)


@pytest.mark.parametrize(("value", "message"), [
    (np.zeros(3), r"sound 1: sounds are given as lamina.Sound\(samples, rate_hz\) or as files; got ndarray"),
    (Sound(np.zeros((0, 1)), 8_000), "needs samples .* got float64 of shape"),
    (Sound(np.zeros((2, 99)), 8_000), "at most 32 channels"),
    (Sound(np.zeros(3, np.int16), 8_000), "got int16 of shape"),
    (Sound(np.zeros(3), 10), "a rate from 1,000 to 384,000 Hz; got 10"),
    (Sound(np.array([np.nan]), 8_000), "one is NaN or infinite"),
])  # fmt: skip
def test_sounds_that_are_none(value: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        sounds_from_list([value])
    with pytest.raises(DataError, match=message.removeprefix("sound 1: ")):
        PLAIN.encode_raw(value)


def test_other_inputs() -> None:
    with pytest.raises(DataError, match="the model takes sounds; got numbers"):
        PLAIN.encode(numbers([[1.0]]))


def test_files_folders_and_sounds_for_prediction(tmp_path: Path) -> None:
    write(tmp_path, sound_folders(2) | {"README.md": b"x", "notes/a.md": b"x"})
    assert len(read_inputs(tmp_path, PLAIN)) == 4
    assert len(read_inputs([tmp_path / "low" / "0.wav", str(tmp_path / "high")], PLAIN)) == 3
    assert len(read_inputs(sound(tone()), PLAIN)) == 1
    assert len(read_inputs([sound(tone()), Sound(tone(), 16_000)], PLAIN)) == 2
    with pytest.raises(DataError, match="notes holds no sounds"):
        read_inputs(tmp_path / "notes", PLAIN)


def test_sounds_are_told_by_content(tmp_path: Path) -> None:
    files = {name.replace(".wav", ".dat"): data for name, data in sound_folders(2).items()}
    assert len(sounds_in(tmp_path, files | {"low/0.png": b"a picture that is none"})) == 4
