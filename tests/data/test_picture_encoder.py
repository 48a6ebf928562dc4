"""Pictures to bytes of one size: geometry, bad pictures among good ones, what the device computes, the proof."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lamina
from lamina.arrays import Rows
from lamina.data.encoders import Encoder
from lamina.data.fitting import decode_inputs
from lamina.data.ink import Ink
from lamina.data.inputs import numbers
from lamina.data.picture_encoder import PictureEncoder, choose_size
from lamina.data.pictures import Pictures, pictures_from_array
from lamina.data.prediction_inputs import read_inputs
from lamina.data.resize import resize, to_byte
from lamina.errors import DataError, SettingError
from lamina.recipes import from_json, to_json
from tests.data.makers import class_files, encoded, noise, write

PLAIN = PictureEncoder(8, 6, 3, 0.4, 0.2)
INK = Ink(0, 0.7, 0.6, False, 0.52, 0.48, True, 0.75)


def encoder_of(inputs: Any) -> tuple[PictureEncoder, Rows]:
    encoder, pixels = decode_inputs(inputs).fit(np.arange(len(inputs)))
    assert isinstance(encoder, PictureEncoder)
    return encoder, pixels


def pictures_in(folder: Path, files: dict[str, bytes]) -> Pictures:
    inputs = lamina.read(write(folder, files)).inputs
    assert isinstance(inputs, Pictures)
    return inputs


def test_pictures_of_one_size_stay_as_they_are(tmp_path: Path) -> None:
    files = {f"cat/{n}.png": encoded(noise(n, (20, 31, 3))) for n in range(4)}
    encoder, pixels = encoder_of(pictures_in(tmp_path, files))
    assert encoder.input_shape == (20, 31, 3)
    assert np.array_equal(pixels, np.stack([noise(n, (20, 31, 3)) for n in range(4)]))
    assert encoder.mean == pytest.approx((pixels / 255).mean())
    assert encoder.scale == pytest.approx((pixels / 255).std())


def test_pictures_of_other_sizes_get_the_median_size(tmp_path: Path) -> None:
    sizes = [(20, 40), (30, 50), (300, 400)]
    files = {f"cat/{n}.png": encoded(noise(n, size)) for n, size in enumerate(sizes)}
    encoder, pixels = encoder_of(pictures_in(tmp_path, files))
    assert encoder.input_shape == (30, 50, 1)
    assert np.array_equal(pixels[2, ..., 0], to_byte(resize(noise(2, (300, 400)), 30, 50)))


def test_large_pictures_are_made_small() -> None:
    assert choose_size(pictures_from_array(noise(1, (2, 97, 60, 3)))) == (PictureEncoder(64, 60, 3), False)
    assert choose_size(pictures_from_array(noise(1, (2, 96, 60, 3)))) == (PictureEncoder(96, 60, 3), True)


def test_one_colored_picture_makes_all_colored(tmp_path: Path) -> None:
    files = {"cat/1.png": encoded(noise(1, (9, 9))), "dog/1.png": encoded(noise(2, (9, 9, 3)))}
    encoder, pixels = encoder_of(pictures_in(tmp_path, files))
    assert encoder.input_shape == (9, 9, 3)
    assert np.array_equal(pixels[0], np.repeat(noise(1, (9, 9, 1)), 3, axis=-1))


def test_the_device_standardizes() -> None:
    pixels = noise(1, (5, 8, 6, 3))
    seen = np.asarray(PLAIN.on_device(np.asarray(pixels)))
    assert seen.dtype == np.float32
    assert seen == pytest.approx((pixels / 255 - 0.4) / 0.2, abs=1e-5)


def test_plain_pictures_have_a_scale() -> None:
    encoder, _ = encoder_of(pictures_from_array(np.full((4, 8, 8), 7, np.uint8)))
    assert encoder.scale == 1.0


BAD = {"truncated.jpg": encoded(noise(1, (40, 40)), "JPEG")[:-300], "empty.png": b"", "text.gif": b"no picture"}


def test_bad_pictures_are_skipped_named_and_counted(tmp_path: Path) -> None:
    dataset = lamina.read(write(tmp_path, class_files(40) | {f"cat/{name}": data for name, data in BAD.items()}))
    decoded = decode_inputs(dataset.inputs)
    dataset.require_few_skipped(decoded.skipped)  # 3 of 83 are put up with
    assert {item.name: item.reason for item in decoded.skipped} == {
        "cat/truncated.jpg": "a truncated picture",
        "cat/empty.png": "an empty file",
        "cat/text.gif": "not a picture in a known format",
    }
    rest = dataset.without(decoded.skipped)
    assert len(rest) == len(decoded.kept) == 80
    assert len(rest) + len(rest.skipped) == 83
    assert [rest.inputs.names[n] for n in range(80)] == [dataset.inputs.names[n] for n in decoded.kept.tolist()]


def test_too_many_bad_pictures_stop(tmp_path: Path) -> None:
    files = class_files(20) | {f"cat/{name}": data for name, data in BAD.items()}
    dataset = lamina.read(write(tmp_path, files))
    skipped = decode_inputs(dataset.inputs).skipped
    with pytest.raises(
        DataError, match=r"3 of 43 examples cannot be read, more than 5%: cat/empty.png: an empty file; "
    ):
        dataset.require_few_skipped(skipped)
    lamina.read(tmp_path, bad_limit=0.1).require_few_skipped(skipped)


def test_a_class_that_loses_all_its_pictures_stops(tmp_path: Path) -> None:
    dataset = lamina.read(write(tmp_path, class_files(40) | {"empty/1.png": b""}))
    with pytest.raises(DataError, match='no example of the class "empty" can be read'):
        dataset.require_few_skipped(decode_inputs(dataset.inputs).skipped)


def test_nothing_but_bad_pictures(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="none of the files is a picture that can be read"):
        decode_inputs(lamina.read(write(tmp_path, {"cat/1.png": b"", "dog/2.png": b"x"})).inputs)


def test_a_picture_that_vanishes_is_skipped(tmp_path: Path) -> None:
    dataset = lamina.read(write(tmp_path, class_files(3)))
    (tmp_path / "cat" / "1.png").unlink()
    assert [item.name for item in decode_inputs(dataset.inputs).skipped] == ["cat/1.png"]


@pytest.mark.filterwarnings("error")
def test_what_pillow_warns_of_is_not_the_users_business(tmp_path: Path) -> None:
    broken = b"Exif\x00\x00II*\x00\x08\x00\x00\x00\xff\xff"
    data = encoded(noise(1, (9, 9)), "JPEG")
    marked = data[:2] + b"\xff\xe1" + (len(broken) + 2).to_bytes(2, "big") + broken + data[2:]
    _, kept, skipped = PLAIN.encode(pictures_in(tmp_path, {"cat/1.jpg": marked, "cat/2.jpg": data}))
    assert (len(kept), skipped) == (2, ())


def test_threads_and_one_by_one_agree(tmp_path: Path) -> None:
    files = class_files(150)
    inputs = pictures_in(tmp_path, files)
    together, kept, _ = PLAIN.encode(inputs)
    assert kept.tolist() == list(range(300))
    for place in range(0, 300, 37):
        assert np.array_equal(together[place], PLAIN.encode_raw(inputs.picture(place)))


def test_arrays_and_files_agree(tmp_path: Path) -> None:
    encoder = PictureEncoder(7, 7, 1, 0.5, 0.2, INK)
    files = pictures_in(tmp_path, {f"cat/{n}.png": encoded(noise(n, (20, 18))) for n in range(3)})
    array = pictures_from_array(np.stack([noise(n, (20, 18)) for n in range(3)]))
    assert np.array_equal(encoder.encode(files)[0], encoder.encode(array)[0])


def test_an_array_is_taken_as_it_is() -> None:
    inputs = pictures_from_array(noise(1, (5, 8, 6, 3)))
    assert PLAIN.encode(inputs)[0] is inputs.pixels


@pytest.mark.parametrize("encoder", [PLAIN, PictureEncoder(28, 28, 1, 0.1, 0.3, INK), PictureEncoder(1, 1, 1)])
def test_made_up_pictures_are_always_the_same(encoder: Encoder) -> None:
    first, again = encoder.made_up(), encoder.made_up()
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert {np.asarray(raw).dtype.name for raw in first} == {"uint8"}
    assert any(np.shape(raw) != encoder.input_shape for raw in first)
    assert from_json(to_json(encoder), Encoder, "encoder") == encoder


@pytest.mark.slow
@pytest.mark.parametrize("ink", [INK, dataclasses.replace(INK, squeeze=True, by_mass=False, ground=255)])
@pytest.mark.parametrize("size", [(28, 28), (8, 8), (40, 30)])
def test_made_up_pictures_feel_every_number_of_the_ink(ink: Ink, size: tuple[int, int]) -> None:
    encoder = PictureEncoder(*size, 1, 0.1, 0.3, ink)
    raw = encoder.made_up()
    before = np.stack([encoder.encode_raw(one) for one in raw]).astype(float)
    for field in dataclasses.fields(ink):
        value = getattr(ink, field.name)
        new = 255 - value if field.name == "ground" else not value if isinstance(value, bool) else 1.05 * value
        other = dataclasses.replace(encoder, ink=dataclasses.replace(ink, **{field.name: new}))
        after = np.stack([other.encode_raw(one) for one in raw]).astype(float)
        assert np.abs(after - before).mean() > 0.1, field.name


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ((0, 8, 1), "sides from 1 to 4,096"),
        ((8, 5000, 1), "sides from 1 to 4,096"),
        ((8, 8, 4), "1 or 3 channels"),
        ((8, 8, 1, float("nan")), "a finite mean"),
        ((8, 8, 1, 0.0, 0.0), "a positive scale"),
        ((8, 8, 3, 0.0, 1.0, INK), "frames ink in grey pictures only; got 3 channels"),
    ],
)
def test_impossible_settings(settings: Any, message: str) -> None:
    with pytest.raises(SettingError, match=message):
        PictureEncoder(*settings)


def test_other_faults() -> None:
    with pytest.raises(DataError, match="the model takes pictures; got numbers"):
        PLAIN.encode(numbers([[1.0]]))
    with pytest.raises(DataError, match=r"takes pictures of shape \(height, width, 1 or 3\)"):
        PLAIN.encode_raw(("1", "2"))
    with pytest.raises(DataError, match="takes pictures of uint8; got float64"):
        PLAIN.encode_raw(np.zeros((4, 4, 1)))


def test_files_folders_and_arrays_for_prediction(tmp_path: Path) -> None:
    write(tmp_path, class_files(2) | {"README.md": b"x"})
    one = tmp_path / "cat" / "0.png"
    assert read_inputs(one, PLAIN).names == (str(one),)
    assert len(read_inputs(tmp_path, PLAIN)) == 4
    assert len(read_inputs([str(one), tmp_path / "dog"], PLAIN)) == 3
    for shape, count in (((8, 6), 1), ((8, 6, 3), 1), ((5, 8, 6), 5), ((5, 8, 6, 3), 5)):
        assert len(read_inputs(noise(1, shape), PLAIN)) == count
    write(tmp_path, {"notes/a.md": b"x"})
    with pytest.raises(DataError, match="notes holds no pictures"):
        read_inputs(tmp_path / "notes", PLAIN)


def test_a_missing_file_is_one_bad_example(tmp_path: Path) -> None:
    write(tmp_path, class_files(1))
    inputs = read_inputs([tmp_path / "none.png", tmp_path / "cat" / "0.png"], PLAIN)
    _, kept, skipped = PLAIN.encode(inputs)
    assert kept.tolist() == [1]
    assert (skipped[0].name, skipped[0].reason) == (str(tmp_path / "none.png"), "there is no such file")
