"""Every kind of hostile file is refused, in words, at once, and nothing that it says is run."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lamina
from lamina import Dense, Flatten, Model, Sequential
from lamina.errors import ModelFileError, UnprovenError
from tests.model.hostile.forging import parts, signed, text
from tests.model.hostile.kinds import Case, all_cases


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A small sound model file."""
    network = Sequential(Flatten(), Dense(5, "relu"), Dense(3))
    run = lamina.train("iris", network, epochs=40, learning_rate=0.02, batch_size=16)
    list(run)
    path = tmp_path_factory.mktemp("good") / "good.safetensors"
    run.model.save(path)
    return path.read_bytes()


@pytest.fixture(scope="module")
def cases(good: bytes) -> list[Case]:
    return all_cases(good)


@pytest.fixture(scope="module")
def verdicts(good: bytes, cases: list[Case], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What happened to each file, by its number in the list of cases; the good one by its name."""
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "good.safetensors").write_bytes(good)
    for number, (_, data, _) in enumerate(cases):
        (folder / f"{number:03}.safetensors").write_bytes(data)
    root = Path(__file__).resolve().parents[3]
    command = [sys.executable, "-m", "tests.model.hostile.judge", str(folder)]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        pytest.fail(done.stderr[-2000:])
    assert not (root / "canary").exists()
    assert not (folder / "canary").exists()
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.slow
def test_every_hostile_file_is_refused_in_words(cases: list[Case], verdicts: dict[str, Any]) -> None:
    wrong = []
    for number, (name, data, message) in enumerate(cases):
        verdict = verdicts[f"{number:03}.safetensors"]
        if verdict["kind"] != "ModelFileError" or not re.search(message, verdict["message"]):
            wrong.append(f"{name}: {verdict['kind']}: {verdict['message'][:200]} (expected {message})")
        if "\n" in verdict["message"] or len(verdict["message"]) > 1000 or not verdict["message"].isprintable():
            wrong.append(f"{name}: not one plain line: {verdict['message'][:200]!r}")
        if verdict["processor_seconds"] > 1.5 or verdict["seconds"] > 15:  # other programs stretch the latter alone
            wrong.append(f"{name}: took {verdict['processor_seconds']:.2f} of {verdict['seconds']:.2f} s")
        if verdict["grown_kib"] > 2 * len(data) / 1024 + 48 * 1024:
            wrong.append(f"{name}: memory grew by {verdict['grown_kib']:,} KiB for {len(data):,} bytes")
        if verdict["seen"]:
            wrong.append(f"{name}: {verdict['seen'][:3]}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.slow
def test_the_corpus_is_large(cases: list[Case]) -> None:
    assert len(cases) >= 150
    assert len({name for name, _, _ in cases}) == len(cases)


@pytest.mark.slow
def test_the_good_file_loads_without_a_trace(verdicts: dict[str, Any]) -> None:
    assert verdicts["good.safetensors"]["kind"] == "loaded"
    assert verdicts["good.safetensors"]["seen"] == []


@pytest.mark.slow
def test_names_in_a_file_are_data(tmp_path: Path) -> None:
    """45: class and column names may be anything; they are shown escaped and never a path."""
    names = np.array(["../../x", "\x1b[31mred", "<img onerror=alert(1)>"])
    inputs = np.arange(60.0).reshape(30, 2)
    run = lamina.train((inputs, names[np.arange(30) % 3]), epochs=1)
    list(run)
    path = run.model.save(tmp_path / "named.safetensors")
    assert set(Model.load(path).task.classes) == set(names)
    done = subprocess.run(
        [sys.executable, "-m", "lamina", "show", str(path)], capture_output=True, text=True, check=True, timeout=60
    )
    assert "\x1b" not in done.stdout
    assert "../../x" in done.stdout


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")
def test_what_is_no_file_is_refused_without_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """52: a folder, a pipe, a socket, devices, a dangling link, a name that no file can have."""
    pipe, link, door = tmp_path / "pipe", tmp_path / "link", tmp_path / "s"
    os.mkfifo(pipe)
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("s")  # the name of a socket must be short
    link.symlink_to(tmp_path / "nothing")
    devices = (Path("/dev/zero"), Path("/dev/random"))
    for path in (tmp_path, pipe, door, *devices, link, tmp_path / "nothing", tmp_path / "a\0b"):
        with pytest.raises(ModelFileError, match=r"not a regular file|cannot be read|is a folder"):
            Model.load(path)


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_a_link_to_a_model_is_followed(good: bytes, tmp_path: Path) -> None:
    """53."""
    (tmp_path / "real.safetensors").write_bytes(good)
    (tmp_path / "link.safetensors").symlink_to(tmp_path / "real.safetensors")
    assert Model.load(tmp_path / "link.safetensors").task.target == "class"


@pytest.mark.slow
def test_tiny_and_huge_weights_give_finite_answers_or_an_error(good: bytes, tmp_path: Path) -> None:
    """25: denormal and enormous weights are numbers; the proof does not hold, and says so."""
    header, body = parts(good)
    start, end = header["params/1/weight"]["data_offsets"]
    for value in (1e-42, 1e38):
        weights = np.full((end - start) // 4, value, "<f4").tobytes()
        path = tmp_path / "odd.safetensors"
        path.write_bytes(signed(text(header), body[:start] + weights + body[end:]))
        with pytest.raises(UnprovenError, match="the proof does not hold"):
            Model.load(path)


def test_two_models_halves_do_not_make_one(good: bytes, tmp_path: Path) -> None:
    """58: the checksum binds document and weights."""
    other = bytearray(good)
    other[-1] ^= 1
    path = tmp_path / "mixed.safetensors"
    path.write_bytes(bytes(other))
    with pytest.raises(ModelFileError, match="checksum"):
        Model.load(path)
