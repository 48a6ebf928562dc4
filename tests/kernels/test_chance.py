"""Random bits by mixing: even, independent of their neighbors, and others for every key."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lamina.kernels.chance import random_bits

COUNT = 1 << 18
KEYS = [jax.random.key(0), jax.random.key(1), jax.random.fold_in(jax.random.key(0), 7)]


def bits(key: jax.Array) -> np.ndarray:
    return np.unpackbits(np.asarray(random_bits(key, (COUNT,))).view(np.uint8)).reshape(COUNT, 32).astype(bool)


def assert_half(share: np.ndarray) -> None:
    """Shares of COUNT tosses of a coin: none is further from a half than five standard deviations."""
    assert np.abs(share - 0.5).max() < 5 * 0.5 / np.sqrt(COUNT)


@pytest.mark.slow
@pytest.mark.parametrize("key", KEYS, ids=["0", "1", "folded"])
def test_every_bit_is_a_coin_and_knows_nothing_of_the_places_around(key: jax.Array) -> None:
    found = bits(key)
    assert_half(found.mean(axis=0))
    for apart in (1, 2, 3, 28, 64, 784, 4096):
        assert_half((found[apart:] ^ found[:-apart]).mean(axis=0))
    for bit in range(1, 32):
        assert_half((found ^ np.roll(found, bit, axis=1)).mean(axis=0))


@pytest.mark.slow
def test_keys_share_nothing() -> None:
    for one in range(3):
        for other in range(one):
            assert_half((bits(KEYS[one]) ^ bits(KEYS[other])).mean(axis=0))
    neighbors = [bits(jax.random.split(KEYS[0], 2)[number]) for number in range(2)]
    assert_half((neighbors[0] ^ neighbors[1]).mean(axis=0))


def test_bytes_come_equally_often() -> None:
    found = np.asarray(random_bits(KEYS[0], (COUNT,)))
    for shift in (0, 8, 16, 24):
        counts = np.bincount((found >> shift) & 255, minlength=256)
        squares = ((counts - COUNT / 256) ** 2 / (COUNT / 256)).sum()
        assert 140 < squares < 380  # chi-squared of 255 degrees: beyond these once in a million times


@pytest.mark.slow
def test_no_two_places_are_alike_and_the_shape_does_not_matter() -> None:
    found = np.asarray(random_bits(KEYS[0], (64, 32)))
    assert len(np.unique(found)) == 64 * 32
    np.testing.assert_array_equal(found.ravel(), random_bits(KEYS[0], (64 * 32,)))


@pytest.mark.slow
def test_one_key_an_example() -> None:
    keys = jax.random.split(KEYS[0], 3)
    many = jax.vmap(lambda key: random_bits(key, (5,)))(keys)
    for row in range(3):
        np.testing.assert_array_equal(many[row], random_bits(keys[row], (5,)))


@pytest.mark.slow
def test_any_generator_of_jax_gives_keys() -> None:
    assert len(np.unique(random_bits(jax.random.key(3, impl="rbg"), (1000,)))) == 1000
    assert jnp.asarray(random_bits(KEYS[0], ())).shape == ()
