"""Many runs in one program: each as by itself."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lamina import BatchNorm, Conv2D, Dense, Dropout, Flatten, Sequential, SettingError
from lamina.layers.base import Layer
from lamina.training import together
from lamina.training.loop import Trainer
from lamina.training.records import Progress
from lamina.training.settings import Settings
from lamina.training.step import Data
from lamina.training.together import Together, go_together, train_together
from lamina.training.windows import filled_up
from tests.training.test_loop import blobs, network, objective
from tests.training.test_windows import on_host

RUNS = [
    Settings(epochs=4, batch_size=16, seed=seed, learning_rate=rate) for seed, rate in ((0, 0.01), (1, 0.01), (1, 0.1))
]


def alone(net: Layer, settings: Settings, training: Data, validation: Data | None) -> Progress:
    made = Trainer(net, objective(), settings, training, validation)
    progress = made.start()
    while not made.finished(progress):
        progress = made.advance(progress)
    return progress


def compare(found: Progress, single: Progress) -> None:
    assert found.epochs_done == single.epochs_done
    for one, other in zip(found.history, single.history, strict=True):
        assert one.numbers.keys() == other.numbers.keys()
        np.testing.assert_allclose(list(one.numbers.values()), list(other.numbers.values()), rtol=1e-4, atol=1e-6)
        assert one.learning_rate == other.learning_rate
    assert found.best is not None
    assert single.best is not None
    assert found.best.epoch == single.best.epoch
    pairs = zip(jax.tree.leaves(found.best.params), jax.tree.leaves(single.best.params), strict=True)
    for weights, own in pairs:
        np.testing.assert_allclose(weights, own, rtol=1e-3, atol=1e-5)


def trained(net: Layer, runs: list[Settings], training: Data, validation: Data | None = None) -> list[Progress]:
    return train_together(Trainer(net, objective(), (runs or RUNS)[0], training, validation), runs)


@pytest.mark.slow
def test_each_run_is_as_by_itself() -> None:
    training, validation = blobs(), blobs(20, 1)
    found = trained(network(), RUNS, training, validation)
    for settings, progress in zip(RUNS, found, strict=True):
        compare(progress, alone(network(), settings, training, validation))
    weights = [np.asarray(progress.train.params["0"]["weight"]) for progress in found]
    assert not np.allclose(weights[0], weights[1])


@pytest.mark.slow
def test_validation_examples_count_by_their_weight() -> None:
    """Rows that fill up the validation part have none."""
    training, few = blobs(), blobs(20, 1)
    filled = filled_up(few, 64)
    weighted = few._replace(weights=jnp.linspace(0.1, 2.0, 20))
    for validation, same in ((filled, few), (weighted, weighted)):
        [found] = trained(network(), RUNS[:1], training, validation)
        compare(found, alone(network(), RUNS[0], training, same))


@pytest.mark.slow
def test_runs_without_a_validation_part_that_end_by_themselves() -> None:
    found = trained(Dense(3), RUNS[:1], blobs())
    compare(found[0], alone(Dense(3), RUNS[0], blobs(), None))


@pytest.mark.slow
def test_convolutions_are_trained_together() -> None:
    chance = np.random.default_rng(0)
    pictures = jnp.asarray(chance.normal(size=(40, 6, 6, 1)), jnp.float32)
    data = Data(pictures, jnp.asarray(chance.integers(0, 3, 40)), jnp.ones(40))
    layers = Sequential(Conv2D(4, 3, "relu"), BatchNorm(), Flatten(), Dropout(0.2), Dense(3))
    program = Together(Trainer(layers, objective(), RUNS[0], data, data), RUNS)
    for settings, progress in zip(RUNS, program.train(), strict=True):
        compare(progress, alone(layers, settings, data, data))


@pytest.mark.slow
def test_patience_ends_each_run_by_itself() -> None:
    runs = [replace(settings, epochs=30, patience=2) for settings in RUNS]
    noise = Data(*(jnp.flip(column) for column in blobs(20, 5)))
    ended = [progress.epochs_done for progress in trained(network(), runs, blobs(), noise)]
    assert ended == [alone(network(), settings, blobs(), noise).epochs_done for settings in runs]
    assert min(ended) < 30


@pytest.mark.slow
def test_a_run_that_explodes_stays_where_it_was_finite() -> None:
    runs = [replace(RUNS[0], optimizer="gradient_descent", learning_rate=rate) for rate in (0.01, 1e38)]
    calm, wild = trained(Dense(3), runs, blobs(), blobs(20, 1))
    assert calm.epochs_done == 4
    assert wild.epochs_done == 0
    compare(calm, alone(Dense(3), runs[0], blobs(), blobs(20, 1)))


@pytest.mark.slow
def test_large_networks_go_on_side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(together, "MOST_WEIGHTS", 0)
    runs = [replace(RUNS[0], optimizer="gradient_descent", learning_rate=rate) for rate in (0.01, 0.02, 1e38)]
    training, validation = blobs(), blobs(20, 1)
    *calm, wild = trained(Dense(3), runs, training, validation)
    for settings, progress in zip(runs, calm, strict=False):
        compare(progress, alone(Dense(3), settings, training, validation))
    assert wild.epochs_done == 0


def test_streamed_examples_are_refused() -> None:
    host = on_host(blobs(), 2)
    with pytest.raises(SettingError, match="needs all examples on the device; these are streamed"):
        Together(Trainer(Dense(3), objective(), RUNS[0], host), RUNS)


def test_runs_that_differ_in_more() -> None:
    words = "may differ in seed and learning_rate only; batch_size is 16 and 8"
    with pytest.raises(SettingError, match=words):
        trained(Dense(3), [RUNS[0], replace(RUNS[1], batch_size=8)], blobs())
    with pytest.raises(SettingError, match="needs the settings of one run or more"):
        trained(Dense(3), [], blobs())


@pytest.mark.slow
def test_runs_may_have_examples_of_their_own() -> None:
    each = [(blobs(40, seed), blobs(20, 10 + seed)) for seed in range(3)]
    first = Trainer(network(), objective(), RUNS[0], *each[0])
    found = train_together(first, RUNS, each)
    for settings, own, progress in zip(RUNS, each, found, strict=True):
        compare(progress, alone(network(), settings, *own))


@pytest.mark.slow
def test_a_sibling_may_have_examples_of_its_own() -> None:
    each = [(blobs(40, seed), blobs(20, 10 + seed)) for seed in range(2)]
    first = Trainer(network(), objective(), RUNS[0], *each[0])
    made = first.sibling(RUNS[1], *each[1])
    progress = made.start()
    while not made.finished(progress):
        progress = made.advance(progress)
    compare(progress, alone(network(), RUNS[1], *each[1]))


def test_networks_with_convolutions_go_side_by_side() -> None:
    dense = Sequential(Flatten(), Dense(4))
    assert go_together(dense, (8, 8, 1))
    assert not go_together(Sequential(Conv2D(2, 3), Flatten(), Dense(4)), (8, 8, 1))
    assert not go_together(Dense(1000), (1000,))


class MadeUpTrainer:
    """Its epochs are one batch long, and learn nothing."""

    settings = Settings(epochs=6)

    def start(self) -> SimpleNamespace:
        return SimpleNamespace(epochs_done=0, batch=0)

    def sibling(self, *_: object) -> MadeUpTrainer:
        return self

    def compile(self, progress: SimpleNamespace) -> None:
        assert progress.epochs_done == 0

    def finished(self, progress: SimpleNamespace) -> bool:
        return bool(progress.epochs_done == self.settings.epochs)

    def advance(self, progress: SimpleNamespace) -> SimpleNamespace:
        return SimpleNamespace(epochs_done=progress.epochs_done + 1, batch=0)


def test_networks_that_wait_need_only_what_is_still_to_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three networks of six epochs one after the other, each epoch a second."""
    monkeypatch.setattr(together.os, "cpu_count", lambda: 1)
    monkeypatch.setattr(together.time, "perf_counter", count().__next__)
    needed: list[float] = []
    ended = together.side_by_side(MadeUpTrainer(), [Settings()] * 3, require=needed.append)
    assert [one.epochs_done for one in ended] == [6, 6, 6]
    assert [seconds for seconds in needed if seconds] == [3 * 6 - 2, 2 * 6 - 2, 6 - 2]
