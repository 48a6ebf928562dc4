"""Programs that runs share: the same bits as programs of their own, nothing compiled twice, no data kept."""

from __future__ import annotations

import gc
import itertools
import weakref
from dataclasses import replace
from typing import Any

import jax
import numpy as np
import pytest

from lamina import Dense, Layer, Sequential
from lamina.layers.base import PureLayer
from lamina.training.loop import Trainer
from lamina.training.outputs import forward_of
from lamina.training.programs import Kept, shared_outputs, shared_trainer
from lamina.training.records import Progress
from lamina.training.settings import Settings
from lamina.training.step import Data
from lamina.training.windows import filled_up, room_for
from tests.training.test_loop import blobs, final, network, objective
from tests.training.test_windows import on_host

SETTINGS = Settings(epochs=3, batch_size=16, seed=3)


def shared(settings: Settings = SETTINGS, data: Data | None = None, net: Layer | None = None) -> Trainer:
    design = replace(objective(), design="three classes")
    return shared_trainer(net or network(), design, settings, data or blobs(), blobs(20, 1))


def ended(trainer: Trainer) -> Progress:
    progress = trainer.start()
    while not trainer.finished(progress):
        progress = trainer.advance(progress)
    return progress


@pytest.mark.slow
def test_a_shared_program_gives_the_bits_of_one_of_its_own() -> None:
    shared()  # so that what follows takes the programs of another run
    for settings, data in ((SETTINGS, blobs()), (replace(SETTINGS, seed=4, learning_rate=0.01), blobs(90, 2))):
        own = ended(Trainer(network(), objective(), settings, data, blobs(20, 1)))
        other = ended(shared(settings, data))
        assert own.best is not None
        assert other.best is not None
        trees = [(one.train, one.best.epoch, one.best.params) for one in (own, other) if one.best is not None]
        for a, b in zip(*map(jax.tree.leaves, trees), strict=True):
            assert np.asarray(a).tobytes() == np.asarray(b).tobytes()
        assert other.best.loss == pytest.approx(own.best.loss, rel=1e-6), "a sum over rows that weigh nothing too"


@pytest.mark.slow
def test_what_differs_in_dials_and_a_few_rows_compiles_nothing_again() -> None:
    net = Sequential(Dense(7, "tanh"), Dense(3))
    first = shared(net=net)
    final(first)
    assert first.compile_seconds > 0
    dials = replace(SETTINGS, seed=9, learning_rate=0.5, epochs=2, patience=1)
    for settings, count in ((dials, 70), (SETTINGS, 65), (SETTINGS, 128)):
        other = shared(settings, blobs(count, 5), net)
        final(other)
        assert (other.compile_seconds, other.batches) == (0.0, -(-count // 16))


@pytest.mark.parametrize(
    ("settings", "net"),
    [(replace(SETTINGS, batch_size=8), None), (replace(SETTINGS, l2=0.1), None), (SETTINGS, Sequential(Dense(3)))],
    ids=["batch size", "penalty", "network"],
)
def test_another_design_has_programs_of_its_own(settings: Settings, net: Layer | None) -> None:
    assert shared(settings, net=net).outputs is not shared().outputs


def test_what_cannot_be_compared_is_not_shared() -> None:
    plain = [shared_trainer(network(), objective(), SETTINGS, blobs()) for _ in range(2)]
    assert plain[0].outputs is not plain[1].outputs, "an objective without a design"
    design = replace(objective(), design="three classes")
    streamed = on_host(blobs(), 2)
    assert shared_trainer(network(), design, SETTINGS, streamed).training is streamed


def test_the_validation_part_counts_its_own_examples_alone() -> None:
    own, other = Trainer(network(), objective(), SETTINGS, blobs(), blobs(20, 1)), shared()
    train = own.start().train
    assert other.validation is not None
    found = [one.measure(train.params, train.state, one.validation) for one in (own, other)]
    assert found[0].keys() == found[1].keys() == {"loss", "error"}
    np.testing.assert_allclose(list(found[0].values()), list(found[1].values()), rtol=1e-6)


@pytest.mark.slow
def test_the_examples_of_a_run_are_not_kept() -> None:
    trainer = shared(net=Sequential(Dense(5), Dense(3)))
    gone = weakref.ref(trainer)
    del trainer
    gc.collect()
    assert gone() is None


def test_the_last_things_are_kept() -> None:
    kept, made = Kept(2), itertools.count(1)

    def ask(design: Any) -> Any:
        return kept.get(design, lambda: next(made))

    assert [ask(one) for one in ("a", "b", "a", "c", "a", "b")] == [1, 2, 1, 3, 1, 4]
    assert [ask(["no hash"]) for _ in range(2)] == [5, 6]


def test_layers_of_ones_own_that_have_no_hash_are_not_shared() -> None:
    class Listed(PureLayer):
        __hash__ = None  # type: ignore[assignment]  # as a dataclass that is not frozen

        def parameters(self, shape: Any) -> Any:
            return {}

        def output_shape(self, shape: Any) -> Any:
            return shape

        def forward(self, params: Any, x: Any) -> Any:
            return 2 * x

    outputs = [shared_outputs(one, forward_of(one)) for one in [Listed()] * 2]
    assert outputs[0] is not outputs[1]
    assert np.asarray(outputs[0]({}, {}, np.ones((3, 2), np.float32))).tolist() == [[2.0, 2.0]] * 3


@pytest.mark.parametrize(
    ("count", "width", "rows"),
    [(0, 4, 64), (1, 4, 64), (64, 4, 64), (65, 4, 128), (5_000, 4, 8_192), (5_000, 600, 5_000), (3, 300_000, 3)],
)
def test_rooms_are_powers_of_two_unless_that_is_much_memory(count: int, width: int, rows: int) -> None:
    inputs = np.broadcast_to(np.float32(0), (count, width))
    data: Any = Data(inputs, inputs[:, 0], inputs[:, 0])
    assert room_for(data) == rows


def test_what_fills_a_room_has_no_weight() -> None:
    filled = filled_up(blobs(3), 8)
    assert filled.examples == 8
    assert filled.weights.tolist() == [1, 1, 1, 0, 0, 0, 0, 0]
    assert not np.asarray(filled.inputs[3:]).any()
    assert filled.targets.dtype == blobs(3).targets.dtype
