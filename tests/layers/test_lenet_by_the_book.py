"""The first LeNet-5, layer by layer and map by map, beside NumPy written from the paper's section II.B."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lamina import lenet5
from lamina.arrays import Numpy
from lamina.layers.drawings import digit_pixels
from lamina.training.losses import cross_entropy

TABLE_I = """
    X . . . X X X . . X X X X . X X
    X X . . . X X X . . X X X X . X
    X X X . . . X X X . . X . X X X
    . X X X . . X X X X . . X . X X
    . . X X X . . X X X X . X X . X
    . . . X X X . . X X X X . X X X
"""
"""Which of the six maps of S2, a line each, are seen by which map of C3, a column each."""

Own = dict[str, Numpy]


def squash(a: Numpy) -> Numpy:
    return np.asarray(1.7159 * np.tanh(2 * a / 3))


def windows(maps: Numpy, weight: Numpy) -> Numpy:
    """At each place the sum over what stands a rows and b columns further, times the weight [a, b] of its map."""
    rows, columns = maps.shape[0] - 4, maps.shape[1] - 4
    total = np.zeros((rows, columns))
    for a, b in np.ndindex(5, 5):
        total += maps[a : a + rows, b : b + columns] @ weight[a, b]
    return total


def c1(own: Own, picture: Numpy) -> Numpy:
    """Six filters on the picture, which lies in the middle of 32 x 32."""
    field = np.zeros((32, 32, 1))
    field[2:30, 2:30] = picture
    return squash(np.stack([windows(field, own["weight"][..., f]) + own["bias"][f] for f in range(6)], axis=-1))


def subsampled(own: Own, maps: Numpy) -> Numpy:
    """The sum of four neighbors, times the coefficient of the map, plus its bias; ours is for their mean."""
    summed = maps[::2, ::2] + maps[1::2, ::2] + maps[::2, 1::2] + maps[1::2, 1::2]
    return squash(own["weight"] / 4 * summed + own["bias"])


def c3(own: Own, maps: Numpy) -> Numpy:
    """Sixteen filters on the maps that table I marks; the weights of a filter stand one behind the other."""
    marks = np.array([line.split() for line in TABLE_I.strip().splitlines()]) == "X"
    found, place = [], 0
    for f in range(16):
        total = np.full((10, 10), own["bias"][f])
        for channel in np.flatnonzero(marks[:, f]):
            total += windows(maps[:, :, channel : channel + 1], own["weight"][:, :, place : place + 1])
            place += 1
        found.append(total)
    return squash(np.stack(found, axis=-1))


def c5(own: Own, maps: Numpy) -> Numpy:
    """120 neurons, each connected with all 5 x 5 places of all 16 maps."""
    return squash(np.einsum("abc,abcf->f", maps, own["weight"]) + own["bias"])[None, None]


def f6(own: Own, x: Numpy) -> Numpy:
    """84 neurons."""
    return squash(x @ own["weight"] + own["bias"])


def distances(own: Own, x: Numpy) -> Numpy:
    """Equation 7, negative: minus the squared distance from each digit's drawing."""
    return np.array([-sum((x[i] - digit_pixels()[i, j]) ** 2 for i in range(84)) for j in range(10)])


STAGES: list[Callable[[Own, Numpy], Numpy]] = [
    c1, subsampled, c3, subsampled, c5, lambda own, x: x.reshape(-1), f6, distances,
]  # fmt: skip


@pytest.fixture(scope="module")
def stages() -> list[tuple[Numpy, Numpy]]:
    """What each layer gives in float64, and what the paper's formula makes of the same input."""
    network, chance = lenet5(original=True), np.random.default_rng(0)
    declared, shapes = network.parameters((28, 28, 1)), network.shapes((28, 28, 1))
    params = {
        place: {name: 0.2 * chance.normal(size=variable.shape) for name, variable in own.items()}
        for place, own in declared.items()
    }
    x = [chance.normal(size=(28, 28, 1))]
    for number, formula in enumerate(STAGES):
        x.append(formula(params.get(str(number), {}), x[-1]))
    state = {"centers": digit_pixels()}

    def all_layers(params: Any, x: Any) -> Any:
        pairs = enumerate(zip(network.layers, x, strict=True))
        return [layer.apply(params.get(str(number), {}), state, one[None])[0][0] for number, (layer, one) in pairs]

    with jax.enable_x64(True):
        given = jax.jit(all_layers)(params, x[:-1])
    assert [one.shape for one in given] == shapes[1:]
    return list(zip(map(np.asarray, given), x[1:], strict=True))


@pytest.mark.parametrize("number", range(len(STAGES)))
def test_each_layer_is_that_of_the_paper(stages: list[tuple[Numpy, Numpy]], number: int) -> None:
    given, expected = stages[number]
    assert given.shape == expected.shape
    np.testing.assert_allclose(given, expected, rtol=1e-9, atol=1e-9)


@pytest.mark.slow
def test_the_loss_is_equation_9_without_the_rubbish_class(stages: list[tuple[Numpy, Numpy]]) -> None:
    outputs = stages[-1][1]
    expected = [-outputs[digit] + np.logaddexp.reduce(outputs) for digit in range(10)]
    with jax.enable_x64(True):
        found = cross_entropy(jnp.asarray(np.tile(outputs, (10, 1))), jnp.arange(10))
    np.testing.assert_allclose(found, expected, rtol=1e-9)
