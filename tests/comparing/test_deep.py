"""The network in a fold: many as one program give what each gives alone."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest

import lamina
from lamina.comparing import deep
from lamina.comparing.clock import Clock, OutOfTimeError, StoppedError
from lamina.comparing.folds import Folds
from lamina.comparing.preparing import PreparedFold, Source
from lamina.training import together


@pytest.fixture(scope="module")
def folds() -> list[PreparedFold]:
    source = Source(lamina.read("iris"))
    return [source.prepared(fold) for fold in Folds(source.dataset, 2).of(40)]


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Networks that learn for six epochs."""
    whole = deep.Design.of.__func__

    def cut(cls: type[deep.Design], prepared: PreparedFold) -> deep.Design:
        made = whole(cls, prepared)
        return replace(made, settings=replace(made.settings, epochs=6))

    monkeypatch.setattr(deep.Design, "of", classmethod(cut))


@pytest.mark.slow
@pytest.mark.usefixtures("short")
def test_several_seeds_as_one_program_are_as_each_alone(folds: list[PreparedFold]) -> None:
    at_once = deep.train(folds, (1.0, 4.0), Clock())
    for fold, one in zip(folds, at_once, strict=True):
        alone = deep.train([fold], (1.0, 4.0), Clock())[0]
        for place in (0, 1):
            ours, single = one.positions[place], alone.positions[place]
            for epoch, other in zip(ours.history, single.history, strict=True):
                assert epoch.numbers == pytest.approx(other.numbers, rel=1e-3, abs=1e-5)
            assert one.learnt(place).error == alone.learnt(place).error


@pytest.mark.slow
@pytest.mark.usefixtures("short")
def test_side_by_side_is_the_same(folds: list[PreparedFold], monkeypatch: pytest.MonkeyPatch) -> None:
    at_once = deep.train(folds, (1.0,), Clock())
    monkeypatch.setattr(together, "MOST_WEIGHTS", 0)
    apart = deep.train(folds, (1.0,), Clock())
    for one, other in zip(at_once, apart, strict=True):
        assert one.positions[0].history[-1].numbers == pytest.approx(other.positions[0].history[-1].numbers, rel=1e-3)


@pytest.mark.slow
def test_the_network_learns() -> None:
    source = Source(lamina.read("iris"))
    folds = [source.prepared(fold) for fold in Folds(source.dataset, 2).of(110)]
    for trained in deep.train(folds, deep.RATES, Clock()):
        learnt = trained.learnt(trained.best())
        assert learnt.error <= 0.15
        assert learnt.bytes > 4 * 64 * 64
        assert learnt.setting.startswith("learning rate x ")


@pytest.mark.slow
@pytest.mark.usefixtures("short")
def test_training_ends_with_the_time(folds: list[PreparedFold], monkeypatch: pytest.MonkeyPatch) -> None:
    stopped = Clock()
    stopped.stopped = "Ctrl-C"
    with pytest.raises(StoppedError):
        deep.train(folds, (1.0,), stopped)
    with pytest.raises(OutOfTimeError):
        deep.train(folds, (1.0,), Clock(time.perf_counter() - 1))
    monkeypatch.setattr(together, "MOST_WEIGHTS", 0)
    with pytest.raises(OutOfTimeError):
        deep.train(folds, (1.0,), Clock(time.perf_counter() - 1))


def test_columns_of_zeros_make_rows_wider_and_change_no_answer() -> None:
    rows = np.arange(6, dtype=np.float32).reshape(2, 3)
    assert deep.filled_up(rows, 3) is rows
    np.testing.assert_array_equal(deep.filled_up(rows, 5), [[0, 1, 2, 0, 0], [3, 4, 5, 0, 0]])


def test_folds_of_one_table_are_alike(folds: list[PreparedFold]) -> None:
    assert deep.alike(folds)


def test_texts_with_other_words_are_not() -> None:
    texts = [f"word{place} film {place % 7}" for place in range(60)]
    source = Source(lamina.read((texts, ["a", "b"] * 30)))
    made = [source.prepared(fold) for fold in Folds(source.dataset, 2).of(40)]
    sizes = {one.encoder.tokenizer.entries for one in made}
    assert deep.alike(made) == (len(sizes) == 1)


def test_more_examples_are_more_work(folds: list[PreparedFold]) -> None:
    assert deep.work_of(folds[0], 200) == 2 * deep.work_of(folds[0], 100)
