"""Checkpoints: whole or refused, of this run or refused, and exact to the bit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import numpy as np
import optax
import pytest

import lamina
from lamina import BatchNorm, Dense, Dropout, Model, Run, Sequential
from lamina.errors import ModelFileError, SaveError, SettingError
from lamina.model.container import read_container, to_bytes
from tests.trained import made_sounds, sound_network

NETWORK = Sequential(Dense(8, "relu"), BatchNorm(), Dropout(0.2), Dense(3))


def make(folder: Path, source: Any = "iris", **options: Any) -> Run:
    options = {"epochs": 3, "batch_size": 16, "seed": 5, "optimizer": "adam", "network": NETWORK, **options}
    return lamina.train(source, checkpoint=folder / "iris.checkpoint.safetensors", **options)


def stop_after(run: Run, chunks: int) -> None:
    """Train a few chunks and save the position, as a killed run would have."""
    run.trainer.chunk_seconds = 0.0  # a chunk is one step
    for count, _ in enumerate(run.chunks(), 1):
        if count == chunks:
            break
    assert run.checkpoint is not None
    run.checkpoint.save(run.progress)


@pytest.mark.slow
def test_a_run_on_sounds_resumes_to_the_same_bits(tmp_path: Path) -> None:
    """The spectrograms are varied by (seed, step) alone."""
    source = (made_sounds(24), ["low", "high", "noise"] * 8)
    options = {"source": source, "network": sound_network(), "batch_size": 4, "epochs": 2}
    stop_after(make(tmp_path, **options), 3)
    resumed = make(tmp_path, **options)
    resumed.resume()
    assert int(resumed.progress.train.step) == 3
    assert finish(resumed) == finish(make(tmp_path, **options))


def finish(run: Run) -> bytes:
    for _ in run:
        pass
    leaves = jax.tree.leaves((run.progress.train, run.progress.best))
    return b"".join(np.asarray(leaf).tobytes() for leaf in leaves)


@pytest.mark.slow
@pytest.mark.parametrize("chunks", [1, 6, 7, 11, 20])
def test_a_resumed_run_ends_in_the_same_bits(chunks: int, tmp_path: Path) -> None:
    """In the middle of an epoch, at its end, and after it."""
    stop_after(make(tmp_path), chunks)
    resumed = make(tmp_path)
    last = resumed.resume()
    assert int(resumed.progress.train.step) == chunks
    assert (last.number if last else 0) == chunks // resumed.trainer.batches
    undisturbed = make(tmp_path / "elsewhere")
    undisturbed.checkpoint = None
    assert finish(resumed) == finish(undisturbed)
    assert resumed.progress.history == undisturbed.progress.history


def test_the_first_checkpoint_is_written_at_once(tmp_path: Path) -> None:
    run = make(tmp_path)
    next(iter(run.chunks()))
    assert run.checkpoint is not None
    assert run.checkpoint.path.exists()


def test_a_folder_that_is_not_there_is_told_before_an_epoch_has_passed(tmp_path: Path) -> None:
    run = make(tmp_path / "missing")
    with pytest.raises(SaveError, match="cannot be saved: No such file or directory"):
        next(iter(run.chunks()))


def test_discard_deletes_what_was_written_and_nothing_else(tmp_path: Path) -> None:
    run = make(tmp_path)
    stop_after(run, 2)
    stop_after(run, 2)
    (tmp_path / "iris-2.checkpoint.safetensors").write_bytes(b"another run's")
    assert len(list(tmp_path.iterdir())) == 3
    assert run.checkpoint is not None
    run.checkpoint.discard()
    assert [path.name for path in tmp_path.iterdir()] == ["iris-2.checkpoint.safetensors"]


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"seed": 6}, "its settings.seed was 5, now it is 6"),
        ({"batch_size": 8}, "its settings.batch_size was 16, now it is 8"),
        (
            {"optimizer": "rmsprop"},
            r"its settings.learning_rate was 0\.003, now it is None, its settings.optimizer was 'adam', now it is 'rm",
        ),
        ({"test_share": 0.3}, "its split was 'shuffled, stratified 80/20, seed 5', now it is "),
        ({"network": Sequential(Dense(8), Dense(3))}, "its network.layers was list, now it is list|its network.layers"),
        ({"label_smoothing": 0.1}, "its task.label_smoothing was 0.0, now it is 0.1"),
        ({"source": "wine"}, "the data has changed"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_another_run_is_refused_by_name(options: dict[str, Any], complaint: str, tmp_path: Path) -> None:
    stop_after(make(tmp_path), 3)
    with pytest.raises(ModelFileError, match=f"cannot go on from it: (?:{complaint})"):
        make(tmp_path, **options).resume()


@pytest.mark.slow
def test_changed_data_is_refused(tmp_path: Path) -> None:
    chance = np.random.default_rng(0)
    inputs, targets = chance.normal(size=(60, 4)), np.array(["a", "b", "c"] * 20)
    stop_after(make(tmp_path, (inputs, targets)), 2)
    inputs[17, 2] += 1e-6
    with pytest.raises(ModelFileError, match="the data has changed"):
        make(tmp_path, (inputs, targets)).resume()


def change(name: str, value: Any) -> Callable[[dict[str, Any], dict[str, Any]], None]:
    def apply(document: dict[str, Any], tensors: dict[str, Any]) -> None:
        document["position"][name] = value

    return apply


def without_a_tensor(document: dict[str, Any], tensors: dict[str, Any]) -> None:
    del tensors["train/0001"]


def of_another_shape(document: dict[str, Any], tensors: dict[str, Any]) -> None:
    tensors["train/0001"] = tensors["train/0001"][..., :1]


@pytest.mark.parametrize(
    "spoil",
    [
        change("batch", "3"), change("batch", -1), change("batch", 10**6), change("batch", True), change("batch", 1.5),
        change("total_steps", 0), change("total_steps", 2**40), change("history", {}), change("history", [{}]),
        change("best", {"epoch": 1}), change("best", []), change("best", {"epoch": "1", "loss": 0.5}),
        change("more", 1), without_a_tensor, of_another_shape,
    ],
)  # fmt: skip
def test_a_position_that_cannot_be_is_refused(spoil: Callable[..., None], tmp_path: Path) -> None:
    """With a right checksum, as a hostile file would have."""
    run = make(tmp_path)
    stop_after(run, 8)
    assert run.checkpoint is not None
    run.checkpoint.previous.unlink(missing_ok=True)
    path = run.checkpoint.path
    container = read_container(path)
    document, tensors = dict(container.document), dict(container.tensors)
    document["position"] = dict(document["position"])
    spoil(document, tensors)
    path.write_bytes(to_bytes(document, tensors))
    with pytest.raises(ModelFileError, match=r"no checkpoint to go on from: .*iris\.checkpoint\.safetensors"):
        make(tmp_path).resume()


@pytest.mark.slow
def test_the_one_before_serves_where_the_newest_is_damaged(tmp_path: Path) -> None:
    run = make(tmp_path)
    stop_after(run, 4)
    stop_after(run, 3)
    assert run.checkpoint is not None
    data = run.checkpoint.path.read_bytes()
    run.checkpoint.path.write_bytes(data[:-1] + bytes([data[-1] ^ 4]))
    resumed = make(tmp_path)
    resumed.resume()
    assert resumed.checkpoint is not None
    assert resumed.checkpoint.notes == [
        "iris.checkpoint.safetensors cannot be used; going on from the one before it, "
        "iris.checkpoint-before.safetensors"
    ]
    run.checkpoint.previous.write_bytes(b"")
    with pytest.raises(ModelFileError, match=r"the checksum does not fit.*; .*too short for a model: 0 bytes"):
        make(tmp_path).resume()


@pytest.mark.slow
def test_a_checkpoint_is_no_model_and_a_model_no_checkpoint(tmp_path: Path) -> None:
    run = make(tmp_path)
    stop_after(run, 7)
    assert run.checkpoint is not None
    with pytest.raises(ModelFileError, match="a model is needed here; this is a checkpoint"):
        Model.load(run.checkpoint.path)
    run.checkpoint.previous.unlink(missing_ok=True)
    run.model.save(run.checkpoint.path)
    with pytest.raises(ModelFileError, match="a checkpoint is needed here; this is a model"):
        make(tmp_path).resume()


def test_nothing_to_resume(tmp_path: Path) -> None:
    with pytest.raises(
        ModelFileError, match=r"no unfinished run to go on with: .*iris\.checkpoint\.safetensors is not"
    ):
        make(tmp_path).resume()
    with pytest.raises(SettingError, match="checkpoint"):
        lamina.train("iris", epochs=1).resume()


@pytest.mark.slow
def test_an_optimizer_of_ones_own_is_needed_again(tmp_path: Path) -> None:
    stop_after(make(tmp_path, optimizer=optax.sgd(0.05, momentum=0.9)), 9)
    with pytest.raises(SettingError, match='"custom" needs the Optax transformation itself'):
        make(tmp_path, optimizer="custom")
    with pytest.raises(ModelFileError, match=r"its settings\.optimizer was 'custom', now it is 'adam'"):
        make(tmp_path).resume()
    resumed = make(tmp_path, optimizer=optax.sgd(0.05, momentum=0.9))
    resumed.resume()
    undisturbed = make(tmp_path / "elsewhere", optimizer=optax.sgd(0.05, momentum=0.9))
    undisturbed.checkpoint = None
    assert finish(resumed) == finish(undisturbed)
    assert resumed.model.record.settings.optimizer == "custom"


def test_a_checkpoint_that_cannot_be_renamed_is_an_error_of_saving(tmp_path: Path) -> None:
    run = make(tmp_path)
    assert run.checkpoint is not None
    run.checkpoint.save(run.progress)
    run.checkpoint.previous.mkdir()
    with pytest.raises(SaveError, match=r"cannot be renamed to iris\.checkpoint-before\.safetensors: Is a directory"):
        run.checkpoint.save(run.progress)
