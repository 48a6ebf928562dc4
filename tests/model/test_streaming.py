"""More than memory: the same model file, to the byte, whether the examples are in memory or stream from disk."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lamina
from lamina import Conv2D, Dense, Flatten, GlobalAveragePool2D, Run, Sequential
from lamina.data import memory
from lamina.data.memory import Memory
from lamina.data.store import StoredRows
from lamina.errors import SettingError
from lamina.training.windows import HostData, Streamed
from tests.cli.program import TIMEOUT
from tests.data.makers import encoded, noise, write, zipped
from tests.data.sound_makers import sound_file, tone

PICTURES = Sequential(Conv2D(2, 3, "relu"), Flatten(), Dense(2))
SOUNDS = Sequential(Conv2D(2, 3, "relu"), GlobalAveragePool2D(), Dense(2))
ROWS = Sequential(Dense(4, "tanh"), Dense(2))
SMALL = 20_000
"""So many bytes are less than the examples of each source below take."""


def pictures(folder: Path) -> Path:
    """Drawings and photos would be fitted by other numbers; these are of several sizes, one of them is broken."""
    files = {f"{'ab'[place % 2]}/{place}.png": encoded(noise(place, (8 + place % 3, 9, 3))) for place in range(60)}
    return zipped(folder / "pictures.zip", {**files, "a/broken.png": b"\x89PNG\r\n"})


def sounds(folder: Path) -> Path:
    """Of several lengths and rates; one is broken."""
    files = {
        f"{'ab'[place % 2]}/{place}.wav": sound_file(tone(0.05 + 0.002 * place, pitch_hz=300 + 90 * place), 8_000)
        for place in range(24)
    }
    return write(folder / "sounds", {**files, "a/broken.wav": b"RIFF"})


def rows(folder: Path) -> Path:
    """Numbers with gaps, and a category."""
    chance = np.random.default_rng(0)
    lines = ["x,y,color,class"]
    for number in range(300):
        x, y = chance.normal(size=2)
        gap = "" if number % 17 == 0 else f"{y:.4f}"
        lines.append(f"{x:.4f},{gap},{'red' if x > y else 'blue'},{'high' if x + y > 0 else 'low'}")
    path = folder / "rows.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def rows_with_pictures(folder: Path) -> Path:
    """Numbers beside pictures of one size; one of them is broken."""
    files = {f"{place}.png": encoded(noise(place, (6, 6, 3))) for place in range(60)}
    lines = "".join(f"{place}.png,{place % 7 - 0.5 * place},{'ab'[place % 2]}\n" for place in range(60))
    files |= {"17.png": b"\x89PNG\r\n", "pictures.csv": f"picture,x,class\n{lines}".encode()}
    return write(folder / "mixed", files) / "pictures.csv"


KINDS: dict[str, tuple[Callable[[Path], Path], Sequential, dict[str, Any]]] = {
    "pictures": (pictures, PICTURES, {}),
    "sounds": (sounds, SOUNDS, {}),
    "rows": (rows, ROWS, {"target": "class"}),
    "rows with pictures": (rows_with_pictures, ROWS, {"target": "class"}),
}


@pytest.fixture(autouse=True)
def little_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "LEAST_BYTES", 1)


def make(kind: str, folder: Path, limit: int | None, **options: Any) -> Run:
    source, network, reading = KINDS[kind]
    return lamina.train(source(folder), network, memory=limit, epochs=2, batch_size=8, seed=3, **reading, **options)


def finish(run: Run, path: Path) -> bytes:
    for _ in run:
        pass
    return run.model.save(path).read_bytes()


@pytest.fixture(
    scope="module",
    params=[pytest.param(name, marks=pytest.mark.full if name == "pictures" else pytest.mark.slow) for name in KINDS],
)
def kept(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, bytes]:
    """A kind, and the file of a model that was trained in memory."""
    folder = tmp_path_factory.mktemp("kept")
    run = make(request.param, folder, None)
    assert isinstance(run.prepared.inputs, np.ndarray)
    return request.param, finish(run, folder / "m.safetensors")


def test_a_streamed_run_saves_the_same_bytes(kept: tuple[str, bytes], tmp_path: Path) -> None:
    kind, expected = kept
    run = make(kind, tmp_path, {"rows": 5_000, "rows with pictures": 10_000}.get(kind, SMALL))
    assert isinstance(run.prepared.inputs, StoredRows)
    windows = run.trainer._windows
    assert isinstance(windows, Streamed)
    assert 1 <= windows._size < run.trainer.batches, "several windows an epoch"
    assert len(run.prepared.memory.said) == 1
    assert finish(run, tmp_path / "m.safetensors") == expected


@pytest.mark.slow
def test_pictures_compiled_as_for_users() -> None:
    """The compiler of the other tests adds up in another order where there are more rows."""
    environment = {name: value for name, value in os.environ.items() if name != "XLA_FLAGS"}
    words = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", "-m", "full", __file__]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=TIMEOUT, check=False)
    assert done.returncode == 0, done.stdout
    assert "2 passed" in done.stdout


@pytest.mark.full
def test_a_killed_run_goes_on_with_other_memory_to_the_same_bytes(tmp_path: Path) -> None:
    """Where the examples are kept is no part of a run: a checkpoint fits both."""
    options = {"checkpoint": tmp_path / "m.checkpoint.safetensors"}
    first = make("pictures", tmp_path, SMALL, **options)
    first.trainer.chunk_seconds = 0.0  # a chunk is one step
    for count, _ in enumerate(first.chunks(), 1):
        if count == 8:
            break
    assert first.checkpoint is not None
    first.checkpoint.save(first.progress)
    position, files = options["checkpoint"].read_bytes(), []
    for limit in (SMALL, None):
        run = make("pictures", tmp_path, limit, **options)
        options["checkpoint"].write_bytes(position)
        run.resume()
        assert int(run.progress.train.step) == 8
        files.append(finish(run, tmp_path / "m.safetensors"))
    assert files[0] == files[1]


@pytest.mark.slow
def test_arrays_are_brought_to_the_device_in_windows() -> None:
    data = (noise(1, (80, 6, 6)), ["a", "b"] * 40)
    runs = [lamina.train(data, PICTURES, epochs=1, batch_size=8, memory=limit) for limit in (None, 3_000)]
    assert isinstance(runs[1].trainer.training, HostData)
    assert isinstance(runs[1].prepared.inputs, np.ndarray), "they were there already"
    assert runs[0].prepared.memory.said == []
    assert runs[1].prepared.memory.said == [
        "in memory the examples would take 8.64 KB, more than the 3 KB that they may (--memory): they are brought to "
        "the device in parts, with the same results"
    ]
    for run in runs:
        list(run)
    assert runs[0].progress.history == runs[1].progress.history


@pytest.mark.slow
def test_a_model_answers_for_more_than_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = pictures(tmp_path)
    model = lamina.train(source, PICTURES, epochs=1).model
    expected = model.evaluate(source)
    monkeypatch.setattr("lamina.model.examples.memory_from", lambda _: Memory(SMALL))
    assert model.evaluate(source) == expected


@pytest.mark.slow
def test_an_autoencoder_says_that_it_keeps_all(tmp_path: Path) -> None:
    run = lamina.train("iris", task="clustering", memory=1_000, epochs=1)
    assert run.prepared.memory.said == [
        "for clustering all examples are kept in memory, since they are its targets too; --memory changes nothing"
    ]


def test_no_size(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="--memory needs a size such as 2GB"):
        lamina.train("iris", memory="lots")
