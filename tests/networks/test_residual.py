"""Residual networks: as deep as they say, with the paper's parameters, and with a way around each block."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import pytest

from lamina import Conv2D, Dense, Residual, Sequential, SettingError, ShapeError
from lamina.layers.base import Layer
from lamina.networks import network_by_name, resnet

PICTURE = (32, 32, 3)


def layers_of(layer: Layer) -> list[Layer]:
    """All layers that hold no others, those on a way around left out."""
    if isinstance(layer, Sequential):
        return [one for child in layer.layers for one in layers_of(child)]
    return layers_of(layer.body) if isinstance(layer, Residual) else [layer]


@pytest.mark.parametrize("depth", [8, 20, 56])
@pytest.mark.parametrize("skips", [True, False])
def test_it_is_as_deep_as_it_says(depth: int, skips: bool) -> None:
    weighted = [
        layer for layer in layers_of(resnet(PICTURE, 10, depth, skips=skips)) if isinstance(layer, Conv2D | Dense)
    ]
    assert len(weighted) == depth


@pytest.mark.slow
def test_it_has_the_parameters_of_the_paper_and_of_its_ways_around() -> None:
    params, _ = resnet(PICTURE, 10).init(jax.random.key(0), jnp.zeros((1, *PICTURE)))
    count = sum(array.size for array in jax.tree.leaves(params))
    # Option A of the paper has 269,722; the ways around add 16 x 32 + 32 x 64 weights and their norms.
    assert count == 269_722 + 16 * 32 + 32 * 64 + 2 * 32 + 2 * 64


def test_sides_are_halved_twice() -> None:
    shapes = resnet((30, 21, 1), 5, 8).shapes((30, 21, 1))
    assert [shape for shape in dict.fromkeys(shapes) if len(shape) == 3] == [
        (30, 21, 1), (30, 21, 16), (15, 11, 32), (8, 6, 64),
    ]  # fmt: skip


@pytest.mark.slow
def test_a_block_whose_weights_are_zero_lets_everything_pass() -> None:
    network = resnet((8, 8, 1), 2, 8)
    block = network.layers[3]
    x = jax.random.uniform(jax.random.key(1), (2, 8, 8, 16))
    params, state = block.init(jax.random.key(0), x)
    nothing = jax.tree.map(jnp.zeros_like, params)
    assert jnp.array_equal(block.apply(nothing, state, x)[0], x)


@pytest.mark.parametrize("depth", [2, 10, 21, -4])
def test_other_depths(depth: int) -> None:
    with pytest.raises(SettingError, match="resnet needs a depth of 6n"):
        resnet(PICTURE, 10, depth)


def test_no_pictures() -> None:
    with pytest.raises(ShapeError, match="resnet needs pictures"):
        network_by_name("resnet", (7,), 2)
