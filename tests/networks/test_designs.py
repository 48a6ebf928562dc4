"""Known designs: shapes, what is connected with what, and what they can learn."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lamina import autoencoder, recommender


def test_an_autoencoder_has_two_halves_with_the_code_between() -> None:
    network = autoencoder((3, 4, 2), code=5, hidden=(16, 8))
    encoder, decoder = network.layers
    assert encoder.output_shape((3, 4, 2)) == (5,)
    assert decoder.output_shape((5,)) == (3, 4, 2)
    assert [layer.units for layer in (*encoder.layers[1:], *decoder.layers[:-1])] == [16, 8, 5, 8, 16, 24]


@pytest.mark.slow
def test_a_recommender_adds_biases_and_what_the_embeddings_say() -> None:
    """Without the perceptron's part the answer is a bias for the user plus one for the item."""
    network = recommender(((0, 3), (3, 7)), units=2, hidden=4)
    params, _ = network.init(jax.random.key(0), jnp.zeros((1, 7)))
    params["0"]["0"]["1"]["weight"] = jnp.arange(7.0)[:, None]
    params["1"]["weight"] = jnp.array([[1.0], [0.0], [0.0], [0.0], [0.0]])
    users, items = np.eye(3), np.eye(4)
    x = jnp.asarray(np.concatenate([users[[0, 2]], items[[1, 3]]], axis=1))
    answers, _ = network.apply(params, {}, x)
    np.testing.assert_allclose(answers[:, 0], [0 + 4, 2 + 6])


def test_each_embedding_sees_its_own_category_alone() -> None:
    network = recommender(((0, 3), (3, 7)), units=2, hidden=4)
    params, _ = network.init(jax.random.key(0), jnp.zeros((1, 7)))
    embeddings = params["0"]["1"]["0"]
    assert [embeddings[name]["1"]["weight"].shape for name in ("0", "1")] == [(3, 2), (4, 2)]
