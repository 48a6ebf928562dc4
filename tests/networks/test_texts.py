"""Designs for texts: what they are made of, by which names, and that filling up a text changes no answer."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import lamina as la
from lamina.networks import TEXT_NETWORKS, text_average, text_cnn, text_network_by_name


def test_what_the_designs_are_made_of() -> None:
    embedding = la.Embedding(100, 8, padding=True)
    assert text_average(100, 2, 8, dropout=0.2) == la.Sequential(
        embedding, la.GlobalAveragePool1D(skip_padding=True), la.Dropout(0.2), la.Dense(2)
    )
    deep = text_average(100, 2, 8, hidden=(16, 4))
    assert [layer.units for layer in deep.layers if isinstance(layer, la.Dense)] == [16, 4, 2]
    assert [layer.filters for layer in _convolutions(text_cnn(100, 2, 8, 5, (2, 3)))] == [5, 5]
    assert [layer.size for layer in _convolutions(text_cnn(100, 2, 8, 5, (4,)))] == [4]


def _convolutions(network: la.Sequential) -> list[la.Conv1D]:
    branches = network.layers[1].layers if isinstance(network.layers[1], la.Parallel) else [network.layers[1]]
    return [layer for branch in branches for layer in branch.layers if isinstance(layer, la.Conv1D)]


@pytest.mark.parametrize("name", TEXT_NETWORKS)
def test_each_has_its_name(name: str) -> None:
    assert text_network_by_name(name, 100, 12, 3).output_shape((12,)) == (3,)


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(la.SettingError, match=r"network for texts must be one of average, mlp, cnn, rnn.*'lenet5'"):
        text_network_by_name("lenet5", 100, 12, 3)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["average", "mlp", "gru"])
def test_filling_up_changes_no_answer(name: str) -> None:
    """A text of 5 tokens in 8 places, and in 12; and the mean has each word's share."""
    text = np.array([[3, 9, 2, 50, 1]], np.int32)
    network = text_network_by_name(name, 60, 8, 2)
    params, state = network.init(jax.random.key(0), jax.ShapeDtypeStruct((1, 8), "int32"))
    answers = [network.apply(params, state, jnp.pad(text, ((0, 0), (0, more))))[0] for more in (3, 7)]
    np.testing.assert_allclose(answers[0], answers[1], rtol=1e-5, atol=1e-6)


@pytest.mark.slow
def test_the_average_is_a_formula() -> None:
    network = text_average(6, 3, 4)
    params, state = network.init(jax.random.key(1), jax.ShapeDtypeStruct((1, 5), "int32"))
    rows, weight = np.float64(params["0"]["weight"]), np.float64(params["3"]["weight"])
    expected = (rows[2] + 2 * rows[5]) / 3 @ weight + np.float64(params["3"]["bias"])
    found, _ = network.apply(params, state, jnp.array([[5, 2, 5, 0, 0], [0] * 5], jnp.int32))
    np.testing.assert_allclose(found[0], expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(found[1], params["3"]["bias"])
