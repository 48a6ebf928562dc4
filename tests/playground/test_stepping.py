"""Steps by example, batch and epoch: nothing twice, nothing left out, and the numbers of the library's own training."""

from __future__ import annotations

from collections import Counter

import jax
import numpy as np
import pytest

from lamina import SettingError
from lamina.playground.sources import Sources
from lamina.playground.stepping import Position, edited, in_batches_of, step, train_for
from lamina.training.loop import Trainer
from tests.playground.runs import small


def bits(position: Position) -> list[bytes]:
    return [np.asarray(leaf).tobytes() for leaf in jax.tree.leaves(position.progress.train)]


def seen_rows(trainer: Trainer, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Every row that is stepped on by itself, from now on."""
    rows: list[int] = []
    plain = trainer.step_on

    def watched(progress: object, places: np.ndarray) -> object:
        rows.extend(places.tolist())
        return plain(progress, places)

    monkeypatch.setattr(trainer, "step_on", watched)
    return rows


def test_batches_and_epochs_are_the_same_way(sources: Sources) -> None:
    run = small(sources)
    trainer, start = run.run.trainer, run.position
    by_batch = start
    for _ in range(trainer.batches):
        by_batch = step(trainer, by_batch, "batch")
    by_epoch = step(trainer, start, "epoch")
    assert (by_batch.epoch, by_batch.step) == (1, trainer.batches) == (by_epoch.epoch, by_epoch.step)
    assert bits(by_batch) == bits(by_epoch)


def test_an_epoch_by_example_takes_each_example_once(sources: Sources, monkeypatch: pytest.MonkeyPatch) -> None:
    run = small(sources)
    trainer, now = run.run.trainer, run.position
    rows = seen_rows(trainer, monkeypatch)
    for _ in range(trainer.training.examples):
        now = step(trainer, now, "example")
    assert Counter(rows) == Counter(range(trainer.training.examples))
    assert (now.epoch, now.taken, now.progress.batch) == (1, 0, 0)
    assert now.step == trainer.training.examples
    assert now.progress.history[-1].numbers["validation loss"] > 0


def test_a_batch_after_examples_is_the_rest_of_it(sources: Sources, monkeypatch: pytest.MonkeyPatch) -> None:
    run = small(sources)
    trainer, now = run.run.trainer, run.position
    rows = seen_rows(trainer, monkeypatch)
    for _ in range(3):
        now = step(trainer, now, "example")
    assert (now.taken, now.progress.batch) == (3, 0)
    now = step(trainer, now, "batch")
    assert (now.taken, now.progress.batch, now.step) == (0, 1, 4)
    assert len(rows) == len(set(rows)) == trainer.settings.batch_size
    assert float(now.progress.sums["count"]) == trainer.settings.batch_size


@pytest.mark.slow
def test_other_batch_sizes_leave_the_place_in_the_epoch(sources: Sources, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = small(sources, batch_size=8), small(sources, batch_size=5)
    now = first.position
    for unit in ("batch", "batch", "example", "example"):
        now = step(first.run.trainer, now, unit)
    moved = in_batches_of(now, 8, 5)
    assert (moved.progress.batch, moved.taken) == (3, 3)
    rows = seen_rows(second.run.trainer, monkeypatch)
    while moved.epoch == 0:
        moved = step(second.run.trainer, moved, "example")
    assert len(rows) == len(set(rows)) == first.run.trainer.training.examples - 18


@pytest.mark.slow
def test_a_moment_of_training(sources: Sources) -> None:
    run = small(sources)
    trainer, start = run.run.trainer, run.position
    assert train_for(trainer, start, 0.0, "example").taken == 1
    assert train_for(trainer, start, 0.0, "batch").progress.batch == 1
    assert train_for(trainer, start, 10.0, "epoch").epoch == 1
    assert train_for(trainer, start, 0.3, "fast").epoch > 3


def test_units_that_are_none_and_runs_that_are_done(sources: Sources) -> None:
    run = small(sources)
    with pytest.raises(SettingError, match="a step is an example, batch, epoch; got 'row'"):
        step(run.run.trainer, run.position, "row")
    history = step(run.run.trainer, run.position, "epoch").progress.history * 20_000
    from dataclasses import replace

    done = Position(replace(run.position.progress, history=history))
    with pytest.raises(SettingError, match="20,000 epochs are as many as a model file can tell of"):
        step(run.run.trainer, done, "batch")


def test_one_weight_is_edited_and_no_other(sources: Sources) -> None:
    run = small(sources)
    after = edited(run.position, "1/weight", (1, 2), 0.75)
    before, now = (np.asarray(one.progress.train.params["1"]["weight"]) for one in (run.position, after))
    assert now[1, 2] == np.float32(0.75)
    assert np.argwhere(before != now).tolist() == [[1, 2]]
    biases = np.asarray(edited(run.position, "2/bias", (0,), -1.0).progress.train.params["2"]["bias"])
    assert biases.tolist() == [-1.0, 0.0]


@pytest.mark.parametrize(
    ("array", "index", "value", "why"),
    [
        ("7/weight", (0, 0), 1.0, "there is no array '7/weight' in this network"),
        ("1", (0, 0), 1.0, "there is no array '1' in this network"),
        ("1/weight/x", (0, 0), 1.0, "there is no array '1/weight/x' in this network"),
        ("1/weight", (2, 0), 1.0, r"1/weight has the shape \(2, 4\); it has no place \[2, 0\]"),
        ("1/weight", (0,), 1.0, r"1/weight has the shape \(2, 4\); it has no place \[0\]"),
        ("1/weight", (-1, 0), 1.0, r"it has no place \[-1, 0\]"),
        ("1/weight", (0, 0), float("nan"), "a weight needs a finite number; got nan"),
    ],
)
def test_what_cannot_be_edited(sources: Sources, array: str, index: tuple[int, ...], value: float, why: str) -> None:
    with pytest.raises(SettingError, match=why):
        edited(small(sources).position, array, index, value)
