"""What mattered in a text, word by word: what adds up, and that nothing else is told of."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
import pandas
import pytest

from lamina import Dense, Embedding, Flatten, Linear, Model, Parallel, Sequential, Slice
from lamina.errors import ExplanationError
from lamina.explaining.answering import added_up, largest, what_mattered
from lamina.explaining.mattering import OF_WORDS, gradient, integrated_gradients
from lamina.networks.language import language_model
from lamina.networks.tables import text_table
from lamina.networks.texts import TEXT_NETWORKS, text_average
from tests.trained import quietly

pytestmark = pytest.mark.slow

WORDS = np.array([3, 1, 4, 2, 0, 0], np.int32)
REAL = 4
"""So many of WORDS are real; the others fill up."""
TEXTS = [f"{word} film number {n}" for n in range(20) for word in ("good", "bad")]


def initialized(network: Sequential, x: np.ndarray) -> tuple[Any, Any]:
    """Params that are no longer small."""
    params, state = network.init(jax.random.key(1), x[None])
    return jax.tree.map(lambda leaf: leaf + 0.3 * jax.random.normal(jax.random.key(2), leaf.shape), params), state


def behind_rows(network: Sequential, params: Any, state: Any, rows: np.ndarray, at: int) -> float:
    """The output where these rows come in, by the network without its Embedding."""
    for number, layer in enumerate(network.layers[1:], 1):
        name = str(number)
        rows = np.asarray(layer.apply(params.get(name, {}), state.get(name, {}), rows[None])[0])[0]
    return float(rows.reshape(-1)[at])


def rows_of(params: Any, words: np.ndarray) -> np.ndarray:
    return np.where(words[:, None] == 0, 0, np.asarray(params["0"]["weight"])[words]).astype(np.float32)


def test_of_a_linear_network_both_are_the_row_times_its_weights() -> None:
    network = Sequential(Embedding(6, 3), Flatten(), Linear(2))
    params, state = initialized(network, WORDS)
    rows = np.asarray(params["0"]["weight"], np.float64)[WORDS]
    wanted = (rows * np.asarray(params["2"]["weight"], np.float64)[:, 1].reshape(rows.shape)).sum(axis=1)
    for way in (gradient, integrated_gradients):
        found = way(network, params, state, WORDS, 1)
        np.testing.assert_allclose(found.values, wanted, rtol=1e-4, atol=1e-6)
        assert found.caution == OF_WORDS[found.way]
        assert found.output == pytest.approx(wanted.sum() + float(params["2"]["bias"][1]), rel=1e-4)


def test_gradients_are_the_slope_along_each_row() -> None:
    network = text_average(6, 3, units=4, hidden=(5,), dropout=0.0)
    params, state = initialized(network, WORDS)
    found = gradient(network, params, state, WORDS, 2)
    rows = rows_of(params, WORDS)
    for step in range(REAL):
        ahead, behind = rows.copy(), rows.copy()
        ahead[step] *= 1.01
        behind[step] *= 0.99
        slope = (behind_rows(network, params, state, ahead, 2) - behind_rows(network, params, state, behind, 2)) / 0.02
        assert found.values[step] == pytest.approx(slope, abs=2e-3)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] * (name != "average")) for name in TEXT_NETWORKS]
)
def test_integrated_gradients_of_words_add_up(name: str) -> None:
    network = TEXT_NETWORKS[name](6, len(WORDS), 3)
    params, state = initialized(network, WORDS)
    found = integrated_gradients(network, params, state, WORDS, 1)
    rows = rows_of(params, WORDS)
    here, nothing = (behind_rows(network, params, state, share * rows, 1) for share in (1.0, 1e-6))
    assert found.values.sum() == pytest.approx(here - nothing, rel=0.03, abs=0.01)
    assert (found.output, found.without) == (pytest.approx(here, abs=1e-4), pytest.approx(nothing, abs=1e-4))
    assert np.count_nonzero(found.values[:REAL]) == REAL
    assert not found.values[REAL:].any(), "what fills up did nothing"


def test_a_network_that_jumps_is_refused() -> None:
    network = Sequential(Embedding(6, 3, padding=True), Flatten(), Dense(1, "binary_step"))
    params, state = initialized(network, WORDS)
    params["2"] = {"weight": 30 * np.ones((18, 1), np.float32), "bias": -np.ones(1, np.float32)}
    params["0"] = {"weight": np.ones((6, 3), np.float32)}
    with pytest.raises(ExplanationError, match=r"between an empty input and this one; take gradient$"):
        integrated_gradients(network, params, state, WORDS, 0)


def test_words_stand_where_they_stood_and_numbers_beside_them() -> None:
    """Two texts between numbers, and one branch that reads the first text again."""
    again = Sequential(Slice(2, 5), Embedding(6, 2, padding=True, from_floats=True), Flatten())
    network = Sequential(Parallel(text_table(2, [(2, 5, 6), (5, 8, 6)], 4, dropout=0.0), again), Linear(1))
    x = np.array([0.5, -1.5, 2, 3, 0, 1, 4, 0], np.float32)
    params, state = initialized(network, x)
    found = integrated_gradients(network, params, state, x, 0)
    assert found.words
    assert found.values.shape == (8,)
    assert found.without is not None
    assert found.values.sum() == pytest.approx(found.output - found.without, rel=0.03)
    assert np.flatnonzero(found.values).tolist() == [0, 1, 2, 3, 5, 6]
    slopes = gradient(network, params, state, x, 0)
    doubled = x.copy()
    doubled[0] *= 1.001
    moved = gradient(network, params, state, doubled, 0).output - slopes.output
    assert slopes.values[0] == pytest.approx(moved / 0.001, rel=0.05, abs=1e-2), "a number times its slope, as words"


def test_of_a_text_that_goes_on_only_what_was_read_mattered() -> None:
    network = language_model(6, units=5, depth=1)
    params, state = initialized(network, WORDS)
    found = integrated_gradients(network, params, state, WORDS, 2 * 6 + 4)
    assert np.flatnonzero(found.values).tolist() == [0, 1, 2]
    assert found.without is not None
    assert found.values.sum() == pytest.approx(found.output - found.without, rel=0.03, abs=0.01)


@pytest.fixture(scope="module")
def reader() -> Model:
    network = Sequential(*text_average(100, 2, units=8).layers[:2], Dense(2))
    return quietly((TEXTS, ["yes", "no"] * 20), network, epochs=60, learning_rate=0.05, seed=0)


def test_the_word_that_decides_is_named(reader: Model) -> None:
    for way in ("gradient", "integrated"):
        found = what_mattered(reader, ["film good zzz"], way)
        assert found.of == "yes"
        first, *others = largest(found, 9)
        assert first.startswith("step 1, 'good'")
        assert len(others) == 2
        assert any(line.startswith("step 2, not in the vocabulary") for line in others)
    assert added_up(found, 9)[0].startswith("all together  ")
    assert added_up(found, 1)[0].startswith("2 others together  ")


def test_a_text_without_words(reader: Model) -> None:
    found = what_mattered(reader, [""])
    assert largest(found, 3) == []
    assert not found.mattered.values.any()


def test_texts_of_a_table_are_named_beside_its_numbers() -> None:
    rows = [(n % 7, f"{word} film {n} that I saw on a day of the year and will {word} see again", word == "good")
            for n in range(30) for word in ("good", "bad")]  # fmt: skip
    frame = pandas.DataFrame(rows, columns=["price", "review", "liked"])
    model = quietly(frame, target="liked", epochs=30, learning_rate=0.02, seed=0)
    one = pandas.DataFrame({"price": [3], "review": ["a good film zzz"]})
    found = what_mattered(model, one)
    names = [line.split("  ")[0].strip() for line in largest(found, 50)]
    assert "review, step 1, 'good'" in names
    assert "price" in names
    assert not any("fills up" in name for name in names)
    empty = what_mattered(model, pandas.DataFrame({"price": [3], "review": [""]}))
    assert np.isfinite(empty.mattered.values).all()
    assert [line.split("  ")[0] for line in largest(empty, 50)] == ["price"]
