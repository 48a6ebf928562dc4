"""Event files: read back as TensorBoard reads them, record by record."""

from __future__ import annotations

import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import lamina
from lamina.errors import SaveError, SettingError
from lamina.training.records import Epoch
from tests.cli.program import error_of
from tests.cli.program import lamina as command_line

event_pb2 = pytest.importorskip("tensorboardX.proto.event_pb2")


def crc32c(data: bytes) -> int:
    """CRC-32C bit by bit, and masked as the format asks (Castagnoli's polynomial, reflected)."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    crc ^= 0xFFFFFFFF
    return (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF


def events(folder: Path) -> Iterator[Any]:
    """Every event of a folder's files, whose checksums hold."""
    for path in sorted(folder.iterdir()):
        data, place = path.read_bytes(), 0
        while place < len(data):
            (length,) = struct.unpack_from("<Q", data, place)
            record = data[place + 12 : place + 12 + length]
            head, body = (struct.unpack_from("<I", data, at)[0] for at in (place + 8, place + 12 + length))
            assert head == crc32c(data[place : place + 8])
            assert body == crc32c(record)
            place += 16 + length
            yield event_pb2.Event.FromString(record)


def numbers(folder: Path) -> dict[str, dict[int, float]]:
    """What was written: name -> epoch -> number."""
    found: dict[str, dict[int, float]] = {}
    for event in events(folder):
        for value in event.summary.value:
            if value.HasField("simple_value"):
                found.setdefault(value.tag, {})[event.step] = value.simple_value
    return found


def logged(folder: Path, **options: Any) -> tuple[Epoch, ...]:
    run = lamina.train("iris", epochs=3, **options)
    log = lamina.EventLog(folder, run)
    for epoch in run:
        log.write(epoch)
    log.close()
    return run.progress.history


def test_every_number_of_every_epoch(tmp_path: Path) -> None:
    history = logged(tmp_path)
    found = numbers(tmp_path)
    assert set(found) == {"loss/training", "loss/validation", "error/training", "error/validation", "learning_rate"}
    for epoch in history:
        assert found["loss/training"][epoch.number] == pytest.approx(epoch["loss"], rel=1e-6)
        assert found["loss/validation"][epoch.number] == pytest.approx(epoch["validation loss"], rel=1e-6)
        assert found["learning_rate"][epoch.number] == pytest.approx(epoch.learning_rate, rel=1e-6)


@pytest.mark.slow
def test_how_the_layers_fare(tmp_path: Path) -> None:
    (epoch, *_) = logged(tmp_path, record_layers=True)
    found = numbers(tmp_path)
    for layer in epoch.layers:
        if layer.gradient is not None:
            assert found[f"gradient/{layer.name.replace(' ', '_')}"][1] == pytest.approx(layer.gradient, rel=1e-6)
    assert any(name.startswith("dead/") for name in found)


@pytest.mark.slow
def test_a_command_writes_them_and_a_second_one_beside(tmp_path: Path) -> None:
    for name in ("a", "b"):
        words = ("train", "iris", "--epochs", "2", "--tensorboard", f"runs/{name}", "-o", f"{name}.safetensors")
        assert command_line(tmp_path, *words).status == 0
        assert sorted(numbers(tmp_path / "runs" / name)["loss/training"]) == [1, 2]


def test_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SaveError, match="file: no event files can be written there"):
        lamina.EventLog(tmp_path / "file", lamina.train("iris"))
    said = error_of(command_line(tmp_path, "train", "iris", "--tensorboard", "file"))
    assert said.startswith("file: no event files can be written there")


def test_without_the_package_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tensorboardX", None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(SettingError, match=r'the package tensorboardX, .*: pip install "lamina\[tensorboard\]"'):
        lamina.EventLog(tmp_path, lamina.train("iris"))
