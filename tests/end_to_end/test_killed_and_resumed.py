"""Killed at any moment and resumed in a new process, a run ends in the same bytes as one that nobody disturbed."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lamina import Model
from tests.cli.program import TIMEOUT, run, start

TRAIN = (
    "train",
    "digits",
    "--epochs",
    "60",
    "--shift",
    "1",
    "--flip",
    "--crop",
    "0.1",
    "--brightness",
    "0.1",
    "--seed",
    "3",
    "-o",
    "model.safetensors",
)
"""Dropout, pictures changed at random, Adam's moments, a schedule, the best weights: all that must come again."""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals that end a process so")


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("undisturbed")
    outcome = run(folder, *TRAIN)
    assert outcome.status == 0, outcome.err
    return (folder / "model.safetensors").read_bytes()


def wait_for_checkpoint(process: subprocess.Popen[str], path: Path, before: int) -> None:
    """Until a checkpoint is there that is newer than `before`, or the program has ended."""
    end = time.monotonic() + TIMEOUT
    while process.poll() is None and time.monotonic() < end:
        if path.exists() and path.stat().st_mtime_ns > before:
            return
        time.sleep(0.01)


def kill_at_random(folder: Path, chance: random.Random, *words: str) -> bool:
    """Start, kill at a random moment of the training, and tell whether it was still alive then."""
    path = folder / "model.checkpoint.safetensors"
    before = path.stat().st_mtime_ns if path.exists() else 0
    process = start(folder, *TRAIN, *words)
    wait_for_checkpoint(process, path, before)
    time.sleep(chance.uniform(0, 1.2))
    alive = process.poll() is None
    process.kill()
    _, err = process.communicate(timeout=TIMEOUT)
    assert process.returncode == (-signal.SIGKILL if alive else 0), err
    return alive


def survive(folder: Path, kills: int, seed: int, undisturbed: bytes) -> bytes:
    """The model file of a run that was killed so often."""
    chance = random.Random(seed)
    words: tuple[str, ...] = ()
    for kill in range(kills):
        alive = kill_at_random(folder, chance, *words)
        model = folder / "model.safetensors"
        assert alive or model.exists()
        words = ("--resume",)
        if model.exists():  # it was quicker than the kill, and must be whole then: begin anew
            assert model.read_bytes() == undisturbed, f"kill {kill}: a model before the end"
            for path in folder.iterdir():
                path.unlink()
            words = ()
    outcome = run(folder, *TRAIN, *words)
    assert outcome.status == 0, outcome.err
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["lamina-runs.jsonl", "model.safetensors"], "what a killed process left half written is cleaned up"
    return (folder / "model.safetensors").read_bytes()


@pytest.mark.slow  # tests/model/test_checkpoint.py does the same without the program
@pytest.mark.parametrize("seed", range(1, 6))
def test_twenty_five_kills_change_no_byte(seed: int, undisturbed: bytes, tmp_path: Path) -> None:
    assert survive(tmp_path, 5, seed, undisturbed) == undisturbed


@pytest.mark.full
@pytest.mark.parametrize("seed", range(6, 61))
def test_three_hundred_kills_change_no_byte(seed: int, undisturbed: bytes, tmp_path: Path) -> None:
    assert survive(tmp_path, 5, seed, undisturbed) == undisturbed


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "status", "name"), [(signal.SIGINT, 130, "Ctrl-C"), (signal.SIGTERM, 143, "SIGTERM")]
)
def test_a_signal_keeps_the_best_model_and_the_run(
    number: signal.Signals, status: int, name: str, undisturbed: bytes, tmp_path: Path
) -> None:
    process = start(tmp_path, *TRAIN)
    assert process.stdout is not None
    while not process.stdout.readline().startswith("epoch   2"):
        assert process.poll() is None
    process.send_signal(number)
    out, err = process.communicate(timeout=TIMEOUT)
    assert process.returncode == status, err
    assert out.splitlines()[-1] == (
        f"stopped by {name}; the best model so far is saved as model.safetensors; --resume goes on with the run"
    )
    found = Model.load(tmp_path / "model.safetensors").record
    assert 2 <= len(found.epochs) < 60
    assert 1 <= found.best_epoch <= len(found.epochs)
    if number == signal.SIGTERM:
        return  # from here on the two are the same
    outcome = run(tmp_path, *TRAIN, "--resume")
    assert outcome.status == 0
    assert f"going on after epoch {len(found.epochs)}  loss " in outcome.out
    assert (tmp_path / "model.safetensors").read_bytes() == undisturbed
    assert not list(tmp_path.glob("*checkpoint*"))


@pytest.mark.slow
def test_a_signal_before_the_training_ends_the_program_at_once(tmp_path: Path) -> None:
    process = start(tmp_path, *TRAIN)
    time.sleep(0.3)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=TIMEOUT)
    assert process.returncode in (-signal.SIGTERM, 143)
    assert not (tmp_path / "model.safetensors").exists() or process.returncode == 143


@pytest.mark.slow
def test_a_damaged_checkpoint_falls_back_to_the_one_before(undisturbed: bytes, tmp_path: Path) -> None:
    process = start(tmp_path, *TRAIN)
    before = tmp_path / "model.checkpoint-before.safetensors"
    wait_for_checkpoint(process, before, 0)
    process.kill()
    process.communicate(timeout=TIMEOUT)
    newest = tmp_path / "model.checkpoint.safetensors"
    newest.write_bytes(before.read_bytes()[:-100])
    outcome = run(tmp_path, *TRAIN, "--resume")
    assert outcome.status == 0, outcome.err
    assert (
        "note: model.checkpoint.safetensors cannot be used; going on from the one before it, "
        "model.checkpoint-before.safetensors"
    ) in outcome.err
    assert (tmp_path / "model.safetensors").read_bytes() == undisturbed
