"""How layers fare: sizes of weights and gradients, dead and saturated neurons, against NumPy; and what a run keeps."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import lamina
from lamina import Activation, Conv2D, Dense, Flatten, Residual, Sequential, Settings
from lamina.recipes import from_json, to_json
from lamina.training.layer_states import LayerWatch, flat_neurons, is_recorded
from lamina.training.losses import quadratic
from lamina.training.records import Epoch, LayerState, Measure
from lamina.training.step import Data, Objective, TrainState


def test_which_epochs_are_looked_at() -> None:
    assert all(is_recorded(number) for number in range(1, 101))
    assert sum(is_recorded(number) for number in range(1, 20_001)) == 99 + 90 + 90 + 11
    assert not is_recorded(101)
    assert not is_recorded(1_010)


def test_sizes_by_the_book() -> None:
    """h = x W, quadratic loss: dL/dW = x^T (h - t) / batch."""
    chance = np.random.default_rng(0)
    x, t = chance.normal(size=(8, 3)), chance.normal(size=(8, 2))
    weight, bias = chance.normal(size=(3, 2)), np.array([5.0, 5.0])
    watch = LayerWatch(Dense(2), Objective(quadratic), Settings())
    params = {"weight": jnp.asarray(weight), "bias": jnp.asarray(bias)}
    data = Data(*(jnp.asarray(one, jnp.float32) for one in (x, t, np.ones(8))))
    (found,) = watch(TrainState(params, {}, None, jnp.int32(0)), data, jnp.ones(8))
    gradient = x.T @ (x @ weight + bias - t) / 8
    assert found.name == "1 Dense"
    assert found.weight == pytest.approx(np.sqrt(np.mean(weight**2)), rel=1e-5)
    assert found.gradient == pytest.approx(np.sqrt(np.mean(gradient**2)), rel=1e-4)
    assert (found.dead, found.saturated) == (None, None)


@pytest.mark.slow
def test_dead_and_saturated_neurons_by_hand() -> None:
    network = Sequential(Dense(3, "relu"), Dense(1))
    params = {
        "0": {"weight": jnp.array([[1.0, -1.0, 1.0]]), "bias": jnp.array([0.0, -10.0, 0.0])},
        "1": {"weight": jnp.ones((3, 1)), "bias": jnp.zeros(1)},
    }
    x = jnp.array([[1.0], [2.0], [-3.0], [-9.0]])
    dead, saturated = flat_neurons(network, params, {}, x, jnp.ones(4))["0"]
    assert float(dead) == pytest.approx(1 / 3)  # the second is off for all four
    assert float(saturated) == pytest.approx((2 + 4 + 2) / 12)
    # of the last example nothing counts where it only fills up the batch
    dead, saturated = flat_neurons(network, params, {}, x, jnp.array([1.0, 1, 1, 0]))["0"]
    assert (float(dead), float(saturated)) == (pytest.approx(1 / 3), pytest.approx((1 + 3 + 1) / 9))


def test_saturation_of_tanh_begins_where_its_slope_is_a_hundredth() -> None:
    edge = np.arctanh(np.sqrt(0.99))
    network = Sequential(Flatten(), Activation("tanh"))
    x = jnp.array([[[edge - 0.01]], [[edge + 0.01]], [[-edge - 0.01]], [[0.0]]])
    dead, saturated = flat_neurons(network, {}, {}, x, jnp.ones(4))["1"]
    assert (float(dead), float(saturated)) == (0.0, 0.5)


@pytest.mark.slow
def test_filters_count_at_all_places_and_residual_blocks_at_their_end() -> None:
    network = Sequential(Conv2D(2, 3, "relu"), Residual(Conv2D(2, 1), None, "relu"), Flatten(), Dense(1, "softmax"))
    params, state = network.init(jax.random.key(0), jnp.zeros((1, 5, 5, 1)))
    params["0"]["bias"] = jnp.array([-1e3, 1e3])
    found = flat_neurons(network, params, state, jnp.ones((4, 5, 5, 1)), jnp.ones(4))
    assert set(found) == {"0", "1"}
    assert (float(found["0"][0]), float(found["0"][1])) == (0.5, 0.5)


@pytest.mark.slow
def test_a_run_keeps_them_and_learns_the_same() -> None:
    network = Sequential(Dense(6, "relu"), Dense(3))
    plain, watched = (lamina.train("iris", network, epochs=3, seed=2, record_layers=asked) for asked in (False, True))
    for run in (plain, watched):
        list(run)
    assert [epoch.layers for epoch in plain.progress.history] == [(), (), ()]
    for epoch in watched.progress.history:
        assert [state.name for state in epoch.layers] == ["1 Dense", "2 Dense"]
        assert epoch.layers[0].dead is not None
        assert epoch.layers[1].dead is None
    for one, other in zip(*(jax.tree.leaves(run.progress.train.params) for run in (plain, watched)), strict=True):
        np.testing.assert_array_equal(one, other)
    last = watched.progress.history[-1].layers[1].weight
    weight = np.asarray(watched.progress.train.params["1"]["weight"])
    assert last == pytest.approx(np.sqrt(np.mean(weight**2)), rel=1e-5)


def test_an_epoch_is_its_own_json_and_older_ones_stay_readable() -> None:
    epoch = Epoch(1, (Measure("loss", 0.5),), (), 0.01, (LayerState("1 Dense", 0.5, 0.25, dead=0.0),))
    document = to_json(epoch)
    assert from_json(document, Epoch, "epoch") == epoch
    del document["layers"]
    assert from_json(document, Epoch, "epoch").layers == ()
