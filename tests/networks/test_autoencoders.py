"""Autoencoders: dense, of convolutions, denoising, sparse; anomalies by the distance of the reconstruction."""

from __future__ import annotations

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import lamina
from lamina import Dense, KeepLargest, Noise, Sequential, SettingError, ShapeError
from lamina.tasks.reconstruction import Reconstruction
from tests.trained import quietly


def test_keep_largest_keeps_as_many_and_their_gradient_alone() -> None:
    x = jnp.asarray(np.random.default_rng(0).normal(size=(5, 8)), jnp.float32)
    kept = KeepLargest(3).forward({}, x)
    assert (np.count_nonzero(kept, axis=1) == 3).all()
    np.testing.assert_array_equal(
        np.sort(np.asarray(x), axis=1)[:, -3:], np.sort(np.where(kept == 0, -9, kept))[:, -3:]
    )
    slope = jax.grad(lambda x: KeepLargest(3).forward({}, x).sum())(x)
    np.testing.assert_array_equal(slope, np.asarray(kept) != 0)
    with pytest.raises(ShapeError, match=re.escape("needs at least 3 features; got (batch, 2)")):
        KeepLargest(3).output_shape((2,))


def test_noise_has_its_deviation_while_training_alone() -> None:
    x = jnp.zeros((100, 100))
    noisy, _ = Noise(0.3).apply({}, {}, x, key=jax.random.key(0), training=True)
    assert float(noisy.std()) == pytest.approx(0.3, rel=0.05)
    np.testing.assert_array_equal(Noise(0.3).apply({}, {}, x)[0], x)
    with pytest.raises(SettingError, match="Noise needs a deviation from 0; got -1"):
        Noise(-1)
    with pytest.raises(SettingError, match="needs a key while training"):
        Noise(0.3).apply({}, {}, x, training=True)


def test_convolutions_need_sides_that_can_be_halved_twice() -> None:
    assert lamina.conv_autoencoder((8, 12, 3), code=5).layers[0].output_shape((8, 12, 3)) == (5,)
    with pytest.raises(ShapeError, match=r"multiples of 4; got \(batch, 30, 28, 1\).* Take autoencoder instead"):
        lamina.conv_autoencoder((30, 28, 1))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["conv_autoencoder", "denoising_autoencoder", "sparse_autoencoder"])
def test_each_learns_the_digits(name: str) -> None:
    run = lamina.train("digits", name, epochs=3, learning_rate=0.005)
    first, *_, last = list(run)
    assert last["loss"] < 0.8 * first["loss"]
    assert isinstance(run.model.task, Reconstruction)
    assert run.model.record.guess is not None
    assert run.model.evaluate("digits")["squared_distance"] < run.model.record.guess


@pytest.mark.slow
def test_what_was_never_seen_is_farther_and_told_so() -> None:
    chance = np.random.default_rng(0)
    line = chance.normal(size=(400, 1)) @ np.array([[1.0, 2.0, -1.0]])
    near = line + 0.05 * chance.normal(size=line.shape)
    network = Sequential(Sequential(Dense(1)), Sequential(Dense(3)))
    model = quietly((near, np.zeros(400)), network, task="reconstruction", epochs=40, learning_rate=0.02, seed=1)
    usual, strange = model.predict(np.array([[1.0, 2.0, -1.0], [1.0, -2.0, 3.0]]))
    assert isinstance(model.task, Reconstruction)
    assert 0 < model.task.usual < 0.05
    assert usual.remark == ""
    assert strange.remark.startswith("farther than 99 % of the validation examples (")
    assert isinstance(strange.value, float)
    assert isinstance(usual.value, float)
    assert strange.value > 20 * usual.value


def test_a_usual_distance_below_zero_is_refused() -> None:
    with pytest.raises(SettingError, match="reconstruction needs a usual distance from 0; got -1"):
        Reconstruction((2,), -1.0)
