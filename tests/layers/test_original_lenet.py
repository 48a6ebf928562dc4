"""The layers of the first LeNet-5: its counts of parameters, and what each computes."""

from __future__ import annotations

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lamina import RadialBasis, SettingError, ShapeError, Subsample2D, TableConv2D, lenet5
from lamina.kernels.convolution import conv2d
from lamina.layers.drawings import ROWS, digit_pixels
from lamina.layers.original_lenet import LENET5_TABLE

PICTURE = jax.ShapeDtypeStruct((1, 28, 28, 1), "float32")


def counts(network: object) -> list[int]:
    params, _ = network.init(jax.random.key(0), PICTURE)
    layers = [sum(array.size for array in jax.tree.leaves(params[name])) for name in sorted(params, key=int)]
    return [count for count in layers if count]


@pytest.mark.slow
def test_the_original_has_the_parameters_of_the_paper() -> None:
    assert counts(lenet5(original=True)) == [156, 12, 1_516, 32, 48_120, 10_164]
    assert sum(counts(lenet5())) == 61_706


def test_the_table_has_sixty_connections() -> None:
    assert sum(map(len, LENET5_TABLE)) == 60
    assert len(set(LENET5_TABLE)) == 16
    seen_by = [sum(channel in row for row in LENET5_TABLE) for channel in range(6)]
    assert seen_by == [10] * 6


@pytest.mark.slow
def test_a_filter_sees_the_channels_of_its_row_and_no_others() -> None:
    layer = TableConv2D(((0, 2), (1,)), 2)
    x = jax.random.normal(jax.random.key(1), (3, 5, 4, 3))
    params, state = layer.init(jax.random.key(0), x)
    params["bias"] = jnp.array([0.5, -1.0])
    found = layer.apply(params, state, x)[0]
    weight = params["weight"]
    first = conv2d(x[..., jnp.array([0, 2])], weight[:, :, :2, None]) + 0.5
    second = conv2d(x[..., 1:2], weight[:, :, 2:, None]) - 1.0
    np.testing.assert_allclose(found, jnp.concatenate([first, second], axis=-1), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("table", [(), ((),), ((0, 0),), ((-1,),)])
def test_tables_that_are_none(table: tuple[tuple[int, ...], ...]) -> None:
    with pytest.raises(SettingError, match="TableConv2D needs for each filter the channels that it sees, each once"):
        TableConv2D(table)


def test_a_channel_that_is_not_there() -> None:
    with pytest.raises(ShapeError, match="needs pictures of 5 channels or more, which its table names"):
        TableConv2D(((0, 4),), 2).output_shape((5, 5, 3))


def test_means_are_weighted_by_channel() -> None:
    x = jnp.arange(16.0).reshape(1, 2, 4, 2)
    layer = Subsample2D(2)
    found = layer.apply({"weight": jnp.array([2.0, -1.0]), "bias": jnp.array([0.0, 1.0])}, {}, x)[0]
    assert found.tolist() == [[[[10.0, -5.0], [18.0, -9.0]]]]


@pytest.mark.slow
def test_outputs_are_minus_squared_distances_to_the_drawings() -> None:
    layer = RadialBasis(10)
    params, state = layer.init(jax.random.key(0), jnp.zeros((1, 84)))
    assert params == {}
    found, _ = layer.apply(params, state, jnp.asarray(digit_pixels().T, jnp.float32))
    assert (np.diagonal(found) == 0).all()
    assert np.asarray(found).argmax(axis=1).tolist() == list(range(10))
    np.testing.assert_array_equal(found[3, 8], -4 * (digit_pixels()[:, 3] != digit_pixels()[:, 8]).sum())


def test_every_drawing_is_its_own_and_seven_by_twelve() -> None:
    assert [len(row) for row in ROWS] == [79] * 12
    assert digit_pixels().shape == (84, 10)
    assert set(np.unique(digit_pixels()).tolist()) == {-1.0, 1.0}
    distances = (digit_pixels()[:, :, None] != digit_pixels()[:, None]).sum(axis=0) + 84 * np.eye(10)
    assert distances.min() >= 10


def test_random_codes_for_other_classes() -> None:
    _, state = lenet5(7, original=True).layers[-1].init(jax.random.key(0), jnp.zeros((1, 84)))
    assert state["centers"].shape == (84, 7)
    assert set(np.unique(state["centers"]).tolist()) == {-1.0, 1.0}


def test_drawings_need_ten_units_and_their_pixels() -> None:
    with pytest.raises(SettingError, match=re.escape("RadialBasis has drawings of 10 digits; got 7 units")):
        RadialBasis(7)
    with pytest.raises(SettingError, match="RadialBasis needs centers out of digit_drawings, signs; got 'ones'"):
        RadialBasis(10, "ones")
    with pytest.raises(ShapeError, match="needs 84 features, one for each pixel of a drawing"):
        RadialBasis(10).output_shape((83,))
