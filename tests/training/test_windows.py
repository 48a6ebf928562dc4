"""Windows: whatever their size, the same numbers as with all examples on the device; errors of the reader arrive."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import jax
import numpy as np
import pytest

from lamina.errors import NonFiniteError, SaveError
from lamina.training.devices import Devices
from lamina.training.finder import find_rate, sweep_settings
from lamina.training.loop import Trainer
from lamina.training.settings import Settings
from lamina.training.step import Data
from lamina.training.windows import HostData, Streamed
from tests.training.test_loop import blobs, final, network, objective

SETTINGS = Settings(epochs=3, batch_size=8, seed=3)


def on_host(data: Data, window: int) -> HostData:
    inputs, targets, real = (np.asarray(column) for column in data)
    return HostData(inputs, targets, real, window)


def streamed(window: int, settings: Settings = SETTINGS) -> Trainer:
    return Trainer(network(), objective(), settings, on_host(blobs(), window), on_host(blobs(20, 1), window))


@pytest.fixture(scope="module")
def whole() -> list[np.ndarray]:
    return final(Trainer(network(), objective(), SETTINGS, blobs(), blobs(20, 1)))


@pytest.mark.slow
@pytest.mark.parametrize("window", [1, 4, 100])
def test_the_size_of_a_window_changes_no_bit(whole: list[np.ndarray], window: int) -> None:
    for a, b in zip(final(streamed(window)), whole, strict=True):
        assert a.tobytes() == b.tobytes()


@pytest.mark.slow
def test_a_position_in_the_middle_of_a_window_goes_on_to_the_same_bits(whole: list[np.ndarray]) -> None:
    first = streamed(4)
    first.chunk_seconds = 0.0  # a step a chunk
    progress = first.start()
    for _ in range(14):
        progress = first.advance(progress)
    assert (progress.epochs_done, progress.batch) == (1, 5), "the second of its window"
    second = streamed(4)
    while not second.finished(progress):
        progress = second.advance(progress)
    for a, b in zip(jax.tree.leaves((progress.train, progress.best)), whole, strict=True):
        assert np.asarray(a).tobytes() == b.tobytes()


def test_every_window_holds_its_part_of_the_order_and_the_next_is_read_ahead() -> None:
    data = HostData(np.arange(10), np.arange(10), np.ones(10), 2)
    windows = Streamed(data, Settings(batch_size=3, seed=1), Devices(1))
    order = []
    for number, (first, last, real) in enumerate([(0, 2, 6), (2, 4, 4)]):
        window = windows.at(0, 2 * number)
        assert (window.first, window.last, int(window.real)) == (first, last, real)
        assert window.data.inputs.shape == (6,), "all windows have one shape, so that one program serves all"
        order += window.data.inputs[:real].tolist()
        assert windows.at(0, first + 1) is window
    assert sorted(order) == list(range(10))
    assert windows._ahead is not None
    assert windows._ahead[0] == (1, 0)


@pytest.mark.slow
def test_the_rate_is_found_in_windows_too() -> None:
    settings = sweep_settings(SETTINGS)
    inside = find_rate(Trainer(network(), objective(), settings, blobs()))
    outside = find_rate(Trainer(network(), objective(), settings, on_host(blobs(), 2)))
    assert inside == outside


@pytest.mark.slow
def test_what_is_not_finite_is_found_in_its_window() -> None:
    data = replace(on_host(blobs(), 2), inputs=np.full((70, 4), np.inf, np.float32))
    made = Trainer(network(), objective(), replace(SETTINGS, epochs=1), data)
    with pytest.raises(NonFiniteError, match=r"epoch 1, step 1 of 9; it began in the inputs"):
        made.advance(made.start())


def test_an_error_of_the_reading_thread_ends_the_training() -> None:
    class Lost(np.ndarray):
        def __getitem__(self, places: Any) -> Any:
            raise SaveError("the disk is gone")

    data = on_host(blobs(), 2)
    made = Trainer(network(), objective(), SETTINGS, replace(data, inputs=data.inputs.view(Lost)))
    with pytest.raises(SaveError, match="the disk is gone"):
        made.advance(made.start())
