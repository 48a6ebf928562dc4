"""Going step by step: the same outputs as over the whole sequence, from what was kept of earlier steps."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import lamina as la
from lamina import Layer, Sequential, SettingError
from lamina.layers.stepping import advance, begin, steps_alone
from lamina.networks.language import LANGUAGE_NETWORKS, language_model, language_network_by_name

STEPS, ENTRIES = 6, 5
NETWORKS: dict[str, Layer] = {
    "recurrent": la.Recurrent(3, return_sequence=True),
    "lstm": language_model(ENTRIES, units=4, depth=2, dropout=0.3),
    "gru": language_model(ENTRIES, units=4, dropout=0.0, cell="gru"),
    "transformer": la.language_transformer(ENTRIES, STEPS, features=4, heads=2, hidden=3, depth=2),
}


def sequences(network: Layer) -> Any:
    chance = np.random.default_rng(0)
    if isinstance(network, Sequential):
        return jnp.asarray(chance.integers(0, ENTRIES, (2, STEPS)), jnp.int32)
    return jnp.asarray(chance.normal(size=(2, STEPS, 3)), jnp.float32)


@pytest.mark.slow
@pytest.mark.parametrize("name", NETWORKS)
def test_step_by_step_gives_what_the_whole_sequence_gives(name: str) -> None:
    network = NETWORKS[name]
    x = sequences(network)
    params, state = network.init(jax.random.key(1), x)
    whole, _ = network.apply(params, state, x)
    kept, found = begin(network, 2, x.shape[1:]), []
    step = jax.jit(lambda kept, x, place: advance(network, params, kept, x, place))
    for place in range(STEPS):
        kept, y = step(kept, x[:, place], place)
        found.append(y)
    np.testing.assert_allclose(jnp.stack(found, axis=1), whole, rtol=2e-5, atol=2e-6)


@pytest.mark.parametrize(
    "layer",
    [
        la.LSTM(2),
        la.GRU(2, return_sequence=True, reverse=True),
        la.Recurrent(2, return_sequence=True, skip_padding=True),
        la.Bidirectional(la.LSTM(2, return_sequence=True)),
        la.TransformerBlock(1, 2),
        la.TransformerBlock(1, 2, causal=True, skip_padding=True),
        la.Flatten(),
        Sequential(la.LSTM(2, return_sequence=True), la.GlobalAveragePool1D()),
    ],
    ids=repr,
)
def test_what_looks_at_later_steps_is_refused(layer: Layer) -> None:
    assert not steps_alone(layer)
    with pytest.raises(SettingError, match="going step by step needs layers that look at earlier steps only"):
        begin(layer, 1, (STEPS, 2))


@pytest.mark.parametrize("name", LANGUAGE_NETWORKS)
def test_every_network_for_language_goes_step_by_step(name: str) -> None:
    network = language_network_by_name(name, ENTRIES, STEPS)
    assert steps_alone(network)
    assert network.output_shape((STEPS,)) == (STEPS, ENTRIES)


def test_names_and_cells_that_there_are_not() -> None:
    with pytest.raises(SettingError, match="the network for a long text must be one of rnn, lstm, gru, transformer"):
        language_network_by_name("cnn", ENTRIES, STEPS)
    with pytest.raises(SettingError, match="language_model needs a cell out of rnn, lstm, gru; got 'lstn'"):
        language_model(ENTRIES, cell="lstn")
